import { describe, expect, test } from 'vitest';
import { logGroup as kind } from '#drift/dependencies/log-group.ts';
import type { LogGroupStep } from '#drift/dependencies/log-group-repair.ts';
import type { LogGroup } from '#drift/dependencies/log-group-state.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { impactIn } from '../support/kind-calls.ts';

const group = states['log-group'];
const [root] = group.MetricFilters;
const [siem] = group.SubscriptionFilters;
const other = { ...root, filterName: 'other' };
const theirs = { ...siem, filterName: 'theirs' };
const stream = {
  ...{ filterName: 'stream', filterPattern: '' },
  destinationArn: 'arn:aws:kinesis:eu-central-1:111122223333:stream/siem',
  roleArn: 'arn:aws:iam::111122223333:role/stream',
};
const key = 'arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000009';
const tags = [...group.Tags, { Key: 'team', Value: 'audit' }];
const logGroupArn = settings.CloudWatchLogsLogGroupArn;

/** The impact of a log group that drifted in one field. */
const impactOf = (change: object, before: object = {}) =>
  impactIn(kind, { ...group, ...before } as LogGroup, change);

describe('the impact of a log group', () => {
  test.each<[string, object, string, string, object?]>([
    ['that is gone', { Existence: 'gone' }, 'high', 'the log group does not exist'],
    [
      'that masks events',
      { DataProtection: 'ACTIVATED' },
      'high',
      'alarms and readers may no longer see',
    ],
    [
      'that masks no events',
      { DataProtection: 'none' },
      'medium',
      'Put the policy again',
      { DataProtection: 'ACTIVATED' },
    ],
    [
      'of another class',
      { LogGroupClass: 'DELIVERY' },
      'high',
      'is of class DELIVERY and was of class STANDARD',
    ],
    [
      'that keeps events for less time',
      { RetentionInDays: 30 },
      'high',
      'kept for 30 days, not for 365 days: older ones are deleted',
    ],
    [
      'that no longer keeps events for ever',
      { RetentionInDays: 3653 },
      'high',
      'kept for 3653 days, not for ever: older ones are deleted',
      { RetentionInDays: 'never' },
    ],
    [
      'that keeps events for more time',
      { RetentionInDays: 731 },
      'low',
      'kept for 731 days, not for 365 days',
    ],
    [
      'that keeps events for ever',
      { RetentionInDays: 'never' },
      'low',
      'kept for ever, not for 365 days',
    ],
    [
      'whose retention a policy overrides',
      { RetentionInDays: '7, by the account policy short' },
      'medium',
      'kept for 7, by the account policy short, not for 365',
    ],
    ['without its key', { KmsKeyId: 'none' }, 'medium', `without the key ${group.KmsKeyId}`],
    [
      'with another key',
      { KmsKeyId: key },
      'high',
      `encrypts new events with ${key}, not with ${group.KmsKeyId}`,
    ],
    [
      'with a key that it did not have',
      { KmsKeyId: key },
      'high',
      `with ${key}, not with the key of CloudWatch Logs`,
      { KmsKeyId: 'none' },
    ],
    ['with other tags', { Tags: [] }, 'low', 'the tags of the log group differ'],
    ['without a metric filter', { MetricFilters: [] }, 'high', 'no longer see what these'],
    [
      'with another metric filter',
      { MetricFilters: [root, other] },
      'medium',
      'were not captured, and may hide silence from an alarm: other',
    ],
    [
      'without a subscription filter',
      { SubscriptionFilters: [] },
      'high',
      'no longer pass the log on: siem',
    ],
    [
      'with another subscription filter',
      { SubscriptionFilters: [siem, theirs] },
      'high',
      'also copied to what was not captured: theirs',
    ],
    [
      'without a subscription filter that has a role',
      { SubscriptionFilters: [siem] },
      'high',
      'only a person can restore stream',
      { SubscriptionFilters: [siem, stream] },
    ],
  ])('%s', (_which, change, severity, says, before) => {
    const { description, ...impact } = impactOf(change, before);

    expect(impact).toEqual({ severity, losesCoverage: false });
    expect(description).toContain(says);
  });

  test.each<[string, object, RegExp, object?]>([
    ['is kept longer', { RetentionInDays: 731 }, /deleted/],
    ['lost a metric filter', { MetricFilters: [] }, /not captured/],
    ['has another metric filter', { MetricFilters: [root, other] }, /no longer/],
    ['lost a subscription filter', { SubscriptionFilters: [] }, /not captured|only a person/],
    ['has another subscription filter', { SubscriptionFilters: [siem, theirs] }, /no longer/],
    [
      'lost one of two subscription filters',
      { SubscriptionFilters: [stream] },
      /only a person/,
      { SubscriptionFilters: [siem, stream] },
    ],
  ])('that %s says no more than that', (_which, change, more, before) => {
    const { description } = impactOf(change, before);

    expect(description).not.toMatch(more);
    expect(description).not.toContain(';');
  });

  test('says both if a filter was changed and one was added', () => {
    const changed = { ...root, filterPattern: 'x' };

    expect(impactOf({ MetricFilters: [changed, other] }).description).toMatch(
      /count: root; these .* alarm: other\./,
    );
  });

  test('names every subscription filter that was lost, is left to people, or was added', () => {
    const before = { SubscriptionFilters: [siem, stream] };
    const added = { ...theirs, filterName: 'more' };

    expect(impactOf({ SubscriptionFilters: [theirs, added] }, before).description).toMatch(
      /on: siem, stream; only a person can restore stream: .*; .* captured: theirs, more$/,
    );
  });
});

