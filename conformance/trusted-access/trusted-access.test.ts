import { describe, expect, onTestFinished, test } from 'vitest';
import { cloudtrail, create, eventually, getTrail, organizations, ownTrail } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

const ServicePrincipal = 'cloudtrail.amazonaws.com';

describe('trusted access of CloudTrail [D: Organizations User Guide, "AWS CloudTrail and AWS Organizations"]', () => {
  test('is listed while it is enabled', async () => {
    const before = await principals();
    await disable();

    expect(before).toContain(ServicePrincipal);
    expect(await principals()).not.toContain(ServicePrincipal);
  });

  test('turns organization trails into account trails when disabled [I: tse-se#13]', async () => {
    const { name } = await ownTrail({ IsOrganizationTrail: true });

    await disable();

    await eventually(async () => expect((await getTrail(name))?.IsOrganizationTrail).toBe(false));
  });

  test('is required for an organization trail [I: hashicorp/terraform-provider-aws#31401]', async () => {
    const { name: Name } = await ownTrail();
    await disable();
    const error = 'CloudTrailAccessNotEnabledException';

    await refusal(create({ IsOrganizationTrail: true }), error);
    await refusal(cloudtrail.updateTrail({ Name, IsOrganizationTrail: true }), error);
  });

  test('allows the trail to be an organization trail again once enabled [U]', async () => {
    const { name: Name } = await ownTrail({ IsOrganizationTrail: true });
    await disable();
    await enable();

    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: true });

    expect((await getTrail(Name))?.IsOrganizationTrail).toBe(true);
  });
});

async function disable(): Promise<void> {
  onTestFinished(enable);
  await organizations.disableAWSServiceAccess({ ServicePrincipal });
}

async function enable(): Promise<void> {
  await organizations.enableAWSServiceAccess({ ServicePrincipal });
}

async function principals() {
  const { EnabledServicePrincipals = [] } = await organizations.listAWSServiceAccessForOrganization(
    {},
  );
  return EnabledServicePrincipals.map((service) => service.ServicePrincipal);
}
