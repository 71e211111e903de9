import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Call, type Need, type Service } from './service.ts';
import type { Resource } from './template.ts';

export type Sqs = {
  readonly service: Service;
  createQueue(queue: Resource): void;
  /** Puts a message into a queue, by the queue's ARN. */
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

/** Enough of Amazon SQS to fill a dead-letter queue and to empty it. A message that was received is hidden for a while and stays until it is deleted. */
export function createSqs(): Sqs {
  const queues: Queue[] = [];
  const queueOf = ({ input }: Call): Queue => {
    const found = queues.find(({ url }) => url === input.QueueUrl);
    if (found !== undefined) return found;
    throw new AwsError('AWS.SimpleQueueService.NonExistentQueue', `${input.QueueUrl}`);
  };
  const onQueue = (call: Call): readonly Need[] => [
    { action: `sqs:${call.operation}`, resource: queueOf(call).arn },
  ];
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
    send(arn, body, attributes) {
      const queue = queues.find((one) => one.arn === arn);
      if (queue === undefined) throw new Error(`no queue ${arn}`);
      put(queue, JSON.stringify(body), attributes);
    },
    purge() {
      for (const { messages } of queues) messages.length = 0;
    },
    service: {
      SendMessage: {
        needs: onQueue,
        perform(call) {
          const { MessageId, MD5OfBody } = put(queueOf(call), String(call.input.MessageBody));
          return { MessageId, MD5OfMessageBody: MD5OfBody };
        },
      },
      ReceiveMessage: {
        needs: onQueue,
        perform(call) {
          const { MaxNumberOfMessages = 1, VisibilityTimeout = 30 } = call.input;
          const now = call.at.getTime();
          const received = queueOf(call)
            .messages.filter(({ visibleAt }) => visibleAt <= now)
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
        },
      },
      DeleteMessage: {
        needs: onQueue,
        perform(call) {
          const { messages } = queueOf(call);
          const at = messages.findIndex(({ MessageId }) => MessageId === call.input.ReceiptHandle);
          if (at >= 0) messages.splice(at, 1);
          return {};
        },
      },
      PurgeQueue: {
        needs: onQueue,
        perform(call) {
          queueOf(call).messages.length = 0;
          return {};
        },
      },
      GetQueueAttributes: {
        needs: onQueue,
        perform(call) {
          const { messages } = queueOf(call);
          const hidden = messages.filter(({ visibleAt }) => visibleAt > call.at.getTime()).length;
          return {
            Attributes: {
              ApproximateNumberOfMessages: String(messages.length - hidden),
              ApproximateNumberOfMessagesNotVisible: String(hidden),
            },
          };
        },
      },
    },
  };
}
