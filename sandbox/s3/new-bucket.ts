import type { AccountRegion } from '../account-region.ts';
import type { Call } from '../service.ts';
import type { Bucket } from '../world.ts';

/**
 * A bucket without a policy. Since April 2023 it blocks public access and has no access control lists. Source: Amazon S3
 * user guide, "Default settings for new S3 buckets FAQ"; API reference, CreateBucket, "ObjectLockEnabledForBucket".
 */
export const newBucket = (
  { accountId, region }: AccountRegion,
  { ObjectLockEnabledForBucket }: Call['input'] = {},
): Bucket => ({
  owner: accountId,
  region,
  policy: null,
  configurations: {
    publicAccessBlock: {
      BlockPublicAcls: 'true',
      IgnorePublicAcls: 'true',
      BlockPublicPolicy: 'true',
      RestrictPublicBuckets: 'true',
    },
    ownershipControls: { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } },
    ...(ObjectLockEnabledForBucket === true && {
      versioning: { Status: 'Enabled' },
      'object-lock': { ObjectLockEnabled: 'Enabled' },
    }),
  },
});
