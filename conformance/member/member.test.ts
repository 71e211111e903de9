import { beforeAll, describe, expect, test } from 'vitest';
import { clientsOf } from '../clients.ts';
import { cloudtrail, context, eventually, getTrail, ownTrail, sharedTrail } from '../fixtures.ts';
import { reads, writes } from '../operations.ts';
import { refusal } from '../refusal.ts';

const { cloudtrail: asMember } = clientsOf(context.member?.connection ?? {}, context.region);
const shared = sharedTrail({ IsOrganizationTrail: true });

beforeAll(() => eventually(async () => expect(await seen()).toContain(shared.arn)));

describe('an organization trail in a member account [D: creating-trail-organization]', () => {
  test('is described with the ARN of the management account', async () => {
    expect(await getTrail(shared.arn, asMember)).toMatchObject({
      TrailARN: shared.arn,
      HomeRegion: context.region,
      IsOrganizationTrail: true,
    });
  });

  test('returns its status and selectors by ARN', async () => {
    const status = await asMember.getTrailStatus({ Name: shared.arn });
    const selectors = await asMember.getEventSelectors({ TrailName: shared.arn });

    expect(status.IsLogging).toBe(false);
    expect(selectors.TrailARN).toBe(shared.arn);
  });

  test('is a shadow trail [M: includeShadowTrails]', async () => {
    expect(await seen({ includeShadowTrails: false })).not.toContain(shared.arn);
  });

  test.each(Object.entries(reads))('is not found by name: %s', async (_operation, ask) => {
    await refusal(ask(asMember, shared.name), 'TrailNotFoundException');
  });

  test.each(Object.entries(writes))(
    'cannot be changed: %s [M: NotOrganizationMasterAccountException]',
    async (_operation, ask) => {
      await refusal(ask(asMember, shared.arn), 'NotOrganizationMasterAccountException');
    },
  );

  test('does not show its tags [I: prowler-cloud/prowler#2025]', async () => {
    await refusal(
      asMember.listTags({ ResourceIdList: [shared.arn] }),
      'CloudTrailARNInvalidException',
    );
  });

  test('no longer exists there once it is an account trail [M: IsOrganizationTrail]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await eventually(async () => expect(await seen()).toContain(arn));

    await cloudtrail.updateTrail({ Name: arn, IsOrganizationTrail: false });

    await eventually(async () => expect(await seen()).not.toContain(arn));
    // turbot/steampipe-plugin-aws#577
    await refusal(asMember.getTrail({ Name: arn }), 'CloudTrailARNInvalidException');
  });

  test('cannot be created by a member account [M: NotOrganizationMasterAccountException]', async () => {
    await refusal(
      asMember.createTrail({
        Name: shared.name,
        S3BucketName: context.bucket,
        IsOrganizationTrail: true,
      }),
      'NotOrganizationMasterAccountException',
    );
  });
});

async function seen(input = {}) {
  const { trailList = [] } = await asMember.describeTrails(input);
  return trailList.map(({ TrailARN }) => TrailARN);
}
