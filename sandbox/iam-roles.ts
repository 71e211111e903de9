import { arnPrefix } from './home.ts';
import { managedPolicies } from './iam-managed.ts';
import { managedPolicy } from './managed-policies.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import {
  cloudtrailPrincipal,
  createServiceLinkedRole,
  serviceLinkedRole,
} from './service-linked-role.ts';
import type { Role, World } from './world.ts';

/** The part of AWS IAM that manages the policies, boundaries and trust policies of deployed roles. */
export const iam: Service = {
  ...managedPolicies,
  CreateServiceLinkedRole: {
    needs: ({ principal, input: { AWSServiceName } }) => [
      {
        action: 'iam:CreateServiceLinkedRole',
        resource: serviceLinkedRole(principal.accountId),
        context: { 'iam:AWSServiceName': String(AWSServiceName) },
      },
    ],
    perform({ principal: { accountId }, input }, world) {
      if (input.AWSServiceName !== cloudtrailPrincipal) {
        throw new AwsError('InvalidInput', 'Only the role of CloudTrail is modeled.');
      }
      const Arn = serviceLinkedRole(accountId);
      if (world.roles.has(Arn)) {
        throw new AwsError(
          'InvalidInput',
          'Service role name AWSServiceRoleForCloudTrail has been taken in this account, please try a different suffix.',
        );
      }
      createServiceLinkedRole(accountId, world);
      return { Role: { RoleName: Arn.split('/').at(-1), Arn } };
    },
  },
  // The deletion runs later and fails if an organization trail needs the role; the caller does not see this. Source:
  // CloudTrail User Guide, "Using service-linked roles for CloudTrail".
  DeleteServiceLinkedRole: {
    needs: onRole,
    perform(call, world) {
      const { accountId } = call.principal;
      find(call, world);
      const isUsed = [...world.trails.values()].some(
        (trail) => trail.accountId === accountId && trail.settings.IsOrganizationTrail,
      );
      if (!isUsed) world.roles.delete(arnOf(call, world));
      return { DeletionTaskId: `task/aws-service-role/${call.requestId}` };
    },
  },
  GetRole: read((role, call, arn) => ({
    Role: {
      RoleName: call.input.RoleName,
      Arn: arn,
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trust)),
      ...(role.boundary && {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy',
          PermissionsBoundaryArn: role.boundary,
        },
      }),
    },
  })),
  ListAttachedRolePolicies: read(({ attached }) => ({
    AttachedPolicies: {
      member: attached.map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn })),
    },
  })),
  AttachRolePolicy: write((role, { input: { PolicyArn } }) => ({
    ...role,
    attached: [...role.attached, existing(PolicyArn)],
  })),
  PutRolePermissionsBoundary: write((role, { input: { PermissionsBoundary } }) => ({
    ...role,
    boundary: existing(PermissionsBoundary),
  })),
  ListRolePolicies: read(({ policies }) => ({ PolicyNames: { member: [...policies.keys()] } })),
  GetRolePolicy: read(({ policies }, { input: { RoleName, PolicyName } }) => {
    const document = policies.get(String(PolicyName));
    if (document === undefined) throw missing(`role policy with name ${PolicyName}`);
    return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(JSON.stringify(document)) };
  }),
  PutRolePolicy: write((role, { input: { PolicyName, PolicyDocument } }) => ({
    ...role,
    policies: new Map([
      ...role.policies,
      [String(PolicyName), JSON.parse(String(PolicyDocument)) as object],
    ]),
  })),
  DeleteRolePolicy: write((role, { input: { PolicyName } }) => {
    if (!role.policies.has(String(PolicyName))) {
      throw missing(`role policy with name ${PolicyName}`);
    }
    const left = [...role.policies].filter(([name]) => name !== PolicyName);
    return { ...role, policies: new Map(left) };
  }),
  UpdateAssumeRolePolicy: write((role, { input: { PolicyDocument } }) => ({
    ...role,
    trust: JSON.parse(String(PolicyDocument)) as object,
  })),
};

function read(answer: (role: Role, call: Call, arn: string) => unknown): Operation {
  return {
    needs: onRole,
    perform: (call, world) => answer(find(call, world), call, arnOf(call, world)),
  };
}

function write(change: (role: Role, call: Call) => Role): Operation {
  return {
    needs: onRole,
    perform(call, world) {
      world.roles.set(arnOf(call, world), change(find(call, world), call));
      return {};
    },
  };
}

/** The ARN, if the managed policy exists. Throws otherwise. */
function existing(arn: unknown): string {
  managedPolicy(String(arn));
  return String(arn);
}

function onRole(call: Call, world: World): readonly Need[] {
  return [{ action: `iam:${call.operation}`, resource: arnOf(call, world) }];
}

function find(call: Call, world: World): Role {
  const role = world.roles.get(arnOf(call, world));
  if (role === undefined) throw missing(`role with name ${call.input.RoleName}`);
  return role;
}

/** The ARN of the role that a call names. IAM identifies roles by name, without the path. */
function arnOf({ principal, input: { RoleName } }: Call, { roles }: World): string {
  const start = `${arnPrefix}:iam::${principal.accountId}:role/`;
  const ofService = serviceLinkedRole(principal.accountId);
  const found = [...roles.keys()].find(
    (arn) => arn.startsWith(start) && arn.endsWith(`/${RoleName}`),
  );
  return found ?? (ofService.endsWith(`/${RoleName}`) ? ofService : `${start}${RoleName}`);
}

const missing = (what: string): AwsError =>
  new AwsError('NoSuchEntity', `The ${what} cannot be found.`, 404);
