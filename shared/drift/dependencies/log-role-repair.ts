import { isSame, type Json, without } from '#text/diff.ts';
import { accessDenied, there } from './dependency.ts';
import {
  boundaryFor,
  type InlinePolicy,
  type LogRole,
  listed,
  none,
  trustOf,
} from './log-role-state.ts';
import type { PolicyStatement } from './policy-document.ts';
import { editFor, isEmpty, type PolicyEdit } from './policy-edit.ts';
import { cloudTrail } from './statement-evaluation.ts';
import { principalOf } from './statement-meaning.ts';

/** An operation on a role, which is named by its ARN: the role may be in another account, and the ARN has its path. */
type On<Action extends string, Input = object> = {
  readonly action: Action;
  readonly input: { readonly RoleArn: string } & Input;
};

export type LogRoleStep =
  | On<
      'CreateRole',
      { readonly AssumeRolePolicyDocument: string; readonly PermissionsBoundary: string }
    >
  | On<'UpdateAssumeRolePolicy', PolicyEdit>
  | On<'PutRolePolicy', { readonly PolicyName: string; readonly PolicyDocument: string }>
  | On<'AttachRolePolicy', { readonly PolicyArn: string }>
  | On<'PutRolePermissionsBoundary', { readonly PermissionsBoundary: string }>
  | On<'DeleteRolePermissionsBoundary'>;

/**
 * The steps that restore a role, the boundary first: what the role is allowed may be written only under it. Nothing that someone added is
 * deleted, except for a boundary and denials of the trust policy: these stop CloudTrail.
 */
export function repairLogRole(
  desired: LogRole,
  actual: LogRole,
  RoleArn: string,
): readonly LogRoleStep[] {
  if (isGone(actual.Existence)) return createdAgain(desired, RoleArn);
  return [
    ...boundarySteps(desired, actual, RoleArn),
    ...trustSteps(desired, actual, RoleArn),
    ...permissionSteps(desired, actual, RoleArn),
  ];
}

/** Whether trailkeeper may restore what a role is allowed. */
export const isBounded = (desired: LogRole, roleArn: string): boolean =>
  desired.PermissionsBoundary === boundaryFor(roleArn);

/** Whether a statement of a trust policy trusts CloudTrail and no one else. */
export const trustsOnlyCloudTrail = ({ Principal = null }: PolicyStatement): boolean =>
  isSame(principalOf(Principal) as Json, { Service: [cloudTrail] });

const isGone = (existence: string | null | undefined): boolean =>
  Boolean(existence) && existence !== there && existence !== accessDenied;

/** The role trusts CloudTrail alone: that others may assume it is left to people. */
function createdAgain(desired: LogRole, RoleArn: string): readonly LogRoleStep[] {
  const { CloudTrailStatements, Denials } = trustOf(desired);
  const trusting = (CloudTrailStatements ?? []).filter(trustsOnlyCloudTrail);
  if (!isBounded(desired, RoleArn) || trusting.length === 0) return [];
  const trust = { Version: '2012-10-17', Statement: [...trusting, ...(Denials ?? [])] };
  const create: LogRoleStep = {
    action: 'CreateRole',
    input: {
      RoleArn,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      PermissionsBoundary: boundaryFor(RoleArn),
    },
  };
  const nothing = { ...desired, InlinePolicies: [], AttachedPolicies: [] };
  return [create, ...permissionSteps(desired, nothing, RoleArn)];
}

/** A boundary that was captured, and is not trailkeeper's, is left to people. */
function boundarySteps(desired: LogRole, actual: LogRole, RoleArn: string): readonly LogRoleStep[] {
  const [wanted, found] = [desired.PermissionsBoundary, actual.PermissionsBoundary];
  if (found === undefined || found === accessDenied || found === wanted) return [];
  const PermissionsBoundary = boundaryFor(RoleArn);
  if (wanted === PermissionsBoundary) {
    return [{ action: 'PutRolePermissionsBoundary', input: { RoleArn, PermissionsBoundary } }];
  }
  return wanted === none && found !== PermissionsBoundary
    ? [{ action: 'DeleteRolePermissionsBoundary', input: { RoleArn } }]
    : [];
}

function trustSteps(desired: LogRole, actual: LogRole, RoleArn: string): readonly LogRoleStep[] {
  const { CloudTrailStatements, ...others } = trustOf(desired);
  const edit = editFor(
    { ...others, CloudTrailStatements: CloudTrailStatements?.filter(trustsOnlyCloudTrail) ?? null },
    trustOf(asReported(desired, actual)),
  );
  return isEmpty(edit) ? [] : [{ action: 'UpdateAssumeRolePolicy', input: { RoleArn, ...edit } }];
}

/** A state without drift in what was not reported or could not be read. */
function asReported(desired: LogRole, actual: LogRole): LogRole {
  const known = Object.entries(desired).map(([field, value]) => {
    const found: unknown = Reflect.get(actual, field);
    return [field, found === undefined || found === accessDenied ? value : found];
  });
  return Object.fromEntries(known) as LogRole;
}

/** What is missing or was changed; only for a role that trailkeeper's boundary limits. */
function permissionSteps(
  desired: LogRole,
  actual: LogRole,
  RoleArn: string,
): readonly LogRoleStep[] {
  if (!isBounded(desired, RoleArn)) return [];
  const live = asReported(desired, actual);
  return [
    ...missing<InlinePolicy>(desired.InlinePolicies, live.InlinePolicies).map(
      ({ PolicyName, PolicyDocument }): LogRoleStep => ({
        action: 'PutRolePolicy',
        input: { RoleArn, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) },
      }),
    ),
    ...missing<string>(desired.AttachedPolicies, live.AttachedPolicies).map(
      (PolicyArn): LogRoleStep => ({ action: 'AttachRolePolicy', input: { RoleArn, PolicyArn } }),
    ),
  ];
}

type Listed<Item> = readonly Item[] | string | null;

const missing = <Item>(desired: Listed<Item>, actual: Listed<Item>): readonly Item[] =>
  without(
    listed(desired) as readonly Json[],
    listed(actual) as readonly Json[],
  ) as readonly unknown[] as readonly Item[];
