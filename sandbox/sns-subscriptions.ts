import { randomUUID } from 'node:crypto';
import type { Service } from './operation.ts';
import { checkAllowed, topicArn, topicFor } from './sns-topics.ts';
import type { Subscription, World } from './world.ts';

/** Subscribes an endpoint to a topic, once. */
export function subscribe(
  { subscriptions }: World,
  topic: string,
  protocol: string,
  endpoint: string,
): Subscription {
  const known = subscriptions.find(
    (one) => one.topicArn === topic && one.protocol === protocol && one.endpoint === endpoint,
  );
  if (known !== undefined) return known;
  const arn = needsNone.has(protocol) ? `${topic}:${randomUUID()}` : pending;
  const made = { topicArn: topic, protocol, endpoint, arn };
  subscriptions.push(made);
  return made;
}

const pending = 'PendingConfirmation';

/** Endpoints of the topic's account that need no confirmation. Source: Amazon SNS API reference, Subscribe. */
const needsNone: ReadonlySet<string> = new Set(['sqs', 'lambda', 'firehose']);

/** Removes the subscriptions for which this is true. */
export function removeSubscriptions(
  { subscriptions }: World,
  isRemoved: (one: Subscription) => boolean,
): void {
  const kept = subscriptions.filter((one) => !isRemoved(one));
  subscriptions.splice(0, subscriptions.length, ...kept);
}

/** The operations on subscriptions. Source: Amazon SNS API reference. */
export const subscriptionOperations: Service = {
  /** A subscription of an address waits for its confirmation; one of a queue of the topic's owner needs none. */
  Subscribe: {
    needs: () => [],
    perform(call, world) {
      topicFor(call, world);
      const { Protocol, Endpoint } = call.input;
      const { arn } = subscribe(world, topicArn(call), String(Protocol), String(Endpoint));
      return { SubscriptionArn: arn === pending ? 'pending confirmation' : arn };
    },
  },
  /** Removing a subscription that does not exist is not an error. Its owner needs no permission of the topic. */
  Unsubscribe: {
    needs: ({ input }) => [{ action: 'sns:Unsubscribe', resource: String(input.SubscriptionArn) }],
    perform({ input, ...call }, world) {
      const TopicArn = String(input.SubscriptionArn).split(':').slice(0, -1).join(':');
      checkAllowed({ ...call, input: { TopicArn } }, world);
      removeSubscriptions(world, ({ arn }) => arn === input.SubscriptionArn);
      return {};
    },
  },
  /** Returns up to 100 subscriptions at a time. */
  ListSubscriptionsByTopic: {
    needs: () => [],
    perform(call, world) {
      topicFor(call, world);
      const TopicArn = topicArn(call);
      const all = world.subscriptions.filter((one) => one.topicArn === TopicArn);
      const start = Number(call.input.NextToken ?? 0);
      const end = start + 100;
      const member = all.slice(start, end).map(({ arn, protocol, endpoint }) => ({
        SubscriptionArn: arn,
        Owner: TopicArn.split(':')[4],
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn,
      }));
      return { Subscriptions: { member }, ...(end < all.length && { NextToken: String(end) }) };
    },
  },
};

/** How many subscriptions of a topic are confirmed, and how many wait. */
export function countSubscriptions({ subscriptions }: World, topic: string) {
  const all = subscriptions.filter((one) => one.topicArn === topic);
  const waiting = all.filter(({ arn }) => arn === pending).length;
  return { confirmed: all.length - waiting, waiting };
}
