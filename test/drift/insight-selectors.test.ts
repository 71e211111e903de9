import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { insightSelectors as kind } from '#drift/insight-selectors.ts';
import { diff, type Json } from '#text/diff.ts';
import { documentWith, now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { callsOf } from '../support/kind-calls.ts';
import { withScrambled } from '../support/scrambled.ts';

type Insights = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;

const { observe, resolve, repaired, impactOf } = callsOf(kind);
/** The inputs of the calls of a restore. */
const sentBy = async (...states: Parameters<typeof repaired>) =>
  (await repaired(...states)).map(({ input }) => input as object);

const none: Insights = { InsightSelectors: [] };
const calls = { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] };
const errors = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Data', 'Management'] };
const all: Insights = { InsightSelectors: [calls, errors] };

const categories = fc.uniqueArray(fc.constantFrom('Management', 'Data'), { minLength: 1 });
const written: fc.Arbitrary<Insights> = fc.record({
  InsightSelectors: fc.uniqueArray(
    fc.record({
      InsightType: fc.constantFrom('ApiCallRateInsight', 'ApiErrorRateInsight'),
      EventCategories: categories,
    }),
    { selector: ({ InsightType }) => InsightType },
  ),
});

describe('the Insights selectors of a live trail', () => {
  test('are read by the trail ARN', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([
      { operation: 'GetInsightSelectors', input: { TrailName: trail.arn } },
    ]);
  });

  test.each([{}, { InsightSelectors: null }, { InsightSelectors: [] }])(
    'are empty if the response is %j',
    async (body) => {
      expect(await observe(body)).toStrictEqual(none);
    },
  );

  test('are empty if CloudTrail says that Insights are not enabled', async () => {
    const { aws } = refusing('InsightNotEnabledException');

    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  test('are empty in a Region without Insights', async () => {
    const { aws } = refusing('UnsupportedOperationException');

    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  test('are none, not unknown, if they are not enabled', async () => {
    const { aws } = refusing('InsightNotEnabledException');

    expect(await kind.observe(aws, trail, now, { 'insight-selectors': all })).toStrictEqual(none);
  });

  test('are unknown if AWS does not report what the baseline asks for', async () => {
    const seen = kind.observe(answering({}).aws, trail, now, { 'insight-selectors': all });

    await expect(seen).rejects.toThrow(`GetInsightSelectors returned nothing for ${trail.arn}`);
  });

  test.each(['ThrottlingException', 'AccessDeniedException'])(
    'are unknown, not empty, if CloudTrail returns %s',
    async (name) => {
      await expect(kind.observe(refusing(name).aws, trail, now)).rejects.toMatchObject({ name });
    },
  );

  test.each([{}, { EventCategories: null }])(
    'apply to management events if the response has no category: %j',
    async (member) => {
      const { InsightType } = calls;

      expect(await observe({ InsightSelectors: [{ InsightType, ...member }] })).toStrictEqual({
        InsightSelectors: [calls],
      });
    },
  );

  test('do not apply to management events if the list of categories is empty', async () => {
    const observed = await observe({ InsightSelectors: [{ ...calls, EventCategories: [] }] });

    expect(diff({ InsightSelectors: [calls] }, observed as Json)).not.toStrictEqual([]);
  });

  test('without a type are kept', async () => {
    const observed = await observe({ InsightSelectors: [{ EventCategories: ['Data'] }] });

    expect(observed).toStrictEqual({
      InsightSelectors: [{ InsightType: '', EventCategories: ['Data'] }],
    });
  });

  test('ignore order and duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(withScrambled(written), async ([one, other]) => {
        expect(await observe(other)).toStrictEqual(await observe(one));
        expect(await resolve(other)).toStrictEqual(await observe(one));
      }),
    );
  });
});

