import { setTimeout } from 'node:timers/promises';
import type { PutEventsResultEntry } from '@aws-sdk/client-eventbridge';

/** An event that trailkeeper publishes on its own bus. */
export type BusEvent = { readonly event: string; readonly detail: object };

export type EventBus = {
  /** Publishes events. Returns an error for each event that EventBridge still refuses after the retries, by its index. */
  put(said: readonly BusEvent[]): Promise<ReadonlyMap<number, Error>>;
};

/**
 * trailkeeper's own bus. PutEvents takes ten entries and succeeds even if it refuses some of them; these are retried. Source:
 * EventBridge API reference, PutEvents.
 */
export function eventBus(bus: string): EventBus {
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
    // Loaded only then: most checks publish nothing.
    const { putEvents } = await import('./put-events.ts');
    return putEvents(
      said.map(({ event, detail }) => ({
        Source: 'trailkeeper',
        DetailType: event,
        Detail: JSON.stringify(detail),
        EventBusName: bus,
      })),
    );
  }
}

/** Publishes one event. Throws if EventBridge still refuses it after the retries. */
export async function putOne(bus: EventBus, event: string, detail: object): Promise<void> {
  for (const error of (await bus.put([{ event, detail }])).values()) throw error;
}

const mostEntries = 10;
const mostTries = 3;
