import { describe, expect, test } from 'vitest';
import { withoutDeletedPrincipals } from '#drift/dependencies/deleted-principals.ts';

const role = 'AROA1234567890EXAMPLE';
const user = 'AIDA1234567890EXAMPLE';
const reader = 'arn:aws:iam::111122223333:role/reader';
const allow = (Principal: unknown) => ({ Effect: 'Allow', Principal, Action: '*', Resource: '*' });
const cloudTrail = allow({ Service: 'cloudtrail.amazonaws.com' });
const policy = (...Statement: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement });

describe('a policy without principals that were deleted', () => {
  test.each<[string, unknown, readonly object[]]>([
    ['loses a statement that names no others', { AWS: role }, []],
    ['loses one with two of them', { AWS: [role, user] }, []],
    ['keeps the others', { AWS: [user, reader] }, [allow({ AWS: [reader] })]],
    [
      'keeps a service',
      { AWS: role, Service: 'config.amazonaws.com' },
      [allow({ Service: 'config.amazonaws.com' })],
    ],
  ])('%s', (_what, principal, kept) => {
    const written = withoutDeletedPrincipals(policy(allow(principal), cloudTrail));
    expect(written).toBe(policy(...kept, cloudTrail));
    expect(withoutDeletedPrincipals(policy(cloudTrail, allow(principal)))).toBe(
      policy(cloudTrail, ...kept),
    );
  });

  test.each<[string, string]>([
    ['it has none', policy(allow({ AWS: ['*', reader, '111122223333'] }), allow('*'), cloudTrail)],
    ['a statement is about all but them', policy({ Effect: 'Deny', NotPrincipal: { AWS: role } })],
    ['it would be empty', policy(allow({ AWS: role }))],
  ])('does not exist if %s', (_why, text) => {
    expect(withoutDeletedPrincipals(text)).toBeNull();
  });
});
