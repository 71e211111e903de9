import { isAllowed } from '../iam.ts';
import { allowsCloudTrail } from '../policy.ts';
import { sessionOf } from '../principal.ts';
import { withResource } from '../sts.ts';
import type { World } from '../world.ts';
import type { Trail } from './trail-state.ts';

/**
 * What prevents delivery to the log group of a trail: the group is gone, CloudTrail may not assume the role, or the role
 * may not write. Source: CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring".
 */
export const logGroupFault = (
  trail: Pick<Trail, 'arn' | 'accountId' | 'settings'>,
  world: World,
): 'gone' | 'untrusted' | 'forbidden' | null => {
  const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn = '' } = trail.settings;
  if (CloudWatchLogsLogGroupArn === undefined) return null;
  const group = CloudWatchLogsLogGroupArn.replace(/:\*$/, '');
  if (!world.logGroups.has(group)) return 'gone';
  if (!isTrusting(CloudWatchLogsRoleArn, trail, world)) return 'untrusted';
  return mayWrite(CloudWatchLogsRoleArn, group, trail, world) ? null : 'forbidden';
};

function isTrusting(
  roleArn: string,
  { arn: trail, accountId }: Pick<Trail, 'arn' | 'accountId'>,
  { roles }: World,
): boolean {
  const role = roles.get(roleArn);
  const assume = { action: 'sts:AssumeRole', resource: roleArn, trail, accountId };
  return role !== undefined && allowsCloudTrail(JSON.stringify(withResource(role.trust)), assume);
}

/**
 * The streams of an organization trail start with the ID of the organization, too. Source: CloudTrail user guide, "Creating
 * a trail for an organization with the AWS CLI".
 */
function mayWrite(
  roleArn: string,
  group: string,
  { arn, accountId, settings }: Pick<Trail, 'arn' | 'accountId' | 'settings'>,
  world: World,
): boolean {
  const stream = `${accountId}_CloudTrail_${arn.split(':')[3]}`;
  const ofMembers = `${world.organization.id}_${stream}`;
  const streams = settings.IsOrganizationTrail ? [stream, ofMembers] : [stream];
  const session = sessionOf(roleArn, 'CLOUDTRAIL', '');
  const owner = { accountId: group.split(':')[4] ?? '', policy: null };
  return streams.every((name) =>
    ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) =>
      isAllowed(world, session, { action, resource: `${group}:log-stream:${name}` }, owner),
    ),
  );
}
