import { names } from '#aws/resource-names.ts';
import { type Change, isSame, type Json } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import { accessDenied, unseen } from './dependency.ts';
import { trustsOnlyCloudTrail } from './log-role-repair.ts';
import { type InlinePolicy, type LogRole, listed, none } from './log-role-state.ts';
import type { PolicyStatement } from './policy-document.ts';

/** The impact of a change of the role. The log files in the bucket are not affected: no events are lost. */
export function logRoleImpact({ path, desired, actual }: Change, baseline: LogRole): Impact {
  const field = path.split('.')[0] as keyof LogRole;
  if (actual === accessDenied) return unseen('the role', readBy[field], `log-role.${field}`, 'low');
  return impacts[field](desired as never, actual as never, baseline);
}

/** The action without which a field cannot be read. */
const readBy: Readonly<Record<keyof LogRole, string>> = {
  Existence: 'iam:GetRole',
  CloudTrailStatements: 'iam:GetRole',
  Denials: 'iam:GetRole',
  OtherStatements: 'iam:GetRole',
  InlinePolicies: 'iam:ListRolePolicies and iam:GetRolePolicy',
  AttachedPolicies: 'iam:ListAttachedRolePolicies',
  PermissionsBoundary: 'iam:GetRole',
};

const blind = 'so alarms and live monitoring may see no new events';

const impacts: {
  readonly [Field in keyof LogRole]: (
    desired: LogRole[Field],
    actual: LogRole[Field],
    baseline: LogRole,
  ) => Impact;
} = {
  Existence: (_desired, _actual, baseline) =>
    high(
      `the role with which CloudTrail writes to CloudWatch Logs does not exist, ${blind}: create it again with its trust and permissions`,
      leftToPeople(baseline),
    ),
  CloudTrailStatements: (desired) =>
    high(
      `CloudTrail may no longer assume the role that writes to CloudWatch Logs, ${blind}`,
      listed<PolicyStatement>(desired).every(trustsOnlyCloudTrail)
        ? ''
        : 'only a person can restore a statement that trusts others, too',
    ),
  Denials: () => high(`the trust policy of the role may deny CloudTrail to assume it, ${blind}`),
  OtherStatements: () =>
    medium(
      'who may assume the role that writes to CloudWatch Logs has changed: they can write forged events into the log group. Compare the statements, and correct them in IAM',
    ),
  InlinePolicies(desired, actual, baseline) {
    const { lost, added } = compared(
      listed<InlinePolicy>(desired).map(named),
      listed<InlinePolicy>(actual).map(named),
    );
    return permissions(lost, added, baseline);
  },
  AttachedPolicies(desired, actual, baseline) {
    const own = (arn: string) => ({ name: arn, value: arn });
    const { lost, added } = compared(
      listed<string>(desired).map(own),
      listed<string>(actual).map(own),
    );
    return permissions(lost, added, baseline);
  },
  PermissionsBoundary: (desired, actual) =>
    actual === none
      ? medium(`the role is no longer limited by the permissions boundary ${desired}`)
      : high(
          `the permissions boundary ${actual} limits the role that writes to CloudWatch Logs, ${blind}`,
          desired === none || ownBoundary.test(String(desired))
            ? ''
            : 'only a person can set its own boundary again',
        ),
};

function permissions(lost: readonly string[], added: readonly string[], baseline: LogRole): Impact {
  if (lost.length === 0) {
    return medium(
      `these policies of the role were not captured, and may deny it to write to CloudWatch Logs: ${added.join(', ')}. Remove them, or capture the trail again`,
    );
  }
  return high(
    `the role lacks policies with which it writes to CloudWatch Logs (${lost.join(', ')}), ${blind}`,
    added.length === 0 ? '' : `these were not captured: ${added.join(', ')}`,
    leftToPeople(baseline),
  );
}

/** Why trailkeeper does not restore what the role is allowed; empty if it may. */
const leftToPeople = ({ PermissionsBoundary }: LogRole): string =>
  ownBoundary.test(String(PermissionsBoundary))
    ? ''
    : `only a person can do that, because the permissions boundary of the role is not ${names.logDelivery}`;

const ownBoundary = new RegExp(`:policy/${names.logDelivery}$`);

type Named = { readonly name: string; readonly value: Json };

const named = (policy: InlinePolicy): Named => ({
  name: policy.PolicyName,
  value: policy as unknown as Json,
});

/** The names of policies that are gone or changed, and of those that only the actual list has. */
function compared(desired: readonly Named[], actual: readonly Named[]) {
  const wanted = new Set(desired.map(({ name }) => name));
  return {
    lost: desired
      .filter(({ value }) => !actual.some((other) => isSame(other.value, value)))
      .map(({ name }) => name),
    added: actual.map(({ name }) => name).filter((name) => !wanted.has(name)),
  };
}

const high = (...sentences: readonly string[]): Impact => worth('high', sentences);
const medium = (sentence: string): Impact => worth('medium', [sentence]);

const worth = (severity: Impact['severity'], sentences: readonly string[]): Impact => ({
  description: sentences.filter(Boolean).join('; '),
  severity,
  losesCoverage: false,
});
