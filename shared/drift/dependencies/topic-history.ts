import * as z from 'zod';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { gone, there } from './dependency.ts';
import { policyAfter } from './policy-history.ts';
import { topicRequests } from './topic-policy.ts';
import { notEncrypted } from './topic-repair.ts';
import type { Tag, Topic } from './topic-state.ts';

/** What recorded calls did to a topic. A field that is not protected stays null. No event is lost with a topic. */
export const topicHistory: HistoryModel<Topic> = {
  applyCall(call, before, trail, desired = before) {
    const { eventName, parameters } = call;
    switch (eventName) {
      case 'DeleteTopic':
        return { set: before.Existence === null ? {} : { Existence: gone } };
      case 'CreateTopic':
        return creation(before);
      case 'SetTopicAttributes':
        return parameters?.attributeName === 'Policy'
          ? policyAfter(parameters.attributeValue, desired, topicRequests(trail))
          : attributeAfter(call, before);
      case 'Subscribe':
        return isPending(call) ? { set: {} } : unclear(before, ['Subscriptions']);
      case 'TagResource':
      case 'UntagResource':
        return tagsAfter(call, before);
      default:
        return fields[eventName] === undefined ? null : unclear(before, fields[eventName]);
    }
  },
};

const policyFields = ['CloudTrailStatements', 'Denials', 'OtherStatements'] as const;

/** The fields that a call changes in a way that its record does not show. */
const fields: Readonly<Record<string, readonly (keyof Topic)[]>> = {
  AddPermission: policyFields,
  RemovePermission: policyFields,
  ConfirmSubscription: ['Subscriptions'],
  Unsubscribe: ['Subscriptions'],
};

/** A topic that exists is returned as if it were new. Source: Amazon SNS API reference, CreateTopic. */
const creation = (before: Topic): CallResult<Topic> => ({
  ...(before.Existence === gone && unclear(before, namesOf(before))),
  set: before.Existence === null ? {} : { Existence: there },
});

/** Attributes that are not protected do not matter. */
function attributeAfter({ parameters }: RecordedCall, before: Topic): CallResult<Topic> {
  if (parameters === null) return unclear(before, namesOf(before));
  const isKey = parameters.attributeName === 'KmsMasterKeyId' && before.KmsMasterKeyId !== null;
  const { attributeValue: key } = parameters;
  return {
    set: isKey ? { KmsMasterKeyId: typeof key === 'string' && key ? key : notEncrypted } : {},
  };
}

/** A subscription that waits for its confirmation receives nothing. Source: Amazon SNS API reference, Subscribe. */
const isPending = ({ response }: RecordedCall): boolean =>
  response?.subscriptionArn === 'pending confirmation';

function tagsAfter({ eventName, parameters }: RecordedCall, before: Topic): CallResult<Topic> {
  if (before.Tags === null) return { set: {} };
  const { tags, tagKeys } = tagging.safeParse(parameters).data ?? {};
  const removed = eventName === 'TagResource' ? tags?.map(({ key }) => key) : tagKeys;
  if (removed === undefined || typeof before.Tags === 'string') return unclear(before, ['Tags']);
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

const namesOf = (state: Topic) => Object.keys(state) as (keyof Topic)[];

const unclear = (before: Topic, names: readonly (keyof Topic)[]): CallResult<Topic> => ({
  set: {},
  indeterminate: names.filter((name) => (before[name] ?? null) !== null),
});
