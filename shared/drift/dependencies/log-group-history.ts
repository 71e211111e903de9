import { asSet } from '#text/diff.ts';
import { type Members, type RecordedCall, textOf } from '#trail/recorded-call.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { gone, there } from './dependency.ts';
import { onProtected, sets, unclear } from './dependency-history.ts';
import {
  type LogGroup,
  masked,
  metricFilters,
  never,
  none,
  subscriptionFilters,
  tagSet,
} from './log-group-state.ts';

/**
 * How recorded calls change a log group. Requests are recorded with the API's names. Source: CloudWatch Logs user guide, "Logging
 * CloudWatch Logs API and console operations in AWS CloudTrail".
 */
export const logGroupHistory: HistoryModel<LogGroup> = {
  applyCall: onProtected(
    (call, before) => effects[call.eventName]?.(call.parameters ?? {}, before, call) ?? null,
  ),
};

type Effect = (parameters: Members, before: LogGroup, call: RecordedCall) => CallResult<LogGroup>;

/** A list of filters after one of them was set or deleted; undefined if that is not known. */
const changed =
  <Filter extends { readonly filterName: string }>(
    field: 'MetricFilters' | 'SubscriptionFilters',
    read: (found: unknown) => readonly Filter[] | null,
    isSet: boolean,
  ) =>
  (parameters: Members, before: LogGroup): never | undefined => {
    const name = textOf(parameters, 'filterName');
    const all = before[field];
    const put = isSet ? read([parameters]) : [];
    if (name === null || !Array.isArray(all) || put === null) return undefined;
    const others = (all as readonly Filter[]).filter(({ filterName }) => filterName !== name);
    return asSet([...others, ...put]) as never;
  };

const effects: Readonly<Record<string, Effect>> = {
  CreateLogGroup: (parameters, _before, { parameters: recorded }) =>
    recorded === null
      ? {
          set: { Existence: there, MetricFilters: [], SubscriptionFilters: [] },
          indeterminate: ['LogGroupClass', 'RetentionInDays', 'KmsKeyId', 'Tags', 'DataProtection'],
        }
      : newGroup(parameters),
  DeleteLogGroup: () => ({
    set: { Existence: gone, MetricFilters: [], SubscriptionFilters: [] },
  }),
  PutRetentionPolicy: sets('RetentionInDays', ({ retentionInDays }) =>
    typeof retentionInDays === 'number' ? retentionInDays : undefined,
  ),
  DeleteRetentionPolicy: sets('RetentionInDays', () => never),
  AssociateKmsKey: sets('KmsKeyId', keyIn),
  PutDataProtectionPolicy: sets('DataProtection', () => masked),
  // A policy of the account may still mask events.
  DeleteDataProtectionPolicy: () => unclear(['DataProtection']),
  DisassociateKmsKey: sets('KmsKeyId', () => none),
  PutMetricFilter: sets('MetricFilters', changed('MetricFilters', metricFilters, true)),
  DeleteMetricFilter: sets('MetricFilters', changed('MetricFilters', metricFilters, false)),
  PutSubscriptionFilter: sets(
    'SubscriptionFilters',
    changed('SubscriptionFilters', subscriptionFilters, true),
  ),
  DeleteSubscriptionFilter: sets(
    'SubscriptionFilters',
    changed('SubscriptionFilters', subscriptionFilters, false),
  ),
};

/** A new group keeps its events for ever. Source: CloudWatch Logs API reference, CreateLogGroup. */
function newGroup(parameters: Members): CallResult<LogGroup> {
  const key = 'kmsKeyId' in parameters ? keyIn(parameters) : none;
  const set = {
    Existence: there,
    LogGroupClass: textOf(parameters, 'logGroupClass') ?? 'STANDARD',
    RetentionInDays: never,
    Tags: tagSet((parameters.tags ?? {}) as Readonly<Record<string, string>>),
    MetricFilters: [],
    SubscriptionFilters: [],
  };
  // A policy of the account may mask its events.
  return key === undefined
    ? { set, indeterminate: ['DataProtection', 'KmsKeyId'] }
    : { set: { ...set, KmsKeyId: key }, indeterminate: ['DataProtection'] };
}

/** The key's ARN. In another form it does not say which key that is. */
function keyIn(parameters: Members): string | undefined {
  const key = textOf(parameters, 'kmsKeyId');
  return key?.startsWith('arn:') && key.includes(':key/') ? key : undefined;
}
