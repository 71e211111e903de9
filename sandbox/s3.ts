import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import type { Operation, Service } from './operation.ts';
import { isPolicy } from './policy.ts';
import { s3Objects } from './s3-objects.ts';
import { AwsError, type Call } from './service.ts';
import type { Bucket, World } from './world.ts';

/**
 * The part of Amazon S3 that models whether buckets exist, who owns them and whether CloudTrail may deliver to them. A
 * new bucket denies all other accounts and services.
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
   * Any caller learns whether the bucket exists and its Region. A caller without permission does not learn whether a
   * permission or the owner is the reason. Source: Amazon S3 API reference, HeadBucket.
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

/** HeadBucket needs the ListBucket permission. */
const maySee = (call: Call, world: World, { owner: accountId, policy }: Bucket): boolean =>
  isAllowed(
    world,
    call.principal,
    { action: 's3:ListBucket', resource: bucketArn(call) },
    { accountId, policy },
  );

/** Only the owner can change a bucket: no policy in the sandbox grants this to other accounts. */
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
