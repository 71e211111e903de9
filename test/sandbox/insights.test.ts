import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// What the conformance suite does not state of Insights and aggregation. [M] the API model and reference of PutInsightSelectors and
// PutEventConfiguration; [U] not verified.

describe('writing insight selectors', () => {
  const rate = { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] };
  const errors = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Management', 'Data'] };

  // [M] "If EventCategories is not provided, … management API calls by default"; [U] an empty list.
  test.each([
    [{ InsightType: 'ApiCallRateInsight' }],
    [{ InsightType: 'ApiCallRateInsight', EventCategories: null }],
    [{ InsightType: 'ApiCallRateInsight', EventCategories: [] }],
  ])('without categories selects management events: %j', (selector) => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: 'main', InsightSelectors: [selector] };

    expect(ask('PutInsightSelectors', input).InsightSelectors).toStrictEqual([rate]);
  });

  test.each([
    ['no list', undefined],
    ['no type', [{ EventCategories: ['Management'] }]],
    ['a duplicate type', [rate, { ...rate, EventCategories: ['Data'] }]],
    ['an unknown category', [{ ...rate, EventCategories: ['NetworkActivity'] }]],
  ])('is refused with %s', (_case, InsightSelectors) => {
    const { ask, refusal } = sandboxWithTrail();
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [errors] });

    expect(refusal('PutInsightSelectors', { TrailName: 'main', InsightSelectors }).code).toBe(
      'InvalidInsightSelectorsException',
    );
    expect(ask('GetInsightSelectors', { TrailName: 'main' }).InsightSelectors).toStrictEqual([
      errors,
    ]);
  });

  test('of the wrong JSON type is refused before validation', () => {
    const { refusal } = sandboxWithTrail();

    expect(
      refusal('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate.InsightType] })
        .code,
    ).toBe('SerializationException');
  });
});

describe('writing an event configuration', () => {
  const aggregated = {
    Templates: ['API_ACTIVITY', 'RESOURCE_ACCESS', 'USER_ACTIONS'],
    EventCategory: 'Data',
  };

  // [U] "Updates the event configuration settings"
  test('without one changes nothing', () => {
    const { ask } = sandboxWithTrail();
    ask('PutEventConfiguration', { TrailName: 'main', AggregationConfigurations: [aggregated] });

    expect(ask('PutEventConfiguration', { TrailName: 'main' })).toMatchObject({
      AggregationConfigurations: [aggregated],
    });
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toMatchObject({
      AggregationConfigurations: [aggregated],
    });
  });

  test.each([
    ['management events', [{ ...aggregated, EventCategory: 'Management' }]],
    ['no category', [{ Templates: ['API_ACTIVITY'] }]],
    ['no templates', [{ ...aggregated, Templates: [] }]],
    ['51 templates', [{ ...aggregated, Templates: Array(51).fill('API_ACTIVITY') }]],
  ])('is refused with %s', (_case, AggregationConfigurations) => {
    const { ask, refusal } = sandboxWithTrail();
    ask('PutEventConfiguration', { TrailName: 'main', AggregationConfigurations: [aggregated] });

    expect(
      refusal('PutEventConfiguration', { TrailName: 'main', AggregationConfigurations }).code,
    ).toBe('InvalidParameterException');
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toMatchObject({
      AggregationConfigurations: [aggregated],
    });
  });

  test('accepts up to 50 templates', () => {
    const { ask } = sandboxWithTrail();
    const fifty = { ...aggregated, Templates: Array(50).fill('API_ACTIVITY') };
    const input = { TrailName: 'main', AggregationConfigurations: [fifty] };

    expect(ask('PutEventConfiguration', input).AggregationConfigurations).toStrictEqual([fifty]);
  });
});

// [M] "You cannot use this parameter with the TrailName parameter"; the other parameters are for event data stores.
describe('an event data store', () => {
  const calls = [
    ['PutInsightSelectors', { InsightSelectors: [], EventDataStore: 'store' }],
    ['PutInsightSelectors', { InsightSelectors: [], InsightsDestination: 'store' }],
    ['PutEventConfiguration', { EventDataStore: 'store' }],
    ['PutEventConfiguration', { MaxEventSize: 'Large' }],
    ['PutEventConfiguration', { ContextKeySelectors: [] }],
  ] as const;

  test.each(calls)('cannot be configured together with a trail: %s %j', (operation, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, { TrailName: 'main', ...input }).code).toBe(
      'InvalidParameterCombinationException',
    );
  });

  test.each(calls)('is not modeled: %s %j', (operation, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, input).code).toBe('UnsupportedOperationException');
  });
});
