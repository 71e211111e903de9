import { randomUUID } from 'node:crypto';
import type { Service } from './operation.ts';
import type { Call, Need } from './service.ts';
import { permissionOperations } from './sns-permissions.ts';
import {
  countSubscriptions,
  removeSubscriptions,
  subscriptionOperations,
} from './sns-subscriptions.ts';
import { tagOperations, tagsIn } from './sns-tags.ts';
import {
  checkAllowed,
  invalid,
  newArn,
  ownersPolicy,
  policyIn,
  topicArn,
  topicFor,
} from './sns-topics.ts';
import type { Notification, Topic, World } from './world.ts';

/** Publishes a message to a topic. */
export const publish = (
  { notifications }: World,
  topic: string,
  message: Omit<Notification, 'topicArn'>,
) => notifications.push({ topicArn: topic, ...message });

/** The part of Amazon SNS that manages and publishes to topics and models whether CloudTrail may publish to them. */
export const sns: Service = {
  ...permissionOperations,
  ...subscriptionOperations,
  ...tagOperations,
  /**
   * Returns an existing topic as if it were new, unless its attributes or tags differ from those of the call. Source:
   * Amazon SNS API reference, CreateTopic; messages: localstack/localstack#2405 and #13714.
   */
  CreateTopic: {
    needs: toCreate,
    perform(call, { topics }) {
      const arn = newArn(call);
      const known = topics.get(arn);
      if (known === undefined) topics.set(arn, newTopic(call));
      else checkSame(known, call);
      return { TopicArn: arn };
    },
  },
  /**
   * Deletes the topic's subscriptions, too. Deleting a topic that does not exist is not an error. Source: Amazon SNS API
   * reference, DeleteTopic.
   */
  DeleteTopic: {
    needs: () => [],
    perform(call, world) {
      checkAllowed(call, world);
      world.topics.delete(topicArn(call));
      removeSubscriptions(world, (one) => one.topicArn === topicArn(call));
      return {};
    },
  },
  Publish: {
    needs: () => [],
    perform(call, world) {
      topicFor(call, world);
      const { Subject = null, Message, MessageAttributes = {} } = call.input;
      const subject = Subject === null ? null : String(Subject);
      if (subject !== null && !mailSubject.test(subject)) throw invalid('Subject');
      publish(world, topicArn(call), {
        ...{ subject, message: String(Message), at: call.at },
        attributes: MessageAttributes as Readonly<Record<string, unknown>>,
      });
      return { MessageId: randomUUID() };
    },
  },
  GetTopicAttributes: {
    needs: () => [],
    perform(call, world) {
      const { policy: Policy, attributes } = topicFor(call, world);
      const TopicArn = topicArn(call);
      const { confirmed, waiting } = countSubscriptions(world, TopicArn);
      const all = {
        TopicArn,
        Owner: TopicArn.split(':')[4],
        Policy,
        SubscriptionsConfirmed: confirmed,
        SubscriptionsPending: waiting,
        ...attributes,
      };
      const entry = Object.entries(all).map(([key, value]) => ({ key, value }));
      return { Attributes: { entry } };
    },
  },
  /** An empty text removes an attribute. */
  SetTopicAttributes: {
    needs: () => [],
    perform(call, world) {
      const topic = topicFor(call, world);
      const { AttributeName, AttributeValue = '' } = call.input;
      const changed = withAttributes(topic, { [String(AttributeName)]: String(AttributeValue) });
      world.topics.set(topicArn(call), changed);
      return {};
    },
  },
};

/** Source: Amazon SNS API reference, Publish: ASCII without line breaks, no blank at the start, less than 100 characters. */
const mailSubject = /^[\x21-\x7e][\x20-\x7e]{0,98}$/;

/** Source: Amazon SNS developer guide, "Configuring Amazon SNS topic tags", on permissions. */
function toCreate(call: Call): readonly Need[] {
  const actions = ['sns:CreateTopic', ...(call.input.Tags ? ['sns:TagResource'] : [])];
  return actions.map((action) => ({ action, resource: newArn(call) }));
}

function newTopic(call: Call): Topic {
  const { Attributes = {}, Tags } = call.input;
  const empty = { policy: ownersPolicy(newArn(call)), tags: tagsIn(Tags) };
  return withAttributes(empty, Attributes as Readonly<Record<string, string>>);
}

/** Throws if a call of CreateTopic asks for what the existing topic does not have. */
function checkSame(known: Topic, { input: { Attributes = {}, Tags } }: Call): void {
  const has = { Policy: known.policy, ...known.attributes };
  const differs = (sent: object, stored: object) =>
    Object.entries(sent).some(
      ([name, value]) => (stored as Record<string, unknown>)[name] !== value,
    );
  if (differs(Attributes as object, has)) {
    throw invalid('Attributes Reason: Topic already exists with different attributes');
  }
  if (differs(tagsIn(Tags), known.tags ?? {})) {
    throw invalid('Tags Reason: Topic already exists with different tags');
  }
}

/** The attributes other than the policy that can be set. Source: Amazon SNS API reference, SetTopicAttributes. */
const settable: ReadonlySet<string> = new Set(['DisplayName', 'DeliveryPolicy', 'KmsMasterKeyId']);

function withAttributes(topic: Topic, sent: Readonly<Record<string, string>>): Topic {
  const { Policy, ...others } = sent;
  const unknown = Object.keys(others).find((name) => !settable.has(name));
  if (unknown !== undefined) throw invalid('AttributeName');
  const attributes = Object.entries({ ...topic.attributes, ...others });
  return {
    ...topic,
    ...(Policy !== undefined && { policy: policyIn(Policy) }),
    attributes: Object.fromEntries(attributes.filter(([, value]) => value !== '')),
  };
}
