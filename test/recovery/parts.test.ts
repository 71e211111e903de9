import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEvent } from '#backfill/event-history.ts';
import { type Part, partsOf, type ReadPage } from '#recovery/parts.ts';
import { isoOf, type Span, slotMs, slotOf } from '#recovery/slots.ts';

const start = Date.parse('2026-11-22T12:00:00Z');
const span: Span = { from: isoOf(start), to: isoOf(start + 4 * slotMs), part: 0 };

/** Events at these seconds of the span. */
const eventsAt = (seconds: readonly number[]): readonly HistoryEvent[] =>
  seconds.map((second, i) => ({
    id: `event-${i}`,
    at: start + second * 1000,
    record: `{"i":${i}}`,
  }));

/** Event history: the newest first, both ends of the range included. */
const historyOf =
  (events: readonly HistoryEvent[], pageSize: number): ReadPage =>
  async ({ from, to }, token) => {
    const found = events
      .filter(({ at }) => at >= Date.parse(from) && at <= Date.parse(to))
      .toSorted((one, other) => other.at - one.at);
    const first = Number(token ?? 0);
    const next = first + pageSize;
    return { events: found.slice(first, next), next: next < found.length ? String(next) : null };
  };

const given = fc.record({
  // Many events share a second, and few seconds are at the edges of slots.
  seconds: fc.array(
    fc.oneof(fc.integer({ min: -5, max: 1204 }), fc.constantFrom(0, 299, 300, 301, 1199)),
    { maxLength: 60 },
  ),
  pageSize: fc.integer({ min: 1, max: 7 }),
  most: fc.integer({ min: 1, max: 9 }),
});

test('every event of a span is in one part, and each part is of one slot', async () => {
  await fc.assert(
    fc.asyncProperty(given, async ({ seconds, pageSize, most }) => {
      const events = eventsAt(seconds);

      const parts = await Array.fromAsync(partsOf(span, historyOf(events, pageSize), most));

      const inSpan = events.filter(({ at }) => at >= start && at < start + 4 * slotMs);
      expect(idsIn(parts).toSorted()).toEqual(inSpan.map(({ id }) => id).toSorted());
      for (const part of parts) {
        expect(new Set(part.events.map(({ at }) => slotOf(at)))).toEqual(new Set([part.slot]));
      }
      for (const slot of new Set(parts.map((part) => part.slot))) {
        const ofSlot = parts.filter((part) => part.slot === slot);
        expect(ofSlot.map(({ part }) => part)).toEqual(ofSlot.map((_, i) => i));
        for (const { events: some } of ofSlot) {
          const oldest = Math.min(...some.map(({ at }) => at));
          expect(some.filter(({ at }) => at > oldest).length).toBeLessThan(most);
        }
      }
    }),
  );
});

test('parts are the same wherever an invocation ends and another goes on', async () => {
  await fc.assert(
    fc.asyncProperty(given, async ({ seconds, pageSize, most }) => {
      const history = historyOf(eventsAt(seconds), pageSize);
      const atOnce = await Array.fromAsync(partsOf(span, history, most));

      const oneByOne: Part[] = [];
      for (let left = span; left.to > left.from; ) {
        const { value } = await partsOf(left, history, most).next();
        if (value !== undefined) oneByOne.push(value);
        left = value?.rest ?? { ...left, to: left.from };
      }

      expect(oneByOne).toEqual(atOnce);
    }),
  );
});

test('a slot of which many events are of several seconds is divided between two of them', async () => {
  const events = eventsAt([9, 9, 8, 7, 7, 6]);

  const parts = await Array.fromAsync(partsOf(span, historyOf(events, 2), 2));

  expect(parts.map((part) => [part.part, part.events.length])).toEqual([
    [0, 2],
    [1, 3],
    [2, 1],
  ]);
  expect(parts.map(({ rest }) => rest.to)).toEqual([
    isoOf(start + 9000),
    isoOf(start + 7000),
    span.from,
  ]);
});

test('a span without a whole second is not read', async () => {
  const asked: unknown[] = [];
  const read: ReadPage = async (range) => {
    asked.push(range);
    return { events: [], next: null };
  };

  await Array.fromAsync(partsOf({ ...span, to: span.from }, read));
  expect(asked).toEqual([]);
  await Array.fromAsync(partsOf({ ...span, to: isoOf(start + 1000) }, read));
  expect(asked).toEqual([{ from: span.from, to: span.from }]);
});

test('an event at the end of a span is of the next one, and an error here', async () => {
  const parts = partsOf(span, async () => ({ events: eventsAt([1200]), next: null }));

  await expect(Array.fromAsync(parts)).rejects.toThrow('LookupEvents gave event event-0');
});

test('an event that comes after older ones is an error, because it would be lost', async () => {
  const [first, second, late] = eventsAt([900, 100, 901]);
  const events = [first, second, late].filter((one) => one !== undefined);

  const parts = partsOf(span, async () => ({ events, next: null }));

  await expect(Array.fromAsync(parts)).rejects.toThrow('LookupEvents gave event event-2');
});

const idsIn = (parts: readonly Part[]): readonly string[] =>
  parts.flatMap(({ events }) => events.map(({ id }) => id));
