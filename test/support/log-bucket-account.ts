import { CreateTrailCommand } from '@aws-sdk/client-cloudtrail';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Aws } from '#aws/clients.ts';
import type { Policy } from '#baseline/policy.ts';
import { type Bucket, bucket } from '#drift/dependencies/bucket.ts';
import { settings } from '#drift/settings.ts';
import { type Drift, findingOf } from '#reconcile/plan.ts';
import { protectBucket } from '#sandbox/log-bucket.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { now } from './baseline.ts';
import { inProcess } from './in-process.ts';

/** The log bucket, and the account that owns it. */
export const name = 'org-trail-logs';
export const owner = '222233334444';

export const everything: Policy = { bucket: 'restore' };

/** A trail that logs to a bucket of another account, and clients of both. */
export async function accountWithTrail() {
  const { clientsOf, calls, world } = inProcess();
  const auditor = clientsOf('auditor');
  const { TrailARN = '' } = await clientsOf('owner').cloudtrail.send(
    new CreateTrailCommand({ Name: 'org-trail', S3BucketName: name }),
  );
  const trail = parseTrailArn(TrailARN);
  const inArchive = clientsOf(owner);
  /** As the role of trailkeeper in the account of the bucket. */
  const aws: Aws = { ...auditor, dependenciesIn: () => inArchive };
  const named = (await settings.observe(auditor, trail, now)) ?? {};
  const s3Of = (caller: string): S3Client => clientsOf(caller).s3In('us-east-1');
  const observe = (desired: object, as: Aws = aws) =>
    bucket.observe(as, trail, now, { settings: named, bucket: desired });
  const finding = async (desired: object, policy: Policy, as: Aws = aws) =>
    findingOf(
      bucket,
      { states: { settings: named, bucket: desired }, policy },
      { status: 'observed', state: await observe(desired, as) },
      trail,
    );
  const steps = async (desired: object, policy = everything, as?: Aws) => {
    const found = await finding(desired, policy, as);
    return found.status === 'drifted' ? (found.steps as ReturnType<typeof bucket.repair>) : [];
  };
  return {
    ...{ trail, aws, auditor, calls, observe, steps, world },
    archive: s3Of(owner),
    mallory: s3Of('444455556666'),
    async capture(as = aws): Promise<Bucket> {
      const live = await observe({ Owner: owner }, as);
      if (live === null) throw new Error('there is no trail');
      return bucket.toBaseline?.(live) ?? live;
    },
    async drift(desired: object, policy = everything, as?: Aws): Promise<readonly Drift[]> {
      const found = await finding(desired, policy, as);
      return found.status === 'drifted' ? found.changes : [];
    },
    /** Twice, because what a new bucket lacks is seen once it exists. */
    async restore(desired: object, policy = everything): Promise<void> {
      for (const step of await steps(desired, policy)) await bucket.apply(aws, step);
      for (const step of await steps(desired, policy)) await bucket.apply(aws, step);
    },
    writes: () => calls.filter(({ operation }) => /^(Create|Put|Delete)/.test(operation)),
  };
}

/** The same, with the bucket configured and captured. */
export async function protectedBucket() {
  const account = await accountWithTrail();
  await protectBucket(account.archive, name);
  return { ...account, captured: await account.capture() };
}
