import { describe, expect, test } from 'vitest';
import { logRole as kind } from '#drift/dependencies/log-role.ts';
import {
  inlinePolicies,
  type LogRole,
  parsedDocument,
  trustOf,
  trustRequests,
} from '#drift/dependencies/log-role-state.ts';
import { partsOf } from '#drift/dependencies/policy-parts.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { impactIn } from '../support/kind-calls.ts';

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
const impactOf = (change: object, before: object = {}) =>
  impactIn(kind, { ...role, ...before } as LogRole, change);

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

    expect(description).not.toMatch(/only a person|not captured|;/);
  });

  test('names all policies that it lacks, and those that were added', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((PolicyName) => ({ ...more, PolicyName }));
    const before = { InlinePolicies: [a, b] };

    const lacking = impactOf({ InlinePolicies: [more, c] }, before).description;
    const added = impactOf({ InlinePolicies: [a, b, c, more] }, before).description;

    expect(lacking).toMatch(/\(a, b\).*; these were not captured: more, c$/);
    expect(added).toContain('CloudWatch Logs: c, more. Remove them');
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

describe('the grants of trailkeeper', () => {
  const boundary = 'arn:*:iam::*:policy/Trailkeeper-LogDelivery';
  const conditionsOf = (action: string) =>
    kind.permissions.repair
      .filter(({ actions }) => actions.includes(`iam:${action}`))
      .map(({ conditions }) => conditions);

  test.each(['CreateRole', 'PutRolePolicy', 'AttachRolePolicy', 'PutRolePermissionsBoundary'])(
    'allow %s only for a role with its boundary',
    (action) => {
      expect(conditionsOf(action)).toEqual([{ ArnLike: { 'iam:PermissionsBoundary': boundary } }]);
    },
  );

  test('allow the removal of any boundary but its own', () => {
    expect(conditionsOf('DeleteRolePermissionsBoundary')).toEqual([
      { ArnNotLike: { 'iam:PermissionsBoundary': boundary } },
    ]);
  });
});

describe('a baseline', () => {
  test.each([
    ['arn:aws:iam::aws:policy/ReadOnlyAccess', true],
    ['arn:aws-us-gov:iam::111122223333:policy/path/name', true],
    ['x-arn:aws:iam::aws:policy/ReadOnlyAccess', false],
    ['arn:aws:iam::1111:policy/name', false],
    ['arn:aws:iam::111122223333:policy/', false],
    ['arn:aws:iam::111122223333:policy/a b', false],
  ])('may name the policy %s: %s', (arn, expected) => {
    expect(kind.state.safeParse({ ...role, AttachedPolicies: [arn] }).success).toBe(expected);
    expect(kind.state.safeParse({ ...role, PermissionsBoundary: arn }).success).toBe(expected);
  });
});

describe('inline policies', () => {
  const document = (Version?: string, Action: string | string[] = 'logs:PutLogEvents') => ({
    PolicyName: 'deliver',
    PolicyDocument: {
      ...(Version && { Version }),
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    },
  });
  const spelled = document('2012-10-17', ['LOGS:PutLogEvents']);

  test('are spelled as in the baseline if they mean the same', () => {
    expect(inlinePolicies([spelled], [document('2012-10-17')])).toEqual([document('2012-10-17')]);
    expect(inlinePolicies([document('2008-10-17')], [document()])).toEqual([document()]);
  });

  test.each([
    ['another name', { ...spelled, PolicyName: 'other' }],
    ['another action', document('2012-10-17', 'logs:*')],
    ['another version', document()],
  ])('are spelled as they are with %s', (_what, found) => {
    expect(inlinePolicies([found], [document('2012-10-17')])).toEqual([found]);
  });

  test('may be stored as text that IAM encodes', () => {
    expect(parsedDocument('%7B%22Statement%22%3A%7B%22a%22%3A%221%7B%22%7D%7D')).toEqual({
      Statement: { a: '1{' },
    });
    expect(parsedDocument('  \n{"Statement":[]}')).toEqual({ Statement: [] });
  });

  test.each(['', '\n  '])('may be recorded as text with a percent sign, after %j', (space) => {
    expect(parsedDocument(`${space}{"Sid":"50%"}`)).toEqual({ Sid: '50%' });
  });
});

test('CloudTrail assumes the role: a Deny of that for everyone may stop it', () => {
  const Statement = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' };
  const parts = (one: object) => partsOf(JSON.stringify({ Statement: one }), trustRequests);

  expect(parts(Statement).Denials).toEqual([Statement]);
  expect(parts({ ...Statement, Action: 'sts:TagSession' }).Denials).toEqual([]);
  expect(trustOf({ Denials: 'not readable', OtherStatements: [Statement] })).toEqual({
    Denials: [],
    OtherStatements: [Statement],
  });
});
