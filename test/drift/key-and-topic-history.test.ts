import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { key } from '#drift/dependencies/key.ts';
import type { Key } from '#drift/dependencies/key-state.ts';
import { topic } from '#drift/dependencies/topic.ts';
import type { Topic } from '#drift/dependencies/topic-state.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { states, trail } from '../support/baseline.ts';
import { policyText } from '../support/policies.ts';

// What the records of calls say that they did to the key and the topic of a trail.

const desiredKey = states.key as Key;
const desiredTopic = states.topic as Topic;
const policyParts = ['CloudTrailStatements', 'Denials', 'OtherStatements'];

const called = (
  eventName: string,
  parameters: RecordedCall['parameters'] = {},
  response: RecordedCall['response'] = null,
) => ({ eventName, parameters, response }) as unknown as RecordedCall;

const ofKey = (call: RecordedCall, before = desiredKey) =>
  key.historyModel.applyCall(call, before, trail);
const ofTopic = (call: RecordedCall, before = desiredTopic) =>
  topic.historyModel.applyCall(call, before, trail);

/** The text of a policy with all statements of a state. */
const textOf = ({ CloudTrailStatements, Denials, OtherStatements }: Partial<Key>): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [CloudTrailStatements, Denials, OtherStatements].flat(),
  });

describe('a key', () => {
  test.each([
    ['DisableKey', 'Disabled'],
    ['EnableKey', 'Enabled'],
    ['ScheduleKeyDeletion', 'PendingDeletion'],
    ['CancelKeyDeletion', 'Disabled'],
    ['DeleteImportedKeyMaterial', 'PendingImport'],
    ['ImportKeyMaterial', 'Enabled'],
  ])('is after %s %s', (eventName, KeyState) => {
    expect(ofKey(called(eventName))).toStrictEqual({ set: { KeyState } });
  });

  test.each([
    [called('DisableKeyRotation'), 'off'],
    [called('EnableKeyRotation'), 365],
    [called('EnableKeyRotation', { rotationPeriodInDays: 90 }), 90],
  ])('is rotated as the call said: $eventName', (call, RotationPeriodInDays) => {
    expect(ofKey(call)).toStrictEqual({ set: { RotationPeriodInDays } });
  });

  test('is rotated in an unknown period if the record omits it', () => {
    expect(ofKey(called('EnableKeyRotation', null))).toStrictEqual({
      set: {},
      indeterminate: ['RotationPeriodInDays'],
    });
  });

  test('has the policy that was put, and drifts only in what it lacks or adds', () => {
    const put = (state: Partial<Key>) => called('PutKeyPolicy', { policy: textOf(state) });

    expect(ofKey(put(desiredKey))?.set).toEqual({
      CloudTrailStatements: desiredKey.CloudTrailStatements,
      Denials: desiredKey.Denials,
      OtherStatements: desiredKey.OtherStatements,
    });
    expect(ofKey(put({ ...desiredKey, CloudTrailStatements: [] }))?.set).toMatchObject({
      CloudTrailStatements: [],
      Denials: desiredKey.Denials,
    });
  });

  test.each([null, {}, { policy: 'no JSON' }, { policy: '[]' }])(
    'has an unknown policy after the record %j',
    (parameters) => {
      expect(ofKey(called('PutKeyPolicy', parameters))).toStrictEqual({
        set: {},
        indeterminate: policyParts,
      });
    },
  );

  test('that is not protected does not drift', () => {
    const nothing = Object.fromEntries(Object.keys(desiredKey).map((field) => [field, null]));
    for (const eventName of key.triggers.flatMap(({ eventNames }) => eventNames)) {
      const call = called(eventName, { policy: textOf(desiredKey) });

      const { set, indeterminate = [] } = ofKey(call, nothing as never) ?? { set: null };

      expect([eventName, set, indeterminate]).toEqual([eventName, {}, []]);
    }
  });

  test('is not changed by other calls', () => {
    expect(ofKey(called('CreateAlias'))).toBeNull();
  });
});

describe('a topic', () => {
  test.each([
    ['DeleteTopic', {}, { Existence: 'gone' }],
    ['CreateTopic', { name: 'deliveries' }, { Existence: 'there' }],
    [
      'SetTopicAttributes',
      { attributeName: 'KmsMasterKeyId', attributeValue: 'alias/theirs' },
      { KmsMasterKeyId: 'alias/theirs' },
    ],
    ['SetTopicAttributes', { attributeName: 'KmsMasterKeyId' }, { KmsMasterKeyId: 'none' }],
    ['SetTopicAttributes', { attributeName: 'DisplayName', attributeValue: 'x' }, {}],
    [
      'SetTopicAttributes',
      { attributeName: 'KmsMasterKeyId', attributeValue: '' },
      { KmsMasterKeyId: 'none' },
    ],
    ['UntagResource', { tagKeys: ['owner'] }, { Tags: [] }],
    [
      'TagResource',
      {
        tags: [
          { key: 'z', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
      {
        Tags: [
          { Key: 'a', Value: '2' },
          { Key: 'owner', Value: 'security' },
          { Key: 'z', Value: '1' },
        ],
      },
    ],
    [
      'TagResource',
      { tags: [{ key: 'owner', value: 'mallory' }] },
      { Tags: [{ Key: 'owner', Value: 'mallory' }] },
    ],
  ])('is set by %s with %j', (eventName, parameters, set) => {
    expect(ofTopic(called(eventName, parameters))).toStrictEqual({ set });
  });

  test('is unknown if the record omits what was set', () => {
    expect(ofTopic(called('SetTopicAttributes', null))).toStrictEqual({
      set: {},
      indeterminate: Object.keys(desiredTopic),
    });
  });

  test('is not changed by other calls', () => {
    expect(ofTopic(called('PublishBatch'))).toBeNull();
  });

  test('has the policy that was set', () => {
    const parameters = { attributeName: 'Policy', attributeValue: textOf(desiredTopic) };

    expect(ofTopic(called('SetTopicAttributes', parameters))?.set).toEqual({
      CloudTrailStatements: desiredTopic.CloudTrailStatements,
      Denials: desiredTopic.Denials,
      OtherStatements: desiredTopic.OtherStatements,
    });
  });

  test.each([
    ['AddPermission', policyParts],
    ['RemovePermission', policyParts],
    ['Subscribe', ['Subscriptions']],
    ['ConfirmSubscription', ['Subscriptions']],
    ['Unsubscribe', ['Subscriptions']],
    ['TagResource', ['Tags']],
  ])('is unknown in part after %s', (eventName, indeterminate) => {
    expect(ofTopic(called(eventName))).toStrictEqual({ set: {}, indeterminate });
  });

  test('is not changed by a subscription that waits for its confirmation', () => {
    const pending = { subscriptionArn: 'pending confirmation' };

    expect(ofTopic(called('Subscribe', {}, pending))).toStrictEqual({ set: {} });
  });

  test('that is created again after a deletion is otherwise unknown', () => {
    const { set, indeterminate } =
      ofTopic(called('CreateTopic'), { ...desiredTopic, Existence: 'gone' }) ?? {};

    expect(set).toEqual({ Existence: 'there' });
    expect(indeterminate).toEqual(expect.arrayContaining(policyParts));
  });
});

test('any policy that a record shows is either compared or unknown', () => {
  fc.assert(
    fc.property(fc.oneof(policyText, fc.string()), (policy) => {
      const { set = {}, indeterminate = [] } = ofKey(called('PutKeyPolicy', { policy })) ?? {};

      const known = [...Object.keys(set), ...indeterminate];
      expect(known.toSorted()).toEqual(policyParts.toSorted());
    }),
  );
});
