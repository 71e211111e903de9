import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceIp } from '#sandbox/home.ts';
import { isAllowedByPolicies, type Question } from '#sandbox/iam-policy/evaluate.ts';

const account = '111122223333';
const other = '444455556666';
const trail = `arn:aws:cloudtrail:us-east-1:${account}:trail/org-trail`;
const session = `arn:aws:sts::${account}:assumed-role/Operator/alice`;
const role = `arn:aws:iam::${account}:role/team/Operator`;
const boundary = document({ Effect: 'Allow', Action: 's3:*', Resource: '*' });

describe('the action of a statement', () => {
  test.each([
    ['cloudtrail:StopLogging', true],
    ['cloudtrail:stoplogging', true],
    ['cloudtrail:Stop*', true],
    ['cloudtrail:St?pLogging', true],
    ['*', true],
    ['cloudtrail:*', true],
    ['cloudtrail:StartLogging', false],
    ['cloudtrail:Stop', false],
    ['cloudtrail:S?opp*', false],
    ['cloudtrail.StopLogging', false],
  ])('%s matches StopLogging: %s', (Action, expected) => {
    expect(allows({ Action })).toBe(expected);
    expect(allows({ Action: undefined, NotAction: Action })).toBe(!expected);
    expect(allows({ Action: ['iam:*', Action] })).toBe(expected);
  });
});

describe('the resource of a statement', () => {
  test.each([
    [trail, true],
    ['*', true],
    [`arn:aws:cloudtrail:*:${account}:trail/*`, true],
    [`arn:*:cloudtrail:us-east-?:${account}:trail/org-*`, true],
    [`arn:aws:cloudtrail:*:${account}:trail/Org-trail`, false],
    [`arn:aws:cloudtrail:*:${account}:*`, true],
    ['arn:aws:cloudtrail:*:trail/org-trail', false],
    [`arn:aws:cloudtrail:us-east-1:${other}:trail/org-trail`, false],
    [`arn:aws:cloudtrail:us-east-1:${account}:trail/org-trail-2`, false],
  ])('%s matches the trail: %s', (Resource, expected) => {
    expect(allows({ Resource })).toBe(expected);
    expect(allows({ Resource: undefined, NotResource: Resource })).toBe(!expected);
    expect(allows({ Resource: ['arn:aws:s3:::other', Resource] })).toBe(expected);
  });

  test('a statement for a resource does not allow an action without resources', () => {
    expect(allows({ Resource: trail }, { resource: '*' })).toBe(false);
    expect(allows({ Resource: '*' }, { resource: '*' })).toBe(true);
  });
});

