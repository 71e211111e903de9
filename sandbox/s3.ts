import { isPolicy } from './policy.ts';
import { AwsError, type Call, type Operation, type Service } from './service.ts';
import type { Bucket, World } from './world.ts';

/** Enough of Amazon S3 for buckets to exist or not, and for CloudTrail to be let in or not. A new one lets nobody in. */
export const s3: Service = {
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
  HeadBucket: {
    needs: onBucket,
    perform(call, { buckets }) {
      const bucket = buckets.get(bucketName(call));
      if (bucket === undefined) throw new AwsError('NotFound', 'Not Found', 404);
      if (bucket.owner !== call.principal.accountId) {
        throw new AwsError('Forbidden', 'Forbidden', 403);
      }
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
  // HeadBucket is allowed by ListBucket. Source: Amazon S3 API reference, HeadBucket, "Permissions".
  const action = call.operation === 'HeadBucket' ? 's3:ListBucket' : `s3:${call.operation}`;
  return [{ action, resource: `arn:aws:s3:::${bucketName(call)}` }];
}

/** A bucket is changed by its owner alone: no policy here lets another account do that. */
function ownBucket(call: Call, { buckets }: World): Bucket {
  const bucket = buckets.get(bucketName(call));
  if (bucket === undefined) {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  }
  if (bucket.owner === call.principal.accountId) return bucket;
  throw new AwsError('AccessDenied', 'Access Denied', 403);
}

const bucketName = ({ input }: Call): string => String(input.Bucket);

const conflict = (code: string): AwsError =>
  new AwsError(code, 'The requested bucket name is not available.', 409);
