import { describe, expect, test } from 'vitest';
import { aggregation } from '#drift/aggregation.ts';
import { eventSelectors } from '#drift/event-selectors.ts';
import { insightSelectors } from '#drift/insight-selectors.ts';
import type { DriftKind } from '#drift/kind.ts';
import { logging } from '#drift/logging.ts';
import { tags } from '#drift/tags.ts';
import { now, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';

const objects = { Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::a/'] };
const basic = {
  ...{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [objects] },
  ExcludeManagementEventSources: ['kms.amazonaws.com'],
};
const category = { Field: 'eventCategory', Equals: ['Management'] };
const name = { Field: 'eventName', Equals: ['StopLogging'] };
const advanced = { Name: 'all', FieldSelectors: [category, name] };
const insight = { InsightType: 'ApiCallRateInsight', EventCategories: ['Data'] };
const summary = { EventCategory: 'Data', Templates: ['API_ACTIVITY'] };

type Kind = DriftKind<object, never>;
const kindOf = (kind: unknown) => kind as Kind;

/** Observes a trail whose baseline has a state. */
const observe = (kind: Kind, body: object, desired?: object) =>
  kind.observe(answering(body).aws, trail, now, desired && { [kind.name]: desired });

/** The state of a complete answer. */
const stateOf = async (kind: Kind, body: object) => (await observe(kind, body)) ?? {};

const without = (one: object, member: string): object =>
  Object.fromEntries(Object.entries(one).filter(([key]) => key !== member));

/** A kind, the list in which its state is returned, an item, and a change of a member that the item still has. */
const kinds: readonly (readonly [Kind, string, object, string, unknown])[] = [
  [kindOf(eventSelectors), 'EventSelectors', basic, 'ReadWriteType', 'ReadOnly'],
  [kindOf(eventSelectors), 'EventSelectors', basic, 'IncludeManagementEvents', false],
  [kindOf(insightSelectors), 'InsightSelectors', insight, 'EventCategories', ['Management']],
  [kindOf(insightSelectors), 'InsightSelectors', insight, 'InsightType', 'ApiErrorRateInsight'],
  [kindOf(aggregation), 'AggregationConfigurations', summary, 'Templates', ['USER_ACTIONS']],
  [kindOf(aggregation), 'AggregationConfigurations', summary, 'EventCategory', 'Management'],
];

describe.each(kinds)('of %#', (kind, list, item, changed, value) => {
  const members = Object.keys(item);
  const rest = members.filter((member) => member !== changed);

  test('an answer without a member that the baseline has is unknown, not drift', async () => {
    const desired = await stateOf(kind, { [list]: [item] });

    for (const member of members) {
      const cut = observe(kind, { [list]: [without(item, member)] }, desired);

      await expect(cut).rejects.toThrow(/returned an incomplete /);
    }
    await expect(observe(kind, { [list]: [{}] }, desired)).rejects.toThrow(/incomplete/);
  });

  test('an answer with one item of two incomplete is unknown', async () => {
    const other = { ...item, [changed]: value };
    const desired = await stateOf(kind, { [list]: [item, other] });

    for (const member of rest) {
      const cut = observe(kind, { [list]: [other, without(item, member)] }, desired);

      await expect(cut).rejects.toThrow(/incomplete/);
    }
  });

  test('an answer that also differs from the baseline is drift', async () => {
    const desired = await stateOf(kind, { [list]: [item] });

    for (const member of rest) {
      const differing = without({ ...item, [changed]: value }, member);

      expect(await observe(kind, { [list]: [differing] }, desired)).not.toEqual(desired);
    }
  });

  test('a complete answer is the state, and an incomplete one at a capture', async () => {
    const desired = await stateOf(kind, { [list]: [item] });

    expect(await observe(kind, { [list]: [item] }, desired)).toEqual(desired);
    for (const member of members) {
      expect(await observe(kind, { [list]: [without(item, member)] })).not.toBeNull();
    }
  });
});

describe('event selectors', () => {
  const kind = kindOf(eventSelectors);

  test.each([
    ['a data resource without its type', [without(objects, 'Type')]],
    ['a data resource without its values', [without(objects, 'Values')]],
    ['one of two data resources without its values', [objects, without(objects, 'Values')]],
  ])('with %s are unknown', async (_what, DataResources) => {
    const whole = { ...basic, DataResources: DataResources.map(() => objects) };
    const desired = { EventSelectors: [whole], AdvancedEventSelectors: null };

    const cut = observe(kind, { EventSelectors: [{ ...basic, DataResources }] }, desired);

    await expect(cut).rejects.toThrow('GetEventSelectors returned an incomplete selector');
  });

  test.each([
    ['without field selectors', without(advanced, 'FieldSelectors')],
    ['with a field selector without its field', { ...advanced, FieldSelectors: [{}, name] }],
    [
      'with two field selectors without their fields',
      { ...advanced, FieldSelectors: [without(category, 'Field'), without(name, 'Field')] },
    ],
  ])('that are advanced, %s, are unknown', async (_what, one) => {
    const desired = await stateOf(kind, { AdvancedEventSelectors: [advanced, advanced] });
    const body = { AdvancedEventSelectors: [advanced, one] };

    await expect(
      observe(kind, body, { ...desired, AdvancedEventSelectors: [advanced, advanced] }),
    ).rejects.toThrow(/incomplete/);
    expect(await observe(kind, { AdvancedEventSelectors: [advanced] }, desired)).not.toBeNull();
  });

  test('that AWS did not return are unknown, unless the baseline has those of a new trail', async () => {
    const byDefault = await stateOf(kind, {});

    expect(await observe(kind, {}, byDefault)).toEqual(byDefault);
    const desired = await stateOf(kind, { EventSelectors: [basic] });
    await expect(observe(kind, {}, desired)).rejects.toThrow(/returned no selectors/);
  });
});

test('a tag without a key is unknown if the baseline has tags', async () => {
  const body = (...TagsList: readonly object[]) => ({ ResourceTagList: [{ TagsList }] });
  const desired = { TagsList: [{ Key: 'a', Value: 'x' }] };
  const cut = body({ Key: 'a', Value: 'x' }, { Value: 'y' });

  await expect(observe(kindOf(tags), cut, desired)).rejects.toThrow(/a tag without Key/);
  expect(await observe(kindOf(tags), cut)).not.toBeNull();
  expect(await observe(kindOf(tags), body({ Key: 'a', Value: 'x' }), desired)).toEqual(desired);
  await expect(observe(kindOf(tags), { ResourceTagList: [{}] }, desired)).rejects.toThrow(
    'ListTags returned no TagsList',
  );
});

test.each([eventSelectors, insightSelectors, aggregation, logging, tags])(
  'a trail that does not exist has no $name',
  async (kind) => {
    const { aws } = refusing('TrailNotFoundException');

    expect(await kindOf(kind).observe(aws, trail, now, {})).toBeNull();
  },
);
