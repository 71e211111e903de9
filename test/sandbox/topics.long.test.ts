import { GetTrailStatusCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  paginateListSubscriptionsByTopic,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, expect, test } from 'vitest';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import { keyId, topicArn as TopicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';

// What stops the notifications of a trail, and what is recorded.

const home = '111122223333';

const account = testAccount();

afterEach(() => account.reset());

test('a topic that is encrypted with a key that CloudTrail cannot use gets no notifications', async () => {
  const key = (AttributeValue: string) =>
    sns().send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue }),
    );
  const errors: (string | undefined)[] = [];
  const observe = async () => errors.push(await notificationError());

  await key('alias/aws/sns');
  await observe();
  await expect(update()).rejects.toMatchObject({ name: 'InsufficientSnsTopicPolicyException' });
  await key('alias/org-trail');
  await observe();
  const Policy = policyForCloudTrail('kms:*', '*', allowAccount(home));
  await new KMSClient(account.configOf(home)).send(
    new PutKeyPolicyCommand({ KeyId: keyId, Policy }),
  );
  await observe();
  await key('');
  await observe();

  expect(errors).toEqual(['KMSAccessDenied', 'KMSAccessDenied', undefined, undefined]);
});

test('a denial in the policy prevents notifications', async () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: 'SNS:Publish', Resource: TopicArn };
  const AttributeValue = policyForCloudTrail('SNS:Publish', TopicArn, deny);
  await sns().send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }),
  );

  expect(await notificationError()).toBe('AuthorizationError');
});

test('subscriptions are listed in pages, and are gone when they or the topic are deleted', async () => {
  const endpoints = Array.from({ length: 130 }, (_, i) => `arn:aws:sqs:us-east-1:${home}:q${i}`);
  for (const Endpoint of endpoints) {
    await sns().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  }
  const pages = await Array.fromAsync(
    paginateListSubscriptionsByTopic({ client: sns() }, { TopicArn }),
  );
  const all = pages.flatMap(({ Subscriptions = [] }) => Subscriptions);
  expect(pages).toHaveLength(2);
  expect(all.map(({ Endpoint }) => Endpoint)).toEqual(endpoints);

  await sns().send(new UnsubscribeCommand({ SubscriptionArn: all[0]?.SubscriptionArn }));
  const { Subscriptions } = await sns().send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions?.[0]?.Endpoint).toBe(endpoints[1]);

  await sns().send(new DeleteTopicCommand({ TopicArn }));
  await sns().send(new CreateTopicCommand({ Name: 'org-trail-delivered' }));
  const recreated = await sns().send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(recreated.Subscriptions).toEqual([]);
});

test('lists of a call are recorded as lists', async () => {
  const Tags = [{ Key: 'owner', Value: 'security' }];
  await sns().send(new TagResourceCommand({ ResourceArn: TopicArn, Tags }));
  await sns().send(
    new AddPermissionCommand({
      TopicArn,
      Label: 'theirs',
      AWSAccountId: ['444455556666'],
      ActionName: ['Publish', 'Subscribe'],
    }),
  );

  expect(await parametersOf('TagResource')).toEqual({
    resourceArn: TopicArn,
    tags: [{ key: 'owner', value: 'security' }],
  });
  expect(await parametersOf('AddPermission')).toMatchObject({
    topicArn: TopicArn,
    label: 'theirs',
    actionName: ['Publish', 'Subscribe'],
  });
});

const sns = () => new SNSClient(account.configOf(home));

const notificationError = async () =>
  (await account.outsider.send(new GetTrailStatusCommand({ Name: account.trail })))
    .LatestNotificationError;

const update = () =>
  account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'new' }));

const parametersOf = async (call: string) =>
  (await account.recordsIn(home, call))[0]?.requestParameters;
