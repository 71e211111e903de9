import * as z from 'zod';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { gone, there } from './dependency.ts';
import { onProtected, policyAfter, unclear } from './dependency-history.ts';
import { policyParts } from './policy-parts.ts';
import { topicRequests } from './topic-policy.ts';
import { notEncrypted } from './topic-repair.ts';
import type { Tag, Topic } from './topic-state.ts';

/** What recorded calls did to a topic. No event is lost with a topic. */
export const topicHistory: HistoryModel<Topic> = {
  applyCall: onProtected((call, before, trail, desired) => {
    const { eventName, parameters } = call;
    switch (eventName) {
      case 'DeleteTopic':
        return { set: { Existence: gone } };
      case 'CreateTopic':
        return creation(before);
      case 'SetTopicAttributes':
        return parameters?.attributeName === 'Policy'
          ? policyAfter(parameters.attributeValue, desired, topicRequests(trail))
          : attributeAfter(call, before);
      case 'Subscribe':
        return isPending(call) ? { set: {} } : unclear(['Subscriptions']);
      case 'TagResource':
      case 'UntagResource':
        return tagsAfter(call, before);
      default:
        return fields[eventName] === undefined ? null : unclear(fields[eventName]);
    }
  }),
};

/** The fields that a call changes in a way that its record does not show. */
const fields: Readonly<Record<string, readonly string[]>> = {
  AddPermission: policyParts,
  RemovePermission: policyParts,
  ConfirmSubscription: ['Subscriptions'],
  Unsubscribe: ['Subscriptions'],
};

/** A topic that exists is returned as if it were new. Source: Amazon SNS API reference, CreateTopic. */
const creation = (before: Topic): CallResult<Topic> => ({
  ...(before.Existence === gone && unclear(Object.keys(before))),
  set: { Existence: there },
});

function attributeAfter({ parameters }: RecordedCall, before: Topic): CallResult<Topic> {
  if (parameters === null) return unclear(Object.keys(before));
  const { attributeName, attributeValue: key } = parameters;
  if (attributeName !== 'KmsMasterKeyId') return { set: {} };
  return { set: { KmsMasterKeyId: typeof key === 'string' && key ? key : notEncrypted } };
}

/** A subscription that waits for its confirmation receives nothing. Source: Amazon SNS API reference, Subscribe. */
const isPending = ({ response }: RecordedCall): boolean =>
  response?.subscriptionArn === 'pending confirmation';

function tagsAfter({ eventName, parameters }: RecordedCall, before: Topic): CallResult<Topic> {
  const { tags, tagKeys } = tagging.safeParse(parameters).data ?? {};
  const removed = eventName === 'TagResource' ? tags?.map(({ key }) => key) : tagKeys;
  if (removed === undefined || !Array.isArray(before.Tags)) return unclear(['Tags']);
  const Tags: readonly Tag[] = [
    ...before.Tags.filter(({ Key }) => !removed.includes(Key)),
    ...(tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })),
  ];
  return { set: { Tags: Tags.toSorted((one, other) => (one.Key < other.Key ? -1 : 1)) } };
}

const tagging = z.object({
  tags: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
  tagKeys: z.array(z.string()).optional(),
});
