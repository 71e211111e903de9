import { describe, expect, test } from 'vitest';
import { cloudtrail, look, ownTrail } from '../own.ts';

describe('an organization trail, to the management account [M: IsOrganizationTrail]', () => {
  test('is a trail that says so, with an ARN like any other [D]', async () => {
    const { name, arn } = await ownTrail({ IsOrganizationTrail: true });

    expect(await look(name)).toMatchObject({ TrailARN: arn, IsOrganizationTrail: true });
  });

  test('becomes an account trail and an organization trail again', async () => {
    const { name: Name } = await ownTrail({ IsOrganizationTrail: true });
    const before = await look(Name);

    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: false });
    const between = await look(Name);
    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: true });

    expect(between).toEqual({ ...before, IsOrganizationTrail: false });
    expect(await look(Name)).toEqual(before);
  });

  test('stays one when it is updated in something else', async () => {
    const { name: Name } = await ownTrail({ IsOrganizationTrail: true });

    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'new' });

    expect(await look(Name)).toMatchObject({ IsOrganizationTrail: true, S3KeyPrefix: 'new' });
  });
});