describe('a log group is restored', () => {
  const on = <Action extends LogGroupStep['action']>(action: Action, input: object = {}) => ({
    action,
    input: { logGroupArn, ...input },
  });

  test.each<[string, object, readonly object[], object?]>([
    [
      'in its retention',
      { RetentionInDays: 1 },
      [on('PutRetentionPolicy', { retentionInDays: 365 })],
    ],
    [
      'in its retention without end',
      { RetentionInDays: 1 },
      [on('DeleteRetentionPolicy')],
      { RetentionInDays: 'never' },
    ],
    ['in its key', { KmsKeyId: 'none' }, [on('AssociateKmsKey', { kmsKeyId: group.KmsKeyId })]],
    ['to have no key', { KmsKeyId: key }, [on('DisassociateKmsKey')], { KmsKeyId: 'none' }],
    [
      'in its tags',
      { Tags: [{ Key: 'a', Value: '1' }] },
      [on('UntagResource', { tagKeys: ['a'] }), on('TagResource', { tags: { owner: 'security' } })],
    ],
    [
      'in the value of a tag',
      { Tags: [{ Key: 'owner', Value: 'mallory' }] },
      [on('TagResource', { tags: { owner: 'security' } })],
    ],
    [
      'without the tag of someone else',
      { Tags: [...tags, { Key: 'z', Value: '1' }] },
      [on('UntagResource', { tagKeys: ['z'] })],
      { Tags: tags },
    ],
    ['in its metric filters', { MetricFilters: [other] }, [on('PutMetricFilter', root)]],
    [
      'in its subscription filters',
      { SubscriptionFilters: [theirs] },
      [on('DeleteSubscriptionFilter', { filterName: 'theirs' }), on('PutSubscriptionFilter', siem)],
    ],
    [
      'but not in its class, or in a subscription that passes a role',
      { LogGroupClass: 'DELIVERY', SubscriptionFilters: [siem] },
      [],
      { SubscriptionFilters: [siem, stream] },
    ],
    [
      'but not in a subscription to another service',
      { SubscriptionFilters: [] },
      [],
      { SubscriptionFilters: [{ ...stream, roleArn: undefined }] },
    ],
    [
      'but not in a subscription of a Lambda function that passes a role',
      { SubscriptionFilters: [] },
      [],
      { SubscriptionFilters: [{ ...siem, roleArn: stream.roleArn }] },
    ],
    [
      'but not in a retention that a policy overrides',
      { RetentionInDays: '7, by the account policy short' },
      [],
    ],
    [
      'whole if it is gone',
      { Existence: 'gone' },
      [
        on('CreateLogGroup', {
          logGroupClass: 'STANDARD',
          kmsKeyId: group.KmsKeyId,
          tags: { owner: 'security' },
        }),
        on('PutRetentionPolicy', { retentionInDays: 365 }),
        on('PutMetricFilter', root),
        on('PutSubscriptionFilter', siem),
      ],
    ],
    [
      'with its name alone if nothing else is protected',
      { Existence: 'gone' },
      [on('CreateLogGroup')],
      {
        ...{ LogGroupClass: null, RetentionInDays: null, KmsKeyId: null, Tags: null },
        ...{ MetricFilters: null, SubscriptionFilters: null },
      },
    ],
    [
      'as a new one if it had no more',
      { Existence: 'gone' },
      [on('CreateLogGroup', { logGroupClass: 'STANDARD' })],
      {
        ...{ RetentionInDays: 'never', KmsKeyId: 'none', Tags: [] },
        ...{ MetricFilters: [], SubscriptionFilters: [] },
      },
    ],
  ])('%s', (_what, change, steps, before = {}) => {
    const desired = { ...group, ...before } as LogGroup;
    const actual = { ...desired, ...change } as LogGroup;

    expect(kind.repair(desired, actual, trail, states)).toEqual(steps);
  });
});

test('permissions are granted on the log group and its streams', () => {
  const [{ resources } = { resources: () => [] }] = kind.permissions.repair;
  const scope = { restorable: { logGroups: ['arn:group', 'arn:all*'] } } as never;

  expect(resources(scope)).toEqual(['arn:group', 'arn:group:*', 'arn:all*']);
});
