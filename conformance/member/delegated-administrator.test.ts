import { describe, expect, onTestFinished, test } from 'vitest';
import { clientsOf } from '../clients.ts';
import { cloudtrail, context, look, organizations, ownTrail } from '../own.ts';
import { refusal } from '../refusal.ts';

const MemberAccountId = context.member?.accountId ?? '';
const { cloudtrail: asMember } = clientsOf(context.member?.connection ?? {}, context.region);

describe('a delegated administrator [M: (De)RegisterOrganizationDelegatedAdmin]', () => {
  test('is one of CloudTrail’s in Organizations until it is deregistered', async () => {
    await register();
    const during = await administrators();
    await deregister();

    expect(during).toContain(MemberAccountId);
    expect(await administrators()).not.toContain(MemberAccountId);
  });

  test('is not registered twice, nor deregistered', async () => {
    await register();

    await refusal(
      cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId }),
      'AccountRegisteredException',
    );
    await deregister();
    await refusal(deregister(), 'AccountNotRegisteredException');
  });

  test('is not made by a member', async () => {
    await refusal(
      asMember.registerOrganizationDelegatedAdmin({ MemberAccountId }),
      'NotOrganizationManagementAccountException',
    );
  });

  test('changes an organization trail, which stays the management account’s [D: cloudtrail-delegated-administrator]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await register();

    await asMember.updateTrail({ Name: arn, S3KeyPrefix: 'new' });
    await asMember.startLogging({ Name: arn });

    const { IsLogging } = await cloudtrail.getTrailStatus({ Name: arn });
    expect(await look(arn)).toMatchObject({ TrailARN: arn, S3KeyPrefix: 'new' });
    expect(IsLogging).toBe(true);
  });

  test('does not make an organization trail an account trail [M: UpdateTrail IsOrganizationTrail]', async () => {
    const { arn } = await ownTrail({ IsOrganizationTrail: true });
    await register();

    await refusal(
      asMember.updateTrail({ Name: arn, IsOrganizationTrail: false }),
      'NotOrganizationMasterAccountException',
    );

    expect((await look(arn))?.IsOrganizationTrail).toBe(true);
  });

  test('is refused again once it is deregistered [D]', async () => {
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
