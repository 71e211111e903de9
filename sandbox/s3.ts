import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import type { Operation, Service } from './operation.ts';
import { isPolicy } from './policy.ts';
import { s3Objects } from './s3-objects.ts';
import { AwsError, type Call } from './service.ts';
import type { Bucket, World } from './world.ts';

/**
 * Enough of Amazon S3 for buckets to exist or not, to belong to someone, and for CloudTrail to be let in or not. A new one lets
 * no one in.
 */
export const s3: Service = {
  ...s3Objects,
  CreateBucket: {
    needs: onBucket,
    perform(call, { buckets }) {
      const name = bucketName(call);
      const owner = buckets.get(name)?.owner;
      if (owner === call.principal.accountId) throw conflict('BucketAlreadyOwnedByYou');
      if (owner !== undefined) throw conflict('BucketAlreadyExists');
      buckets.set(name, { owner: call.principal.accountId, region: call.region, policy: null });
    },
  },
  /**
   * Whether there is such a bucket, and in which Region, S3 reports to anyone; a caller without permission does not learn why, be it for want
   * of a permission or because of the owner. Source: Amazon S3 API reference, HeadBucket.
   */
  HeadBucket: {
    needs: () => [],
    perform(call, world) {
      const bucket = world.buckets.get(bucketName(call));
      if (bucket === undefined) throw new AwsError('NotFound', 'Not Found', 404);
      const where = { 'x-amz-bucket-region': bucket.region };
      if (call.region !== bucket.region) {
        throw new AwsError('PermanentRedirect', 'Moved Permanently', 301, where);
      }
      if (!isExpected(call, bucket) || !maySee(call, world, bucket)) {
        throw new AwsError('Forbidden', 'Forbidden', 403, where);
      }
      return { BucketRegion: bucket.region };
    },
  },
  DeleteBucket: {
    needs: onBucket,
    perform(call, world) {
      ownBucket(call, world);
      world.buckets.delete(bucketName(call));
    },
  },
  GetBucketPolicy: {
    needs: onBucket,
    perform(call, world) {
      const { policy } = ownBucket(call, world);
      if (policy !== null) return { Policy: policy };
      throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
    },
  },
  PutBucketPolicy: {
    needs: onBucket,
    perform(call, world) {
      const { Policy: policy } = call.input;
      const bucket = ownBucket(call, world);
      if (!isPolicy(policy)) throw new AwsError('MalformedPolicy', 'This policy is not JSON.');
      world.buckets.set(bucketName(call), { ...bucket, policy });
    },
  },
  DeleteBucketPolicy: {
    needs: onBucket,
    perform(call, world) {
      const bucket = ownBucket(call, world);
      world.buckets.set(bucketName(call), { ...bucket, policy: null });
    },
  },
};

function onBucket(call: Call): ReturnType<Operation['needs']> {
  return [{ action: `s3:${call.operation}`, resource: bucketArn(call) }];
}

/** HeadBucket is allowed by ListBucket. */
const maySee = (call: Call, world: World, { owner: accountId, policy }: Bucket): boolean =>
  isAllowed(
    world,
    call.principal,
    { action: 's3:ListBucket', resource: bucketArn(call) },
    { accountId, policy },
  );

/** A bucket is changed by its owner alone: no policy here lets another account do that. */
function ownBucket(call: Call, { buckets }: World): Bucket {
  const bucket = buckets.get(bucketName(call));
  if (bucket === undefined) {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  }
  if (bucket.owner === call.principal.accountId && isExpected(call, bucket)) return bucket;
  throw new AwsError('AccessDenied', 'Access Denied', 403);
}

/** Source: Amazon S3 user guide, "Verifying bucket ownership with bucket owner condition". */
const isExpected = ({ input: { ExpectedBucketOwner: expected } }: Call, { owner }: Bucket) =>
  expected === undefined || expected === owner;

export const bucketArn = (call: Call): string => `${arnPrefix}:s3:::${bucketName(call)}`;

const bucketName = ({ input }: Call): string => String(input.Bucket);

const conflict = (code: string): AwsError =>
  new AwsError(code, 'The requested bucket name is not available.', 409);
