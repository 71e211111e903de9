import { AwsError, type Call } from '../service.ts';
import type { Place, World } from '../world.ts';
import { notManagementAccount } from './errors.ts';
import type { Settings } from './trails.ts';

// What one setting allows of another, where rules.ts judges each by itself.

// Group and role travel together, even where the trail has the other one already
// (terraform-provider-aws, trail.go). The first message is AWS's own (pulumi/docs#5117).
export const checkLogsPair = (input: Call['input']) => {
  const [group, role] = [input.CloudWatchLogsLogGroupArn, input.CloudWatchLogsRoleArn].map((arn) =>
    arn ? 'given' : (arn ?? 'absent'),
  );
  if (group === role) return;
  if (group === 'given' || role === 'absent') {
    throw new AwsError(
      'InvalidCloudWatchLogsRoleArnException',
      'You must specify a role ARN as well as a log group.',
    );
  }
  throw new AwsError(
    'InvalidCloudWatchLogsLogGroupArnException',
    'You must specify a log group ARN as well as a role.',
  );
};

export const checkScope = (after: Settings, { accountId }: Place, { organization }: World) => {
  if (after.IsMultiRegionTrail && !after.IncludeGlobalServiceEvents) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'Multi-Region trail must include global service events.',
    );
  }
  if (!after.IsOrganizationTrail || accountId === organization.managementAccount) return;
  throw organization.members.includes(accountId)
    ? notManagementAccount(accountId)
    : new AwsError(
        'OrganizationsNotInUseException',
        `Account ${accountId} is not a member of an organization.`,
      );
};

// The key's Region is documented against the bucket's, not the trail's: KmsKeyNotFoundException is
// "thrown when the KMS key does not exist, when the S3 bucket and the KMS key are not in the same
// Region" (API reference). That a bare id or alias is one of the home Region is inferred.
export const checkDelivery = ({ S3BucketName, KmsKeyId }: Settings, world: World) => {
  const bucket = world.buckets.get(S3BucketName);
  if (!bucket) {
    throw new AwsError(
      'S3BucketDoesNotExistException',
      `S3 bucket ${S3BucketName} does not exist!`,
    );
  }
  if (KmsKeyId && world.keys.get(KmsKeyId)?.region !== bucket.region) {
    throw new AwsError(
      'KmsKeyNotFoundException',
      `KMS key ${KmsKeyId} does not exist in Region ${bucket.region} of S3 bucket ${S3BucketName}.`,
    );
  }
};
