import { describe, expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../clients.ts';
import { cloudtrail, context, getTrail, organizations, ownTrail } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

const MemberAccountId = context.member?.accountId ?? '';
const { cloudtrail: asMember } = clientsOf(context.member?.connection ?? {}, context.region);

describe('a delegated administrator [M: (De)RegisterOrganizationDelegatedAdmin]', () => {
  test('is listed for CloudTrail in Organizations until it is deregistered', async () => {
    await register();
    const during = await administrators();
    await deregister();

    expect(during).toContain(MemberAccountId);
    expect(await administrators()).not.toContain(MemberAccountId);
  });

  test('cannot be registered or deregistered twice', async () => {
    await register();

    await refusal(
      cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId }),
      'AccountRegisteredException',
    );
    await deregister();
    await refusal(deregister(), 'AccountNotRegisteredException');
  });

  test('cannot be registered by a member account', async () => {
    await refusal(
      asMember.registerOrganizationDelegatedAdmin({ MemberAccountId }),
      'NotOrganizationManagementAccountException',
    );
  });

  test('changes an organization trail; the management account keeps it [D: cloudtrail-delegated-administrator]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await register();

    await asMember.updateTrail({ Name: arn, S3KeyPrefix: 'new' });
    await asMember.startLogging({ Name: arn });

    const { IsLogging } = await cloudtrail.getTrailStatus({ Name: arn });
    expect(await getTrail(arn)).toMatchObject({ TrailARN: arn, S3KeyPrefix: 'new' });
    expect(IsLogging).toBe(true);
  });

  test('cannot turn an organization trail into an account trail [M: UpdateTrail IsOrganizationTrail]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await register();

    await refusal(
      asMember.updateTrail({ Name: arn, IsOrganizationTrail: false }),
      'NotOrganizationMasterAccountException',
    );

    expect((await getTrail(arn))?.IsOrganizationTrail).toBe(true);
  });

  test('is refused after it was deregistered [D]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await register();
    await deregister();

    await refusal(asMember.stopLogging({ Name: arn }), 'NotOrganizationMasterAccountException');
  });
});

async function register(): Promise<void> {
  await cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId });
  onTestFinished(async () => {
    await deregister().catch((error: Error) => {
      if (error.name !== 'AccountNotRegisteredException') throw error;
    });
  });
}

function deregister() {
  return cloudtrail.deregisterOrganizationDelegatedAdmin({
    DelegatedAdminAccountId: MemberAccountId,
  });
}

async function administrators() {
  const { DelegatedAdministrators = [] } = await organizations.listDelegatedAdministrators({
    ServicePrincipal: 'cloudtrail.amazonaws.com',
  });
  return DelegatedAdministrators.map(({ Id }) => Id);
}
