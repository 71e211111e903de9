import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { eventBus } from './event-bus.ts';

/** The two paths of a tamper alert: an event on the own bus, and a message on the topic. */
export function tamperPublishers({ bus, topic }: { readonly bus: string; readonly topic: string }) {
  const own = eventBus(bus);
  const sns = new SNSClient();
  return {
    async publish(Subject: string, Message: string): Promise<void> {
      await sns.send(new PublishCommand({ TopicArn: topic, Subject, Message: cut(Message) }));
    },

    async putEvent(event: string, detail: object): Promise<void> {
      const [problem] = (await own.put([{ event, detail }])).values();
      if (problem !== undefined) throw problem;
    },
  };
}

/** SNS accepts 256 KB. Source: SNS API reference, Publish. */
const cut = (message: string): string =>
  message.length > 50_000 ? `${message.slice(0, 50_000).toWellFormed()}…` : message;
