import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** What trailkeeper says of itself, on its bus. Anyone may put events on a bus: they name an incident, and the reader loads it. */
export type OwnEvent =
  | 'Trail Drift Detected'
  | 'Trail Restored'
  | 'Trail Restore Failed'
  | 'Trail Restore Deferred'
  | 'Trail Change Attempted'
  | 'Trail Touched'
  | 'Baseline Changed'
  | 'Guard Tampered';

/** The ways to tell: an event on the own bus, and a message on the topic beside it. */
export function tellers({ bus, topic }: { readonly bus: string; readonly topic: string }) {
  const events = new EventBridgeClient();
  const sns = new SNSClient();
  return {
    async publish(Subject: string, Message: string): Promise<void> {
      await sns.send(new PublishCommand({ TopicArn: topic, Subject, Message: cut(Message) }));
    },

    /** An entry that EventBridge refuses is an error here, as the call itself succeeds. Source: EventBridge API reference, PutEvents. */
    async putEvent(DetailType: OwnEvent, detail: object): Promise<void> {
      const Detail = JSON.stringify(detail);
      const entry = { Source: 'trailkeeper', DetailType, Detail, EventBusName: bus };
      const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: [entry] }));
      const [{ ErrorCode, ErrorMessage } = {}] = Entries;
      if (ErrorCode !== undefined) {
        throw new Error(`${DetailType} was not put on ${bus}: ${ErrorCode}: ${ErrorMessage}`);
      }
    },
  };
}

/** SNS takes 256 KB. Source: SNS API reference, Publish. */
const cut = (message: string): string =>
  message.length > 50_000 ? `${message.slice(0, 50_000).toWellFormed()}…` : message;
