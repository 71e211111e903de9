import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// [M] the API model and reference of PutInsightSelectors and PutEventConfiguration; [X] cdkd; [U]
// nothing that could be verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';

describe('writing insight selectors', () => {
  const rate = { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] };
  const errors = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Management', 'Data'] };

  test('answers what is then read', () => {
    const { ask } = sandboxWithTrail();

    const answer = ask('PutInsightSelectors', { TrailName: arn, InsightSelectors: [rate, errors] });

    expect(answer).toStrictEqual({ TrailARN: arn, InsightSelectors: [rate, errors] });
    expect(ask('GetInsightSelectors', { TrailName: 'main' })).toStrictEqual(answer);
    expect(ask('GetTrail', { Name: 'main' }).Trail?.HasInsightSelectors).toBe(true);
  });

  test('replaces the types and the categories that were there', () => {
    const { ask } = sandboxWithTrail();
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate, errors] });

    const ofData = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Data'] };
    ask('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [ofData] });

    expect(ask('GetInsightSelectors', { TrailName: 'main' }).InsightSelectors).toStrictEqual([
      ofData,
    ]);
  });

  // [M] "If EventCategories is not provided, … management API calls by default"; [U] for an empty list
  test.each([
    [{ InsightType: 'ApiCallRateInsight' }],
    [{ InsightType: 'ApiCallRateInsight', EventCategories: null }],
    [{ InsightType: 'ApiCallRateInsight', EventCategories: [] }],
  ])('without categories is of management events: %j', (selector) => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: 'main', InsightSelectors: [selector] };

    expect(ask('PutInsightSelectors', input).InsightSelectors).toStrictEqual([rate]);
  });

  // [M] "the documented off switch"; [X] cdkd
  test('of an empty list turns Insights off', () => {
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
    ['a type given twice', [rate, { ...rate, EventCategories: ['Data'] }]],
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

  // [M] the exceptions that the operation lists
  test('is refused while the bucket is gone', () => {
    const { refusal, world } = sandboxWithTrail();
    world.buckets.delete('the-logs');

    expect(
      refusal('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [rate] }).code,
    ).toBe('S3BucketDoesNotExistException');
  });

  test('of the wrong JSON type does not reach the rules', () => {
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

  test('answers what is then read', () => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: arn, AggregationConfigurations: [aggregated] };

    const answer = ask('PutEventConfiguration', input);

    expect(answer).toStrictEqual({ TrailARN: arn, AggregationConfigurations: [aggregated] });
    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toStrictEqual(answer);
  });

  test('replaces, and clears with an empty list', () => {
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

  test('takes up to 50 templates', () => {
    const { ask } = sandboxWithTrail();
    const fifty = { ...aggregated, Templates: Array(50).fill('API_ACTIVITY') };
    const input = { TrailName: 'main', AggregationConfigurations: [fifty] };

    expect(ask('PutEventConfiguration', input).AggregationConfigurations).toStrictEqual([fifty]);
  });
});

// [M] "You cannot use this parameter with the TrailName parameter"; the others are for event data stores.
describe('an event data store', () => {
  const calls = [
    ['PutInsightSelectors', { InsightSelectors: [], EventDataStore: 'store' }],
    ['PutInsightSelectors', { InsightSelectors: [], InsightsDestination: 'store' }],
    ['PutEventConfiguration', { EventDataStore: 'store' }],
    ['PutEventConfiguration', { MaxEventSize: 'Large' }],
    ['PutEventConfiguration', { ContextKeySelectors: [] }],
  ] as const;

  test.each(calls)('is not configured with a trail: %s %j', (operation, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, { TrailName: 'main', ...input }).code).toBe(
      'InvalidParameterCombinationException',
    );
  });

  test.each(calls)('is not in the sandbox: %s %j', (operation, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, input).code).toBe('UnsupportedOperationException');
  });
});