describe('a condition', () => {
  const arn = `arn:aws:lambda:us-east-1:${account}:function:Trailkeeper-Sweep`;
  const present = {
    ...{ key: 'Value', arn, flag: 'true', many: ['a', 'b'] },
    ...{ tls: '1.2', at: '2026-03-01T12:00:00Z', ip: '203.0.113.7', ip6: '2001:db8::7' },
  };
  test.each([
    ['StringEquals', 'key', 'Value', true],
    ['StringEquals', 'KEY', 'Value', true],
    ['StringEquals', 'key', 'value', false],
    ['StringEquals', 'key', ['x', 'Value'], true],
    ['StringEquals', 'none', 'Value', false],
    ['StringEqualsIfExists', 'none', 'Value', true],
    ['StringEqualsIfExists', 'key', 'other', false],
    ['StringEqualsIgnoreCase', 'key', 'vALUE', true],
    ['StringNotEquals', 'key', ['x', 'Value'], false],
    ['StringNotEquals', 'key', 'x', true],
    ['StringNotEquals', 'none', 'x', true],
    ['StringNotEqualsIgnoreCase', 'key', 'VALUE', false],
    ['StringLike', 'key', 'V*e', true],
    ['StringLike', 'key', 'V?e', false],
    ['StringNotLike', 'key', 'V*', false],
    ['ArnLike', 'arn', 'arn:aws:lambda:*:*:function:Trailkeeper-*', true],
    ['ArnEquals', 'arn', 'arn:aws:lambda:*:*:function:Trailkeeper-*', true],
    ['ArnLike', 'arn', 'arn:aws:lambda:*:function:Trailkeeper-*', false],
    ['ArnNotLike', 'arn', 'arn:aws:lambda:*:*:function:*', false],
    ['Bool', 'flag', 'true', true],
    ['Bool', 'flag', true, true],
    ['Bool', 'flag', 'false', false],
    ['BoolIfExists', 'none', 'false', true],
    ['BoolIfExists', 'flag', 'false', false],
    ['NumericEquals', 'tls', 1.2, true],
    ['NumericEquals', 'tls', '1.20', true],
    ['NumericNotEquals', 'tls', '1.2', false],
    ['NumericLessThan', 'tls', '1.3', true],
    ['NumericLessThan', 'tls', '1.2', false],
    ['NumericLessThanEquals', 'tls', '1.2', true],
    ['NumericGreaterThan', 'tls', '1.2', false],
    ['NumericGreaterThanEquals', 'tls', '1.2', true],
    ['NumericGreaterThan', 'key', '1', false],
    ['NumericLessThan', 'none', '1.3', false],
    ['NumericLessThanIfExists', 'none', '1.3', true],
    ['DateEquals', 'at', '2026-03-01T12:00:00.000Z', true],
    ['DateNotEquals', 'at', '2026-03-01', true],
    ['DateLessThan', 'at', '2026-03-02', true],
    ['DateLessThanEquals', 'at', '2026-03-01', false],
    ['DateGreaterThan', 'at', 1_700_000_000, true],
    ['DateGreaterThanEquals', 'at', '2026-03-01T12:00:00Z', true],
    ['IpAddress', 'ip', '203.0.113.0/24', true],
    ['IpAddress', 'ip', ['192.0.2.0/24', '203.0.113.7'], true],
    ['IpAddress', 'ip', '2001:db8::/32', false],
    ['IpAddress', 'ip6', '2001:db8::/32', true],
    ['NotIpAddress', 'ip', '203.0.113.0/24', false],
    ['NotIpAddress', 'ip', '192.0.2.0/24', true],
    ['NotIpAddress', 'none', '192.0.2.0/24', true],
    ['NotIpAddressIfExists', 'ip', '203.0.113.7/32', false],
    ['BinaryEquals', 'key', 'Value', true],
    ['BinaryEquals', 'key', 'value', false],
    ['Null', 'none', 'true', true],
    ['Null', 'none', true, true],
    ['Null', 'key', 'true', false],
    ['Null', 'key', 'false', true],
    ['ForAllValues:StringLike', 'many', ['a*', 'b'], true],
    ['ForAllValues:StringLike', 'many', 'a', false],
    ['ForAllValues:StringLike', 'none', 'a', true],
    ['ForAnyValue:StringEquals', 'many', 'b', true],
    ['ForAnyValue:StringEquals', 'many', 'c', false],
    ['ForAnyValue:StringEquals', 'none', 'c', false],
    ['ForAnyValue:StringNotEquals', 'many', 'a', true],
    ['ForAllValues:StringNotEquals', 'many', 'a', false],
    ['StringNotEquals', 'many', 'a', false],
  ])('%s of %s with %j: %s', (operator, key, value, expected) => {
    const Condition = { [operator]: { [key]: value } };

    expect(allows({ Condition }, { context: present })).toBe(expected);
  });

  test('evaluates the address of a caller, which a service does not have', () => {
    const Condition = { NotIpAddress: { 'aws:SourceIp': `${sourceIp}/32` } };

    expect(allows({ Condition })).toBe(false);
    expect(allows({ Condition }, { caller: 'cloudtrail.amazonaws.com' })).toBe(true);
  });

  test('matches only if every operator and key matches', () => {
    const right = { StringEquals: { key: 'Value' } };
    const wrong = { StringLike: { key: 'Value', arn: 'x' } };

    expect(allows({ Condition: { ...right, Bool: { flag: 'true' } } }, { context: present })).toBe(
      true,
    );
    expect(allows({ Condition: { ...right, ...wrong } }, { context: present })).toBe(false);
  });

  test.each([
    ['a role', session, `arn:aws:iam::${account}:role/Operator`],
    ['a user', `arn:aws:iam::${account}:user/bob`, `arn:aws:iam::${account}:user/bob`],
  ])('evaluates %s on aws:PrincipalArn and the account', (_, caller, principal) => {
    const Condition = {
      ArnEquals: { 'aws:PrincipalArn': principal },
      StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account },
    };

    expect(allows({ Condition }, { caller })).toBe(true);
    expect(allows({ Condition }, { caller: caller.replace(account, other) })).toBe(false);
  });

  test.each([
    { BoolNot: { key: 'true' } },
    { NotString: { key: 'x' } },
    { NotNumericLessThan: { key: '1' } },
    { stringEquals: { key: 'x' } },
    { NullIfExists: { key: 'true' } },
    { IpAddress: { key: '192.0.2.0/33' } },
  ])('%j is refused because IAM does not know it', (Condition) => {
    expect(() => allows({ Condition: Condition as object })).toThrow(TypeError);
  });
});

