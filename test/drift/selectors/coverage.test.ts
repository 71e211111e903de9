import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Loss,
  losses,
  lostKinds,
  recordedKinds,
  recordsReadsOf,
} from '#drift/selectors/coverage.ts';
import type { FieldSelector, Selectors } from '#drift/selectors/schema.ts';
import { runs } from '../../support/property-runs.ts';
import { anySelectors, matches, universe } from '../../support/selector-model.ts';
import {
  advanced,
  advancedNamed,
  basic,
  dynamodb,
  everything,
  lambda,
  management,
  numbered,
  s3,
} from '../../support/selectors.ts';

describe('nothing is lost', () => {
  const none: Selectors = { EventSelectors: null, AdvancedEventSelectors: null };
  const objects = { eventCategory: ['Data'], 'resources.type': [s3] };
  const functions = { eventCategory: ['Data'], 'resources.type': [lambda] };

  test.each<[string, Selectors, Selectors]>([
    ['without selectors: management events are the default', everything, none],
    ['by empty selectors', everything, { EventSelectors: [], AdvancedEventSelectors: [] }],
    ['by the explicit default', none, everything],
    ['by the advanced selector for all management events', none, management({})],
    ['by a name', none, advancedNamed('the best')],
    [
      'by separate reads and writes',
      everything,
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { eventCategory: ['Management'], readOnly: ['false'] },
      ),
    ],
    [
      'by every kind of reading and writing together',
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { eventCategory: ['Management'], readOnly: ['false'] },
      ),
      everything,
    ],
    [
      'if another selector includes what one excludes',
      everything,
      basic(
        { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
        { ExcludeManagementEventSources: ['rdsdata.amazonaws.com'] },
      ),
    ],
    [
      'by the advanced form of all objects and functions',
      basic({
        DataResources: [
          { Type: s3, Values: ['arn:aws:s3'] },
          { Type: lambda, Values: ['arn:aws:lambda'] },
        ],
      }),
      advanced({ eventCategory: ['Management'] }, objects, functions),
    ],
    [
      'by either form of all objects',
      advanced({ eventCategory: ['Management'] }, objects),
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::'] }] }),
    ],
    [
      'by the form of all tables',
      advanced(
        { eventCategory: ['Management'] },
        { eventCategory: ['Data'], 'resources.type': [dynamodb] },
      ),
      basic({ DataResources: [{ Type: dynamodb, Values: ['arn:x', 'arn:aws:dynamodb'] }] }),
    ],
    [
      'by a shorter prefix',
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::a/b', 'arn:aws:s3:::a/c'] }] }),
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::a/'] }] }),
    ],
    [
      'of reads of basic data events',
      basic({ ReadWriteType: 'ReadOnly', DataResources: [{ Type: s3, Values: ['arn:aws:s3'] }] }),
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { ...objects, readOnly: ['true'] },
      ),
    ],
    [
      'by selectors that record nothing',
      advanced({ eventCategory: ['Management'], eventName: { Equals: ['a'], NotEquals: ['a'] } }),
      advanced({ eventCategory: ['Data'], 'resources.type': ['x'] }),
    ],
    ['by more than desired', everything, advanced({ eventCategory: ['Management'] }, objects)],
    [
      'by an operator without values',
      everything,
      management({ eventName: { Equals: [], NotEquals: [] } }),
    ],
    [
      'by the complete set in parts',
      everything,
      advanced(
        { eventCategory: ['Management'], eventName: { StartsWith: ['a'] } },
        { eventCategory: ['Management'], eventName: { NotStartsWith: ['a', 'b'] } },
        { eventCategory: ['Management'], eventName: { StartsWith: ['b'] } },
      ),
    ],
  ])('%s', (_what, desired, actual) => {
    expect(losses(desired, actual)).toStrictEqual([]);
  });
});

describe('for all events of a small model', () => {
  test('exactly the lost events are reported', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, (desired, actual) => {
        const isLost = universe.some((event) => matches(desired, event) && !matches(actual, event));

        expect(losses(desired, actual).length > 0).toBe(isLost);
      }),
      { numRuns: runs(200) },
    );
  });

  test('selectors compared with themselves lose nothing', () => {
    fc.assert(
      fc.property(anySelectors, (selectors) => {
        expect(losses(selectors, selectors)).toStrictEqual([]);
      }),
    );
  });

  test('order and duplicates do not matter', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, (desired, actual) => {
        const reported = losses(desired, actual);

        expect(losses(repeated(desired), actual)).toStrictEqual(reported);
        expect(losses(desired, repeated(actual))).toStrictEqual(reported);
      }),
    );
  });

  test('recording more never adds a loss or raises its severity', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, anySelectors, (desired, actual, more) => {
        fc.pre((actual.EventSelectors === null) === (more.EventSelectors === null));
        const before = losses(desired, actual);
        const after = losses(desired, joined(actual, more));

        expect(severity(after)).toBeLessThanOrEqual(severity(before));
        expect(losses(joined(actual, more), actual).length).toBeGreaterThanOrEqual(
          Math.min(1, before.length - after.length),
        );
      }),
    );
  });

  test('a loss is also reported if only part of it is desired', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, anySelectors, (desired, more, actual) => {
        fc.pre((desired.EventSelectors === null) === (more.EventSelectors === null));

        expect(severity(losses(joined(desired, more), actual))).toBeGreaterThanOrEqual(
          severity(losses(desired, actual)),
        );
      }),
    );
  });
});

