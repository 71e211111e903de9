import { describe, expect, test } from 'vitest';
import type { PolicyStatement } from '#drift/dependencies/policy-document.ts';
import { topic as kind } from '#drift/dependencies/topic.ts';
import type { Topic, TopicStep } from '#drift/dependencies/topic-state.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { impactIn } from '../support/kind-calls.ts';

const topic = states.topic as Topic;
const TopicArn = settings.SnsTopicARN;
const foreign = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'SNS:Publish' };
const denial = { ...foreign, Effect: 'Deny', Principal: '*' };
const listOf = (part: Topic['Denials']) => part as readonly PolicyStatement[];
const [wanted] = topic.Subscriptions as readonly string[];
const tag = { Key: 'owner', Value: 'security' };

/** The impact of a topic that drifted in one field. */
const impactOf = (change: object) => impactIn(kind, topic, change);

describe('the impact of a topic that', () => {
  test.each<[string, object, string, string]>([
    ['is gone', { Existence: 'gone' }, 'medium', 'the topic does not exist'],
    [
      'cannot be read',
      { Existence: 'not readable' },
      'low',
      'the topic cannot be checked and may not exist: grant the role of trailkeeper sns:GetTopicAttributes',
    ],
    [
      'hides its tags',
      { Tags: 'not readable' },
      'low',
      'the tags of the topic cannot be checked and may not exist: grant the role of trailkeeper sns:ListTagsForResource',
    ],
    [
      'hides its subscriptions',
      { Subscriptions: 'not readable' },
      'low',
      'the subscriptions of the topic cannot be checked and may not exist: grant the role of trailkeeper sns:ListSubscriptionsByTopic',
    ],
    ['has other tags', { Tags: [] }, 'low', 'the tags of the topic changed'],
    [
      'is not encrypted',
      { KmsMasterKeyId: 'none' },
      'medium',
      'no longer encrypted with alias/topics',
    ],
    [
      'has another key',
      { KmsMasterKeyId: 'alias/theirs' },
      'medium',
      'is encrypted with alias/theirs: if that key does not admit CloudTrail, no notifications of new log files are sent. Set the key alias/topics again',
    ],
    [
      'allows CloudTrail less',
      { CloudTrailStatements: [] },
      'medium',
      'the policy of the topic no longer allows CloudTrail all that it did, so no notifications of new log files are sent',
    ],
    ['denies more', { Denials: [...listOf(topic.Denials), denial] }, 'medium', 'may deny'],
    ['allows others something', { OtherStatements: [foreign] }, 'medium', 'someone else may'],
    ['lost a subscriber', { Subscriptions: [] }, 'medium', 'subscribers no longer receive'],
    [
      'has another subscriber',
      { Subscriptions: [wanted, 'sqs theirs'] },
      'high',
      'someone else receives',
    ],
  ])('%s', (_what, change, severity, says) => {
    const { description, ...impact } = impactOf(change);

    expect(impact).toEqual({ severity, losesCoverage: false });
    expect(description).toContain(says);
    expect(description).toMatch(/topic|notifications/);
  });

  test('exchanged a subscriber says both', () => {
    const { description, severity } = impactOf({ Subscriptions: ['sqs theirs'] });

    expect(severity).toBe('high');
    expect(description).toMatch(/someone else receives .*; subscribers no longer receive /);
  });

  test.each([
    [[], /someone else/],
    [[wanted, 'sqs theirs'], /no longer receive/],
  ])('has the subscriptions %j does not say more than that', (Subscriptions, other) => {
    expect(impactOf({ Subscriptions }).description).not.toMatch(other);
  });
});

