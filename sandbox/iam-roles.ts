import { arnPrefix } from './home.ts';
import { managedPolicy } from './managed-policies.ts';
import { AwsError, type Call, type Need, type Operation, type Service } from './service.ts';
import type { Role, World } from './world.ts';

/** AWS IAM, as far as the policies, the boundary and the trust of deployed roles go. */
export const iam: Service = {
  GetRole: read((role, call) => ({
    Role: {
      RoleName: call.input.RoleName,
      Arn: arnOf(call),
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

function read(answer: (role: Role, call: Call) => unknown): Operation {
  return { needs: onRole, perform: (call, world) => answer(find(call, world), call) };
}

function write(change: (role: Role, call: Call) => Role): Operation {
  return {
    needs: onRole,
    perform(call, world) {
      world.roles.set(arnOf(call), change(find(call, world), call));
      return {};
    },
  };
}

/** The ARN of a managed policy that there is. */
function existing(arn: unknown): string {
  managedPolicy(String(arn));
  return String(arn);
}

function onRole(call: Call): readonly Need[] {
  return [{ action: `iam:${call.operation}`, resource: arnOf(call) }];
}

function find(call: Call, { roles }: World): Role {
  const role = roles.get(arnOf(call));
  if (role === undefined) throw missing(`role with name ${call.input.RoleName}`);
  return role;
}

const arnOf = ({ principal, input }: Call): string =>
  `${arnPrefix}:iam::${principal.accountId}:role/${input.RoleName}`;

const missing = (what: string): AwsError =>
  new AwsError('NoSuchEntity', `The ${what} cannot be found.`, 404);
