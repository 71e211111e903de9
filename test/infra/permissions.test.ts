import { describe, expect, inject, test } from 'vitest';
import { templateOf, templatesOf } from '../support/app.ts';
import { account, eachInOneAccount, failureOf, scenarios } from './role-scenarios.ts';
import { type PolicyStatement, policyStatementsOf } from './role-statements.ts';

eachInOneAccount();

describe.each(Object.keys(scenarios))('the role %s', (role) => {
  test('has the permission for every call', async () => {
    expect(await failureOf(role)).toBe(null);
    expect(
      account.calls
        .filter(({ error }) => /^AccessDenied|^Insufficient\w+AccessPermission/.test(error ?? ''))
        .filter(({ principal }) => principal.includes(`:assumed-role/${role}/`)),
    ).toEqual([]);
  });
});

test('every role has a scenario, except further forwarding roles', () => {
  const roles = templatesOf(inject('deployed').enforce).flatMap((template) =>
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => Properties.RoleName),
  );

  expect(new Set(roles)).toEqual(
    new Set([...Object.keys(scenarios), 'Trailkeeper-Forward-eu-central-1']),
  );
});

describe('the reconcile role', () => {
  test('in mode observe may write only logs, incidents, events and dead letters', async () => {
    const actions = statements('observe').flatMap(({ Action }) => Action);

    expect(actions).toEqual(expect.arrayContaining(['cloudtrail:GetTrail', 'dynamodb:GetItem']));
    expect(
      [...new Set(actions)]
        .filter((action) => !/:(Get|List|Describe|Query|Lookup)/.test(action))
        .sort(),
    ).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  test('may write incidents to the table, but no baseline', async () => {
    const [write, ...others] = statements('enforce').filter(({ Action }) =>
      [Action].flat().includes('dynamodb:PutItem'),
    );

    expect(others).toEqual([]);
    expect(write?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] },
    });
  });

  test('may pass a role to CloudTrail only', async () => {
    const passing = statements('enforce').filter(({ Action }) =>
      [Action].flat().includes('iam:PassRole'),
    );

    expect(passing).toMatchObject([
      { Condition: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } } },
    ]);
  });

  test('has only actions without a resource type on every resource', async () => {
    const wide = statements('enforce').filter(({ Resource }) => Resource === '*');

    // Source: Service Authorization Reference, AWS Organizations, AWS CloudTrail and Amazon CloudWatch Logs: none of them has a
    // resource type. DescribeAlarms lists alarms.
    expect([...new Set(wide.flatMap(({ Action }) => Action))].sort()).toEqual([
      'cloudtrail:LookupEvents',
      'cloudwatch:DescribeAlarms',
      'logs:DescribeLogGroups',
      'organizations:DescribeOrganization',
      'organizations:EnableAWSServiceAccess',
      'organizations:ListAWSServiceAccessForOrganization',
      'organizations:ListAccounts',
      'organizations:ListDelegatedAdministrators',
    ]);
  });

  test('may enable trusted access for CloudTrail only', async () => {
    const giving = statements('enforce').filter(({ Action }) =>
      [Action].flat().includes('organizations:EnableAWSServiceAccess'),
    );

    expect(giving).toMatchObject([
      {
        Action: 'organizations:EnableAWSServiceAccess',
        Condition: {
          StringEquals: { 'organizations:ServicePrincipal': 'cloudtrail.amazonaws.com' },
        },
      },
    ]);
  });
});

describe('the self-check role', () => {
  test('may write only logs, incidents, dead letters, events and notifications', async () => {
    const actions = statements('enforce', 'SelfCheckRole').flatMap(({ Action }) => Action);

    expect(
      [...new Set(actions)].filter((action) => !/:(Get|List|Describe|Query)/.test(action)).sort(),
    ).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
  });

  test('has no action on every resource', async () => {
    expect(
      statements('enforce', 'SelfCheckRole').filter(({ Resource }) => Resource === '*'),
    ).toEqual([]);
  });
});

const statements = (mode: 'observe' | 'enforce', id = 'ReconcileRole'): PolicyStatement[] =>
  policyStatementsOf(templateOf(inject('deployed')[mode]), id);
