import { describe, expect, test } from 'vitest';
import { logRole as kind } from '#drift/dependencies/log-role.ts';
import type { LogRole } from '#drift/dependencies/log-role-state.ts';
import { diff, type Json } from '#text/diff.ts';
import { settings, states, trail } from '../support/baseline.ts';

const role = states['log-role'];
const RoleArn = settings.CloudWatchLogsRoleArn;
const own = role.PermissionsBoundary;
const theirs = 'arn:aws:iam::111122223333:policy/theirs';
const [deliver] = role.InlinePolicies;
const [attached] = role.AttachedPolicies;
const [assume] = role.CloudTrailStatements;
const [denial] = role.Denials;
const more = { PolicyName: 'more', PolicyDocument: { Version: '2012-10-17', Statement: [] } };
const shared = {
  ...assume,
  Principal: { Service: ['cloudtrail.amazonaws.com', 'lambda.amazonaws.com'] },
};

/** The impact of a role that drifted in one field. */
function impactOf(change: object, before: object = {}) {
  const desired = { ...role, ...before } as LogRole;
  const actual = { ...desired, ...change } as LogRole;
  const [found, ...others] = diff(desired as unknown as Json, actual as unknown as Json);
  if (found === undefined || others.length > 0) throw new Error('not one thing has changed');
  return kind.impact(found, desired, actual);
}

