import type * as z from 'zod';
import { type DriftKind, type Permission, protectedTrails } from '../kind.ts';
import { isSeen, isUnprotected, namedIn, namingSettings, there } from './dependency.ts';
import { capturedParts } from './policy-parts.ts';
import { topicHistory } from './topic-history.ts';
import { topicImpact } from './topic-impact.ts';
import { topicRequests } from './topic-policy.ts';
import { topicParts, topicSteps } from './topic-repair.ts';
import { type Topic, type TopicStep, topicState, unprotected } from './topic-state.ts';

const restore: Permission = {
  actions: ['sns:CreateTopic', 'sns:SetTopicAttributes', 'sns:TagResource', 'sns:UntagResource'],
  resources: ({ restorable }) => restorable.topics,
};

/** The SNS topic that is notified of new log files exists, and notifies those that it should. */
export const topic: DriftKind<Topic, TopicStep> = {
  name: 'topic',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: topicState as z.ZodType<Topic> & typeof topicState,
  fileFormat: {
    schema: topicState.partial(),
    resolve: async (written) => topicState.partial().parse(written) as Topic,
  },
  triggers: [
    {
      eventSource: 'sns.amazonaws.com',
      eventNames: [
        'CreateTopic',
        'DeleteTopic',
        'SetTopicAttributes',
        'AddPermission',
        'RemovePermission',
        'Subscribe',
        'ConfirmSubscription',
        'Unsubscribe',
        'TagResource',
        'UntagResource',
      ],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      {
        actions: [
          'sns:GetTopicAttributes',
          'sns:ListSubscriptionsByTopic',
          'sns:ListTagsForResource',
        ],
        resources: ({ topics }) => topics,
      },
    ],
    repair: [restore],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted: Partial<Topic> = desired.topic ?? {};
    if (named.SnsTopicARN === null) return { ...unprotected, ...wanted };
    if (isUnprotected(wanted, unprotected)) return unprotected;
    const { observeTopic } = await import('./topic-calls.ts');
    return observeTopic(aws, named.SnsTopicARN, wanted, topicRequests(trail));
  },

  toBaseline: ({ Existence, KmsMasterKeyId, Tags, Subscriptions, ...policy }) => ({
    Existence: isSeen(Existence) ? there : null,
    KmsMasterKeyId: KmsMasterKeyId ?? null,
    Tags: typeof Tags === 'string' ? null : (Tags ?? null),
    Subscriptions: typeof Subscriptions === 'string' ? null : (Subscriptions ?? null),
    ...capturedParts(policy),
  }),

  impact: topicImpact,

  repair(desired, actual, _trail, states) {
    const TopicArn = namedIn(states, 'SnsTopicARN');
    return TopicArn === null || actual === null ? [] : topicSteps(TopicArn, desired, actual);
  },

  decompose: topicParts,

  async apply(aws, step) {
    const { applyTopicStep } = await import('./topic-calls.ts');
    await applyTopicStep(aws, step);
  },

  historyModel: topicHistory,
};
