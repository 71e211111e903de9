import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Box,
  type EventSet,
  isEmpty,
  isPartOf,
  merged,
  partOutside,
  subtract,
} from '#drift/selectors/event-set.ts';
import { minimalCover } from '#drift/selectors/minimal-cover.ts';
import type { Conjunction, Pattern } from '#drift/selectors/satisfiability.ts';
import { runs } from '../../support/property-runs.ts';

/** Events with two fields whose values are all that the patterns below can distinguish, and a field with two values. */
const constants = ['a', 'b', 'ab', 'ba'];
const longOnes = ['', ...constants].flatMap((start) =>
  ['', ...constants].map((end) => `${start}x${end}`),
);
const values = ['', ...constants, 'aba', 'aab', ...longOnes];
type Event = { readonly [field: string]: string };
const universe: readonly Event[] = values.flatMap((eventName) =>
  values.flatMap((eventSource) =>
    ['true', 'false'].map((readOnly) => ({ eventName, eventSource, readOnly })),
  ),
);

const holds = (box: Box, event: Event): boolean =>
  box.every(({ field, isOneOf, patterns }) => {
    const value = event[field] ?? '';
    const tests = patterns.map((pattern) =>
      pattern.operator === 'Equals'
        ? value === pattern.value
        : pattern.operator === 'StartsWith'
          ? value.slice(0, pattern.value.length) === pattern.value
          : pattern.value === '' || value.slice(-pattern.value.length) === pattern.value,
    );
    return tests.includes(true) === isOneOf;
  });
const eventsOf = (set: EventSet): readonly string[] =>
  universe
    .filter((event) => set.some((box) => holds(box, event)))
    .map((event) => Object.values(event).join(' '));
const without = (events: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others);
  return events.filter((event) => !known.has(event));
};
const ample = () => ({ left: Number.POSITIVE_INFINITY });

const operator = fc.constantFrom<Pattern['operator']>('Equals', 'StartsWith', 'EndsWith');
const pattern = fc.record(
  { operator, value: fc.constantFrom('', ...constants) },
  { noNullPrototype: true },
);
const condition: fc.Arbitrary<Conjunction> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      field: fc.constantFrom('eventName', 'eventSource'),
      isOneOf: fc.boolean(),
      patterns: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      field: fc.constant('readOnly'),
      isOneOf: fc.boolean(),
      patterns: fc.array(
        fc.constantFrom<Pattern>(
          { operator: 'Equals', value: 'true' },
          { operator: 'Equals', value: 'false' },
          { operator: 'StartsWith', value: 'tr' },
          { operator: 'EndsWith', value: 'e' },
          { operator: 'EndsWith', value: 'se' },
        ),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  },
);
const box: fc.Arbitrary<Box> = fc.array(condition, { maxLength: 4 });
const set: fc.Arbitrary<EventSet> = fc.array(box, { maxLength: 4 });
const little = fc.integer({ min: 0, max: 2_000 });

describe('a box of events', () => {
  test('is empty exactly if no event meets its conditions', () => {
    fc.assert(
      fc.property(box, (box) => {
        expect(isEmpty(box, ample())).toBe(eventsOf([box]).length === 0);
      }),
      { numRuns: runs(500) },
    );
  });

  test('is part of another exactly if that contains all its events, or if it is empty', () => {
    fc.assert(
      fc.property(box, box, (box, other) => {
        fc.pre(!isEmpty(box, ample()));

        expect(isPartOf(box, other, ample())).toBe(
          without(eventsOf([box]), eventsOf([other])).length === 0,
        );
      }),
    );
  });

  test('is never called empty or a part because effort ran out', () => {
    fc.assert(
      fc.property(box, box, little, (box, other, left) => {
        if (isEmpty(box, { left })) expect(eventsOf([box])).toStrictEqual([]);
        if (isPartOf(box, other, { left })) {
          expect(without(eventsOf([box]), eventsOf([other]))).toStrictEqual([]);
        }
      }),
    );
  });

  test('is assumed to contain events if effort runs out', () => {
    const box = [where('eventName', 'Equals', 'a'), where('eventName', 'Equals', 'b')];

    expect(isEmpty(box, { left: 100 })).toBe(true);
    expect(isEmpty(box, { left: 0 })).toBe(false);
  });

  test('uses effort even without conditions', () => {
    const effort = { left: 100 };

    expect(isPartOf([], [], { left: -1 })).toBe(false);
    isEmpty([{ field: 'a', isOneOf: false, patterns: [] }], effort);
    expect(effort.left).toBeLessThan(100);
  });
});

