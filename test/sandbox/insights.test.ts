import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// [M] the API model and reference of PutInsightSelectors and PutEventConfiguration; [X] cdkd; [U] not verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';

describe('writing insight selectors', () => {
  const rate = { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] };
  const errors = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Management', 'Data'] };

  test('returns what GetInsightSelectors returns', () => {
    const { ask } = sandboxWithTrail();

    const answer = ask('PutInsightSelectors', { TrailName: arn, InsightSelectors: [rate, errors] });

    expect(answer).toStrictEqual({ TrailARN: arn, InsightSelectors: [rate, errors] });
    expect(ask('GetInsightSelectors', { TrailName: 'main' })).toStrictEqual(answer);
    expect(ask('GetTrail', { Name: 'main' }).Trail?.HasInsightSelectors).toBe(true);
  });

  test('replaces the existing types and categories', () => {
    const { ask } = sandboxWithTrail();
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate, errors] });

    const ofData = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Data'] };
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [ofData] });

    expect(ask('GetInsightSelectors', { TrailName: 'main' }).InsightSelectors).toStrictEqual([
      ofData,
    ]);
  });

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

  // [M] "the documented off switch"; [X] cdkd.
  test('with an empty list disables Insights', () => {
    const { ask, refusal } = sandboxWithTrail();
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate] });

    expect(ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [] })).toStrictEqual({
      TrailARN: arn,
      InsightSelectors: [],
    });

    expect(refusal('GetInsightSelectors', { TrailName: 'main' }).code).toBe(
      'InsightNotEnabledException',
    );
    expect(ask('GetTrail', { Name: 'main' }).Trail?.HasInsightSelectors).toBe(false);
  });

  test.each([
    ['no list', undefined],
    ['an unknown type', [{ InsightType: 'ApiInsight' }]],
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

  // [M] The exceptions that the operation lists.
  test('is refused if the bucket does not exist', () => {
    const { refusal, world } = sandboxWithTrail();
    world.buckets.delete('the-logs');

    expect(
      refusal('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate] }).code,
    ).toBe('S3BucketDoesNotExistException');
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

  test('returns what GetEventConfiguration returns', () => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: arn, AggregationConfigurations: [aggregated] };

    const answer = ask('PutEventConfiguration', input);

    expect(answer).toStrictEqual({ TrailARN: arn, AggregationConfigurations: [aggregated] });
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toStrictEqual(answer);
  });

  test('replaces the list, and clears it with an empty list', () => {
    const { ask } = sandboxWithTrail();
    const fewer = { ...aggregated, Templates: ['API_ACTIVITY'] };
    const put = (AggregationConfigurations: unknown) =>
      ask('PutEventConfiguration', { TrailName: 'main', AggregationConfigurations });
    put([aggregated]);

    put([fewer]);
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toMatchObject({
      AggregationConfigurations: [fewer],
    });

    put([]);
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toMatchObject({
      AggregationConfigurations: [],
    });
  });

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
    ['two configurations', [aggregated, aggregated]],
    ['management events', [{ ...aggregated, EventCategory: 'Management' }]],
    ['no category', [{ Templates: ['API_ACTIVITY'] }]],
    ['no templates', [{ ...aggregated, Templates: [] }]],
    ['51 templates', [{ ...aggregated, Templates: Array(51).fill('API_ACTIVITY') }]],
    ['an unknown template', [{ ...aggregated, Templates: ['ALL'] }]],
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
