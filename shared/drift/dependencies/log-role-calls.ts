import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  type Role,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { inBatches } from '#aws/in-batches.ts';
import { accountOf } from '#aws/resource-names.ts';
import { asSet } from '#text/diff.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { writePolicy } from './deleted-principals.ts';
import { accessDenied, gone, isClientOf, readable, there } from './dependency.ts';
import type { LogRoleStep } from './log-role-repair.ts';
import {
  type InlinePolicy,
  inlinePolicies,
  type LogRole,
  listed,
  none,
  parsedDocument,
  trustOf,
  trustRequests,
} from './log-role-state.ts';
import { PolicyError } from './policy-document.ts';
import { merge } from './policy-edit.ts';
import { partsOf } from './policy-parts.ts';

/** A role, as far as `wanted` protects it; a field of null is not read. A field that AWS does not report is missing. */
export async function observeLogRole(
  aws: Aws,
  arn: string,
  trail: Trail,
  wanted: Partial<LogRole>,
): Promise<Partial<LogRole>> {
  const iam = await clientOf(aws, arn);
  if (!(await isClientOf(iam, accountOf(arn), trail))) return { Existence: accessDenied };
  const RoleName = nameIn(arn);
  const role = await readable(find(iam, RoleName));
  if (role === accessDenied) return { Existence: accessDenied };
  // IAM finds a role by its name alone: one in another path is another role.
  if (role === null || (role.Arn ?? arn) !== arn) return { Existence: gone };
  const desired = listed<InlinePolicy>(wanted.InlinePolicies);
  const [InlinePolicies, AttachedPolicies] = await Promise.all([
    wanted.InlinePolicies === null ? null : readable(inlineOf(iam, RoleName, desired)),
    wanted.AttachedPolicies === null ? null : readable(attachedTo(iam, RoleName)),
  ]);
  const fields = {
    ...{ Existence: there, InlinePolicies, AttachedPolicies },
    ...trustIn(role, wanted),
    PermissionsBoundary:
      wanted.PermissionsBoundary === null
        ? null
        : (role.PermissionsBoundary?.PermissionsBoundaryArn ?? none),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Sends one step. A trust policy is read again and merged, so that what others wrote is kept. */
export async function applyToLogRole(aws: Aws, step: LogRoleStep): Promise<void> {
  const iam = await clientOf(aws, step.input.RoleArn);
  if (step.action === 'UpdateAssumeRolePolicy') return mergeTrust(iam, step.input);
  try {
    await send(iam, step);
  } catch (error) {
    if (!nameOf(error).startsWith('EntityAlreadyExists')) throw error;
    // Another run has created it since; a role of its name may also be in another path.
    if ((await find(iam, nameIn(step.input.RoleArn)))?.Arn !== step.input.RoleArn) throw error;
  }
}

function send(
  iam: IAMClient,
  { action, input }: Exclude<LogRoleStep, { action: 'UpdateAssumeRolePolicy' }>,
): Promise<unknown> {
  const RoleName = nameIn(input.RoleArn);
  switch (action) {
    case 'CreateRole': {
      const { RoleArn, ...members } = input;
      return iam.send(new CreateRoleCommand({ ...members, RoleName, Path: pathIn(RoleArn) }));
    }
    case 'PutRolePolicy': {
      const { PolicyName, PolicyDocument } = input;
      return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    }
    case 'AttachRolePolicy':
      return iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: input.PolicyArn }));
    case 'PutRolePermissionsBoundary': {
      const { PermissionsBoundary } = input;
      return iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    }
    case 'DeleteRolePermissionsBoundary':
      return iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  }
}

async function mergeTrust(
  iam: IAMClient,
  { RoleArn, put, remove }: Extract<LogRoleStep, { action: 'UpdateAssumeRolePolicy' }>['input'],
): Promise<void> {
  const RoleName = nameIn(RoleArn);
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName }));
  const trust = parsedDocument(role?.AssumeRolePolicyDocument ?? '');
  if (trust === null)
    throw new PolicyError('UnreadablePolicyError', 'the trust policy is not JSON');
  const policy = merge(JSON.stringify(trust), { put, remove }, trustLimit);
  if (policy === null) return;
  await writePolicy(policy, (PolicyDocument) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
  );
}

/** The default quota, in characters; it can be raised to 4096. Source: IAM user guide, "IAM and AWS STS quotas". */
const trustLimit = 4096;

async function find(iam: IAMClient, RoleName: string): Promise<Partial<Role> | null> {
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role ?? {};
  } catch (error) {
    if (nameOf(error).startsWith('NoSuchEntity')) return null;
    throw error;
  }
}

/** The parts of the trust policy; none if it is not reported. */
function trustIn({ AssumeRolePolicyDocument: text }: Partial<Role>, wanted: Partial<LogRole>) {
  const policy = text === undefined ? null : parsedDocument(text);
  return policy && partsOf(JSON.stringify(policy), trustRequests, trustOf(wanted));
}

/** Undefined if AWS does not report them. */
async function inlineOf(
  iam: IAMClient,
  RoleName: string,
  desired: readonly InlinePolicy[],
): Promise<readonly InlinePolicy[] | undefined> {
  const names: string[] = [];
  for await (const { PolicyNames } of paginateListRolePolicies({ client: iam }, { RoleName })) {
    if (PolicyNames === undefined) return undefined;
    names.push(...PolicyNames);
  }
  // Someone may have added a hundred, and IAM throttles as many reads at once.
  const policies = await inBatches(names, 10, (name) => inlinePolicy(iam, RoleName, name));
  const read = policies.flatMap((policy) => policy ?? []);
  return read.length === names.length ? inlinePolicies(read, desired) : undefined;
}

async function inlinePolicy(
  iam: IAMClient,
  RoleName: string,
  PolicyName: string,
): Promise<InlinePolicy | null> {
  const answer = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const PolicyDocument = parsedDocument(answer.PolicyDocument ?? '');
  return PolicyDocument && { PolicyName, PolicyDocument };
}

/** Undefined if AWS does not report them. */
async function attachedTo(
  iam: IAMClient,
  RoleName: string,
): Promise<readonly string[] | undefined> {
  const arns: string[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
    const found = page.AttachedPolicies;
    if (!found?.every(({ PolicyArn }) => PolicyArn)) return undefined;
    arns.push(...found.flatMap(({ PolicyArn = [] }) => PolicyArn));
  }
  return asSet(arns);
}

/** The name of a role is the last part of its ARN, and its path is what stands before. */
const nameIn = (arn: string): string => arn.split('/').at(-1) ?? '';
const pathIn = (arn: string): string =>
  `/${arn
    .split('/')
    .slice(1, -1)
    .map((part) => `${part}/`)
    .join('')}`;

const clientOf = (aws: Aws, arn: string) => aws.dependenciesIn(accountOf(arn)).iam;
