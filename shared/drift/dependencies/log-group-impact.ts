import { type Change, isSame, type Json } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import { accessDenied, unseen } from './dependency.ts';
import { canBePut } from './log-group-repair.ts';
import {
  isByAccountPolicy,
  type LogGroup,
  listed,
  masked,
  never,
  none,
} from './log-group-state.ts';

/** The impact of a change of a log group. The log files in the bucket are not affected: no events are lost. */
export function logGroupImpact({ path, desired, actual }: Change): Impact {
  const field = path.split('.')[0] as keyof LogGroup;
  if (actual === accessDenied) {
    return unseen('the log group', readBy[field], `log-group.${field}`, 'low');
  }
  return impacts[field](desired as never, actual as never);
}

/** The action without which a field cannot be read. */
const readBy: Readonly<Record<keyof LogGroup, string>> = {
  Existence: 'logs:DescribeLogGroups',
  LogGroupClass: 'logs:DescribeLogGroups',
  RetentionInDays: 'logs:DescribeLogGroups',
  KmsKeyId: 'logs:DescribeLogGroups',
  DataProtection: 'logs:DescribeLogGroups',
  Tags: 'logs:ListTagsForResource',
  MetricFilters: 'logs:DescribeMetricFilters',
  SubscriptionFilters: 'logs:DescribeSubscriptionFilters',
};

const impacts: {
  readonly [Field in keyof LogGroup]: (desired: LogGroup[Field], actual: LogGroup[Field]) => Impact;
} = {
  Existence: () =>
    blind(
      'the log group does not exist, so alarms and live monitoring see nothing: create it again with its retention, filters and subscriptions',
    ),
  LogGroupClass: (desired, actual) =>
    blind(
      `the log group is of class ${actual} and was of class ${desired}: a class does not change, so the group was deleted with its events and created again. Create it in class ${desired}`,
    ),
  RetentionInDays: retentionImpact,
  KmsKeyId: (desired, actual) =>
    actual === none
      ? worth('medium', `the log group encrypts new events without the key ${desired}`)
      : worth(
          'high',
          `the log group encrypts new events with ${keyOf(actual)}, not with ${keyOf(desired)}: those who may not use that key cannot read them`,
        ),
  Tags: () =>
    worth(
      'low',
      'the tags of the log group differ: policies that use them may no longer protect it',
    ),
  DataProtection: (_desired, actual) =>
    actual === masked
      ? blind(
          'a data protection policy masks parts of new events in the log group: alarms and readers may no longer see, for example, addresses. Delete the policy, or that of the account, or capture the trail again with --reason',
        )
      : worth(
          'medium',
          'new events in the log group are not masked: readers see what the data protection policy hid. Put the policy again',
        ),
  MetricFilters(desired, actual) {
    const { lost, added } = compared(listed(desired), listed(actual));
    const descriptions = [
      lost.length === 0
        ? []
        : `alarms no longer see what these metric filters count: ${lost.join(', ')}`,
      added.length === 0
        ? []
        : `these metric filters were not captured, and may hide silence from an alarm: ${added.join(', ')}. Delete them, or capture the trail again`,
    ];
    return worth(lost.length > 0 ? 'high' : 'medium', descriptions.flat().join('; '));
  },
  SubscriptionFilters(desired, actual) {
    const { lost, added } = compared(listed(desired), listed(actual));
    const byPeople = listed(desired)
      .filter((filter) => lost.includes(filter.filterName) && !canBePut(filter))
      .map(({ filterName }) => filterName);
    const descriptions = [
      lost.length === 0
        ? []
        : `these subscription filters no longer pass the log on: ${lost.join(', ')}`,
      byPeople.length === 0
        ? []
        : `only a person can restore ${byPeople.join(', ')}: a role has to be passed to CloudWatch Logs, which trailkeeper may not`,
      added.length === 0
        ? []
        : `the log is also copied to what was not captured: ${added.join(', ')}`,
    ];
    return blind(descriptions.flat().join('; '));
  },
};

function retentionImpact(
  desired: LogGroup['RetentionInDays'],
  actual: LogGroup['RetentionInDays'],
) {
  if (isByAccountPolicy(actual)) {
    return worth(
      'medium',
      `events in the log group are kept for ${actual}, not for ${desired}: change that policy, which overrides the group`,
    );
  }
  const kept = `events in the log group are kept ${howLong(actual)}, not ${howLong(desired)}`;
  const isShorter = desired === never || Number(actual) < Number(desired);
  return isShorter ? worth('high', `${kept}: older ones are deleted`) : worth('low', kept);
}

const howLong = (days: LogGroup['RetentionInDays']): string =>
  days === never ? 'for ever' : `for ${days === 1 ? 'a day' : `${days} days`}`;

type Named = { readonly filterName: string };

/** The names of filters that are gone or changed, and those with which only the actual list has. */
function compared(desired: readonly Named[], actual: readonly Named[]) {
  const isIn = (all: readonly Named[], one: Named) =>
    all.some((other) => isSame(one as Json, other as Json));
  const names = new Set(desired.map(({ filterName }) => filterName));
  return {
    lost: desired.filter((one) => !isIn(actual, one)).map(({ filterName }) => filterName),
    added: actual.map(({ filterName }) => filterName).filter((name) => !names.has(name)),
  };
}

const keyOf = (key: string | null): string =>
  key === none ? 'the key of CloudWatch Logs' : `${key}`;

const blind = (description: string): Impact => worth('high', description);

function worth(severity: Impact['severity'], description: string): Impact {
  return { description, severity, losesCoverage: false };
}
