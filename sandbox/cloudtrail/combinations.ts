import type { Place } from '../place.ts';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { servicePrincipal } from './delegation.ts';
import { noTrustedAccess, notInOrganization, notManagementAccount } from './errors.ts';
import type { Settings } from './trail-state.ts';

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
  if (!after.IsOrganizationTrail) return;
  if (accountId !== organization.managementAccount) {
    throw organization.members.includes(accountId)
      ? notManagementAccount(accountId)
      : notInOrganization(accountId);
  }
  if (!organization.trustedServices.has(servicePrincipal)) throw noTrustedAccess();
};
