import type { InsightSelector } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { cloudtrail, getTrail, ownTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

const callRate: InsightSelector = { InsightType: 'ApiCallRateInsight' };
const errorRate: InsightSelector = { InsightType: 'ApiErrorRateInsight' };
const dataEvents = {
  ReadWriteType: 'All' as const,
  IncludeManagementEvents: true,
  DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }],
};

describe('Insights selectors [M: PutInsightSelectors, GetInsightSelectors]', () => {
  test('of a trail without any cannot be read: InsightNotEnabledException', async () => {
    const { name } = await ownTrail();

    await refusal(
      cloudtrail.getInsightSelectors({ TrailName: name }),
      'InsightNotEnabledException',
    );
  });

  test('are returned by put and get as they were sent', async () => {
    const { name, arn } = await ownTrail();

    const put = await cloudtrail.putInsightSelectors({
      TrailName: arn,
      InsightSelectors: [callRate, errorRate],
    });

    expect(put).toMatchObject({ TrailARN: arn, InsightSelectors: [callRate, errorRate] });
    expect(await typesOf(name)).toEqual(new Set(['ApiCallRateInsight', 'ApiErrorRateInsight']));
    expect((await getTrail(name))?.HasInsightSelectors).toBe(true);
  });

  test('are replaced, not merged', async () => {
    const { name: TrailName } = await ownTrail();
    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate, errorRate] });

    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [errorRate] });

    expect(await typesOf(TrailName)).toEqual(new Set(['ApiErrorRateInsight']));
  });

  test('apply to management events by default', async () => {
    const { name: TrailName } = await ownTrail();

    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate] });

    expect(await categoriesOf(TrailName)).toEqual(['Management']);
  });

  test('that name categories replace earlier ones', async () => {
    const { name: TrailName } = await ownTrail();
    await cloudtrail.putEventSelectors({ TrailName, EventSelectors: [dataEvents] });
    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate] });

    await cloudtrail.putInsightSelectors({
      TrailName,
      InsightSelectors: [{ ...callRate, EventCategories: ['Data'] }],
    });

    expect(await categoriesOf(TrailName)).toEqual(['Data']);
  });

  test('are disabled by an empty list, repeatedly', async () => {
    const { name: TrailName } = await ownTrail();
    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate] });

    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [] });
    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [] });

    await refusal(cloudtrail.getInsightSelectors({ TrailName }), 'InsightNotEnabledException');
    expect((await getTrail(TrailName))?.HasInsightSelectors).toBe(false);
  });
});

// The reference says that a trail "must log" the events that Insights analyzes. Only for event data stores does it say
// that the call is refused otherwise.
describe('Insights selectors are accepted without logging of the analyzed events [U]', () => {
  test('for the call rate without write management events', async () => {
    const { name: TrailName } = await ownTrail();
    await cloudtrail.putEventSelectors({
      TrailName,
      EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
    });

    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate] });

    expect(await typesOf(TrailName)).toEqual(new Set(['ApiCallRateInsight']));
  });

  test('for data events', async () => {
    const { name: TrailName } = await ownTrail();

    await cloudtrail.putInsightSelectors({
      TrailName,
      InsightSelectors: [{ ...callRate, EventCategories: ['Data'] }],
    });

    expect(await categoriesOf(TrailName)).toEqual(['Data']);
  });

  test('and are kept when event selectors no longer log the events', async () => {
    const { name: TrailName } = await ownTrail();
    await cloudtrail.putInsightSelectors({ TrailName, InsightSelectors: [callRate] });

    await cloudtrail.putEventSelectors({
      TrailName,
      EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
    });

    expect(await typesOf(TrailName)).toEqual(new Set(['ApiCallRateInsight']));
  });
});

describe('Insights selectors are refused [M: InvalidInsightSelectorsException]', () => {
  test('of an unknown type', async () => {
    const { name: TrailName } = await ownTrail();
    const InsightSelectors = [{ InsightType: 'ApiMoodInsight' as 'ApiCallRateInsight' }];

    await refusal(
      cloudtrail.putInsightSelectors({ TrailName, InsightSelectors }),
      'InvalidInsightSelectorsException',
    );
  });
});

async function selectorsOf(TrailName: string) {
  return (await cloudtrail.getInsightSelectors({ TrailName })).InsightSelectors ?? [];
}

async function typesOf(trail: string) {
  return new Set((await selectorsOf(trail)).map(({ InsightType }) => InsightType));
}

/** Selectors that were put without categories can be returned without them. */
async function categoriesOf(trail: string) {
  return (await selectorsOf(trail)).flatMap(
    ({ EventCategories = ['Management'] }) => EventCategories,
  );
}
