import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { sessionOf } from '../support/role-session.ts';

// Calls with the credentials of an account act on its resources, and are recorded in it only.

const accounts = ['111122223333', '222233334444', '333344445555'] as const;
const [management, archive] = accounts;

const account = testAccount();

afterEach(() => account.reset());

test('a change in another account matches the rules of that account only', async () => {
  account.deliver({ drop: false });
  for (const accountId of accounts) await notifyAbout(accountId, 'DeleteBucketPolicy');

  await new S3Client(account.configOf(archive)).send(
    new DeleteBucketPolicyCommand({ Bucket: 'org-trail-logs' }),
  );
  await account.settled();

  expect(await notified()).toEqual([[archive, archive]]);
});

test('a change by a role of another account is one of that account', async () => {
  account.deliver({ drop: false });
  for (const accountId of accounts) await notifyAbout(accountId, 'DisableKey');
  const role = `arn:aws:iam::${archive}:role/OrganizationAccountAccessRole`;
  const kms = new KMSClient(account.configOf(await sessionOf(account, role)));

  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }));
  await account.settled();

  expect(KeyMetadata?.AWSAccountId).toBe(archive);
  expect(await notified()).toEqual([[archive, archive]]);
  expect(await account.recordsIn(archive, 'DisableKey')).toMatchObject([
    {
      recipientAccountId: archive,
      userIdentity: {
        accountId: archive,
        type: 'AssumedRole',
        sessionContext: { sessionIssuer: { arn: role } },
      },
    },
  ]);
  expect(await account.recordsIn(management, 'DisableKey')).toEqual([]);
});

const topicName = 'rules-that-matched';

/** Publishes each event of this name in an account to a topic of the account. */
async function notifyAbout(accountId: string, eventName: string): Promise<void> {
  const config = account.configOf(accountId);
  const Arn = `arn:aws:sns:${account.region}:${accountId}:${topicName}`;
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sns:Publish',
    Resource: Arn,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await new SNSClient(config).send(
    new CreateTopicCommand({ Name: topicName, Attributes: { Policy } }),
  );
  const events = new EventBridgeClient(config);
  const EventPattern = JSON.stringify({ detail: { eventName: [eventName] } });
  await events.send(new PutRuleCommand({ Name: topicName, EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: topicName, Targets: [{ Id: 'topic', Arn }] }));
}

/** The accounts whose rules matched, each with the account in the event. */
async function notified() {
  const all = await account.notifications();
  return all
    .filter(({ topicArn }) => topicArn.endsWith(topicName))
    .map(({ topicArn, message }) => [topicArn.split(':')[4], JSON.parse(message).account]);
}
