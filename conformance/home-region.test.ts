import { beforeAll, describe, expect, test } from 'vitest';
import { clientsOf } from './clients.ts';
import {
  cloudtrail,
  context,
  elsewhere,
  eventually,
  getTrail,
  ownTrail,
  sharedTrail,
} from './fixtures.ts';
import { reads, writes } from './operations.ts';
import { refusal } from './refusal.ts';

const multi = sharedTrail({ IsMultiRegionTrail: true });

const seenElsewhere = async () =>
  ((await elsewhere.cloudtrail.describeTrails({})).trailList ?? []).map(({ TrailARN }) => TrailARN);

beforeAll(() => eventually(async () => expect(await seenElsewhere()).toContain(multi.arn)));

describe('the shadow trail of a multi-Region trail [M: IsMultiRegionTrail, includeShadowTrails]', () => {
  test('is described in another Region with its home Region', async () => {
    const trail = await getTrail(multi.arn, elsewhere.cloudtrail);

    expect(trail).toMatchObject({ HomeRegion: context.region, IsMultiRegionTrail: true });
  });

  // Regions that are enabled in every account [D: "Regions and Availability Zones", opt-in status].
  test('is described in every other Region of the account', async () => {
    const { cloudtrail: inThird } = clientsOf(context.connection, 'ap-southeast-2');

    await eventually(async () =>
      expect(await getTrail(multi.arn, inThird)).toMatchObject({
        HomeRegion: context.region,
        IsMultiRegionTrail: true,
      }),
    );
    await refusal(inThird.stopLogging({ Name: multi.arn }), 'InvalidHomeRegionException');
  });

  test('returns its status there by ARN [M: GetTrailStatus Name]', async () => {
    const status = await elsewhere.cloudtrail.getTrailStatus({ Name: multi.arn });

    expect(status.IsLogging).toBe(false);
  });

  test.each(Object.entries(reads))(
    'is not found there by name: %s [I: aws/aws-sdk-go-v2#1957]',
    async (_operation, ask) => {
      await refusal(ask(elsewhere.cloudtrail, multi.name), 'TrailNotFoundException');
    },
  );

  test.each(Object.entries(writes))(
    'cannot be changed: %s [M: InvalidHomeRegionException]',
    async (_operation, ask) => {
      await refusal(ask(elsewhere.cloudtrail, multi.arn), 'InvalidHomeRegionException');
    },
  );

  test('disappears when the trail becomes single-Region; the trail itself stays', async () => {
    const { arn } = await ownTrail({ IsMultiRegionTrail: true });
    await eventually(async () => expect(await seenElsewhere()).toContain(arn));

    await cloudtrail.updateTrail({ Name: arn, IsMultiRegionTrail: false });

    await eventually(async () => expect(await seenElsewhere()).not.toContain(arn));
    expect((await getTrail(arn))?.IsMultiRegionTrail).toBe(false);
  });

  test('disappears when the trail is deleted', async () => {
    const { arn } = await ownTrail({ IsMultiRegionTrail: true });
    await eventually(async () => expect(await seenElsewhere()).toContain(arn));

    await cloudtrail.deleteTrail({ Name: arn });

    await eventually(async () => expect(await seenElsewhere()).not.toContain(arn));
  });
});