describe('policy elements that are not modeled', () => {
  test.each([
    { NotPrincipal: { AWS: '*' } },
    { Principal: { Federated: 'cognito-identity.amazonaws.com' } },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of IAM
    { Resource: 'arn:aws:s3:::logs/${aws:username}/*' },
  ])('%j is refused', (element) => {
    const policy = document({ ...everything, ...element });

    expect(() => isAllowedByPolicies({ ...question, policy })).toThrow(TypeError);
  });
});

describe('the resource policy', () => {
  const key = `arn:aws:kms:us-east-1:${account}:key/1`;
  const queue = `arn:aws:sqs:us-east-1:${account}:queue`;
  const asks = (resource: string, more: Partial<Question>): boolean =>
    isAllowedByPolicies({
      ...question,
      action: resource === key ? 'kms:Sign' : 'sqs:SendMessage',
      resource,
      identity: [],
      ...more,
    });
  const lets = (Principal: unknown) => document({ ...everything, Principal });
  const identity = [document(everything)];
  const root = { AWS: `arn:aws:iam::${account}:root` };

  test.each([
    // The principal, and whether it allows access to a queue and to a key, first without and then with permissions of
    // the caller.
    [{ AWS: role }, [true, true], [true, true]],
    [{ AWS: session }, [true, true], [true, true]],
    ['*', [true, true], [true, true]],
    [{ AWS: '*' }, [true, true], [true, true]],
    [root, [false, true], [false, true]],
    [{ AWS: account }, [false, true], [false, true]],
    [{ AWS: [other, role] }, [true, true], [true, true]],
    [{ AWS: `${role}-2` }, [false, true], [false, false]],
    [{ Service: 'events.amazonaws.com' }, [false, true], [false, false]],
  ])('with principal %j allows a caller in its account', (principal, ofQueue, ofKey) => {
    const policy = lets(principal);

    expect([asks(queue, { policy }), asks(queue, { policy, identity })]).toEqual(ofQueue);
    expect([asks(key, { policy }), asks(key, { policy, identity })]).toEqual(ofKey);
  });

  test.each([queue, key])('of another account and the caller must both allow: %s', (resource) => {
    const caller = session.replace(account, other);
    const policy = lets({ AWS: `arn:aws:iam::${other}:root` });

    expect(asks(resource, { caller, policy, identity })).toBe(true);
    expect(asks(resource, { caller, policy })).toBe(false);
    expect(asks(resource, { caller, policy: lets(root), identity })).toBe(false);
  });

  test('allows a service only by name', () => {
    const caller = 'events.amazonaws.com';

    expect(asks(queue, { caller, policy: lets({ Service: caller }) })).toBe(true);
    expect(asks(queue, { caller, policy: lets({ Service: 'sns.amazonaws.com' }) })).toBe(false);
    expect(asks(queue, { caller, policy: lets(root) })).toBe(false);
  });

  test('overrides a boundary if it names the session but not if it names the role', () => {
    expect(asks(queue, { policy: lets({ AWS: session }), boundary })).toBe(true);
    expect(asks(queue, { policy: lets({ AWS: role }), boundary })).toBe(false);
  });
});