describe('the kinds of events', () => {
  // No selector of the model names network activity: it is like any other category.
  const categories = { management: 'Management', data: 'Data', 'network activity': 'x' } as const;

  test('that are recorded, or lost, are those of which an event of the model is', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, (desired, actual) => {
        const kindsOf = (isMeant: (event: (typeof universe)[number]) => boolean) =>
          Object.entries(categories).flatMap(([kind, category]) =>
            universe.some((event) => event.eventCategory === category && isMeant(event))
              ? [kind]
              : [],
          );

        expect(recordedKinds(actual)).toEqual(kindsOf((event) => matches(actual, event)));
        expect(lostKinds(desired, actual)).toEqual(
          kindsOf((event) => matches(desired, event) && !matches(actual, event)),
        );
      }),
      { numRuns: runs(200) },
    );
  });

  test('include network activity', () => {
    const network = advanced({ eventCategory: ['NetworkActivity'] });

    expect(recordedKinds(network)).toEqual(['network activity']);
    expect(lostKinds(network, everything)).toEqual(['network activity']);
  });

  test('may be lost if the selectors are too large to compare', () => {
    const many = numbered(30, 'a').map((name) => ({
      ...{ eventCategory: ['Management'], [name]: ['x'], [`${name}b`]: ['y'] },
    }));
    const all = [
      { eventCategory: ['Management'], z: ['x'] },
      { eventCategory: ['Management'], z: { NotEquals: ['x'] } },
    ];

    expect(lostKinds(everything, advanced(...all))).toEqual([]);
    expect(lostKinds(everything, advanced(...many, ...all))).toEqual(['management']);
  });
});

describe('every read of a service is recorded', () => {
  const source = 'kms.amazonaws.com';

  test.each<[string, Selectors, boolean]>([
    ['all management events', everything, true],
    ['reads alone', basic({ ReadWriteType: 'ReadOnly' }), true],
    ['writes alone', basic({ ReadWriteType: 'WriteOnly' }), false],
    ['all but this service', basic({ ExcludeManagementEventSources: [source] }), false],
    ['all but another service', basic({ ExcludeManagementEventSources: ['rdsdata'] }), true],
    ['this service alone', management({ eventSource: [source] }), true],
    ['some calls', management({ eventName: { NotEquals: ['Decrypt'] } }), false],
    ['data events alone', advanced({ eventCategory: ['Data'] }), false],
  ])('by selectors of %s: %#', (_what, selectors, isRecorded) => {
    expect(recordsReadsOf(selectors, source)).toBe(isRecorded);
  });
});

function repeated({ EventSelectors, AdvancedEventSelectors }: Selectors): Selectors {
  const twice = <T>(items: readonly T[]): readonly T[] => [...items, ...items].toReversed();
  const basics = EventSelectors?.map((selector) => ({
    ...selector,
    DataResources: twice(
      selector.DataResources.map(({ Type, Values }) => ({ Type, Values: twice(Values) })),
    ),
  }));
  const advanceds = AdvancedEventSelectors?.map(({ FieldSelectors }) => ({
    Name: 'another',
    FieldSelectors: twice(
      FieldSelectors.map(
        (selector) =>
          Object.fromEntries(
            Object.entries(selector).map(([key, value]) => [
              key,
              typeof value === 'string' ? value : twice(value),
            ]),
          ) as FieldSelector,
      ),
    ),
  }));
  return {
    EventSelectors: basics === undefined ? null : twice(basics),
    AdvancedEventSelectors: advanceds === undefined ? null : twice(advanceds),
  };
}

/** The events of both selectors. No selectors mean the default. */
function joined(one: Selectors, other: Selectors): Selectors {
  const whole = everything.EventSelectors ?? [];
  const calls = management({}).AdvancedEventSelectors ?? [];
  const or = <T>(items: readonly T[] | null, fallback: readonly T[]) =>
    items?.length ? items : fallback;
  return one.EventSelectors === null
    ? {
        EventSelectors: null,
        AdvancedEventSelectors: [
          ...or(one.AdvancedEventSelectors, calls),
          ...or(other.AdvancedEventSelectors, calls),
        ],
      }
    : {
        EventSelectors: [...or(one.EventSelectors, whole), ...or(other.EventSelectors, whole)],
        AdvancedEventSelectors: null,
      };
}

const severity = (found: readonly Loss[]): number =>
  Math.max(
    0,
    ...found.map(({ severity }) => ['low', 'medium', 'high', 'critical'].indexOf(severity) + 1),
  );
