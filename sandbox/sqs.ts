import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Call, type Need, type Service } from './service.ts';
import type { Resource } from './template.ts';

export type Sqs = {
  readonly service: Service;
  createQueue(queue: Resource): void;
  /** Puts a message into a queue, by the queue's ARN. */
  send(arn: string, body: unknown, attributes?: Readonly<Record<string, string>>): void;
};

type Queue = { readonly url: string; readonly arn: string; readonly messages: Message[] };
type Message = {
  readonly MessageId: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MessageAttributes: Readonly<Record<string, object>>;
};

/** Enough of Amazon SQS to fill a dead-letter queue and to empty it. A message stays until it is deleted. */
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
    const message = { MessageId: randomUUID(), Body, MD5OfBody, MessageAttributes };
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
          const { messages } = queueOf(call);
          const received = messages.slice(0, Number(call.input.MaxNumberOfMessages ?? 1));
          return {
            Messages: received.map((message) => ({ ...message, ReceiptHandle: message.MessageId })),
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
      GetQueueAttributes: {
        needs: onQueue,
        perform: (call) => ({
          Attributes: { ApproximateNumberOfMessages: String(queueOf(call).messages.length) },
        }),
      },
    },
  };
}
