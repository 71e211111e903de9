import { RoleName as serviceLinkedRole } from '#aws/service-linked-role.ts';
import { asSet } from '#text/diff.ts';
import { type Members, textOf } from '#trail/recorded-call.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { gone, there } from './dependency.ts';
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
import { partsOf } from './policy-parts.ts';

/**
 * How recorded calls change the role. Policies are recorded as text. Source: IAM user guide, "Logging IAM and AWS STS API calls with AWS
 * CloudTrail".
 */
export const logRoleHistory: HistoryModel<LogRole> = {
  applyCall({ eventName, parameters }, before, _trail, desired = before) {
    const effect = effects[eventName];
    if (effect === undefined || textOf(parameters ?? {}, 'roleName') === serviceLinkedRole) {
      return null;
    }
    const { set, indeterminate = [] } =
      parameters === null
        ? { set: {}, indeterminate: fieldsOf(effect(noParameters, before, desired)) }
        : effect(parameters, before, desired);
    const isProtected = (field: string) => Reflect.get(before, field) !== null;
    return {
      set: Object.fromEntries(Object.entries(set).filter(([field]) => isProtected(field))),
      indeterminate: indeterminate.filter(isProtected),
    };
  },
};

type Effect = (parameters: Members, before: LogRole, desired: LogRole) => CallResult<LogRole>;

const noParameters: Members = {};

const fieldsOf = ({ set, indeterminate = [] }: CallResult<LogRole>): readonly string[] => [
  ...Object.keys(set),
  ...indeterminate,
];

const trustFields = ['CloudTrailStatements', 'Denials', 'OtherStatements'];

/** The trust policy that a member holds. */
function trustIn(parameters: Members, member: string, desired: LogRole): CallResult<LogRole> {
  const policy = parsedDocument(textOf(parameters, member) ?? '');
  if (policy === null) return { set: {}, indeterminate: trustFields };
  return { set: partsOf(JSON.stringify(policy), trustRequests, trustOf(desired)) };
}

/** The field that a call changes to a value that its record shows; undefined if it does not. */
const sets =
  <Field extends keyof LogRole>(
    field: Field,
    value: (parameters: Members, before: LogRole) => LogRole[Field] | undefined,
  ): Effect =>
  (parameters, before) => {
    const after = value(parameters, before);
    return after === undefined
      ? { set: {}, indeterminate: [field] }
      : { set: { [field]: after } as Partial<LogRole> };
  };

const effects: Readonly<Record<string, Effect>> = {
  CreateRole(parameters, _before, desired) {
    const { set, indeterminate = [] } = trustIn(parameters, 'assumeRolePolicyDocument', desired);
    const empty = { Existence: there, InlinePolicies: [], AttachedPolicies: [] };
    const PermissionsBoundary = textOf(parameters, 'permissionsBoundary') ?? none;
    return { set: { ...set, ...empty, PermissionsBoundary }, indeterminate };
  },
  DeleteRole: () => ({ set: { Existence: gone } }),
  UpdateAssumeRolePolicy: (parameters, _before, desired) =>
    trustIn(parameters, 'policyDocument', desired),
  PutRolePolicy: sets('InlinePolicies', (parameters, before) => {
    const PolicyName = textOf(parameters, 'policyName');
    const PolicyDocument = parsedDocument(textOf(parameters, 'policyDocument') ?? '');
    if (PolicyName === null || PolicyDocument === null) return undefined;
    const all = listed<InlinePolicy>(before.InlinePolicies);
    const others = all.filter((one) => one.PolicyName !== PolicyName);
    return inlinePolicies([...others, { PolicyName, PolicyDocument }], all);
  }),
  DeleteRolePolicy: sets('InlinePolicies', (parameters, before) => {
    const name = textOf(parameters, 'policyName');
    const all = listed<InlinePolicy>(before.InlinePolicies);
    return name === null ? undefined : all.filter(({ PolicyName }) => PolicyName !== name);
  }),
  AttachRolePolicy: sets('AttachedPolicies', (parameters, before) => {
    const arn = textOf(parameters, 'policyArn');
    return arn === null ? undefined : asSet([...listed<string>(before.AttachedPolicies), arn]);
  }),
  DetachRolePolicy: sets('AttachedPolicies', (parameters, before) => {
    const detached = textOf(parameters, 'policyArn');
    const all = listed<string>(before.AttachedPolicies);
    return detached === null ? undefined : all.filter((arn) => arn !== detached);
  }),
  PutRolePermissionsBoundary: sets(
    'PermissionsBoundary',
    (parameters) => textOf(parameters, 'permissionsBoundary') ?? undefined,
  ),
  DeleteRolePermissionsBoundary: sets('PermissionsBoundary', () => none),
};
