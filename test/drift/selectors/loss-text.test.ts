import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { losses } from '#drift/selectors/coverage.ts';
import type { AdvancedSelector, Selectors } from '#drift/selectors/schema.ts';
import { runs } from '../../support/property-runs.ts';
import {
  advanced,
  basic,
  description,
  everything,
  management,
  numbered,
  reported,
  s3,
} from '../../support/selectors.ts';

describe('the text of a loss', () => {
  test('contains an attacker’s values unchanged', () => {
    const value = 'a\n\u001b[31m", __proto__';

    expect(
      description(everything, management({ eventSource: { NotEquals: [value] } })),
    ).toStrictEqual([`management events where eventSource is ${value} are no longer recorded`]);
    expect(
      description(everything, management({ __proto__x: { NotEquals: [value] } })),
    ).toStrictEqual([`management events where __proto__x is ${value} are no longer recorded`]);
  });

  test('limits a value, a field, a category and a type to 200 characters', () => {
    const [whole, long] = ['x'.repeat(200), 'x'.repeat(201)];
    const capped = `${whole}…`;

    expect(description(everything, management({ [long]: { NotEquals: [long] } }))).toStrictEqual([
      `management events where ${capped} is ${capped} are no longer recorded`,
    ]);
    expect(description(everything, management({ [whole]: { NotEquals: [whole] } }))).toStrictEqual([
      `management events where ${whole} is ${whole} are no longer recorded`,
    ]);
    expect(description(advanced({ eventCategory: [long] }), everything)).toStrictEqual([
      `${capped} events are no longer recorded`,
    ]);
    const data = { eventCategory: ['Data'], 'resources.type': [long] };
    expect(description(advanced(data), everything)).toStrictEqual([
      `data events where resources.type is ${capped} are no longer recorded`,
    ]);
    expect(description(advanced({ ...data, 'resources.ARN': ['a'] }), everything)).toStrictEqual([
      `data events where resources.type is ${capped} and resources.ARN is a are no longer recorded`,
    ]);
  });

  test('lists at most five values', () => {
    const five = ['a', 'b', 'c', 'd', 'e'];

    expect(description(everything, management({ eventSource: { NotEquals: five } }))).toStrictEqual(
      ['management events where eventSource is a, b, c, d, e are no longer recorded'],
    );
    expect(
      description(everything, management({ eventSource: { NotEquals: [...five, 'f', 'g'] } })),
    ).toStrictEqual([
      'management events where eventSource is a, b, c, d, e and 2 more are no longer recorded',
    ]);
    expect(
      description(
        advanced({ eventCategory: ['Data'], 'resources.type': [...five, 'f'] }),
        everything,
      ),
    ).toStrictEqual([
      `data events where resources.type is ${five.join(', ')} and 1 more are no longer recorded`,
    ]);
  });

  test.each([
    [8, undefined],
    [9, 'critical: and 1 more kind of events is no longer recorded'],
    [10, 'critical: and 2 more kinds of events are no longer recorded'],
  ])('names eight of %i losses', (count, last) => {
    const fields = Array.from({ length: count }, (_, index) => [
      `field${index}`,
      { NotEquals: ['x'] },
    ]);
    const expected = fields
      .slice(0, 8)
      .map(([field]) => `critical: management events where ${field} is x are no longer recorded`);

    expect(reported(everything, management(Object.fromEntries(fields)))).toStrictEqual([
      ...expected,
      ...(last === undefined ? [] : [last]),
    ]);
  });

  test('names the worst losses first; the rest has its own severity', () => {
    const fields = Array.from({ length: 8 }, (_, index) => [`f${index}`, { NotEquals: ['x'] }]);
    const desired = advanced(
      { eventCategory: ['Management'] },
      { eventCategory: ['Data'] },
      { eventCategory: ['Foo'] },
    );

    const found = losses(desired, management(Object.fromEntries(fields)));

    expect(found.slice(0, 8).map(({ severity }) => severity)).toStrictEqual(
      Array(8).fill('critical'),
    );
    expect(found[8]).toStrictEqual({
      description: 'and 2 more kinds of events are no longer recorded',
      severity: 'high',
    });
  });

  test('contains equal losses once', () => {
    const [one, other] = [`${'x'.repeat(200)}a`, `${'x'.repeat(200)}b`];
    const rest = { eventCategory: ['Data'], 'resources.type': ['t'] };
    expect(
      losses(
        advanced(
          { ...rest, eventName: [one], eventSource: { NotEquals: [one] } },
          { ...rest, eventName: [other], eventSource: { NotEquals: [other] } },
        ),
        everything,
      ),
    ).toHaveLength(1);
  });
});

