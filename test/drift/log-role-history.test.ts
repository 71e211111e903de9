import { describe, expect, test } from 'vitest';
import { logRole as kind } from '#drift/dependencies/log-role.ts';
import { parsedDocument } from '#drift/dependencies/log-role-state.ts';
import { states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const trust = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

test.each<[readonly string[], object, number]>([
  [['logs:CreateLogStream', 'logs:PutLogEvents'], {}, 0],
  [['logs:PUTLogEvents'], {}, 0],
  [['logs:PutLogEvents', 's3:*'], {}, 1],
  [['*'], { Effect: 'Deny' }, 0],
  [['logs:PutLogEvents'], { Action: 's3:*' }, 1],
  [[], { Action: undefined, NotAction: 'iam:*' }, 1],
])('a role that is allowed %j, %j, gets %i pieces of advice', (Action, more, count) => {
  const Statement = [{ Effect: 'Allow', Action, Resource: '*', ...more }];
  const PolicyDocument = JSON.parse(JSON.stringify({ Statement }));
  const InlinePolicies = [{ PolicyName: 'deliver', PolicyDocument }];

  expect(kind.hardeningAdvice?.({ ...states['log-role'], InlinePolicies }, trail)).toHaveLength(
    count,
  );
});

test('the advice names each policy that allows more, by one statement of several', () => {
  const [needed, wide] = ['logs:PutLogEvents', 's3:*'].map((Action) => ({
    ...{ Effect: 'Allow', Action, Resource: '*' },
  }));
  const InlinePolicies = ['a', 'b'].map((PolicyName) => ({
    PolicyName,
    PolicyDocument: JSON.parse(JSON.stringify({ Statement: [needed, wide] })),
  }));

  const [advice] = kind.hardeningAdvice?.({ ...states['log-role'], InlinePolicies }, trail) ?? [];

  expect(advice).toContain('its policies a, b: let them allow only');
});

test('a policy is read whatever white space it begins with', () => {
  const policy = { Statement: [states['log-role'].CloudTrailStatements[0]] };
  const text = `\n ${JSON.stringify(policy)}`;
  expect(parsedDocument(text)).toEqual(policy);
  expect(parsedDocument(encodeURIComponent(text))).toEqual(policy);
  expect(parsedDocument('%7B')).toBeNull();
  expect(parsedDocument('[]')).toBeNull();
});

describe('a role in event history', () => {
  const role = states['log-role'];
  const effect = (eventName: string, parameters: object | null) =>
    kind.historyModel.applyCall(
      call({ seconds: 1, eventName, parameters, eventSource: 'iam.amazonaws.com' }),
      role,
      trail,
    );
  const text = (policy: unknown) => JSON.stringify(policy);
  const [deliver] = role.InlinePolicies;

  test.each<[string, object, object]>([
    ['DeleteRole', {}, { Existence: 'gone' }],
    [
      'UpdateAssumeRolePolicy',
      { policyDocument: trust() },
      { CloudTrailStatements: [], Denials: [], OtherStatements: [] },
    ],
    ['DeleteRolePolicy', { policyName: 'deliver' }, { InlinePolicies: [] }],
    [
      'PutRolePolicy',
      { policyName: 'deliver', policyDocument: text(deliver?.PolicyDocument) },
      { InlinePolicies: role.InlinePolicies },
    ],
    ['DetachRolePolicy', { policyArn: role.AttachedPolicies[0] }, { AttachedPolicies: [] }],
    [
      'AttachRolePolicy',
      { policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      { AttachedPolicies: [...role.AttachedPolicies, 'arn:aws:iam::aws:policy/ReadOnlyAccess'] },
    ],
    [
      'PutRolePermissionsBoundary',
      { permissionsBoundary: 'arn:aws:iam::111122223333:policy/theirs' },
      { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/theirs' },
    ],
    ['DeleteRolePermissionsBoundary', {}, { PermissionsBoundary: 'none' }],
    [
      'CreateRole',
      { assumeRolePolicyDocument: trust(...role.CloudTrailStatements) },
      {
        Existence: 'there',
        CloudTrailStatements: role.CloudTrailStatements,
        Denials: [],
        OtherStatements: [],
        InlinePolicies: [],
        AttachedPolicies: [],
        PermissionsBoundary: 'none',
      },
    ],
  ])('%s changes what it names', (eventName, parameters, set) => {
    expect(effect(eventName, { roleName: 'logs', ...parameters })).toEqual({
      set,
    });
  });

  test.each<[string, object, object]>([
    [
      'PutRolePolicy',
      { policyName: 'a', policyDocument: text({ Statement: [] }) },
      {
        InlinePolicies: [
          { PolicyName: 'a', PolicyDocument: { Statement: [] } },
          ...role.InlinePolicies,
        ],
      },
    ],
    [
      'PutRolePolicy',
      { policyName: 'deliver', policyDocument: text({ Statement: [] }) },
      { InlinePolicies: [{ PolicyName: 'deliver', PolicyDocument: { Statement: [] } }] },
    ],
    ['DeleteRolePolicy', { policyName: 'other' }, { InlinePolicies: role.InlinePolicies }],
    [
      'DetachRolePolicy',
      { policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      { AttachedPolicies: role.AttachedPolicies },
    ],
  ])('%s with %j keeps the others', (eventName, parameters, set) => {
    expect(effect(eventName, { roleName: 'logs', ...parameters })).toEqual({ set });
  });

  test.each<[string, readonly string[]]>([
    ['PutRolePolicy', ['InlinePolicies']],
    ['DeleteRolePolicy', ['InlinePolicies']],
    ['AttachRolePolicy', ['AttachedPolicies']],
    ['DetachRolePolicy', ['AttachedPolicies']],
    ['PutRolePermissionsBoundary', ['PermissionsBoundary']],
    ['UpdateAssumeRolePolicy', ['CloudTrailStatements', 'Denials', 'OtherStatements']],
  ])('%s leaves open what its record does not show', (eventName, indeterminate) => {
    expect(effect(eventName, { roleName: 'logs' })).toEqual({ set: {}, indeterminate });
  });

  test('a policy without its name, or without its document, is not known', () => {
    const unknown = { set: {}, indeterminate: ['InlinePolicies'] };

    expect(effect('PutRolePolicy', { policyName: 'deliver', policyDocument: 'x' })).toEqual(
      unknown,
    );
    expect(effect('PutRolePolicy', { policyDocument: text({ Statement: [] }) })).toEqual(unknown);
  });

  test('CreateRole without its parameters leaves open what it sets', () => {
    const { set, indeterminate } = effect('CreateRole', null) ?? {};

    expect(set).toEqual({});
    expect(new Set(indeterminate)).toEqual(new Set(Object.keys(role)));
  });

  test('CreateRole sets its boundary', () => {
    const permissionsBoundary = 'arn:aws:iam::111122223333:policy/theirs';

    expect(effect('CreateRole', { permissionsBoundary })?.set).toMatchObject({
      PermissionsBoundary: permissionsBoundary,
    });
  });

  test('a call without its parameters leaves open what it sets', () => {
    expect(effect('PutRolePolicy', null)).toEqual({ set: {}, indeterminate: ['InlinePolicies'] });
  });

  test('calls about CloudTrail’s own role, and others, change nothing', () => {
    const roleName = 'AWSServiceRoleForCloudTrail';
    expect(effect('DeleteRole', { roleName })).toBeNull();
    expect(effect('CreateUser', { roleName: 'logs' })).toBeNull();
  });
});
