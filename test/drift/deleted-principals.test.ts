import { describe, expect, test } from 'vitest';
import { withoutDeletedPrincipals, writePolicy } from '#drift/dependencies/deleted-principals.ts';

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
    [
      'keeps a role with the name of an id',
      { AWS: [user, `arn:aws:iam::111122223333:role/${role}`] },
      [allow({ AWS: [`arn:aws:iam::111122223333:role/${role}`] })],
    ],
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

describe('a policy with deleted principals', () => {
  const dead = policy(allow({ AWS: role }), cloudTrail);

  /** What was written, one after another, to a service that answers the first write with this error. */
  async function written(error: string, text: string): Promise<readonly string[]> {
    const asked: string[] = [];
    await writePolicy(text, async (sent) => {
      asked.push(sent);
      if (asked.length === 1) throw Object.assign(new Error(error), { name: error });
    }).catch(({ name }: Error) => asked.push(name));
    return asked;
  }

  test.each([
    ['S3', 'MalformedPolicy'],
    ['KMS', 'MalformedPolicyDocumentException'],
    ['IAM', 'MalformedPolicyDocument'],
    ['SNS', 'InvalidParameter'],
    ['SNS in its other form', 'InvalidParameterException'],
  ])('is written again without them if %s refuses it', async (_service, error) => {
    expect(await written(error, dead)).toEqual([dead, policy(cloudTrail)]);
  });

  test('is not written again for another reason', async () => {
    expect(await written('AccessDenied', dead)).toEqual([dead, 'AccessDenied']);
  });

  test('is not written again if it has none', async () => {
    const text = policy(cloudTrail);
    expect(await written('MalformedPolicy', text)).toEqual([text, 'MalformedPolicy']);
  });
});
