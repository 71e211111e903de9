import { describe, expect, inject, test } from 'vitest';
import { templatesOf } from '../support/app.ts';
import { account, eachInOneAccount, failureOf, scenarios } from './role-scenarios.ts';

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
