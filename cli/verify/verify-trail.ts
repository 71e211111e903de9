import { messageOf, nameOf } from '#aws/errors.ts';
import { perRegion } from '#aws/per-region.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { Bucket } from '#drift/dependencies/bucket.ts';
import type { Settings } from '#drift/settings-table.ts';
import { type LogBucket, logBucket } from '#log-files/log-bucket.ts';
import { type LogPlace, logPlaces } from '#log-files/log-folders.ts';
import { publicKeysOf } from '#log-files/public-keys.ts';
import { verifyLog } from '#log-files/verify-log.ts';
import type { TimeRange } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import { explain } from '../explain.ts';
import { progress } from '../progress.ts';
import { counted } from '../terminal.ts';
import { type ExplainedLog, explainPeriod, gapsOfIncidents } from './explained-log.ts';

/** The log of a trail in a window, by account and Region, and what could not be verified, with the reason. */
export type VerifiedTrail = {
  readonly bucket: string;
  readonly logs: readonly ExplainedLog[];
  readonly problems: readonly string[];
};

/** Compares the log of a trail with its digest files, with the caller's credentials. Accounts and Regions are read in turn. */
export async function verifyTrail(
  context: Context,
  { trail: arn, states }: Baseline,
  window: TimeRange,
  account: string | undefined,
): Promise<VerifiedTrail> {
  const trail = parseTrailArn(arn);
  const delivery = deliveryOf(states, trail.region);
  const { bucket, prefix, region, owner } = delivery;
  const reader = await context.awsOf(trail.region).dependenciesIn(owner).s3In(region);
  const files = logBucket(reader, bucket);
  const places = await placesOf(files, delivery, account);
  if (places.length === 0) throw nothingIn(bucket, prefix, account);
  const gaps = await gapsOfIncidents(context, trail.arn);
  const keysOf = perRegion((one) => publicKeysOf(context.awsOf(one).cloudtrail, window));
  const logs: ExplainedLog[] = [];
  const problems: string[] = [];
  const reported = progressOfFiles();
  for (const place of places) {
    try {
      const log = await verifyLog(files, place, {
        bucket,
        trail,
        window,
        now: context.now().toISOString(),
        publicKeys: await keysOf(place.region),
        onFile: () => reported.count(place),
      });
      logs.push({ ...log, uncovered: log.uncovered.map((one) => explainPeriod(one, gaps)) });
    } catch (error) {
      problems.push(`${place.account} ${place.region}: ${explainRead(error, delivery)}`);
    }
  }
  reported.end();
  return { bucket, logs, problems };
}

async function placesOf(
  files: LogBucket,
  delivery: Delivery,
  account: string | undefined,
): Promise<readonly LogPlace[]> {
  try {
    const places = await logPlaces(files, delivery.prefix);
    return places.filter((place) => account === undefined || place.account === account);
  } catch (error) {
    throw new Error(explainRead(error, delivery), { cause: error });
  }
}

/** Why a log cannot be read. S3 denies access without a word about the bucket. */
function explainRead(error: unknown, { bucket, owner }: Delivery): string {
  if (nameOf(error) !== 'AccessDenied') return explain(error);
  const whose = owner === null ? '' : ` of account ${owner}`;
  return `bucket ${bucket}${whose} cannot be read: ${messageOf(error)}. You need s3:ListBucket, s3:GetObject and kms:Decrypt there; if dependencyAccounts lists its account, name a profile of it with --dependency-profile`;
}

/** Where a trail delivers its log. */
type Delivery = {
  readonly bucket: string;
  readonly prefix: string | null;
  readonly region: string;
  readonly owner: string | null;
};

function deliveryOf(states: Readonly<Record<string, object>>, home: string): Delivery {
  const { S3BucketName, S3KeyPrefix } = (states.settings ?? {}) as Partial<Settings>;
  if (S3BucketName === undefined) {
    throw new Error('the baseline does not name a bucket: capture the trail again with --reason');
  }
  const { Region, Owner } = (states.bucket ?? {}) as Partial<Bucket>;
  return {
    bucket: S3BucketName,
    prefix: S3KeyPrefix ?? null,
    region: Region ?? home,
    owner: Owner ?? null,
  };
}

function nothingIn(bucket: string, prefix: string | null, account: string | undefined): Error {
  const folder = `s3://${bucket}/${prefix === null ? '' : `${prefix}/`}AWSLogs/`;
  const whose = account === undefined ? '' : ` of account ${account}`;
  return new Error(`${folder} has no log${whose}: is it the bucket that the trail delivers to?`);
}

function progressOfFiles() {
  const reported = progress();
  let done = 0;
  return {
    count({ account, region }: LogPlace) {
      done += 1;
      const step = `${account} ${region}`;
      reported.report(`${step}: ${counted(done, 'log file', 'log files')} read`, step);
    },
    end: () => reported.end(),
  };
}
