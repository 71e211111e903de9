import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DeleteSubscriptionFilterCommand,
  DescribeLogGroupsCommand,
  DescribeSubscriptionFiltersCommand,
  DisassociateKmsKeyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterEach, expect, test } from 'vitest';
import { keyId } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { sessionOf } from '../support/role-session.ts';

// The filters, the key and the permissions of a log group, and what is recorded.

const home = '111122223333';
const logGroupName = 'org-trail';

const account = testAccount();

afterEach(() => account.reset());

test('a log group has up to two subscription filters, which are replaced and deleted by name', async () => {
  const put = (filterName: string, filterPattern = '') =>
    logs().send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName,
        filterPattern,
        destinationArn: `arn:aws:lambda:us-east-1:${home}:function:siem`,
      }),
    );
  await put('siem');
  await put('copy');
  await put('copy', 'ERROR');
  await expect(put('third')).rejects.toMatchObject({ name: 'LimitExceededException' });
  await logs().send(new DeleteSubscriptionFilterCommand({ logGroupName, filterName: 'siem' }));

  const { subscriptionFilters } = await logs().send(
    new DescribeSubscriptionFiltersCommand({ logGroupName }),
  );
  expect(subscriptionFilters).toMatchObject([
    { filterName: 'copy', filterPattern: 'ERROR', distribution: 'ByLogStream', logGroupName },
  ]);
});

test('a log group is associated with a key by its ARN until it is disassociated', async () => {
  const kmsKeyId = `arn:aws:kms:us-east-1:${home}:key/${keyId}`;
  const keyOf = async () =>
    (await logs().send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName })))
      .logGroups?.[0]?.kmsKeyId;

  await logs().send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
  const associated = await keyOf();
  await logs().send(new DisassociateKmsKeyCommand({ logGroupName }));

  expect([associated, await keyOf()]).toEqual([kmsKeyId, undefined]);
});

test('policies name a log group with `:*`, except for its tags', async () => {
  const member = '222233334444';
  const group = `arn:aws:logs:us-east-1:${member}:log-group:theirs`;
  const asRole = logsAs(await sessionOf(account, `arn:aws:iam::${member}:role/${roleName}`));
  await logsAs(member).send(new CreateLogGroupCommand({ logGroupName: 'theirs' }));
  const deny = (Resource: string) =>
    new IAMClient(account.configOf(member)).send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: 'denial',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Deny', Action: 'logs:*', Resource }],
        }),
      }),
    );
  const retain = () =>
    asRole
      .send(new PutRetentionPolicyCommand({ logGroupName: 'theirs', retentionInDays: 7 }))
      .then(() => 'done', nameOf);
  const tag = () =>
    asRole
      .send(new TagResourceCommand({ resourceArn: group, tags: { owner: 'x' } }))
      .then(() => 'done', nameOf);

  await deny(group);
  const withoutStar = [await retain(), await tag()];
  await deny(`${group}:*`);

  expect(withoutStar).toEqual(['done', 'AccessDeniedException']);
  expect([await retain(), await tag()]).toEqual(['AccessDeniedException', 'done']);
});

test('a change is recorded with the name of the group, in its account', async () => {
  await logs().send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
  await logs().send(new DeleteRetentionPolicyCommand({ logGroupName }));

  expect(await eventsOf(home)).toEqual([
    ['PutRetentionPolicy', { logGroupName, retentionInDays: 1 }],
    ['DeleteRetentionPolicy', { logGroupName }],
  ]);
  expect(await eventsOf('222233334444')).toEqual([]);
});

const roleName = 'OrganizationAccountAccessRole';

const logsAs = (accessKeyId: string) => new CloudWatchLogsClient(account.configOf(accessKeyId));
const logs = () => logsAs(home);

const nameOf = ({ name }: Error) => name;

/** The names and parameters of the changes of log groups in an account, oldest first. */
async function eventsOf(accountId: string) {
  return (await account.recordsIn(accountId))
    .filter(({ eventSource, readOnly }) => eventSource === 'logs.amazonaws.com' && !readOnly)
    .map(({ eventName, requestParameters }) => [eventName, requestParameters])
    .toReversed();
}
