import { describe, expect, test } from 'vitest';
import { logGroup as kind } from '#drift/dependencies/log-group.ts';
import { metricFilters } from '#drift/dependencies/log-group-state.ts';
import { states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const key = 'arn:aws:kms:us-east-1:444455556666';

describe('a log group in event history', () => {
  const before = states['log-group'];
  const [filter] = before.MetricFilters;
  const [subscription] = before.SubscriptionFilters;
  const effect = (eventName: string, parameters: object | null) =>
    kind.historyModel.applyCall(
      call({ seconds: 1, eventName, parameters, eventSource: 'logs.amazonaws.com' }),
      before,
      trail,
    );

  test.each<[string, object, object]>([
    ['DeleteLogGroup', {}, { Existence: 'gone', MetricFilters: [], SubscriptionFilters: [] }],
    ['PutRetentionPolicy', { retentionInDays: 1 }, { RetentionInDays: 1 }],
    ['DeleteRetentionPolicy', {}, { RetentionInDays: 'never' }],
    ['AssociateKmsKey', { kmsKeyId: `${key}:key/1` }, { KmsKeyId: `${key}:key/1` }],
    ['DisassociateKmsKey', {}, { KmsKeyId: 'none' }],
    ['DeleteMetricFilter', { filterName: 'root' }, { MetricFilters: [] }],
    ['DeleteMetricFilter', { filterName: 'other' }, { MetricFilters: before.MetricFilters }],
    [
      'PutMetricFilter',
      { ...filter, filterName: 'another' },
      { MetricFilters: [{ ...filter, filterName: 'another' }, filter] },
    ],
    ['PutMetricFilter', { ...filter }, { MetricFilters: before.MetricFilters }],
    ['DeleteSubscriptionFilter', { filterName: 'siem' }, { SubscriptionFilters: [] }],
    [
      'PutSubscriptionFilter',
      { ...subscription },
      { SubscriptionFilters: before.SubscriptionFilters },
    ],
    ['PutDataProtectionPolicy', {}, { DataProtection: 'ACTIVATED' }],
  ])('%s changes what it names', (eventName, parameters, set) => {
    expect(effect(eventName, { logGroupName: 'trail', ...parameters })).toEqual({
      set,
    });
  });

  test.each([
    ['PutRetentionPolicy', {}, ['RetentionInDays']],
    ['DeleteDataProtectionPolicy', {}, ['DataProtection']],
    ['PutRetentionPolicy', { retentionInDays: '7' }, ['RetentionInDays']],
    ['AssociateKmsKey', { kmsKeyId: 'alias/logs' }, ['KmsKeyId']],
    ['AssociateKmsKey', { kmsKeyId: 'kms:us-east-1:444455556666:key/1' }, ['KmsKeyId']],
    ['AssociateKmsKey', { kmsKeyId: `${key}:alias/logs` }, ['KmsKeyId']],
    ['AssociateKmsKey', {}, ['KmsKeyId']],
    ['PutMetricFilter', { filterName: 'root' }, ['MetricFilters']],
    ['DeleteMetricFilter', {}, ['MetricFilters']],
    ['DeleteSubscriptionFilter', null, ['SubscriptionFilters']],
  ])('%s with %j leaves open what it sets', (eventName, parameters, indeterminate) => {
    expect(effect(eventName, parameters)).toEqual({ set: {}, indeterminate });
  });

  test.each<[string, object, object]>([
    [
      'in another class, with a key',
      { logGroupClass: 'DELIVERY', kmsKeyId: `${key}:key/1` },
      { LogGroupClass: 'DELIVERY', KmsKeyId: `${key}:key/1`, Tags: [] },
    ],
    [
      'without the tags of AWS',
      { tags: { 'aws:x': '1', 'x:aws:': '2' } },
      { Tags: [{ Key: 'x:aws:', Value: '2' }] },
    ],
  ])('CreateLogGroup makes a group %s', (_how, parameters, set) => {
    expect(effect('CreateLogGroup', parameters)).toMatchObject({ set });
  });

  test('CreateLogGroup leaves open whether a policy of the account masks events', () => {
    const parameters = { logGroupName: 'trail', tags: { owner: 'security' } };

    expect(effect('CreateLogGroup', parameters)).toEqual({
      set: {
        Existence: 'there',
        LogGroupClass: 'STANDARD',
        RetentionInDays: 'never',
        KmsKeyId: 'none',
        Tags: before.Tags,
        MetricFilters: [],
        SubscriptionFilters: [],
      },
      indeterminate: ['DataProtection'],
    });
  });

  test('CreateLogGroup leaves open which key an alias names', () => {
    const { set, indeterminate } = effect('CreateLogGroup', { kmsKeyId: 'alias/logs' }) ?? {};

    expect(set).not.toHaveProperty('KmsKeyId');
    expect(indeterminate).toEqual(['DataProtection', 'KmsKeyId']);
  });

  test('CreateLogGroup without its parameters leaves open what it may set', () => {
    expect(effect('CreateLogGroup', null)).toEqual({
      set: { Existence: 'there', MetricFilters: [], SubscriptionFilters: [] },
      indeterminate: ['LogGroupClass', 'RetentionInDays', 'KmsKeyId', 'Tags', 'DataProtection'],
    });
  });

  test('other calls change nothing', () => {
    expect(effect('PutLogEvents', {})).toBeNull();
  });

  // Source: CloudWatch Logs API reference: members that AWS may leave out, or adds to its answer.
  test.each<[string, object]>([
    ['with empty members', { fieldSelectionCriteria: '', applyOnTransformedLogs: false }],
    ['with nulls', { fieldSelectionCriteria: null, emitSystemFieldDimensions: [] }],
    ['as an answer has it', { creationTime: 1, logGroupName: 'trail' }],
    [
      'with empty members of its metric',
      {
        metricTransformations: filter?.metricTransformations.map((one) => ({
          ...one,
          dimensions: {},
          unit: null,
        })),
      },
    ],
  ])('a filter is the same %s', (_how, members) => {
    expect(effect('PutMetricFilter', { ...filter, ...members })).toEqual({
      set: { MetricFilters: before.MetricFilters },
    });
  });

  test('a filter without a pattern has an empty one', () => {
    expect(metricFilters([{ ...filter, filterPattern: undefined }])).toEqual([
      { ...filter, filterPattern: '' },
    ]);
  });

  test('the system fields of a filter keep their order', () => {
    const more = { ...filter, emitSystemFieldDimensions: ['@aws.region', '@aws.account'] };

    expect(metricFilters([more])).toEqual([more]);
  });

  test('the metrics of a filter are a set', () => {
    const [metric] = filter?.metricTransformations ?? [];
    const two = [metric, { ...metric, metricName: 'Another' }];
    const set = (metricTransformations: readonly unknown[]) =>
      effect('PutMetricFilter', { ...filter, metricTransformations });

    expect(set(two)).toEqual(set(two.toReversed()));
    expect(set(two)?.set).not.toEqual(set([metric])?.set);
  });

  test('a filter that is not an object leaves its list open', () => {
    expect(metricFilters([null])).toBeNull();
    expect(metricFilters(['root'])).toBeNull();
    expect(metricFilters(undefined)).toBeNull();
  });

  test('a baseline names each filter once', () => {
    const twice = { ...before, MetricFilters: [filter, filter] };
    const two = { ...before, MetricFilters: [filter, { ...filter, filterName: 'other' }] };

    expect(kind.state.safeParse(twice).success).toBe(false);
    expect(kind.state.safeParse(two).success).toBe(true);
  });

  test.each<object>([
    { applyOnTransformedLogs: 'yes' },
    { emitSystemFieldDimensions: '@aws.account' },
  ])('an error says what a filter of a baseline must have instead of %j', (more) => {
    const { error } = kind.state.safeParse({ ...before, MetricFilters: [{ ...filter, ...more }] });

    expect(error?.issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^must be \S/),
    ]);
  });

  test('of an unprotected group nothing changes', () => {
    const nothing = { ...before, Existence: null, MetricFilters: null, SubscriptionFilters: null };
    const deleted = call({ seconds: 1, eventName: 'DeleteLogGroup' });

    expect(kind.historyModel.applyCall(deleted, nothing, trail)?.set).toEqual({});
  });
});
