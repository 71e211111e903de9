import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { aggregation as kind } from '#drift/aggregation.ts';
import { kinds } from '#drift/index.ts';
import { documentWith, now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { callsOf } from '../support/kind-calls.ts';
import { withScrambled } from '../support/scrambled.ts';

type Aggregation = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;

const { observe, resolve, repaired, impactOf } = callsOf(kind);
/** The inputs of the calls of a restore. */
const sentBy = async (...states: Parameters<typeof repaired>) =>
  (await repaired(...states)).map(({ input }) => input as object);

const by = (...Templates: string[]): Aggregation => ({
  AggregationConfigurations: [{ EventCategory: 'Data', Templates }],
});
const none: Aggregation = { AggregationConfigurations: [] };

/** CloudTrail accepts at most one configuration. */
const written: fc.Arbitrary<Aggregation> = fc.record({
  AggregationConfigurations: fc.array(
    fc.record({
      EventCategory: fc.constant('Data'),
      Templates: fc.uniqueArray(
        fc.constantFrom('API_ACTIVITY', 'RESOURCE_ACCESS', 'USER_ACTIONS'),
        { minLength: 1 },
      ),
    }),
    { maxLength: 1 },
  ),
});

describe('the aggregation of a live trail', () => {
  test('is read by the trail ARN', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([
      { operation: 'GetEventConfiguration', input: { TrailName: trail.arn } },
    ]);
  });

  test.each([{}, { AggregationConfigurations: null }, { AggregationConfigurations: [] }])(
    'is empty if the response is %j',
    async (body) => {
      expect(await observe(body)).toStrictEqual(none);
    },
  );

  test('ignores fields of event data stores', async () => {
    const ofStores = { MaxEventSize: 'Large', ContextKeySelectors: [] };

    expect(await observe({ ...by('API_ACTIVITY'), ...ofStores })).toStrictEqual(by('API_ACTIVITY'));
  });

  test.each<[object, object]>([
    [{ EventCategory: 'Data' }, { EventCategory: 'Data', Templates: [] }],
    [{ Templates: ['API_ACTIVITY'] }, { EventCategory: '', Templates: ['API_ACTIVITY'] }],
  ])('is kept if the response is incomplete: %j', async (configuration, seen) => {
    expect(await observe({ AggregationConfigurations: [configuration] })).toStrictEqual({
      AggregationConfigurations: [seen],
    });
  });

  test('is empty in a Region that does not support it', async () => {
    const { aws } = refusing('UnsupportedOperationException');

    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  test('is unknown, not empty, if CloudTrail returns an error', async () => {
    const { aws } = refusing('InvalidParameterCombinationException');

    await expect(kind.observe(aws, trail, now)).rejects.toThrow('no');
  });

  test('is unknown if AWS does not report it, unless the baseline has none', async () => {
    const seen = (aggregation: object) =>
      kind.observe(answering({}).aws, trail, now, { aggregation });

    expect(await seen(none)).toStrictEqual(none);
    await expect(seen(by('API_ACTIVITY'))).rejects.toThrow(
      `GetEventConfiguration returned nothing for ${trail.arn}`,
    );
  });

  test('ignores order and duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(withScrambled(written), async ([one, other]) => {
        expect(await observe(other)).toStrictEqual(await observe(one));
        expect(await resolve(other)).toStrictEqual(await observe(one));
      }),
    );
  });
});

describe('the repair of aggregation', () => {
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

  test('disables it with an empty list, because a missing list changes nothing', async () => {
    expect(await sentBy(none, by('API_ACTIVITY'))).toStrictEqual([
      { TrailName: trail.arn, AggregationConfigurations: [] },
    ]);
  });

  test('of a new trail needs no step if none is desired', () => {
    expect(kind.repair(none, null, trail)).toStrictEqual([]);
  });

  test('of a new trail is one step if some is desired', () => {
    expect(kind.repair(by('API_ACTIVITY'), null, trail)).toHaveLength(1);
  });
});

describe('aggregation that differs from the baseline', () => {
  test.each<[string, Aggregation, Aggregation]>([
    ['nothing', by('RESOURCE_ACCESS', 'USER_ACTIONS'), none],
    ['less', by('API_ACTIVITY', 'RESOURCE_ACCESS', 'USER_ACTIONS'), by('API_ACTIVITY')],
    ['something else', by('RESOURCE_ACCESS', 'USER_ACTIONS'), by('API_ACTIVITY')],
  ])('loses events if it aggregates %s, and reports it', (_what, desired, actual) => {
    const { description, ...impact } = impactOf(desired, actual);

    expect(impact).toStrictEqual({ severity: 'medium', losesCoverage: true });
    expect(description).toContain('RESOURCE_ACCESS (data events), USER_ACTIONS (data events)');
    expect(description).not.toContain('API_ACTIVITY');
  });

  test('loses no events if it aggregates more', () => {
    for (const desired of [none, by('API_ACTIVITY')]) {
      const { description, ...impact } = impactOf(desired, by('API_ACTIVITY', 'USER_ACTIONS'));

      expect(impact).toStrictEqual({ severity: 'low', losesCoverage: false });
      expect(description).toContain('more events are aggregated than captured');
    }
  });
});

describe('aggregation in a baseline file', () => {
  test('is unchanged if it is canonical', async () => {
    expect(await resolve(states.aggregation)).toStrictEqual(states.aggregation);
    expect(await resolve(none)).toStrictEqual(none);
    expect(kind.state.safeParse(states.aggregation).success).toBe(true);
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, 'AggregationConfigurations: is missing'],
    [
      'null',
      { AggregationConfigurations: null },
      'AggregationConfigurations: must be a list: an empty one for no aggregation',
    ],
    ['no category', configuration({ EventCategory: undefined }), 'EventCategory: is missing'],
    ['another category', configuration({ EventCategory: 1 }), 'EventCategory: must be Data'],
    ['no templates', configuration({ Templates: undefined }), 'Templates: is missing'],
    [
      'an empty list of templates',
      configuration({ Templates: [] }),
      'Templates: must hold a template, as API_ACTIVITY',
    ],
    [
      'a template that is not text',
      configuration({ Templates: [1] }),
      'Templates.0: must be the name of a template, as API_ACTIVITY',
    ],
    [
      'two configurations',
      {
        AggregationConfigurations: ['API_ACTIVITY', 'USER_ACTIONS'].flatMap(
          (template) => by(template).AggregationConfigurations,
        ),
      },
      'AggregationConfigurations: must hold one configuration at most',
    ],
    ['an unknown field', configuration({ Typo: 1 }), 'Configurations.0: has fields'],
  ])('is refused with %s', (_what, state, message) => {
    const document = documentWith({ 'states.aggregation': state });

    expect(() => parseBaseline(document, kinds)).toThrow('states.aggregation.');
    expect(() => parseBaseline(document, kinds)).toThrow(message);
  });

  test('is refused if it cannot be stored', async () => {
    await expect(resolve({ AggregationConfigurations: null })).rejects.toThrow('must be a list');
  });
});

function configuration(member: object): object {
  return {
    AggregationConfigurations: [{ EventCategory: 'Data', Templates: ['API_ACTIVITY'], ...member }],
  };
}
