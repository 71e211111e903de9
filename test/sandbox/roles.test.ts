import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { inProcess } from '../support/in-process.ts';

// IAM API reference, CreateRole, DeleteRole; Service Authorization Reference, AWS IAM, for the condition keys.

const RoleName = 'deliver';
const everyone = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
});
const reading = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }],
});
const boundary = 'arn:aws:iam::111122223333:policy/limit';
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

describe('a role', () => {
  test('is created in a path, is found by its name, and exists once', async () => {
    const { iam } = owner();
    const created = { RoleName, Path: '/service/', AssumeRolePolicyDocument: everyone };
    await iam.send(new CreateRoleCommand(created));

    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));

    expect(Role?.Arn).toBe('arn:aws:iam::111122223333:role/service/deliver');
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(everyone);
    await expect(iam.send(new CreateRoleCommand(created))).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
    });
  });

  test('is deleted once it has no policies', async () => {
    const { iam } = owner();
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: everyone }));
    const PolicyArn = readOnly;
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));

    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName }));

    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  test('has a policy of its account attached once', async () => {
    const { iam } = owner();
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: everyone }));
    await iam.send(new CreatePolicyCommand({ PolicyName: 'limit', PolicyDocument: reading }));
    const attach = new AttachRolePolicyCommand({ RoleName, PolicyArn: boundary });
    await iam.send(attach);
    await iam.send(attach);

    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));

    expect(AttachedPolicies).toEqual([{ PolicyName: 'limit', PolicyArn: boundary }]);
  });
});

describe('a caller that may change roles only under a boundary', () => {
  const condition = { ArnEquals: { 'iam:PermissionsBoundary': boundary } };
  const put = { RoleName, PolicyName: 'read', PolicyDocument: reading };

  test('creates a role with that boundary, and no other', async () => {
    const { bounded } = await limited(condition);
    const role = { RoleName, AssumeRolePolicyDocument: everyone };

    for (const PermissionsBoundary of [undefined, readOnly]) {
      await expect(
        bounded.send(new CreateRoleCommand({ ...role, PermissionsBoundary })),
      ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    await bounded.send(new CreateRoleCommand({ ...role, PermissionsBoundary: boundary }));
  });

  test('writes a policy of a role that has it', async () => {
    const { iam, bounded } = await limited(condition);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: everyone }));

    await expect(bounded.send(new PutRolePolicyCommand(put))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await bounded.send(
      new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }),
    );
    await bounded.send(new PutRolePolicyCommand(put));
  });

  test('does not change who may assume a role, which has no such condition', async () => {
    const { iam, bounded } = await limited(condition);
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: everyone,
        PermissionsBoundary: boundary,
      }),
    );

    await expect(
      bounded.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: everyone })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('removes every boundary but one that the condition excludes', async () => {
    const { iam, bounded } = await limited({ ArnNotLike: { 'iam:PermissionsBoundary': boundary } });
    const remove = new DeleteRolePermissionsBoundaryCommand({ RoleName });
    const limit = (PermissionsBoundary: string) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: everyone }));
    await limit(boundary);

    await expect(bounded.send(remove)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await limit(readOnly);
    await bounded.send(remove);

    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role?.PermissionsBoundary).toBeUndefined();
  });
});

const owner = () => ({ iam: inProcess().clientsOf('owner').iam });

/** An administrator, and a role whose permissions on IAM have a condition. */
async function limited(Condition: object) {
  const { world, clientsOf } = inProcess();
  const Statement = [{ Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition }];
  world.roles.set('arn:aws:iam::111122223333:role/OrganizationAccountAccessRole', {
    policies: new Map([['bounded', { Version: '2012-10-17', Statement }]]),
    attached: [],
    boundary: null,
    trust: {},
  });
  const { iam } = clientsOf('owner');
  await iam.send(new CreatePolicyCommand({ PolicyName: 'limit', PolicyDocument: reading }));
  return { iam, bounded: clientsOf('role-x').iam };
}
