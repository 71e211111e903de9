import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { topic } from '#drift/dependencies/topic.ts';
import {
  type DependencyAccount,
  dependencyAccount,
  leftOf,
  TopicArn,
} from '../support/key-and-topic.ts';

const restored = { topic: 'restore' } as const;
const team = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: 'SNS:*',
  Resource: TopicArn,
};
const denial = { ...team, Effect: 'Deny', Principal: '*', Action: 'SNS:Publish' };
const queue = 'arn:aws:sqs:us-east-1:111122223333:siem';
const theirs = 'arn:aws:sqs:us-east-1:111122223333:mallory';
const webhook = 'https://user:pass@events.example.com/integration/0f1e2d3c/enqueue?token=secret';

describe('a captured topic', () => {
  test('has its key, tags, subscriptions and the parts of its policy', async () => {
    const { topic: captured } = await (await configured()).captured();

    expect(captured).toEqual({
      Existence: 'there',
      KmsMasterKeyId: 'alias/topics',
      Tags: [{ Key: 'owner', Value: 'security' }],
      Subscriptions: [`sqs ${queue}`],
      CloudTrailStatements: [
        expect.objectContaining({ Principal: { Service: 'cloudtrail.amazonaws.com' } }),
      ],
      Denials: [],
      OtherStatements: [team],
    });
  });

  test('that is not encrypted stays so', async () => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    expect(captured.topic).toMatchObject({ KmsMasterKeyId: 'none' });
    await account.sns.send(setting('KmsMasterKeyId', 'alias/mallory'));

    await account.restore(captured, restored);

    expect((await stateOf(account)).attributes.KmsMasterKeyId).toBeUndefined();
  });

  test('shows no secret of an endpoint, and a difference between two', async () => {
    const account = await configured();
    subscribed(account, 'https', webhook);
    const { topic: captured } = await account.captured();
    account.world.subscriptions.length = 0;
    subscribed(account, 'https', webhook.replace('0f1e2d3c', '4b5a6978'));

    const { topic: other } = await account.captured();

    const text = JSON.stringify([captured, other]);
    expect(text).toContain('https https://events.example.com/');
    expect(text).not.toMatch(/0f1e2d3c|4b5a6978|secret|pass/);
    expect(Reflect.get(other ?? {}, 'Subscriptions')).not.toEqual(
      Reflect.get(captured ?? {}, 'Subscriptions'),
    );
  });
});

/** What someone does to a topic, by the calls that are needed to restore it. */
const attacks: readonly (readonly [
  what: string,
  call: (account: DependencyAccount) => Promise<unknown>,
  writes: readonly string[],
])[] = [
  ['a deleted topic', ({ sns }) => sns.send(new DeleteTopicCommand({ TopicArn })), ['CreateTopic']],
  [
    'a topic that was recreated by someone else',
    async ({ sns }) => {
      await sns.send(new DeleteTopicCommand({ TopicArn }));
      await sns.send(new CreateTopicCommand({ Name: 'org-trail-delivered' }));
    },
    ['SetTopicAttributes', 'SetTopicAttributes', 'TagResource'],
  ],
  [
    'a policy without the statements of CloudTrail',
    ({ sns }) => sns.send(setting('Policy', policyOf(team))),
    ['SetTopicAttributes'],
  ],
  [
    'a policy that denies CloudTrail to publish',
    async ({ sns }) => sns.send(setting('Policy', await withMore(sns, denial))),
    ['SetTopicAttributes'],
  ],
  [
    'a topic with a key that CloudTrail cannot use',
    ({ sns }) => sns.send(setting('KmsMasterKeyId', 'alias/aws/sns')),
    ['SetTopicAttributes'],
  ],
  [
    'a topic that is no longer encrypted',
    ({ sns }) => sns.send(setting('KmsMasterKeyId', '')),
    ['SetTopicAttributes'],
  ],
  [
    'other tags',
    async ({ sns }) => {
      const Tags = [
        { Key: 'owner', Value: 'mallory' },
        { Key: 'team', Value: 'red' },
      ];
      await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags }));
    },
    ['TagResource', 'UntagResource'],
  ],
  [
    'a missing tag',
    ({ sns }) => sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ['owner'] })),
    ['TagResource'],
  ],
];

