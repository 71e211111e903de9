import type * as z from 'zod';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { knownPart, namedIn, namingSettings } from './dependency.ts';
import { logGroupHistory } from './log-group-history.ts';
import { logGroupImpact } from './log-group-impact.ts';
import { type LogGroupStep, repairLogGroup } from './log-group-repair.ts';
import { type LogGroup, state, unprotected } from './log-group-state.ts';

const declared = state.partial();

/** The log group of CloudWatch Logs that the trail delivers to: existence, retention, key, tags, and what is derived from its events. */
export const logGroup: DriftKind<LogGroup, LogGroupStep> = {
  name: 'log-group',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as z.ZodType<LogGroup> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as LogGroup,
  },
  triggers: [
    {
      eventSource: 'logs.amazonaws.com',
      eventNames: [
        'CreateLogGroup',
        'DeleteLogGroup',
        'PutRetentionPolicy',
        'DeleteRetentionPolicy',
        'AssociateKmsKey',
        'DisassociateKmsKey',
        'PutDataProtectionPolicy',
        'DeleteDataProtectionPolicy',
        'PutMetricFilter',
        'DeleteMetricFilter',
        'PutSubscriptionFilter',
        'DeleteSubscriptionFilter',
      ],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // This action cannot be granted on anything narrower. Source: Service Authorization Reference, Amazon CloudWatch Logs.
      {
        actions: ['logs:DescribeLogGroups'],
        resources: ({ logGroups }) => (logGroups.length > 0 ? ['*'] : []),
      },
      {
        actions: [
          'logs:DescribeMetricFilters',
          'logs:DescribeSubscriptionFilters',
          'logs:ListTagsForResource',
        ],
        resources: ({ logGroups }) => logGroups.flatMap(bothForms),
      },
    ],
    repair: [
      {
        actions: [
          'logs:CreateLogGroup',
          'logs:PutRetentionPolicy',
          'logs:DeleteRetentionPolicy',
          'logs:AssociateKmsKey',
          'logs:DisassociateKmsKey',
          'logs:TagResource',
          'logs:UntagResource',
          'logs:PutMetricFilter',
          'logs:PutSubscriptionFilter',
          'logs:DeleteSubscriptionFilter',
        ],
        resources: ({ restorable }) => restorable.logGroups.flatMap(bothForms),
      },
    ],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired['log-group'] ?? {}) as Partial<LogGroup>;
    const arn = named.CloudWatchLogsLogGroupArn;
    if (arn === null || wanted.Existence === null) return { ...unprotected, ...wanted };
    const { observeLogGroup } = await import('./log-group-calls.ts');
    return (await observeLogGroup(aws, arn, trail, wanted)) as LogGroup;
  },

  toBaseline: (observed) => knownPart(observed, unprotected),

  impact: (change) => logGroupImpact(change),

  repair(desired, actual, _trail, states) {
    const arn = namedIn(states, 'CloudWatchLogsLogGroupArn');
    return arn === null || actual === null ? [] : repairLogGroup(desired, actual, arn);
  },

  isNeededByTrail: ({ action }) => action === 'CreateLogGroup',

  async apply(aws, step) {
    const { applyToLogGroup } = await import('./log-group-calls.ts');
    await applyToLogGroup(aws, step);
  },

  historyModel: logGroupHistory,
};

/**
 * Actions about tags are granted on the ARN of the group, the others on the ARN that ends in `:*`. Source: CloudWatch Logs user guide,
 * "CloudWatch Logs resources and operations".
 */
export const bothForms = (arn: string): readonly string[] =>
  arn.endsWith('*') ? [arn] : [arn, `${arn}:*`];