describe('the impact of a role', () => {
  test.each<[string, object, string, string, object?]>([
    ['that is gone', { Existence: 'gone' }, 'high', 'create it again'],
    [
      'that is gone, and had another boundary',
      { Existence: 'gone' },
      'high',
      'only a person can do that',
      { PermissionsBoundary: theirs },
    ],
    ['that does not trust CloudTrail', { CloudTrailStatements: [] }, 'high', 'no longer assume'],
    [
      'that does not trust CloudTrail and others',
      { CloudTrailStatements: [] },
      'high',
      'only a person can restore a statement that trusts others',
      { CloudTrailStatements: [assume, shared] },
    ],
    ['that denies CloudTrail', { Denials: [] }, 'high', 'may deny CloudTrail'],
    ['that trusts others', { OtherStatements: [] }, 'medium', 'forged events'],
    ['without a policy', { InlinePolicies: [] }, 'high', 'lacks policies'],
    ['with another policy', { InlinePolicies: [deliver, more] }, 'medium', 'CloudWatch Logs: more'],
    [
      'with another policy instead',
      { InlinePolicies: [more] },
      'high',
      '; these were not captured: more',
    ],
    [
      'without a policy, and with another boundary',
      { InlinePolicies: [] },
      'high',
      'only a person can do that',
      { PermissionsBoundary: theirs },
    ],
    ['without an attached policy', { AttachedPolicies: [] }, 'high', `(${attached})`],
    [
      'with another attached policy',
      { AttachedPolicies: [attached, theirs] },
      'medium',
      `were not captured, and may deny it to write to CloudWatch Logs: ${theirs}`,
    ],
    ['without its boundary', { PermissionsBoundary: 'none' }, 'medium', `boundary ${own}`],
    ['with another boundary', { PermissionsBoundary: theirs }, 'high', `boundary ${theirs}`],
    [
      'with another boundary than that of its owner',
      { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/mallory' },
      'high',
      'only a person can set its own boundary again',
      { PermissionsBoundary: theirs },
    ],
  ])('%s', (_which, change, severity, says, before) => {
    const { description, ...impact } = impactOf(change, before);

    expect(impact).toEqual({ severity, losesCoverage: false });
    expect(description).toContain(says);
    expect(description).toContain('role');
  });

  test.each<[string, object, object?]>([
    ['that is gone', { Existence: 'gone' }],
    ['that does not trust CloudTrail', { CloudTrailStatements: [] }],
    ['without a policy', { InlinePolicies: [] }],
    ['with another boundary', { PermissionsBoundary: theirs }],
    [
      'with a boundary that it did not have',
      { PermissionsBoundary: theirs },
      { PermissionsBoundary: 'none' },
    ],
  ])('%s is not left to people if trailkeeper may restore it', (_which, change, before) => {
    const { description } = impactOf(change, before);

    expect(description).not.toMatch(/only a person|not captured|; *$/);
  });
});

describe('a role is restored', () => {
  const put = { PolicyName: 'deliver', PolicyDocument: JSON.stringify(deliver?.PolicyDocument) };
  const trust = (...Statement: readonly unknown[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement });

  test.each<[string, object, readonly object[], object?]>([
    [
      'in its boundary',
      { PermissionsBoundary: 'none' },
      [{ action: 'PutRolePermissionsBoundary', input: { RoleArn, PermissionsBoundary: own } }],
    ],
    [
      'to have no boundary',
      { PermissionsBoundary: theirs },
      [{ action: 'DeleteRolePermissionsBoundary', input: { RoleArn } }],
      { PermissionsBoundary: 'none' },
    ],
    [
      'but keeps the boundary of trailkeeper',
      { PermissionsBoundary: own },
      [],
      { PermissionsBoundary: 'none' },
    ],
    [
      'but not in a boundary of its owner',
      { PermissionsBoundary: 'none' },
      [],
      { PermissionsBoundary: theirs },
    ],
    [
      'in its trust',
      { CloudTrailStatements: [] },
      [{ action: 'UpdateAssumeRolePolicy', input: { RoleArn, put: [assume], remove: [] } }],
    ],
    [
      'in its denials',
      { Denials: [] },
      [{ action: 'UpdateAssumeRolePolicy', input: { RoleArn, put: [denial], remove: [] } }],
    ],
    [
      'but not in a trust of others',
      { CloudTrailStatements: [] },
      [],
      { CloudTrailStatements: [shared] },
    ],
    [
      'in its policies',
      { InlinePolicies: [more] },
      [{ action: 'PutRolePolicy', input: { RoleArn, ...put } }],
    ],
    [
      'in its attached policies',
      { AttachedPolicies: [theirs] },
      [{ action: 'AttachRolePolicy', input: { RoleArn, PolicyArn: attached } }],
    ],
    [
      'but not in what it is allowed under another boundary',
      { InlinePolicies: [], AttachedPolicies: [] },
      [],
      { PermissionsBoundary: theirs },
    ],
    [
      'whole if it is gone',
      { Existence: 'gone' },
      [
        {
          action: 'CreateRole',
          input: {
            RoleArn,
            AssumeRolePolicyDocument: trust(assume, denial),
            PermissionsBoundary: own,
          },
        },
        { action: 'PutRolePolicy', input: { RoleArn, ...put } },
        { action: 'AttachRolePolicy', input: { RoleArn, PolicyArn: attached } },
      ],
    ],
    [
      'without the trust of others if it is gone',
      { Existence: 'gone' },
      [
        {
          action: 'CreateRole',
          input: { RoleArn, AssumeRolePolicyDocument: trust(assume), PermissionsBoundary: own },
        },
      ],
      {
        ...{ CloudTrailStatements: [shared, assume], Denials: null },
        ...{ InlinePolicies: null, AttachedPolicies: null },
      },
    ],
    [
      'but not if it is gone and trusted others, too',
      { Existence: 'gone' },
      [],
      { CloudTrailStatements: [shared] },
    ],
    [
      'but not if it is gone and had another boundary',
      { Existence: 'gone' },
      [],
      { PermissionsBoundary: theirs },
    ],
  ])('%s', (_what, change, steps, before = {}) => {
    const desired = { ...role, ...before } as LogRole;
    const actual = { ...desired, ...change } as LogRole;

    expect(kind.repair(desired, actual, trail, states)).toEqual(steps);
  });

  test('as far as it was reported', () => {
    const actual = { Existence: 'there', InlinePolicies: [] } as unknown as LogRole;

    expect(kind.repair(role, actual, trail, states)).toEqual([
      { action: 'PutRolePolicy', input: { RoleArn, ...put } },
    ]);
  });
});
