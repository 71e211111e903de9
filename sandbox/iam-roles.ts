import { namesDeletedPrincipal, showUniqueId } from './deleted-principals.ts';
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

/** The part of AWS IAM that manages roles: their policies, boundaries and trust policies. */
export const iam: Service = {
  ...managedPolicies,
  CreateRole: {
    needs: onRole,
    perform(call, world) {
      const { RoleName, Path = '/', AssumeRolePolicyDocument, PermissionsBoundary } = call.input;
      const Arn = `${arnPrefix}:iam::${call.principal.accountId}:role${Path}${RoleName}`;
      if (world.roles.has(arnOf(call, world))) {
        throw new AwsError(
          'EntityAlreadyExists',
          `Role with name ${RoleName} already exists.`,
          409,
        );
      }
      world.roles.set(Arn, {
        policies: new Map(),
        attached: [],
        boundary: PermissionsBoundary === undefined ? null : existing(PermissionsBoundary, world),
        trust: JSON.parse(String(AssumeRolePolicyDocument)) as object,
      });
      return { Role: { RoleName, Path, Arn } };
    },
  },
  DeleteRole: {
    needs: onRole,
    perform(call, world) {
      const { policies, attached } = find(call, world);
      if (policies.size + attached.length > 0) {
        throw new AwsError(
          'DeleteConflict',
          `Cannot delete entity, must ${policies.size > 0 ? 'delete' : 'detach all'} policies first.`,
          409,
        );
      }
      const arn = arnOf(call, world);
      world.roles.delete(arn);
      showUniqueId(world, arn);
      return {};
    },
  },
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
  AttachRolePolicy: write((role, { input: { PolicyArn } }, world) => ({
    ...role,
    attached: [...new Set([...role.attached, existing(PolicyArn, world)])],
  })),
  DetachRolePolicy: write((role, { input: { PolicyArn } }) => {
    if (!role.attached.includes(String(PolicyArn))) {
      throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} was not found.`, 404);
    }
    return { ...role, attached: role.attached.filter((arn) => arn !== PolicyArn) };
  }),
  PutRolePermissionsBoundary: write((role, { input: { PermissionsBoundary } }, world) => ({
    ...role,
    boundary: existing(PermissionsBoundary, world),
  })),
  DeleteRolePermissionsBoundary: write((role) => ({ ...role, boundary: null })),
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
  UpdateAssumeRolePolicy: write((role, { input: { PolicyDocument } }) => {
    if (namesDeletedPrincipal(String(PolicyDocument))) {
      throw new AwsError('MalformedPolicyDocument', 'Invalid principal in policy');
    }
    return { ...role, trust: JSON.parse(String(PolicyDocument)) as object };
  }),
};

function read(answer: (role: Role, call: Call, arn: string) => unknown): Operation {
  return {
    needs: onRole,
    perform: (call, world) => answer(find(call, world), call, arnOf(call, world)),
  };
}

function write(change: (role: Role, call: Call, world: World) => Role): Operation {
  return {
    needs: onRole,
    perform(call, world) {
      world.roles.set(arnOf(call, world), change(find(call, world), call, world));
      return {};
    },
  };
}

/** The ARN, if the managed policy exists. Throws otherwise. */
function existing(arn: unknown, { policies }: World): string {
  managedPolicy(String(arn), policies);
  return String(arn);
}

function onRole(call: Call, world: World): readonly Need[] {
  const context = contextOf(call, world);
  return [{ action: `iam:${call.operation}`, resource: arnOf(call, world), context }];
}

/**
 * The condition keys of calls that change what a role is allowed: the policy that is attached, and the boundary that is set or, in other
 * calls, that the role has. UpdateAssumeRolePolicy has neither. Sources: Service Authorization Reference, "AWS Identity and Access
 * Management (IAM)"; IAM user guide, "IAM and AWS STS condition context keys", `iam:PermissionsBoundary`.
 */
function contextOf(call: Call, world: World): Readonly<Record<string, string>> {
  const { PolicyArn, PermissionsBoundary } = call.input;
  const limit = PermissionsBoundary ?? world.roles.get(arnOf(call, world))?.boundary;
  return {
    ...(PolicyArn !== undefined && { 'iam:PolicyARN': String(PolicyArn) }),
    ...(limit && bounded.has(call.operation) && { 'iam:PermissionsBoundary': String(limit) }),
  };
}

const bounded: ReadonlySet<string> = new Set([
  'CreateRole',
  'PutRolePolicy',
  'DeleteRolePolicy',
  'AttachRolePolicy',
  'DetachRolePolicy',
  'PutRolePermissionsBoundary',
  'DeleteRolePermissionsBoundary',
]);

function find(call: Call, world: World): Role {
  const role = world.roles.get(arnOf(call, world));
  if (role === undefined) throw missing(`role with name ${call.input.RoleName}`);
  return role;
}

/** The ARN of the role that a call names. IAM identifies roles by name, without the path. */
function arnOf({ principal, input: { RoleName, Path = '/' } }: Call, { roles }: World): string {
  const start = `${arnPrefix}:iam::${principal.accountId}:role/`;
  const ofService = serviceLinkedRole(principal.accountId);
  const found = [...roles.keys()].find(
    (arn) => arn.startsWith(start) && arn.endsWith(`/${RoleName}`),
  );
  const path = String(Path).replace(/^\//, '');
  return found ?? (ofService.endsWith(`/${RoleName}`) ? ofService : `${start}${path}${RoleName}`);
}

const missing = (what: string): AwsError =>
  new AwsError('NoSuchEntity', `The ${what} cannot be found.`, 404);
