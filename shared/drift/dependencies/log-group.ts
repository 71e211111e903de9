import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { accessDenied, gone, isSeen, namingSettings, there, unseen } from './reading.ts';

const state = z.strictObject({
  Existence: z.literal(there, must('be there, or null')).nullable(),
});

/** Whether the log group exists. Null means not protected: the trail has none, or it could not be read at the capture. */
type LogGroup = { readonly Existence: string | null };

/** The log group of CloudWatch Logs that the trail delivers to exists. */
export const logGroup: DriftKind<LogGroup, never> = {
  name: 'log-group',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as z.ZodType<LogGroup> & typeof state,
  triggers: [
    { eventSource: 'logs.amazonaws.com', eventNames: ['CreateLogGroup', 'DeleteLogGroup'] },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // This action cannot be granted on anything narrower. Source: Service Authorization Reference, Amazon CloudWatch Logs.
      { actions: ['logs:DescribeLogGroups'], resources: () => ['*'] },
    ],
    repair: [],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired['log-group'] as LogGroup | undefined)?.Existence;
    const arn = named.CloudWatchLogsLogGroupArn;
    if (arn === null || wanted === null) return { Existence: wanted ?? null };
    const { logGroupExistence } = await import('./log-group-calls.ts');
    const Existence = await logGroupExistence(aws, arn);
    return (Existence === undefined ? {} : { Existence }) as LogGroup;
  },

  toBaseline: ({ Existence }) => ({ Existence: isSeen(Existence) ? there : null }),

  impact: ({ actual }) =>
    actual === accessDenied
      ? unseen('the log group', 'logs:DescribeLogGroups', 'log-group.Existence', 'low')
      : {
          description:
            'the log group does not exist, so alarms and live monitoring see nothing: create it again with its retention, filters and subscriptions',
          severity: 'high',
          losesCoverage: false,
        },

  repair: () => [],

  async apply() {},

  historyModel: {
    applyCall({ eventName }, { Existence }) {
      const after = effects[eventName];
      if (after === undefined) return null;
      return { set: Existence === null ? {} : { Existence: after } };
    },
  },
};

const effects: Readonly<Record<string, string>> = { CreateLogGroup: there, DeleteLogGroup: gone };