describe.each(attacks)('%s', (what, attack, writes) => {
  test('is restored in one run if the policy says so, except for subscriptions', async () => {
    const account = await configured();
    const captured = await account.captured();
    const before = await stateOf(account);
    await attack(account);
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    const after = await stateOf(account);
    const isRecreated = what.includes('recreated');
    if (!isRecreated) expect(after).toEqual(before);
    expect(after.statements.join()).toContain('cloudtrail.amazonaws.com');
    expect(leftOf(outcome, 'topic').map(({ path }) => path)).toEqual([
      ...(/deleted|recreated/.test(what) ? ['Subscriptions'] : []),
      ...(isRecreated ? ['OtherStatements'] : []),
    ]);
    expect(account.writesSince(start)).toEqual(writes);
  });

  test.each([
    ['by default', {}, 'enforce'],
    ['in mode observe', restored, 'observe'],
  ] as const)('is reported and left %s', async (_when, policy, mode) => {
    const account = await configured();
    const captured = await account.captured();
    await attack(account);
    const attacked = JSON.stringify([...account.world.topics]);
    const start = account.calls.length;

    const outcome = await account.restore(captured, policy, mode);

    expect(leftOf(outcome, 'topic')).not.toEqual([]);
    expect(account.writesSince(start)).toEqual([]);
    expect(JSON.stringify([...account.world.topics])).toBe(attacked);
  });
});

describe('a deleted topic', () => {
  test('is made again with its ARN, which the trail still has, so that it is notified again', async () => {
    const account = await configured();
    const captured = await account.captured();
    await account.sns.send(new DeleteTopicCommand({ TopicArn }));

    await account.restore(captured, restored);

    const found = await account.ownerSns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(found.Attributes?.TopicArn).toBe(TopicArn);
    expect(captured.settings).toMatchObject({ SnsTopicARN: TopicArn });
  });

  test('is made again without what SNS refuses, and the rest follows', async () => {
    const account = await configured();
    const captured = await account.captured();
    await account.sns.send(new DeleteTopicCommand({ TopicArn }));
    account.disruptions.faults.push({
      service: 'sns',
      operation: 'CreateTopic',
      error: 'InvalidParameter',
      times: 1,
    });
    const start = account.calls.length;

    await account.restore(captured, restored);

    expect(account.writesSince(start)).toEqual([
      'CreateTopic',
      'CreateTopic',
      'SetTopicAttributes',
      'SetTopicAttributes',
      'TagResource',
    ]);
    const { attributes, tags, statements } = await stateOf(account);
    expect([attributes.KmsMasterKeyId, tags]).toEqual(['alias/topics', [owner]]);
    expect(statements.join()).toContain('cloudtrail.amazonaws.com');
  });

  test('is never made in another account', async () => {
    const foreign = TopicArn.replace('111122223333', '444455556666');
    const { aws, calls, world } = await elsewhere();
    const input = { TopicArn: foreign };

    await expect(topic.apply(aws, { action: 'CreateTopic', input })).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });

    expect(calls.map(({ operation }) => operation)).toEqual(['GetTopicAttributes']);
    expect([...world.topics.keys()]).not.toContain(foreign);
  });
});

describe('a topic policy', () => {
  test('keeps what others wrote meanwhile', async () => {
    const account = await configured();
    const captured = await account.captured();
    await account.sns.send(setting('Policy', policyOf(team, denial)));
    await account.sns.send(
      new AddPermissionCommand({
        TopicArn,
        Label: 'Theirs',
        AWSAccountId: ['444455556666'],
        ActionName: ['Subscribe'],
      }),
    );

    const outcome = await account.restore(captured, restored);

    const { statements } = await stateOf(account);
    expect(statements.join()).toContain('"Theirs"');
    expect(statements).not.toContain(JSON.stringify(denial));
    expect(leftOf(outcome, 'topic')).toMatchObject([{ path: 'OtherStatements' }]);
  });
});

