import type { Aws } from '#aws/clients.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { Impact } from '../impact.ts';
import { createdAgain } from './bucket-loss.ts';
import { type Bucket, type Identity, schema } from './bucket-state.ts';
import { accessDenied, gone } from './dependency.ts';

const anotherAccount = 'another account';

/**
 * The bucket's Region, which S3 reports to anyone, and its owner. S3 does not name the owner: it says whether the owner is a given
 * account, and only to callers that the bucket's policy allows. For other callers access is denied. A capture asks for the trail's
 * account unless a person names another one. Source: Amazon S3 user guide, "Verifying bucket ownership with bucket owner condition".
 */
export async function observeIdentity(
  aws: Aws,
  name: string,
  { region: home, accountId }: Trail,
  desired: Partial<Bucket>,
): Promise<Identity> {
  const { Region: region, Owner: owner } = desired;
  const { headBucket, isOwnerProved } = await import('./bucket-reads.ts');
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
    if ((await head(null)).isAllowedIn) return anotherAccount;
    if (!isMoreProtected(desired)) return accessDenied;
    const target = { Bucket: name, ExpectedBucketOwner: asked };
    return (await isOwnerProved(aws, region ?? home, target)) ? asked : accessDenied;
  }
}

/** Whether more than the bucket itself is protected, which the role may usually not read in another account. */
const isMoreProtected = (desired: Partial<Bucket>): boolean =>
  Object.keys(schema.omit({ Region: true, Owner: true }).shape).some(
    (field) => Reflect.get(desired, field) !== null,
  );

export function regionImpact(desired: unknown, actual: unknown): Impact {
  if (actual === null) return bucketGone;
  if (String(actual).startsWith(createdAgain)) return bucketCreatedAgain;
  return lost(
    `the log bucket is in ${actual} and was in ${desired}: buckets do not move, so it was deleted and created again, and its new owner reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
  );
}

export function ownerImpact(desired: unknown, actual: unknown): Impact {
  if (actual === gone) return bucketGone;
  return actual === accessDenied
    ? lost(
        `the log bucket cannot be verified to belong to ${desired}: either another account owns it now, or its policy no longer lets trailkeeper check. Look for it in ${desired}: if it is there, grant the role of trailkeeper s3:ListBucket on it, and if its policy denies that to everyone, delete the policy as the root user of ${desired}; if it is not there, let the trail log to your own bucket`,
      )
    : lost(
        `the log bucket does not belong to ${desired}: someone else created a bucket of this name and reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
      );
}

function lost(description: string): Impact {
  return { description, severity: 'critical', losesCoverage: true };
}

const bucketGone = lost(
  'the log bucket does not exist, and its log files are gone: create it again in the account that owned it, before someone else takes its name',
);

const bucketCreatedAgain = lost(
  'the log bucket was deleted and created again, and may belong to someone else: trailkeeper cannot see its owner. Look for it in the account that owned it. If it is there, grant the role of trailkeeper s3:ListBucket on it, and capture the trail again with --bucket-owner and --reason. If not, let the trail log to your own bucket',
);