describe('a topic is restored', () => {
  test.each<[string, object, readonly TopicStep[]]>([
    [
      'in its key',
      { KmsMasterKeyId: 'none' },
      [{ action: 'SetTopicAttributes', input: { TopicArn, KmsMasterKeyId: 'alias/topics' } }],
    ],
    [
      'in its tags',
      { Tags: [{ Key: 'a', Value: '1' }, tag] },
      [{ action: 'UntagResource', input: { TopicArn, TagKeys: ['a'] } }],
    ],
    [
      'in the value of a tag',
      { Tags: [{ ...tag, Value: 'mallory' }] },
      [{ action: 'TagResource', input: { TopicArn, Tags: [tag] } }],
    ],
    [
      'in its policy',
      { Denials: [] },
      [
        {
          action: 'SetTopicAttributes',
          input: { TopicArn, put: listOf(topic.Denials), remove: [] },
        },
      ],
    ],
    [
      'from another Deny',
      { Denials: [denial] },
      [
        {
          action: 'SetTopicAttributes',
          input: { TopicArn, put: listOf(topic.Denials), remove: [denial] },
        },
      ],
    ],
    [
      'from a Deny',
      { Denials: [...listOf(topic.Denials), denial] },
      [{ action: 'SetTopicAttributes', input: { TopicArn, put: [], remove: [denial] } }],
    ],
    [
      'whole if it is gone',
      { Existence: 'gone' },
      [
        {
          action: 'CreateTopic',
          input: {
            TopicArn,
            KmsMasterKeyId: 'alias/topics',
            put: [...listOf(topic.CloudTrailStatements), ...listOf(topic.Denials)],
            Tags: [tag],
          },
        },
      ],
    ],
  ])('%s', (_what, change, steps) => {
    expect(kind.repair(topic, { ...topic, ...change }, trail, states)).toEqual(steps);
  });

  test('with its name alone if the baseline protects no more', () => {
    const [create] = kind.repair(
      {
        ...{ ...topic, KmsMasterKeyId: 'none', Tags: [] },
        ...{ CloudTrailStatements: null, Denials: null, OtherStatements: null },
      },
      { ...topic, Existence: 'gone' },
      trail,
      states,
    );

    expect(create).toEqual({ action: 'CreateTopic', input: { TopicArn } });
  });

  test('in no field that is not protected, or was not reported', () => {
    const { KmsMasterKeyId: _, Tags: __, ...reported } = topic;
    const other = { ...topic, KmsMasterKeyId: 'none', Tags: [] };
    const unprotected = { ...topic, KmsMasterKeyId: null, Tags: null };

    expect(kind.repair(topic, reported as Topic, trail, states)).toEqual([]);
    expect(kind.repair(unprotected, other, trail, states)).toEqual([]);
    expect(kind.repair(unprotected, { ...topic, Existence: 'gone' }, trail, states)).toEqual([
      {
        action: 'CreateTopic',
        input: { TopicArn, put: [...listOf(topic.CloudTrailStatements), ...listOf(topic.Denials)] },
      },
    ]);
  });

  test('in one of two tags', () => {
    const Tags = [{ Key: 'a', Value: '1' }, tag];

    expect(kind.repair({ ...topic, Tags }, { ...topic, Tags: [tag] }, trail, states)).toEqual([
      { action: 'TagResource', input: { TopicArn, Tags: [{ Key: 'a', Value: '1' }] } },
    ]);
  });

  test('not by a new one if its existence is not protected', () => {
    const desired = { ...topic, Existence: null };

    expect(kind.repair(desired, { ...topic, Existence: 'gone' }, trail, states)).toEqual([]);
  });
});

describe('a refused step for a topic', () => {
  const parts = (step: TopicStep, error = 'InvalidParameterException') =>
    kind.decompose?.(step, { error, changes: [] }, trail) ?? [];
  const policy = (...put: readonly PolicyStatement[]): TopicStep => ({
    action: 'SetTopicAttributes',
    input: { TopicArn, put, remove: [] },
  });

  test('that creates it is done without what may have been refused, which follows', () => {
    const [create] = kind.repair(topic, { ...topic, Existence: 'gone' }, trail, states);
    const { put, KmsMasterKeyId, Tags } = create?.input ?? {};

    expect(parts(create as TopicStep)).toEqual([
      { action: 'CreateTopic', input: { TopicArn } },
      { action: 'SetTopicAttributes', input: { TopicArn, KmsMasterKeyId } },
      { action: 'SetTopicAttributes', input: { TopicArn, put, remove: [] } },
      { action: 'TagResource', input: { TopicArn, Tags } },
    ]);
  });

  test('that creates it with tags alone has two parts', () => {
    const created: TopicStep = { action: 'CreateTopic', input: { TopicArn, Tags: [tag] } };

    expect(parts(created)).toEqual([
      { action: 'CreateTopic', input: { TopicArn } },
      { action: 'TagResource', input: { TopicArn, Tags: [tag] } },
    ]);
  });

  test('that writes several statements is done for each of them', () => {
    expect(parts(policy(foreign, denial))).toEqual([policy(foreign), policy(denial)]);
  });

  test.each<[string, TopicStep, string?]>([
    ['that writes one statement', policy(foreign)],
    ['that is denied', policy(foreign, denial), 'AuthorizationErrorException'],
    ['that creates it with its name alone', { action: 'CreateTopic', input: { TopicArn } }],
    ['that tags it', { action: 'TagResource', input: { TopicArn, Tags: [tag] } }],
    [
      'that encrypts it',
      { action: 'SetTopicAttributes', input: { TopicArn, KmsMasterKeyId: 'alias/topics' } },
    ],
  ])('%s has no parts', (_which, step, error) => {
    expect(parts(step, error)).toEqual([]);
  });
});
