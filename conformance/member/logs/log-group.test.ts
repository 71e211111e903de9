import { describe, expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../../clients.ts';
import { cloudtrail, context, getTrail, newName, ownTrail } from '../../fixtures.ts';
import { refusal } from '../../refusal.ts';

const { accountId = '', connection = {}, logRole = '' } = context.member ?? {};
const member = clientsOf(connection, context.region);

// [M] CreateTrail and UpdateTrail: "You must use a log group that exists in your account" and "a role that exists in
// your account"; [D] "Organization delegated administrator": it cannot use those of the management account.
describe('the log group of an organization trail must belong to the caller', () => {
  const error = 'InvalidCloudWatchLogsLogGroupArnException';

  test('a delegated administrator can set its own log group', async () => {
    const { arn, pair } = await delegatedTrail();

    await member.cloudtrail.updateTrail({ Name: arn, ...pair });

    expect(await getTrail(arn)).toMatchObject(pair);
  });

  test('a delegated administrator cannot set one of the management account', async () => {
    const { arn, pair } = await delegatedTrail();
    const ofManagement = {
      CloudWatchLogsLogGroupArn: pair.CloudWatchLogsLogGroupArn.replace(
        accountId,
        context.accountId,
      ),
      CloudWatchLogsRoleArn: pair.CloudWatchLogsRoleArn.replace(accountId, context.accountId),
    };

    await refusal(member.cloudtrail.updateTrail({ Name: arn, ...ofManagement }), error);
  });

  test('the management account cannot set the one of a delegated administrator', async () => {
    const { arn, pair } = await delegatedTrail();
    await member.cloudtrail.updateTrail({ Name: arn, ...pair });

    await refusal(cloudtrail.updateTrail({ Name: arn, ...pair }), error);
    await cloudtrail.updateTrail({ Name: arn, S3KeyPrefix: 'new' });

    expect(await getTrail(arn)).toMatchObject({ ...pair, S3KeyPrefix: 'new' });
  });
});

/**
 * An organization trail of the management account, its delegated administrator, and a log group and role of that
 * administrator.
 */
async function delegatedTrail() {
  const logGroupName = newName();
  await member.logs.createLogGroup({ logGroupName });
  onTestFinished(async () => {
    await member.logs.deleteLogGroup({ logGroupName });
  });
  const { arn } = await ownTrail({ IsOrganizationTrail: true });
  await cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId: accountId });
  onTestFinished(async () => {
    await cloudtrail.deregisterOrganizationDelegatedAdmin({ DelegatedAdminAccountId: accountId });
  });
  const pair = {
    CloudWatchLogsLogGroupArn: `arn:aws:logs:${context.region}:${accountId}:log-group:${logGroupName}:*`,
    CloudWatchLogsRoleArn: logRole ?? '',
  };
  return { arn, pair };
}
