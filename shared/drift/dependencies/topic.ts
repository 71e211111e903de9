import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { accessDenied, gone, isSeen, namingSettings, there, unseen } from './reading.ts';

const state = z.strictObject({
  Existence: z.literal(there, must('be there, or null')).nullable(),
});

/** Whether the topic exists. Null means not protected: the trail has no topic, or it could not be read at the capture. */
type Topic = { readonly Existence: string | null };

/** The SNS topic that is notified of new log files exists. */
export const topic: DriftKind<Topic, never> = {
  name: 'topic',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as z.ZodType<Topic> & typeof state,
  triggers: [{ eventSource: 'sns.amazonaws.com', eventNames: ['DeleteTopic'] }],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      { actions: ['sns:GetTopicAttributes'], resources: ({ topics }) => topics },
    ],
    repair: [],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired.topic as Topic | undefined)?.Existence;
    if (named.SnsTopicARN === null || wanted === null) return { Existence: wanted ?? null };
    const { topicExistence } = await import('./topic-calls.ts');
    const Existence = await topicExistence(aws, named.SnsTopicARN);
    return (Existence === undefined ? {} : { Existence }) as Topic;
  },

  toBaseline: ({ Existence }) => ({ Existence: isSeen(Existence) ? there : null }),

  impact: ({ actual }) =>
    actual === accessDenied
      ? unseen('the topic', 'sns:GetTopicAttributes', 'topic.Existence', 'low')
      : {
          description:
            'the topic does not exist, so no notifications of new log files are sent: create it again with its policy and subscriptions',
          severity: 'medium',
          losesCoverage: false,
        },

  repair: () => [],

  async apply() {},

  historyModel: {
    applyCall: ({ eventName }, { Existence }) =>
      eventName === 'DeleteTopic' ? { set: Existence === null ? {} : { Existence: gone } } : null,
  },
};
