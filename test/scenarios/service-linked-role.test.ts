import { DeleteTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteServiceLinkedRoleCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

const RoleName = 'AWSServiceRoleForCloudTrail';

describe("CloudTrail's service-linked role", () => {
  const account = testAccount();
  let asCaptured: unknown;
  beforeAll(async () => {
    asCaptured = await account.auditTrail();
  });
  beforeEach(() => account.reset());

  test('is recreated before the trail whose deletion allowed its deletion', async () => {
    await attack();

    await account.sweep();

    await expectRestored();
    const operations = ownCalls();
    expect(operations).toContain('CreateServiceLinkedRole');
    expect(operations.indexOf('CreateServiceLinkedRole')).toBeLessThan(
      operations.indexOf('CreateTrail'),
    );
  });

  test('is recreated after the event of its deletion', async () => {
    const { cloudtrail } = account.clientsOf();
    account.deliver({ drop: true });
    await cloudtrail.send(new DeleteTrailCommand({ Name: account.trail }));
    account.deliver({ drop: false });

    await deleteRole();
    await account.settled();

    await expectRestored();
  });

  test('cannot be deleted while an organization trail needs it', async () => {
    await deleteRole();

    await expectRestored();
  });

  async function attack(): Promise<void> {
    account.deliver({ drop: true });
    const { cloudtrail } = account.clientsOf();
    await cloudtrail.send(new DeleteTrailCommand({ Name: account.trail }));
    await deleteRole();
    await expect(roleArn()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  }

  const deleteRole = () =>
    account.clientsOf().iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));

  const roleArn = async () =>
    (await account.clientsOf().iam.send(new GetRoleCommand({ RoleName }))).Role?.Arn;

  async function expectRestored(): Promise<void> {
    expect(await roleArn()).toBe(
      `arn:aws:iam::111122223333:role/aws-service-role/cloudtrail.amazonaws.com/${RoleName}`,
    );
    expect(await account.auditTrail()).toEqual(asCaptured);
  }

  const ownCalls = () =>
    account.calls
      .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-Reconcile/'))
      .map(({ operation }) => operation);
});