describe('subscriptions are reported and never changed:', () => {
  test('one that is gone, by protocol and endpoint', async () => {
    const account = await configured();
    const captured = await account.captured();
    const { Subscriptions = [] } = await account.ownerSns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn }),
    );
    const [{ SubscriptionArn } = {}] = Subscriptions;
    await account.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    expect(account.writesSince(start)).toEqual([]);
    expect(leftOf(outcome, 'topic')).toMatchObject([
      {
        path: 'Subscriptions',
        severity: 'medium',
        description: expect.stringContaining('confirm'),
      },
    ]);
    const [finding] = outcome.plan.findings.filter(({ kind }) => kind === 'topic');
    expect(finding).toMatchObject({ changes: [{ desired: [`sqs ${queue}`], actual: [] }] });
  });

  test('one of someone else', async () => {
    const account = await configured();
    const captured = await account.captured();
    await account.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: theirs }));
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    expect(account.writesSince(start)).toEqual([]);
    expect(leftOf(outcome, 'topic')).toMatchObject([{ path: 'Subscriptions', severity: 'high' }]);
  });

  test('but not one that no one confirmed, which receives nothing', async () => {
    const account = await configured();
    const captured = await account.captured();
    await account.sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'mallory@example.com' }),
    );

    expect(leftOf(await account.restore(captured, restored), 'topic')).toEqual([]);
  });

  test('not one by one if there are more than can be compared', async () => {
    const account = await configured();
    const captured = await account.captured();
    for (let i = 0; i < 600; i++) subscribed(account, 'sqs', `${queue}-${i}`);

    expect((await account.captured()).topic).toMatchObject({ Subscriptions: null });
    expect(leftOf(await account.restore(captured, restored), 'topic')).toMatchObject([
      { path: 'Subscriptions', severity: 'high' },
    ]);
  });
});

const owner = { Key: 'owner', Value: 'security' };

const policyOf = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

const setting = (AttributeName: string, AttributeValue: string) =>
  new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue });

async function withMore(sns: DependencyAccount['sns'], more: object): Promise<string> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const document = JSON.parse(Attributes?.Policy ?? '{}');
  return JSON.stringify({ ...document, Statement: [...document.Statement, more] });
}

/** An account whose topic is encrypted, tagged and subscribed to, and whose policy has a statement of its owner. */
async function configured(): Promise<DependencyAccount> {
  const account = await dependencyAccount();
  const { ownerSns: sns } = account;
  await sns.send(setting('Policy', await withMore(sns, team)));
  await sns.send(setting('KmsMasterKeyId', 'alias/topics'));
  await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [owner] }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue }));
  return account;
}

/** A confirmed subscription. */
const subscribed = ({ world }: DependencyAccount, protocol: string, endpoint: string): void =>
  void world.subscriptions.push({
    topicArn: TopicArn,
    protocol,
    endpoint,
    arn: `${TopicArn}:${world.subscriptions.length}`,
  });

/** A topic as its owner sees it; the order of statements does not matter. */
async function stateOf({ ownerSns: sns }: DependencyAccount) {
  const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const { Tags: tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
  const { Policy = '{}', SubscriptionsConfirmed: _, ...attributes } = Attributes;
  const all: readonly object[] = JSON.parse(Policy).Statement;
  const statements = all.map((one) => JSON.stringify(one)).toSorted();
  return { attributes, tags, statements } as const;
}

/** The clients of an account for a topic that belongs to another one. */
async function elsewhere() {
  const { clientsOf, world, calls } = await dependencyAccount();
  calls.length = 0;
  return { aws: clientsOf('trailkeeper'), world, calls };
}
