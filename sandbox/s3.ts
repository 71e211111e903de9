import { AwsError, type Call, type Operation, type Service } from './service.ts';

/** Enough of Amazon S3 for buckets to exist or not. */
export const s3: Service = {
  CreateBucket: {
    needs: onBucket,
    perform(call, { buckets }) {
      const name = bucketName(call);
      const owner = buckets.get(name)?.owner;
      if (owner === call.principal.accountId) throw conflict('BucketAlreadyOwnedByYou');
      if (owner !== undefined) throw conflict('BucketAlreadyExists');
      buckets.set(name, { owner: call.principal.accountId, region: call.region });
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
    perform(call, { buckets }) {
      if (!buckets.delete(bucketName(call))) {
        throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
      }
    },
  },
};

function onBucket(call: Call): ReturnType<Operation['needs']> {
  // HeadBucket is allowed by ListBucket. Source: Amazon S3 API reference, HeadBucket, "Permissions".
  const action = call.operation === 'HeadBucket' ? 's3:ListBucket' : `s3:${call.operation}`;
  return [{ action, resource: `arn:aws:s3:::${bucketName(call)}` }];
}

const bucketName = ({ input }: Call): string => String(input.Bucket);

const conflict = (code: string): AwsError =>
  new AwsError(code, 'The requested bucket name is not available.', 409);
