import { randomUUID } from 'node:crypto';
import { arnPrefix } from './home.ts';
import type { Operation, Service } from './operation.ts';
import { isPolicy } from './policy.ts';
import { AwsError, type Call } from './service.ts';
import type { Notification, Subscription, Topic, World } from './world.ts';

/** Publishes a message to a topic. */
export const publish = (
  { notifications }: World,
  topicArn: string,
  message: Omit<Notification, 'topicArn'>,
) => notifications.push({ topicArn, ...message });

/** Subscribes an endpoint to a topic, once. */
export function subscribe(
  { subscriptions }: World,
  topicArn: string,
  protocol: string,
  endpoint: string,
): Subscription {
  const known = subscriptions.find(
    (one) => one.topicArn === topicArn && one.protocol === protocol && one.endpoint === endpoint,
  );
  if (known !== undefined) return known;
  const arn = protocol === 'sqs' ? `${topicArn}:${randomUUID()}` : pending;
  const made = { topicArn, protocol, endpoint, arn };
  subscriptions.push(made);
  return made;
}

const pending = 'PendingConfirmation';

/** The part of Amazon SNS that creates, deletes and publishes to topics and models whether CloudTrail may publish to them. */
export const sns: Service = {
  /** Returns an existing topic as if it were new. Source: Amazon SNS API reference, CreateTopic. */
  CreateTopic: {
    needs: (call) => [{ action: 'sns:CreateTopic', resource: newArn(call) }],
    perform(call, { topics }) {
      const arn = newArn(call);
      const { Policy } = (call.input.Attributes ?? {}) as Record<string, unknown>;
      if (!topics.has(arn)) topics.set(arn, { policy: policyIn(Policy ?? ownersPolicy(arn)) });
      return { TopicArn: arn };
    },
  },
  /** Deleting a topic that does not exist is not an error. Source: Amazon SNS API reference, DeleteTopic. */
  DeleteTopic: {
    needs: onTopic,
    perform(call, { topics }) {
      checkOwner(call);
      topics.delete(topicArn(call));
      return {};
    },
  },
  Publish: {
    needs: onTopic,
    perform(call, world) {
      ownTopic(call, world);
      const { Subject = null, Message } = call.input;
      const subject = Subject === null ? null : String(Subject);
      if (subject !== null && !mailSubject.test(subject)) throw invalid('Subject');
      publish(world, topicArn(call), { subject, message: String(Message), at: call.at });
      return { MessageId: randomUUID() };
    },
  },
  GetTopicAttributes: {
    needs: onTopic,
    perform(call, world) {
      const attributes = { TopicArn: topicArn(call), Policy: ownTopic(call, world).policy };
      const entry = Object.entries(attributes).map(([key, value]) => ({ key, value }));
      return { Attributes: { entry } };
    },
  },
  /**
   * A subscription of an address waits for its confirmation; one of a queue of the topic's owner needs none. Source: Amazon SNS API
   * reference, Subscribe.
   */
  Subscribe: {
    needs: onTopic,
    perform(call, world) {
      ownTopic(call, world);
      const { Protocol, Endpoint } = call.input;
      const { arn } = subscribe(world, topicArn(call), String(Protocol), String(Endpoint));
      return { SubscriptionArn: arn === pending ? 'pending confirmation' : arn };
    },
  },
  /** Returns up to 100 subscriptions at a time. Source: Amazon SNS API reference, ListSubscriptionsByTopic. */
  ListSubscriptionsByTopic: {
    needs: onTopic,
    perform(call, world) {
      ownTopic(call, world);
      const TopicArn = topicArn(call);
      const all = world.subscriptions.filter((one) => one.topicArn === TopicArn);
      const start = Number(call.input.NextToken ?? 0);
      const end = start + 100;
      const member = all.slice(start, end).map(({ arn, protocol, endpoint }) => ({
        SubscriptionArn: arn,
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn,
      }));
      return { Subscriptions: { member }, ...(end < all.length && { NextToken: String(end) }) };
    },
  },
  /** The policy is the only modeled attribute. */
  SetTopicAttributes: {
    needs: onTopic,
    perform(call, world) {
      ownTopic(call, world);
      const { AttributeName, AttributeValue } = call.input;
      if (AttributeName !== 'Policy') throw invalid('AttributeName');
      world.topics.set(topicArn(call), { policy: policyIn(AttributeValue) });
      return {};
    },
  },
};

/** Source: Amazon SNS API reference, Publish: ASCII without line breaks, no blank at the start, less than 100 characters. */
const mailSubject = /^[\x21-\x7e][\x20-\x7e]{0,98}$/;

function onTopic(call: Call): ReturnType<Operation['needs']> {
  return [{ action: `sns:${call.operation}`, resource: topicArn(call) }];
}

function ownTopic(call: Call, { topics }: World): Topic {
  checkOwner(call);
  const topic = topics.get(topicArn(call));
  if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return topic;
}

/** Only the owner can change a topic: no policy in the sandbox grants this to other accounts. */
function checkOwner(call: Call): void {
  const { accountId, arn } = call.principal;
  const topic = topicArn(call);
  if (topic.split(':')[4] === accountId) return;
  const refused = `User: ${arn} is not authorized to perform: SNS:${call.operation} on resource: ${topic}`;
  throw new AwsError('AuthorizationError', refused, 403);
}

const topicArn = ({ input }: Call): string => String(input.TopicArn);

const newArn = ({ region, principal, input }: Call): string =>
  `${arnPrefix}:sns:${region}:${principal.accountId}:${input.Name}`;

function policyIn(policy: unknown): string {
  if (isPolicy(policy)) return policy;
  throw invalid('Policy');
}

/** The policy of a new topic: the owner may do everything, others nothing. */
const ownersPolicy = (arn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'SNS:*',
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': arn.split(':')[4] } },
      },
    ],
  });

const invalid = (name: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: ${name}`);
