import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import { regionPattern } from '#aws/partitions.ts';
import { must } from '#text/schema-messages.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { delayedDelivery } from '../history-model.ts';
import type { Impact } from '../impact.ts';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { createdAgain } from './bucket-loss.ts';
import { accessDenied, gone, namingSettings } from './reading.ts';

const state = z.strictObject({
  Region: text(new RegExp(`^${regionPattern}$`), 'be the Region of the bucket, or null'),
  Owner: text(/^\d{12}$/, 'be the id of the account that owns the bucket, or null'),
});
const declared = state.partial();

/** The log bucket, as far as it is protected; null means not protected. */
export type Bucket = z.infer<typeof state>;

/**
 * The log bucket exists and still belongs to its owner: anyone can create a bucket with the name of a deleted one. What could not be
 * read at the capture is null and not protected.
 */
export const bucket: DriftKind<Bucket, never> = {
  name: 'bucket',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as z.ZodType<Bucket> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as Bucket,
  },
  // Calls that change this state; other changes of a bucket do not matter here.
  triggers: [
    {
      eventSource: 's3.amazonaws.com',
      eventNames: ['CreateBucket', 'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // HeadBucket needs it; nothing narrower allows it. Source: Amazon S3 API reference, HeadBucket, "Permissions".
      { actions: ['s3:ListBucket'], resources: ({ buckets }) => buckets },
    ],
    repair: [],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    return observeBucket(aws, named.S3BucketName, trail, (desired.bucket ?? {}) as Partial<Bucket>);
  },

  toBaseline: ({ Region, Owner }) => ({ Region, Owner }),

  impact: ({ path, desired, actual }) =>
    path === 'Region' ? regionImpact(desired, actual) : ownerImpact(desired, actual),

  repair: () => [],

  async apply() {},

  historyModel: {
    // A null Region means that the bucket does not exist, and a call shows where it is created again.
    applyCall({ eventName, cause }) {
      if (eventName === 'CreateBucket') return { set: { Region: cause.region } };
      if (eventName === 'DeleteBucket') return { set: { Region: null } };
      return null;
    },
    coverageLoss: () => delayedDelivery,
  },
};

function text(pattern: RegExp, rule: string) {
  return z.string(must(rule)).regex(pattern, must(rule)).nullable();
}

const anotherAccount = 'another account';

/**
 * The bucket's Region, which S3 reports to anyone, and its owner. S3 does not name the owner: it says whether the owner is a given
 * account, and only to callers that the bucket's policy allows. For other callers access is denied. A capture asks for the trail's
 * account unless a person names another one. Source: Amazon S3 user guide, "Verifying bucket ownership
 * with bucket owner condition".
 */
async function observeBucket(
  aws: Aws,
  name: string,
  { region: home, accountId }: Trail,
  { Region: region, Owner: owner }: Partial<Bucket>,
): Promise<Bucket> {
  const { headBucket } = await import('./bucket-calls.ts');
  const head = (ExpectedBucketOwner: string | null) =>
    headBucket(aws, region ?? home, {
      Bucket: name,
      ...(ExpectedBucketOwner !== null && { ExpectedBucketOwner }),
    });
  const asked = owner === undefined ? accountId : owner;
  const seen = await head(asked);
  return { Region: region === null ? null : seen.region, Owner: await seenOwner() };

  async function seenOwner(): Promise<string | null> {
    if (asked === null || seen.isAllowedIn) return asked;
    if (owner === undefined) return null;
    // A missing bucket is reported once.
    if (seen.region === null) return region === null ? gone : asked;
    return (await head(null)).isAllowedIn ? anotherAccount : accessDenied;
  }
}

function regionImpact(desired: unknown, actual: unknown): Impact {
  if (actual === null) return bucketGone;
  if (String(actual).startsWith(createdAgain)) return bucketCreatedAgain;
  return lost(
    `the log bucket is in ${actual} and was in ${desired}: buckets do not move, so it was deleted and created again, and its new owner reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
  );
}

function ownerImpact(desired: unknown, actual: unknown): Impact {
  if (actual === gone) return bucketGone;
  return actual === accessDenied
    ? lost(
        `the log bucket cannot be verified to belong to ${desired}: either another account owns it now, or its policy no longer lets trailkeeper check. Look for it in ${desired}: if it is there, grant the role of trailkeeper s3:ListBucket on it; if not, let the trail log to your own bucket`,
      )
    : lost(
        `the log bucket does not belong to ${desired}: someone else created a bucket of this name and reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
      );
}

function lost(description: string): Impact {
  return { description, severity: 'critical', losesCoverage: true };
}

const bucketGone = lost(
  'the log bucket does not exist: create it again in the account that owned it, before someone else takes its name',
);

const bucketCreatedAgain = lost(
  'the log bucket was deleted and created again, and may belong to someone else: trailkeeper cannot see its owner. Look for it in the account that owned it. If it is there, grant the role of trailkeeper s3:ListBucket on it, and capture the trail again with --bucket-owner and --reason. If not, let the trail log to your own bucket',
);
