import { describe, expect, test } from 'vitest';
import { cloudtrail, ownTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

const activity = { Templates: ['API_ACTIVITY' as const], EventCategory: 'Data' as const };
const access = {
  Templates: ['RESOURCE_ACCESS' as const, 'USER_ACTIONS' as const],
  EventCategory: 'Data' as const,
};

describe('aggregation [M: PutEventConfiguration, GetEventConfiguration]', () => {
  test('is empty for a new trail', async () => {
    const { name, arn } = await ownTrail();

    const answer = await cloudtrail.getEventConfiguration({ TrailName: name });

    expect(answer.TrailARN).toBe(arn);
    expect(answer.AggregationConfigurations ?? []).toEqual([]);
  });

  test('is returned by put and get as it was sent', async () => {
    const { name, arn } = await ownTrailOfData();
    const AggregationConfigurations = [activity];

    const put = await cloudtrail.putEventConfiguration({
      TrailName: arn,
      AggregationConfigurations,
    });

    expect(put).toMatchObject({ TrailARN: arn, AggregationConfigurations });
    expect(await aggregationOf(name)).toEqual(AggregationConfigurations);
  });

  test('is replaced, not merged [U]', async () => {
    const { name: TrailName } = await ownTrailOfData();
    await cloudtrail.putEventConfiguration({
      TrailName,
      AggregationConfigurations: [activity],
    });

    await cloudtrail.putEventConfiguration({ TrailName, AggregationConfigurations: [access] });

    const [{ Templates = [] } = {}] = await aggregationOf(TrailName);
    expect(new Set(Templates)).toEqual(new Set(access.Templates));
  });

  test('is cleared by an empty list [U]', async () => {
    const { name: TrailName } = await ownTrailOfData();
    await cloudtrail.putEventConfiguration({
      TrailName,
      AggregationConfigurations: [activity],
    });

    await cloudtrail.putEventConfiguration({ TrailName, AggregationConfigurations: [] });

    expect(await aggregationOf(TrailName)).toEqual([]);
  });
});

describe('an event configuration is refused [M: its limits; U: which error]', () => {
  test('with two aggregations', async () => {
    const { name: TrailName } = await ownTrailOfData();
    const AggregationConfigurations = [activity, access];

    await refusal(
      cloudtrail.putEventConfiguration({ TrailName, AggregationConfigurations }),
      'InvalidParameterException',
    );
  });

  test('with an unknown template', async () => {
    const { name: TrailName } = await ownTrailOfData();
    const AggregationConfigurations = [{ ...activity, Templates: ['MOOD' as 'API_ACTIVITY'] }];

    await refusal(
      cloudtrail.putEventConfiguration({ TrailName, AggregationConfigurations }),
      'InvalidParameterException',
    );
  });

  test('of an event data store on a trail', async () => {
    const { name: TrailName } = await ownTrailOfData();

    await refusal(
      cloudtrail.putEventConfiguration({ TrailName, MaxEventSize: 'Large' }),
      'InvalidParameterCombinationException',
    );
  });
});

/** Aggregation applies to data events, so the trail logs some. */
async function ownTrailOfData() {
  const trail = await ownTrail();
  const DataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }];
  await cloudtrail.putEventSelectors({
    TrailName: trail.name,
    EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources }],
  });
  return trail;
}

async function aggregationOf(TrailName: string) {
  const { AggregationConfigurations = [] } = await cloudtrail.getEventConfiguration({ TrailName });
  return AggregationConfigurations;
}
