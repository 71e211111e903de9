import { describe, expect, test } from 'vitest';
import { RoleNotAssumedError, roleCredentials } from '#aws/assume-role.ts';
import type { Role } from '#sandbox/world.ts';
import { inProcess } from '../support/in-process.ts';

const account = '222233334444';
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const roleArn = `arn:aws:iam::${account}:role/Trailkeeper-Dependencies`;
const minute = 60_000;

/** A role in another account that asks for the external id, and a caller of the main account whose clock is right. */
function role({ behind = 0 } = {}) {
  const { world, calls, configOf } = inProcess(() => new Date(Date.now() - behind));
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
  const trusting: Role = { policies: new Map(), attached: [], boundary: null, trust };
  world.roles.set(roleArn, trusting);
  const client = configOf('caller');
  return {
    credentials: (given = externalId) =>
      roleCredentials(roleArn, { account, externalId: given }, { client }),
    assumed: () => calls.filter(({ operation }) => operation === 'AssumeRole'),
  };
}

describe('the role in another account', () => {
  test('is assumed with the external id, as trailkeeper', async () => {
    const { credentials, assumed } = role();

    expect(await credentials()()).toMatchObject({
      accessKeyId: expect.stringMatching(/^ASIA/),
      expiration: expect.any(Date),
    });
    expect(assumed()).toMatchObject([
      { input: { RoleArn: roleArn, ExternalId: externalId, RoleSessionName: 'trailkeeper' } },
    ]);
  });

  test('is assumed once for many calls at once, and once for those after them', async () => {
    const { credentials, assumed } = role();
    const provide = credentials();

    await Promise.all([provide(), provide(), provide()]);
    await provide();

    expect(assumed()).toHaveLength(1);
  });

  test('is assumed again less than five minutes before its credentials expire', async () => {
    const { credentials } = role({ behind: 56 * minute });
    const provide = credentials();

    const { accessKeyId: first } = await provide();
    const { accessKeyId: second } = await provide();

    expect(second).not.toBe(first);
  });

  test('is not assumed with another external id, and the error says what to do', async () => {
    const { credentials } = role();

    const assuming = credentials('another-one')();

    await expect(assuming).rejects.toThrow(RoleNotAssumedError);
    await expect(assuming).rejects.toThrow(`the role ${roleArn} cannot be assumed: User: `);
    await expect(assuming).rejects.toThrow(
      `Deploy it with the externalId in cdk.json, with credentials of ${account}: npx --no -- trailkeeper deploy --dependencies ${account}`,
    );
  });

  test('is assumed when it can be, after it could not be', async () => {
    const { credentials, assumed } = role();
    await expect(credentials('another-one')()).rejects.toThrow(RoleNotAssumedError);

    await credentials()();

    expect(assumed().map(({ error }) => error)).toEqual(['AccessDenied', null]);
  });
});