describe('selectors that are too large to compare', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    eventCategory: ['Management'],
    [`a${index}`]: ['x'],
    [`b${index}`]: ['y'],
  }));

  test('name only what was added to long exceptions', () => {
    const buckets = (names: readonly string[]) =>
      advanced({
        eventCategory: ['Data'],
        'resources.type': ['AWS::S3::Object'],
        'resources.ARN': { NotStartsWith: names.map((name) => `arn:aws:s3:::${name}/`) },
      });
    const size = fc.integer({ min: 1, max: 490 });
    const name = fc.constantFrom('added', 'bucket', 'zz');
    fc.assert(
      fc.property(size, name, (count, added) => {
        const before = numbered(count, 'bucket-');

        const named = description(buckets(before), buckets([...before, added]));

        expect(named).toStrictEqual([
          `data events where resources.type is AWS::S3::Object and resources.ARN begins with arn:aws:s3:::${added}/ are no longer recorded`,
        ]);
      }),
      { numRuns: runs(30) },
    );
  });

  /** Together they record every management event, which the comparison cannot find out among many others. */
  const rest = [
    { eventCategory: ['Management'], z: ['x'] },
    { eventCategory: ['Management'], z: { NotEquals: ['x'] } },
  ];
  const objects = { eventCategory: ['Data'], 'resources.type': [s3] };
  const desired = advanced({ eventCategory: ['Management'] }, objects, {
    eventCategory: ['NetworkActivity'],
  });

  test('are reported as a possible loss of all desired events in doubt', () => {
    expect(reported(desired, advanced(objects, ...many, ...rest))).toStrictEqual([
      'critical: management events may no longer be recorded: the selectors are too large to compare',
      'medium: network activity events are no longer recorded',
    ]);
  });

  test('are reported as a loss if some events are certainly lost', () => {
    expect(reported(desired, advanced(objects, ...many))).toStrictEqual([
      'critical: some management events are no longer recorded',
      'medium: network activity events are no longer recorded',
    ]);
  });

  test('are reported with the severity of losing everything, because more may be lost', () => {
    const writes = { eventCategory: ['Management'], readOnly: ['false'] };

    expect(reported(desired, advanced(objects, ...many, writes))).toContain(
      'critical: some management events are no longer recorded',
    );
  });

  test('are reported as calls if calls are desired', () => {
    expect(
      reported(management({ eventName: ['x'], readOnly: ['true'] }), advanced(...many)),
    ).toStrictEqual([
      'high: some management events where eventName is x and readOnly is true are no longer recorded',
    ]);
  });

  test.each<[string, Selectors, Selectors]>([
    [
      '250 prefixes and 249 suffixes',
      everything,
      management({
        eventName: { StartsWith: numbered(250, 's'), NotEndsWith: numbered(249, 'e') },
      }),
    ],
    ['500 exceptions', everything, management({ eventName: { NotEquals: numbered(499, 's') } })],
    [
      '166 selectors',
      everything,
      advanced(
        ...numbered(166, '').map((name) => ({
          eventCategory: ['Management'],
          eventName: [name],
          eventSource: [`x${name}`],
        })),
      ),
    ],
    [
      '60 overlapping selectors',
      everything,
      advanced(
        ...numbered(60, '').map((name) => ({
          eventCategory: ['Management'],
          eventName: { EndsWith: [`e${name}`] },
          eventSource: { StartsWith: [`s${name}`] },
          'userIdentity.arn': { NotStartsWith: [`u${name}`] },
        })),
      ),
    ],
    [
      '250 resources that are all lost',
      basic({
        DataResources: numbered(250, 'arn:aws:s3:::b').map((value) => ({
          Type: s3,
          Values: [value],
        })),
      }),
      everything,
    ],
  ])('are still compared quickly: %s', (_what, desired, actual) => {
    expect(losses(desired, actual)).not.toStrictEqual([]);
  });

  describe('because of the pairs of prefixes and suffixes', () => {
    const pairs = (count: number) => {
      const name = { StartsWith: numbered(count, 's') };
      const fields = [
        { Field: 'eventName', ...name },
        { Field: 'eventName', EndsWith: numbered(count, 'e') },
      ];
      const of = (category: string) => ({
        Name: null,
        FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }, ...fields],
      });
      return {
        calls: of('Management'),
        data: of('Data'),
        actual: advanced({ eventName: { StartsWith: numbered(count, 't') } }),
      };
    };
    const stored = (...selectors: readonly AdvancedSelector[]): Selectors => ({
      EventSelectors: null,
      AdvancedEventSelectors: selectors,
    });

    test.each([
      [25, 'are no longer'],
      [40, 'may no longer be'],
    ])('with %i pairs: events %s recorded', (count, verb) => {
      const { calls, actual } = pairs(count);

      expect(description(stored(calls), actual)).toStrictEqual([expect.stringContaining(verb)]);
    });

    test('lose nothing if nothing was recorded', () => {
      const { calls, actual } = pairs(40);
      const never = { Field: 'resources.ARN', Equals: ['a'], NotEquals: ['a'] };
      const none = { ...calls, FieldSelectors: [...calls.FieldSelectors, never] };

      expect(description(stored(none), actual)).toStrictEqual([]);
    });

    test('share the effort limit among all desired selectors', () => {
      const { calls, data, actual } = pairs(25);

      expect(description(stored(calls, data), actual)).toStrictEqual([
        expect.stringContaining('may no longer be'),
        expect.stringContaining('may no longer be'),
      ]);
    });
  });

  test('are reported briefly if whole conditions can be left out', () => {
    const [starts, ends] = [numbered(50, 's'), numbered(50, 'e')];

    expect(
      description(everything, management({ eventName: { StartsWith: starts, NotEndsWith: ends } })),
    ).toStrictEqual([
      'management events where eventName ends with e0, e1, e10, e11, e12 and 45 more are no longer recorded',
      'management events where eventName does not begin with s0 and eventName does not begin with s1 and eventName does not begin with s2 and eventName does not begin with s3 and eventName does not begin with s4 and eventName does not begin with s5 and eventName does not begin with s6 and eventName does not begin with s7 and eventName does not begin with s8 and eventName does not begin with s9 are no longer recorded',
    ]);
  });

  test('are reported briefly if one of 250 buckets is lost', () => {
    const buckets = (from: number) =>
      basic({
        DataResources: numbered(250, 'arn:aws:s3:::b')
          .slice(from)
          .map((value) => ({ Type: s3, Values: [`${value}/`] })),
      });

    expect(description(buckets(0), buckets(1))).toStrictEqual([
      'data events where resources.type is AWS::S3::Object and resources.ARN begins with arn:aws:s3:::b0/ are no longer recorded',
    ]);
  });
});