describe('the repair of Insights selectors', () => {
  test('restores the desired state from any other', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.option(written), async (wanted, found) => {
        const desired = await observe(wanted);
        const sent = await sentBy(desired, found && (await observe(found)));

        expect(sent.length).toBeLessThanOrEqual(1);
        expect(await observe(sent[0] ?? none)).toStrictEqual(desired);
      }),
    );
  });

  test('disables Insights with an empty list', async () => {
    expect(await sentBy(none, all)).toStrictEqual([{ TrailName: trail.arn, InsightSelectors: [] }]);
  });

  test('of a new trail needs no step if none are desired', () => {
    expect(kind.repair(none, null, trail)).toStrictEqual([]);
  });

  test('of a new trail is one step if some are desired', () => {
    expect(kind.repair(all, null, trail)).toHaveLength(1);
  });

  test('sends the categories of each type, so that no default applies', async () => {
    expect(await sentBy({ InsightSelectors: [calls] }, none)).toStrictEqual([
      { TrailName: trail.arn, InsightSelectors: [calls] },
    ]);
  });
});

describe('Insights selectors that differ from the baseline', () => {
  test.each<[string, Insights, Insights, string[]]>([
    [
      'all of them',
      all,
      none,
      [
        'rates of calls in management events',
        'unusual rates of errors in data events',
        'unusual rates of errors in management events',
      ],
    ],
    ['one type', all, { InsightSelectors: [calls] }, ['rates of errors in data']],
    [
      'one category',
      all,
      { InsightSelectors: [calls, { ...errors, EventCategories: ['Data'] }] },
      ['rates of errors in management events'],
    ],
    [
      'one type instead of another',
      { InsightSelectors: [calls] },
      { InsightSelectors: [{ ...calls, EventCategories: ['Data'] }] },
      ['rates of calls in management events'],
    ],
    [
      'a type that is newer than this version',
      { InsightSelectors: [{ ...calls, InsightType: 'NewInsight' }] },
      none,
      ['NewInsight in management events'],
    ],
  ])('lose events if they lack %s, and report it', (_what, desired, actual, lost) => {
    const { description, ...impact } = impactOf(desired, actual);

    expect(impact).toStrictEqual({ severity: 'medium', losesCoverage: true });
    expect(description).toContain(lost.join(', '));
  });

  test('do not report what they still analyze', () => {
    const { description } = impactOf(all, { InsightSelectors: [errors] });

    expect(description).toContain('rates of calls');
    expect(description).not.toContain('errors');
  });

  test('lose no events if they analyze more', () => {
    for (const desired of [none, { InsightSelectors: [calls] }]) {
      const { description, ...impact } = impactOf(desired, all);

      expect(impact).toStrictEqual({ severity: 'low', losesCoverage: false });
      expect(description).toContain('more than captured');
    }
  });
});

describe('Insights selectors in a baseline file', () => {
  test('are unchanged if they are canonical', async () => {
    const state = states['insight-selectors'];

    expect(await resolve(state)).toStrictEqual(state);
    expect(await resolve(none)).toStrictEqual(none);
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, 'InsightSelectors: is missing'],
    ['null', { InsightSelectors: null }, 'InsightSelectors: must be a list: an empty one for no'],
    ['no type', selector({ InsightType: undefined }), 'InsightType: is missing'],
    ['another type', selector({ InsightType: 1 }), 'InsightType: must be a type of Insights'],
    ['no categories', selector({ EventCategories: undefined }), 'EventCategories: is missing'],
    [
      'an empty list of categories',
      selector({ EventCategories: [] }),
      'EventCategories: must hold Management or Data',
    ],
    [
      'a category that is not text',
      selector({ EventCategories: [1] }),
      'EventCategories.0: must be Management or Data',
    ],
    [
      'a duplicate type',
      {
        InsightSelectors: [['Data'], ['Management']].map((EventCategories) => ({
          InsightType: 'ApiCallRateInsight',
          EventCategories,
        })),
      },
      'InsightSelectors: must name each type once',
    ],
    ['an unknown field', selector({ Typo: 1 }), 'InsightSelectors.0: has fields'],
  ])('are refused with %s', (_what, state, message) => {
    const document = documentWith({ 'states.insight-selectors': state });

    expect(() => parseBaseline(document, kinds)).toThrow('states.insight-selectors.');
    expect(() => parseBaseline(document, kinds)).toThrow(message);
  });

  test('can be of each type', () => {
    expect(kind.state.safeParse(all).success).toBe(true);
  });

  test('are refused if they cannot be stored', async () => {
    await expect(resolve({ InsightSelectors: null })).rejects.toThrow('must be a list');
  });
});

function selector(member: object): object {
  return { InsightSelectors: [{ ...calls, ...member }] };
}
