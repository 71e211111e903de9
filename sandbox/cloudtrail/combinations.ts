import type { AccountRegion } from '../account-region.ts';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { servicePrincipal } from './delegation.ts';
import { noTrustedAccess, notInOrganization, notManagementAccount } from './errors.ts';
import type { Settings } from './trail-state.ts';

// Rules for combinations of settings; rules.ts has the rules for single settings.

// Log group and role must be sent together, even if the trail already has the other one (terraform-provider-aws,
// trail.go). The first message is AWS's (pulumi/docs#5117).
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

export const checkScope = (
  after: Settings,
  { accountId }: AccountRegion,
  { organization }: World,
) => {
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
