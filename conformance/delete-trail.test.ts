import { describe, expect, test } from 'vitest';
import { cloudtrail, create, newName, ownTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('a deleted trail [M: DeleteTrail]', () => {
  test('no longer exists at once and cannot be deleted again', async () => {
    const { name, arn } = await ownTrail();

    await cloudtrail.deleteTrail({ Name: arn });

    await refusal(cloudtrail.getTrail({ Name: arn }), 'TrailNotFoundException');
    await refusal(cloudtrail.deleteTrail({ Name: name }), 'TrailNotFoundException');
  });

  test('can have been logging', async () => {
    const { name } = await ownTrail();
    await cloudtrail.startLogging({ Name: name });

    await cloudtrail.deleteTrail({ Name: name });

    await refusal(cloudtrail.getTrailStatus({ Name: name }), 'TrailNotFoundException');
  });

  test('recreated under its ARN has no logging, selectors, Insights or tags [T: trail.go]', async () => {
    const Name = newName();
    const TagsList = [{ Key: 'owner', Value: 'security' }];
    const { TrailARN = '' } = await create({ Name, TagsList });
    await cloudtrail.startLogging({ Name });
    await cloudtrail.stopLogging({ Name });
    await cloudtrail.startLogging({ Name });
    await cloudtrail.putEventSelectors({
      TrailName: Name,
      EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
    });
    await cloudtrail.putInsightSelectors({
      TrailName: Name,
      InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
    });
    await cloudtrail.deleteTrail({ Name });

    const again = await create({ Name });

    const { EventSelectors } = await cloudtrail.getEventSelectors({ TrailName: Name });
    const { ResourceTagList } = await cloudtrail.listTags({ ResourceIdList: [TrailARN] });
    expect(again.TrailARN).toBe(TrailARN);
    const status = await cloudtrail.getTrailStatus({ Name });
    expect(status.IsLogging).toBe(false);
    // [U] trailkeeper uses this to detect that a trail was recreated.
    expect([status.StartLoggingTime, status.StopLoggingTime]).toEqual([undefined, undefined]);
    expect(EventSelectors).toMatchObject([{ ReadWriteType: 'All' }]);
    expect(ResourceTagList?.[0]?.TagsList ?? []).toEqual([]);
    await refusal(
      cloudtrail.getInsightSelectors({ TrailName: Name }),
      'InsightNotEnabledException',
    );
  });
});
