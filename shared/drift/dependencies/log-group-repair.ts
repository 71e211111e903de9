import type {
  AssociateKmsKeyCommandInput,
  CreateLogGroupCommandInput,
  DeleteSubscriptionFilterCommandInput,
  LogGroupClass,
  PutMetricFilterCommandInput,
  PutRetentionPolicyCommandInput,
  PutSubscriptionFilterCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { isSame, type Json, without } from '#text/diff.ts';
import { accessDenied, there } from './dependency.ts';
import {
  isByAccountPolicy,
  type LogGroup,
  listed,
  type MetricFilter,
  never,
  none,
  type SubscriptionFilter,
  unprotected,
} from './log-group-state.ts';

/** An operation on a log group, which is named by its ARN: the group may be in another account or Region than the trail. */
type On<Action extends string, Input = object> = {
  readonly action: Action;
  readonly input: { readonly logGroupArn: string } & Omit<Input, 'logGroupName' | 'resourceArn'>;
};

export type LogGroupStep =
  | On<'CreateLogGroup', CreateLogGroupCommandInput>
  | On<'PutRetentionPolicy', PutRetentionPolicyCommandInput>
  | On<'DeleteRetentionPolicy'>
  | On<'AssociateKmsKey', AssociateKmsKeyCommandInput>
  | On<'DisassociateKmsKey'>
  | On<'TagResource', TagResourceCommandInput>
  | On<'UntagResource', UntagResourceCommandInput>
  | On<'PutMetricFilter', PutMetricFilterCommandInput>
  | On<'PutSubscriptionFilter', PutSubscriptionFilterCommandInput>
  | On<'DeleteSubscriptionFilter', DeleteSubscriptionFilterCommandInput>;

/** The steps that restore a log group: none for what is not protected or could not be read. */
export function repairLogGroup(
  desired: LogGroup,
  actual: LogGroup,
  logGroupArn: string,
): readonly LogGroupStep[] {
  if (isGone(actual.Existence)) return createdAgain(desired, logGroupArn);
  const differs = (field: keyof LogGroup) => isRestorable(field, desired, actual);
  return [
    ...(differs('RetentionInDays') ? retention(desired, logGroupArn) : []),
    ...(differs('KmsKeyId') ? [encryption(desired, logGroupArn)] : []),
    ...(differs('Tags') ? tagging(desired, actual, logGroupArn) : []),
    ...(differs('MetricFilters') ? metricSteps(desired, actual, logGroupArn) : []),
    ...(differs('SubscriptionFilters') ? subscriptionSteps(desired, actual, logGroupArn) : []),
  ];
}

/**
 * CloudWatch Logs needs a role to write to anything but a Lambda function, and the caller must be allowed to pass that role.
 * trailkeeper is not: those filters are left to people. Source: CloudWatch Logs API reference, PutSubscriptionFilter.
 */
export const canBePut = ({ destinationArn, roleArn }: SubscriptionFilter): boolean =>
  roleArn === undefined && destinationArn.split(':')[2] === 'lambda';

const isGone = (existence: string | null | undefined): boolean =>
  Boolean(existence) && existence !== there && existence !== accessDenied;

function isRestorable(field: keyof LogGroup, desired: LogGroup, actual: LogGroup): boolean {
  const [wanted, found] = [desired[field], actual[field]];
  if (found === undefined || found === accessDenied || wanted === null) return false;
  return !isSame(wanted as Json, found as Json) && !isByAccountPolicy(found);
}

/** The group with its class, key and tags, then what is set on it. */
function createdAgain(desired: LogGroup, logGroupArn: string): readonly LogGroupStep[] {
  const { KmsKeyId: kmsKeyId, LogGroupClass: logGroupClass, RetentionInDays: days } = desired;
  const tags = asMap(desired.Tags);
  const create: LogGroupStep = {
    action: 'CreateLogGroup',
    input: {
      logGroupArn,
      ...(logGroupClass !== null && { logGroupClass: logGroupClass as LogGroupClass }),
      ...(kmsKeyId !== null && kmsKeyId !== none && { kmsKeyId }),
      ...(Object.keys(tags).length > 0 && { tags }),
    },
  };
  return [
    create,
    ...(typeof days === 'number' ? retention(desired, logGroupArn) : []),
    ...metricSteps(desired, unprotected, logGroupArn),
    ...subscriptionSteps(desired, unprotected, logGroupArn),
  ];
}

const retention = (
  { RetentionInDays: days }: LogGroup,
  logGroupArn: string,
): readonly LogGroupStep[] =>
  days === never
    ? [{ action: 'DeleteRetentionPolicy', input: { logGroupArn } }]
    : [{ action: 'PutRetentionPolicy', input: { logGroupArn, retentionInDays: Number(days) } }];

const encryption = ({ KmsKeyId }: LogGroup, logGroupArn: string): LogGroupStep =>
  KmsKeyId === none || KmsKeyId === null
    ? { action: 'DisassociateKmsKey', input: { logGroupArn } }
    : { action: 'AssociateKmsKey', input: { logGroupArn, kmsKeyId: KmsKeyId } };

function tagging(desired: LogGroup, actual: LogGroup, logGroupArn: string) {
  const [wanted, found] = [listed(desired.Tags), listed(actual.Tags)];
  const tags = asMap(without(wanted, found));
  const tagKeys = found
    .map(({ Key }) => Key)
    .filter((key) => wanted.every(({ Key }) => Key !== key));
  const untag: LogGroupStep = { action: 'UntagResource', input: { logGroupArn, tagKeys } };
  const tag: LogGroupStep = { action: 'TagResource', input: { logGroupArn, tags } };
  return [...(tagKeys.length > 0 ? [untag] : []), ...(Object.keys(tags).length > 0 ? [tag] : [])];
}

/** What is missing or was changed. A filter that someone added counts events, and is left to people. */
const metricSteps = (desired: LogGroup, actual: LogGroup, logGroupArn: string): LogGroupStep[] =>
  differing<MetricFilter>(desired.MetricFilters, actual.MetricFilters).map((filter) => ({
    action: 'PutMetricFilter',
    input: { logGroupArn, ...filter },
  }));

/** What someone added is deleted first: it copies the log, and a group has room for two. */
function subscriptionSteps(
  desired: LogGroup,
  actual: LogGroup,
  logGroupArn: string,
): readonly LogGroupStep[] {
  const names = new Set(listed(desired.SubscriptionFilters).map(({ filterName }) => filterName));
  const added = listed(actual.SubscriptionFilters).filter(
    ({ filterName }) => !names.has(filterName),
  );
  return [
    ...added.map(
      ({ filterName }): LogGroupStep => ({
        action: 'DeleteSubscriptionFilter',
        input: { logGroupArn, filterName },
      }),
    ),
    ...differing<SubscriptionFilter>(desired.SubscriptionFilters, actual.SubscriptionFilters)
      .filter(canBePut)
      .map(
        (filter): LogGroupStep => ({
          action: 'PutSubscriptionFilter',
          input: { logGroupArn, ...filter },
        }),
      ),
  ];
}

type Listed<Filter> = readonly Filter[] | string | null;

/** The desired filters that are not there as they are desired. */
const differing = <Filter extends object>(
  desired: Listed<Filter>,
  actual: Listed<Filter>,
): readonly Filter[] =>
  without(listed(desired) as readonly Json[], listed(actual) as readonly Json[]) as Filter[];

const asMap = (tags: LogGroup['Tags']): Record<string, string> =>
  Object.fromEntries(listed(tags).map(({ Key, Value }) => [Key, Value]));
