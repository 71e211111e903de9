import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';

/** How events travel, for better or worse. */
export type Delivery = {
  /** Every event is lost. */
  readonly drop: boolean;
  /** Every record of a table's stream is lost. */
  readonly dropStreams: boolean;
  /** Events wait until this is false again. */
  readonly paused: boolean;
  /** Every event comes again after it was carried out. */
  readonly duplicate: boolean;
  /** Every event comes this late. */
  readonly delayMs: number;
  /** The events of each span of this length come in reverse order at its end. */
  readonly reorderMs: number;
  /** No event while no trail of the account logs in the Region. Whether AWS behaves so is not known. */
  readonly requiresLoggingTrail: boolean;
  /** How long Lambda waits before it tries a failed event again; AWS waits a minute, then two. */
  readonly lambdaRetryMs: number;
};

/** What `/_sandbox/delivery` takes: what is left out stays as it is. */
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
};

export type Channel<Item> = {
  send(item: Item): void;
  /** Delivers what was sent while delivery was paused. */
  resume(): void;
  /** Whether something sent is still underway, or what came of it is. */
  isBusy(): boolean;
  /** Waits until everything sent has arrived and what came of it is over. */
  settled(): Promise<void>;
};

/** Carries items to a receiver as the delivery says at the moment of sending. */
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
