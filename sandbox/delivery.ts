import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';

/** How events are delivered, including failures. */
export type Delivery = {
  /** Drops every event. */
  readonly drop: boolean;
  /** Drops every record of a table's stream. */
  readonly dropStreams: boolean;
  /** Holds events until this is false again. */
  readonly paused: boolean;
  /** Delivers every event a second time after the first was handled. */
  readonly duplicate: boolean;
  /** Delays every event. */
  readonly delayMs: number;
  /** Holds events for this interval and delivers them in reverse order. */
  readonly reorderMs: number;
  /** Delivers events only while a trail of the account logs in the Region. Whether AWS requires this is not verified. */
  readonly requiresLoggingTrail: boolean;
  /** How long Lambda waits before it retries a failed event. AWS waits one minute, then two. */
  readonly lambdaRetryMs: number;
  /** How long a second of the waits and retries of Step Functions lasts. */
  readonly workflowSecondMs: number;
};

/** The body of `/_sandbox/delivery`. Fields that are left out keep their value. */
export const deliveryPatch = z
  .strictObject({
    drop: z.boolean(),
    dropStreams: z.boolean(),
    paused: z.boolean(),
    duplicate: z.boolean(),
    delayMs: z.int().nonnegative(),
    reorderMs: z.int().nonnegative(),
    requiresLoggingTrail: z.boolean(),
    lambdaRetryMs: z.int().nonnegative(),
    workflowSecondMs: z.int().nonnegative(),
  })
  .partial();

export const perfectDelivery: Delivery = {
  drop: false,
  dropStreams: false,
  paused: false,
  duplicate: false,
  delayMs: 0,
  reorderMs: 0,
  requiresLoggingTrail: false,
  lambdaRetryMs: 1000,
  workflowSecondMs: 1000,
};

export type Channel<Item> = {
  send(item: Item): void;
  /** Delivers the events that were held while delivery was paused. */
  resume(): void;
  /** Whether anything is in transit or being handled. */
  isBusy(): boolean;
  /** Waits until everything that was sent has been delivered and handled. */
  settled(): Promise<void>;
};

/** Sends items to a receiver. The delivery settings at the time of sending apply. */
export function channel<Item>(
  delivery: () => Delivery,
  receive: (item: Item) => Promise<unknown>,
): Channel<Item> {
  const underway = new Set<Promise<unknown>>();
  let held: (() => Promise<unknown>)[] = [];
  let paused: (() => Promise<unknown>)[] = [];

  return {
    send(item) {
      const now = delivery();
      const { duplicate, delayMs, reorderMs } = now;
      if (now.drop) return;
      const deliver = () => receive(item).then(() => (duplicate ? receive(item) : undefined));
      if (now.paused) {
        paused.push(deliver);
        return;
      }
      if (reorderMs === 0) {
        track(setTimeout(delayMs).then(deliver));
        return;
      }
      held.push(deliver);
      if (held.length === 1) track(setTimeout(reorderMs).then(release));
    },
    resume() {
      for (const deliver of paused) track(deliver());
      paused = [];
    },
    isBusy: () => underway.size > 0,
    async settled() {
      while (underway.size > 0) await Promise.allSettled(underway);
    },
  };

  function release(): Promise<unknown> {
    const reversed = held.reverse();
    held = [];
    return Promise.all(reversed.map((deliver) => deliver()));
  }

  function track(work: Promise<unknown>): void {
    const tracked = work.catch(console.error).finally(() => underway.delete(tracked));
    underway.add(tracked);
  }
}
