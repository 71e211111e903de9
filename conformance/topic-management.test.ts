import { describe, expect, test } from 'vitest';
import { context, newName, ownTopic, sns } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] Amazon SNS API reference.

describe('creating a topic that exists [M: CreateTopic; I: localstack/localstack#2405, #13714]', () => {
  test('returns it if the call asks for nothing else', async () => {
    const { arn, name: Name } = await ownTopic();

    expect((await sns.createTopic({ Name })).TopicArn).toBe(arn);
  });

  test('is refused if the call has other tags', async () => {
    const { name: Name } = await ownTopic();

    const { message } = await refusal(
      sns.createTopic({ Name, Tags: [{ Key: 'owner', Value: 'security' }] }),
      'InvalidParameterException',
    );

    expect(message).toContain('already exists with different tags');
  });

  test('is refused if the call has other attributes', async () => {
    const { name: Name } = await ownTopic();

    await refusal(
      sns.createTopic({ Name, Attributes: { DisplayName: 'Another' } }),
      'InvalidParameterException',
    );
  });
});

test('a deleted topic is created again with the same ARN, its policy and its tags, but no subscriptions', async () => {
  const { arn, name: Name } = await ownTopic();
  await sns.subscribe({ TopicArn: arn, Protocol: 'sqs', Endpoint: queue() });
  const { Attributes: before } = await sns.getTopicAttributes({ TopicArn: arn });
  const Tags = [{ Key: 'owner', Value: 'security' }];
  await sns.deleteTopic({ TopicArn: arn });
  await refusal(sns.getTopicAttributes({ TopicArn: arn }), 'NotFoundException');

  const { TopicArn } = await sns.createTopic({
    Name,
    Attributes: { Policy: before?.Policy ?? '' },
    Tags,
  });

  const { Attributes: after } = await sns.getTopicAttributes({ TopicArn });
  expect(TopicArn).toBe(arn);
  expect(JSON.parse(after?.Policy ?? '')).toEqual(JSON.parse(before?.Policy ?? ''));
  expect((await sns.listTagsForResource({ ResourceArn: arn })).Tags).toEqual(Tags);
  expect((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions).toEqual([]);
});

test('deleting a topic that does not exist is no error [M: DeleteTopic]', async () => {
  const { arn } = await ownTopic();

  await sns.deleteTopic({ TopicArn: arn });
  await sns.deleteTopic({ TopicArn: arn });
});

describe('the policy of a topic', () => {
  test('gets and loses a statement for an account [M: AddPermission, RemovePermission]', async () => {
    const { arn: TopicArn } = await ownTopic();
    const labels = async () => {
      const { Attributes } = await sns.getTopicAttributes({ TopicArn });
      return JSON.parse(Attributes?.Policy ?? '').Statement.map(({ Sid }: { Sid: string }) => Sid);
    };
    const [own] = await labels();

    await sns.addPermission({
      TopicArn,
      Label: 'ours',
      AWSAccountId: [context.accountId],
      ActionName: ['Publish'],
    });
    const added = await labels();
    await sns.removePermission({ TopicArn, Label: 'ours' });

    expect([added, await labels()]).toEqual([[own, 'ours'], [own]]);
  });

  test('that is not a policy is refused [M: SetTopicAttributes]', async () => {
    const { arn: TopicArn } = await ownTopic();

    await refusal(
      sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: 'nothing' }),
      'InvalidParameterException',
    );
  });
});

test('the key of a topic is set and removed with an empty text [M: KmsMasterKeyId; T: topic.go]', async () => {
  const { arn: TopicArn } = await ownTopic();
  const keyOf = async () => (await sns.getTopicAttributes({ TopicArn })).Attributes?.KmsMasterKeyId;
  const set = (AttributeValue: string) =>
    sns.setTopicAttributes({ TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue });

  await set('alias/aws/sns');
  const encrypted = await keyOf();
  await set('');

  expect([encrypted, await keyOf()]).toEqual(['alias/aws/sns', undefined]);
});

test('tags are added, replaced and removed by key [M: TagResource, UntagResource]', async () => {
  const { arn: ResourceArn } = await ownTopic();
  const tags = async () => (await sns.listTagsForResource({ ResourceArn })).Tags;

  await sns.tagResource({ ResourceArn, Tags: [{ Key: 'owner', Value: 'mallory' }] });
  await sns.tagResource({ ResourceArn, Tags: [{ Key: 'owner', Value: 'security' }] });
  const added = await tags();
  await sns.untagResource({ ResourceArn, TagKeys: ['owner', 'unknown'] });

  expect([added, await tags()]).toEqual([[{ Key: 'owner', Value: 'security' }], []]);
});

test('a subscription waits for its confirmation if it is an address [M: Subscribe, ListSubscriptionsByTopic]', async () => {
  const { arn: TopicArn } = await ownTopic();

  const address = { Protocol: 'email', Endpoint: 'trailkeeper@example.com' };
  await sns.subscribe({ TopicArn, ...address });

  expect((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions).toMatchObject([
    { ...address, TopicArn, Owner: context.accountId, SubscriptionArn: 'PendingConfirmation' },
  ]);
});

test('a topic that does not exist has no tags and no attributes [M: the errors]', async () => {
  const { arn } = await ownTopic();
  await sns.deleteTopic({ TopicArn: arn });

  await refusal(sns.listTagsForResource({ ResourceArn: arn }), 'ResourceNotFoundException');
  await refusal(
    sns.setTopicAttributes({ TopicArn: arn, AttributeName: 'DisplayName', AttributeValue: 'x' }),
    'NotFoundException',
  );
});

/** The ARN of a queue, which needs not exist to be subscribed. */
const queue = () => `arn:aws:sqs:${context.region}:${context.accountId}:${newName()}`;