test('a boundary limits the caller’s policies', () => {
  expect(allows({}, { boundary })).toBe(false);
  expect(allows({}, { action: 's3:GetObject', resource: 'arn:aws:s3:::logs/1', boundary })).toBe(
    false,
  );
  expect(
    isAllowedByPolicies({
      ...question,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::logs/1',
      identity: [document(everything)],
      boundary,
    }),
  ).toBe(true);
});

const statements = fc.array(
  fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('*', 'cloudtrail:*', 'cloudtrail:StopLogging', 'sqs:*'),
    Resource: fc.constantFrom('*', trail, `${trail}-2`),
  }),
);

test('an action needs an allow and no deny, in any order and document', () => {
  fc.assert(
    fc.property(statements, (all) => {
      const matches = ({ Action, Resource }: { Action: string; Resource: string }) =>
        Action !== 'sqs:*' && Resource !== `${trail}-2`;
      const effects = all.filter(matches).map(({ Effect }) => Effect);
      const expected = effects.includes('Allow') && !effects.includes('Deny');

      for (const identity of [
        [document(...all)],
        [document(...all.toReversed())],
        all.map((one) => document(one)),
      ]) {
        expect(isAllowedByPolicies({ ...question, identity })).toBe(expected);
      }
    }),
  );
});

test('a deny in any policy overrides every allow', () => {
  const denial = document({ Effect: 'Deny', Action: '*', Resource: '*' });
  const denies = document({ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' });
  const identity = [document(everything)];

  expect(isAllowedByPolicies({ ...question, identity })).toBe(true);
  expect(isAllowedByPolicies({ ...question, identity: [...identity, denial] })).toBe(false);
  expect(isAllowedByPolicies({ ...question, identity, boundary: denial })).toBe(false);
  expect(isAllowedByPolicies({ ...question, identity, policy: denies })).toBe(false);
});

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?', '+', '(') });

test('text without wildcards matches only itself, and matches with * for a part', () => {
  fc.assert(
    fc.property(text, text, fc.nat(), (wanted, value, at) => {
      const like = (pattern: string, actual: string): boolean =>
        allows({ Condition: { StringLike: { key: pattern } } }, { context: { key: `=${actual}` } });

      if (!/[*?]/.test(wanted)) expect(like(`=${wanted}`, value)).toBe(wanted === value);
      const cut = at % (value.length + 1);
      const literal = value.slice(0, cut).replace(/[*?]/g, '?');
      expect(like(`=${literal}*`, value)).toBe(true);
    }),
  );
});

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

const question: Question = {
  caller: session,
  action: 'cloudtrail:StopLogging',
  resource: trail,
  owner: account,
  identity: [],
};

function document(...Statement: readonly object[]): object {
  return { Version: '2012-10-17', Statement };
}

/** Whether one statement of the caller's policy allows the request. */
function allows(statement: object, asked: Partial<Question> = {}): boolean {
  const written = {
    Effect: 'Allow',
    Action: 'cloudtrail:StopLogging',
    Resource: '*',
    ...statement,
  };
  const policy = document(JSON.parse(JSON.stringify(written)));
  return isAllowedByPolicies({ ...question, identity: [policy], ...asked });
}
