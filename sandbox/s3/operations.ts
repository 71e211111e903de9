import type { Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import {
  accessDenied,
  bucketArn,
  bucketFor,
  bucketForPolicy,
  bucketName,
  maySee,
  movedTo,
} from './access.ts';
import { acls } from './acls.ts';
import { checkNotPublic, policyIn } from './bucket-policy.ts';
import { configurationOperations } from './configurations.ts';
import { newBucket } from './new-bucket.ts';
import { s3Objects } from './objects.ts';

/**
 * The part of Amazon S3 that models who owns a bucket, how it is configured and whether CloudTrail may deliver to it. A
 * new bucket denies all other accounts and services.
 */
export const s3: Service = {
  ...s3Objects,
  ...configurationOperations,
  ...acls,
  CreateBucket: {
    needs: (call) => [
      { action: 's3:CreateBucket', resource: bucketArn(call), refusal: accessDenied() },
    ],
    perform(call, { buckets }) {
      const owner = buckets.get(bucketName(call))?.owner;
      const { accountId } = call.principal;
      if (owner === accountId) throw conflict('BucketAlreadyOwnedByYou');
      if (owner !== undefined) throw conflict('BucketAlreadyExists');
      if (isRegionalName(call) !== (call.input.BucketNamespace === 'account-regional')) {
        throw new AwsError('InvalidBucketName', 'The name is not of this namespace.', 400);
      }
      buckets.set(bucketName(call), newBucket({ accountId, region: call.region }, call.input));
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
      if (call.region !== bucket.region) throw movedTo(bucket.region);
      const where = { 'x-amz-bucket-region': bucket.region };
      if (!maySee(call, world, bucket)) throw new AwsError('Forbidden', 'Forbidden', 403, where);
      return { BucketRegion: bucket.region };
    },
  },
  DeleteBucket: {
    needs: () => [],
    perform(call, world) {
      bucketFor(call, world, 's3:DeleteBucket');
      world.buckets.delete(bucketName(call));
    },
  },
  GetBucketPolicy: {
    needs: () => [],
    perform(call, world) {
      const { policy } = bucketForPolicy(call, world);
      if (policy !== null) return { Policy: policy };
      throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
    },
  },
  PutBucketPolicy: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketForPolicy(call, world);
      const policy = policyIn(call);
      if (bucket.configurations?.publicAccessBlock?.BlockPublicPolicy === 'true') {
        checkNotPublic(call, policy);
      }
      world.buckets.set(bucketName(call), { ...bucket, policy });
    },
  },
  DeleteBucketPolicy: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketForPolicy(call, world);
      world.buckets.set(bucketName(call), { ...bucket, policy: null });
    },
  },
};

/**
 * Whether a name is of the namespace of the caller's account. Which error S3 returns for a name of the other namespace is not documented.
 * Source: Amazon S3 user guide, "Namespaces for general purpose buckets".
 */
const isRegionalName = (call: Call): boolean =>
  bucketName(call).endsWith(`-${call.principal.accountId}-${call.region}-an`);

const conflict = (code: string): AwsError =>
  new AwsError(code, 'The requested bucket name is not available.', 409);