describe('a set of events', () => {
  test('minus another contains exactly the events that the other lacks', () => {
    fc.assert(
      fc.property(set, set, (one, other) => {
        const left = subtract(one, other, ample());

        expect(eventsOf(left ?? [])).toStrictEqual(without(eventsOf(one), eventsOf(other)));
        expect(left?.filter((box) => isEmpty(box, ample()) && !one.includes(box))).toStrictEqual(
          [],
        );
      }),
    );
  });

  test('minus another has the part that is found outside, however little effort was left', () => {
    fc.assert(
      fc.property(box, set, little, (box, others, left) => {
        fc.pre(!isEmpty(box, ample()));
        const part = partOutside(box, others, { left });
        fc.pre(part !== null);

        const found = eventsOf([part ?? []]);

        expect(found).not.toStrictEqual([]);
        expect(without(found, without(eventsOf([box]), eventsOf(others)))).toStrictEqual([]);
      }),
    );
  });

  test('minus another is split into disjoint boxes', () => {
    fc.assert(
      fc.property(box, set, (one, other) => {
        const left = subtract([one], other, ample()) ?? [];

        for (const event of universe) {
          expect(left.filter((box) => holds(box, event)).length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('minus another is unknown or complete if effort runs out', () => {
    fc.assert(
      fc.property(set, set, little, (one, other, left) => {
        const rest = subtract(one, other, { left });

        if (rest !== null) {
          expect(eventsOf(rest)).toStrictEqual(eventsOf(subtract(one, other, ample()) ?? []));
        }
      }),
    );
  });

  test('minus a disjoint one is a single box', () => {
    const one = [where('eventName', 'StartsWith', 'a'), where('eventSource', 'Equals', 'a')];
    const other = [where('eventName', 'Equals', 'b'), where('eventSource', 'Equals', 'b')];

    expect(subtract([one], [other], ample())).toStrictEqual([one]);
  });

  test.each([
    [10, true],
    [11, false],
  ])('is split into 2 to the power of %i boxes: %s', (count, isReported) => {
    const others = Array.from({ length: count }, (_, index) => [
      where(`a${index}`, 'Equals', 'x'),
      where(`b${index}`, 'Equals', 'y'),
    ]);

    expect(subtract([[]], others, ample())?.length).toBe(isReported ? 1024 : undefined);
  });

  test('is unchanged by merging boxes, which never adds boxes', () => {
    fc.assert(
      fc.property(set, (set) => {
        expect(eventsOf(merged(set))).toStrictEqual(eventsOf(set));
        expect(merged(set).length).toBeLessThanOrEqual(set.length);
      }),
    );
  });

  test('is merged to the same boxes for any order and duplicates', () => {
    fc.assert(
      fc.property(set, (set) => {
        const shuffled = [...set, ...set]
          .toReversed()
          .map((box) => [...box, ...box].toReversed())
          .map((box) =>
            box.map((condition) => ({
              ...condition,
              patterns: [...condition.patterns, ...condition.patterns].toReversed(),
            })),
          );

        expect(merged(shuffled)).toStrictEqual(merged(set));
      }),
    );
  });

  test('is merged if boxes differ only in the choices for one field', () => {
    const name = (value: string) => where('eventName', 'Equals', value);
    const source = where('eventSource', 'Equals', 'a');
    const both = { ...name('a'), patterns: [...name('a').patterns, ...name('b').patterns] };

    expect(
      merged([
        [source, name('b')],
        [name('a'), source],
      ]),
    ).toStrictEqual([[both, source]]);
  });

  test.each<[string, EventSet]>([
    [
      'exceptions',
      [
        [{ ...where('eventName', 'Equals', 'a'), isOneOf: false }],
        [{ ...where('eventName', 'Equals', 'b'), isOneOf: false }],
      ],
    ],
    [
      'two choices for one field',
      [
        [where('eventName', 'StartsWith', 'a'), where('eventName', 'EndsWith', 'a')],
        [where('eventName', 'StartsWith', 'b'), where('eventName', 'EndsWith', 'b')],
      ],
    ],
    [
      'the choices for two fields',
      [
        [where('eventName', 'Equals', 'a'), where('eventSource', 'Equals', 'a')],
        [where('eventName', 'Equals', 'b'), where('eventSource', 'Equals', 'b')],
      ],
    ],
    [
      'their category',
      [[where('eventCategory', 'Equals', 'a')], [where('eventCategory', 'Equals', 'b')]],
    ],
  ])('is not merged if boxes differ in %s', (_what, set) => {
    expect(merged(set)).toHaveLength(2);
  });
});

describe('the broadest boxes of a loss', () => {
  const lostOf = (wanted: EventSet, recorded: EventSet) =>
    subtract(wanted, recorded, ample()) ?? [];

  test('contain exactly the lost events, even with little effort', () => {
    fc.assert(
      fc.property(set, set, fc.oneof(little, fc.constant(1e6)), (wanted, recorded, left) => {
        const lost = lostOf(wanted, recorded);

        const boxes = minimalCover(lost, wanted, recorded, { left }).boxes;

        expect(eventsOf(boxes)).toStrictEqual(eventsOf(lost));
      }),
    );
  });

  test('never contain a redundant condition, whenever effort runs out', () => {
    const but = { ...where('eventName', 'Equals', 'b'), isOneOf: false };
    const lost = [[where('eventName', 'Equals', 'a'), where('eventSource', 'Equals', 'a'), but]];

    for (let left = 0; left < 200; left += 1) {
      const boxes = minimalCover(lost, lost, [], { left }).boxes;

      expect(boxes.flat().filter(({ patterns }) => patterns.length === 0)).toStrictEqual([]);
    }
  });

  test('are empty if nothing is lost', () => {
    const lost = [[where('eventName', 'Equals', 'a'), where('eventName', 'Equals', 'b')]];

    expect(minimalCover(lost, lost, [], ample()).boxes).toStrictEqual([]);
  });

  test('do not contain each other', () => {
    fc.assert(
      fc.property(set, set, (wanted, recorded) => {
        const boxes = minimalCover(lostOf(wanted, recorded), wanted, recorded, ample()).boxes;

        for (const box of boxes) {
          expect(boxes.filter((other) => isPartOf(box, other, ample()))).toStrictEqual([box]);
        }
      }),
    );
  });

  test('have no condition that could be left out', () => {
    fc.assert(
      fc.property(set, set, (boxes, recorded) => {
        const wanted = boxes.filter((box) => !isEmpty(box, ample()));
        const lost = lostOf(wanted, recorded);
        const isLost = (box: Box) => without(eventsOf([box]), eventsOf(lost)).length === 0;

        for (const box of minimalCover(lost, wanted, recorded, ample()).boxes) {
          for (const condition of box) {
            // Merged boxes can keep a choice that each single box needed.
            if (condition.isOneOf) continue;
            expect(isLost(box.filter((other) => other !== condition))).toBe(false);
          }
        }
      }),
    );
  });
});

function where(field: string, operator: Pattern['operator'], value: string): Conjunction {
  return { field, isOneOf: true, patterns: [{ operator, value }] };
}
