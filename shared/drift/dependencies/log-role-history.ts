import { RoleName as serviceLinkedRole } from '#aws/service-linked-role.ts';
import { asSet } from '#text/diff.ts';
import { type Members, textOf } from '#trail/recorded-call.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { gone, there } from './dependency.ts';
import { onProtected, policyAfter, sets, unclear } from './dependency-history.ts';
import {
  type InlinePolicy,
  inlinePolicies,
  type LogRole,
  listed,
  none,
  parsedDocument,
  trustRequests,
} from './log-role-state.ts';

/**
 * How recorded calls change the role. Policies are recorded as text. Source: IAM user guide, "Logging IAM and AWS STS API calls with AWS
 * CloudTrail".
 */
export const logRoleHistory: HistoryModel<LogRole> = {
  applyCall: onProtected(({ eventName, parameters }, before, _trail, desired) => {
    const effect = effects[eventName];
    if (effect === undefined || textOf(parameters ?? {}, 'roleName') === serviceLinkedRole) {
      return null;
    }
    return parameters === null
      ? unclear(fieldsOf(effect(noParameters, before, desired)))
      : effect(parameters, before, desired);
  }),
};

type Effect = (parameters: Members, before: LogRole, desired: LogRole) => CallResult<LogRole>;

const noParameters: Members = {};

const fieldsOf = ({ set, indeterminate = [] }: CallResult<LogRole>): readonly string[] => [
  ...Object.keys(set),
  ...indeterminate,
];

/** The trust policy that a member holds. */
const trustIn = (parameters: Members, member: string, desired: LogRole): CallResult<LogRole> => {
  const policy = parsedDocument(textOf(parameters, member) ?? '');
  return policyAfter(policy && JSON.stringify(policy), desired, trustRequests);
};

const effects: Readonly<Record<string, Effect>> = {
  CreateRole(parameters, _before, desired) {
    const trust = trustIn(parameters, 'assumeRolePolicyDocument', desired);
    const empty = { Existence: there, InlinePolicies: [], AttachedPolicies: [] };
    const PermissionsBoundary = textOf(parameters, 'permissionsBoundary') ?? none;
    return { ...trust, set: { ...trust.set, ...empty, PermissionsBoundary } };
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
