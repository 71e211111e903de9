import type { EventPage, HistoryEvent } from '#backfill/event-history.ts';
import type { TimeRange } from '#text/time.ts';
import { isoOf, type Span, slotOf } from './slots.ts';

/** The events of a slot, or a part of them if the slot has many. */
export type Part = {
  /** The start of the slot, in milliseconds. */
  readonly slot: number;
  readonly part: number;
  readonly events: readonly HistoryEvent[];
  /** What is left of the span. */
  readonly rest: Span;
};

/** Reads one page of the events of a time range, both ends included. */
export type ReadPage = (range: TimeRange, token: string | null) => Promise<EventPage>;

/**
 * The events of a span in parts, the newest first, as event history has them. A slot is divided where it has many events, and only between
 * two seconds: so each part depends on the events of its slot alone, wherever an earlier invocation ended.
 */
export async function* partsOf(
  span: Span,
  readPage: ReadPage,
  most = mostEvents,
): AsyncGenerator<Part> {
  let { to, part } = span;
  let events: HistoryEvent[] = [];
  let oldest = Date.parse(to);
  let slot = slotOf(oldest - 1);
  for await (const event of eventsIn(span, readPage)) {
    const isOfSlot = slotOf(event.at) === slot;
    if (!isOfSlot || (events.length >= most && event.at < oldest)) {
      const rest = isOfSlot
        ? { ...span, to: isoOf(oldest), part: part + 1 }
        : { ...span, to: isoOf(slot), part: 0 };
      if (events.length > 0) yield { slot, part, events, rest };
      events = [];
      ({ to, part } = rest);
      slot = slotOf(event.at);
    }
    if (event.at >= Date.parse(to)) throw new OutOfOrderError(event);
    events.push(event);
    oldest = Math.min(oldest, event.at);
  }
  const rest = { ...span, to: span.from, part: 0 };
  if (events.length > 0) yield { slot, part, events, rest };
}

async function* eventsIn({ from, to }: Span, readPage: ReadPage): AsyncGenerator<HistoryEvent> {
  // Records have whole seconds.
  const range = { from, to: isoOf(Date.parse(to) - 1000) };
  if (range.to < from) return;
  let token: string | null = null;
  do {
    const { events, next }: EventPage = await readPage(range, token);
    yield* events;
    token = next;
  } while (token !== null);
}

/** Thrown if event history gives a newer event after an older one, which would be lost. */
export class OutOfOrderError extends Error {
  override readonly name = 'OutOfOrderError' as const;
  constructor({ id, at }: HistoryEvent) {
    super(`LookupEvents gave event ${id} of ${isoOf(at)} after older events`);
  }
}

/** More are kept only while they are of one second. A record has at most 256 KB, and most have a few. */
const mostEvents = 1000;
