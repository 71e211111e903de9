import { createHash, randomUUID } from 'node:crypto';
import { arnPrefix } from './home.ts';
import { denied, isAllowedIn } from './iam.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { Resource } from './stack.ts';
import type { World } from './world.ts';

export type Sqs = {
  readonly service: Service;
  createQueue(queue: Resource): void;
  /** The ARN of the queue with this URL. */
  arnOf(url: string): string;
  /** Puts a message into the queue with this ARN. */
  send(arn: string, body: unknown, attributes?: Readonly<Record<string, string>>): void;
  /** Empties every queue. */
  purge(): void;
};

type Queue = { readonly url: string; readonly arn: string; readonly messages: Message[] };
type Message = {
  readonly MessageId: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MessageAttributes: Readonly<Record<string, object>>;
  /** When the message can be received (again), in milliseconds since the epoch. */
  visibleAt: number;
};

/**
 * The part of Amazon SQS that fills and empties a dead-letter queue. A received message is hidden for a while and stays
 * until it is deleted.
 */
export function createSqs(): Sqs {
  const queues: Queue[] = [];
  const queueOf = ({ input }: Call): Queue => {
    const found = queues.find(({ url }) => url === input.QueueUrl);
    if (found !== undefined) return found;
    throw nonExistent(String(input.QueueUrl));
  };
  const onQueue = (call: Call): readonly Need[] => [
    { action: `sqs:${call.operation}`, resource: queueOf(call).arn },
  ];
  /** An operation on a queue. Callers of other accounts need permission from the queue's policy. */
  const operation = (perform: (queue: Queue, call: Call, world: World) => unknown): Operation => ({
    needs: onQueue,
    perform(call, world) {
      const queue = queueOf(call);
      checkOwner(queue.arn, call, world);
      return perform(queue, call, world);
    },
  });
  const put = ({ messages }: Queue, Body: string, attributes: object = {}): Message => {
    const MD5OfBody = createHash('md5').update(Body).digest('hex');
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    );
    const identity = { MessageId: randomUUID(), Body, MD5OfBody, MessageAttributes };
    const message = { ...identity, visibleAt: 0 };
    messages.push(message);
    return message;
  };

  return {
    createQueue: ({ name, arn }) => void queues.push({ url: name, arn, messages: [] }),
    arnOf: (url) => queues.find((one) => one.url === url)?.arn ?? '',
    send(arn, body, attributes) {
      const queue = queues.find((one) => one.arn === arn);
      if (queue === undefined) throw new Error(`no queue ${arn}`);
      put(queue, JSON.stringify(body), attributes);
    },
    purge() {
      for (const { messages } of queues) messages.length = 0;
    },
    service: {
      SendMessage: operation((queue, call) => {
        const { MessageId, MD5OfBody } = put(queue, String(call.input.MessageBody));
        return { MessageId, MD5OfMessageBody: MD5OfBody };
      }),
      ReceiveMessage: operation((queue, call) => {
        const { MaxNumberOfMessages = 1, VisibilityTimeout = 30 } = call.input;
        const now = call.at.getTime();
        const received = queue.messages
          .filter(({ visibleAt }) => visibleAt <= now)
          .slice(0, Number(MaxNumberOfMessages));
        for (const message of received) {
          message.visibleAt = now + Number(VisibilityTimeout) * 1000;
        }
        return {
          Messages: received.map(({ visibleAt: _, ...message }) => ({
            ...message,
            ReceiptHandle: message.MessageId,
          })),
        };
      }),
      DeleteMessage: operation((queue, call) => {
        const { messages } = queue;
        const at = messages.findIndex(({ MessageId }) => MessageId === call.input.ReceiptHandle);
        if (at >= 0) messages.splice(at, 1);
        return {};
      }),
      PurgeQueue: operation((queue) => {
        queue.messages.length = 0;
        return {};
      }),
      SetQueueAttributes: operation((queue, { input }, { queuePolicies }) => {
        const { Policy } = (input.Attributes ?? {}) as Record<string, string>;
        if (Policy !== undefined) queuePolicies.set(queue.arn, Policy);
        return {};
      }),
      GetQueueUrl: {
        needs: (call) => [{ action: 'sqs:GetQueueUrl', resource: namedQueue(call) }],
        perform(call, world) {
          const arn = namedQueue(call);
          const queue = queues.find((one) => one.arn === arn);
          if (queue === undefined) throw nonExistent(arn);
          checkOwner(arn, call, world);
          return { QueueUrl: queue.url };
        },
      },
      GetQueueAttributes: operation((queue, call) => {
        const { messages } = queue;
        const hidden = messages.filter(({ visibleAt }) => visibleAt > call.at.getTime()).length;
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(messages.length - hidden),
            ApproximateNumberOfMessagesNotVisible: String(hidden),
          },
        };
      }),
    },
  };
}

/** The queue with this name, in the caller's account unless the call names another one. */
const namedQueue = ({ input, region, principal }: Call): string =>
  `${arnPrefix}:sqs:${region}:${input.QueueOwnerAWSAccountId ?? principal.accountId}:${input.QueueName}`;

function checkOwner(arn: string, call: Call, { queuePolicies }: World): void {
  const { accountId, arn: principal, roleArn } = call.principal;
  if (arn.split(':')[4] === accountId) return;
  const action = `sqs:${call.operation}`;
  const context = { 'aws:PrincipalArn': roleArn ?? principal };
  const policy = queuePolicies.get(arn);
  if (isAllowedIn(policy, { principal, action, resource: arn, context })) return;
  throw denied(call.principal, action, arn);
}

const nonExistent = (queue: string): AwsError =>
  new AwsError(
    'AWS.SimpleQueueService.NonExistentQueue',
    `The specified queue does not exist: ${queue}`,
  );
