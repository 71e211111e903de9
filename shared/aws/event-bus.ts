import { setTimeout } from 'node:timers/promises';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** An event that trailkeeper publishes on its own bus. */
export type BusEvent = { readonly event: string; readonly detail: object };

export type EventBus = {
  /** Publishes events. Returns an error for each event that EventBridge still refuses after the retries, by its index. */
  put(said: readonly BusEvent[]): Promise<ReadonlyMap<number, Error>>;
};

/**
 * trailkeeper's own bus. PutEvents takes ten entries and succeeds even if it refuses some of them; these are retried. Source: EventBridge API reference, PutEvents.
 */
export function eventBus(bus: string): EventBus {
  const events = new EventBridgeClient();
  return {
    async put(said) {
      const refused = new Map<number, Error>();
      for (let start = 0; start < said.length; start += mostEntries) {
        const places = [...said.keys()].slice(start, start + mostEntries);
        for (const [place, error] of await putSome(said, places)) refused.set(place, error);
      }
      return refused;
    },
  };

  /** The events that are still refused after the retries. */
  async function putSome(
    said: readonly BusEvent[],
    places: readonly number[],
    tries = 1,
  ): Promise<readonly (readonly [place: number, error: Error])[]> {
    const results = await send(places.flatMap((place) => said[place] ?? []));
    const refused = places.flatMap((place, i) => {
      const { ErrorCode, ErrorMessage } = results[i] ?? {};
      if (ErrorCode === undefined) return [];
      const what = `${said[place]?.event} was not put on ${bus}`;
      return [[place, new Error(`${what}: ${ErrorCode}: ${ErrorMessage}`)] as const];
    });
    if (refused.length === 0 || tries === mostTries) return refused;
    await setTimeout(tries * 100);
    return putSome(
      said,
      refused.map(([place]) => place),
      tries + 1,
    );
  }

  async function send(said: readonly BusEvent[]): Promise<readonly PutEventsResultEntry[]> {
    const { Entries = [] } = await events.send(
      new PutEventsCommand({
        Entries: said.map(({ event, detail }) => ({
          Source: 'trailkeeper',
          DetailType: event,
          Detail: JSON.stringify(detail),
          EventBusName: bus,
        })),
      }),
    );
    return Entries;
  }
}

const mostEntries = 10;
const mostTries = 3;

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
