import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { inProcess } from '../support/in-process.ts';

// Sources: STS API reference, AssumeRole: credentials last for an hour by default. IAM User Guide, "Access to AWS accounts owned by
// third parties": the external id, and "Cross-account policy evaluation logic": both accounts must allow.

const RoleArn = 'arn:aws:iam::222233334444:role/Reader';
const caller = 'arn:aws:iam::111122223333:role/OrganizationAccountAccessRole';
const policy = (statement: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', ...statement }],
});

function account(start = Date.now()) {
  const clock = { now: start };
  const one = inProcess(() => new Date(clock.now));
  one.world.roles.set(RoleArn, {
    policies: new Map([['Read', policy({ Action: 's3:ListBucket', Resource: '*' })]]),
    attached: [],
    boundary: null,
    trust: policy({
      Action: 'sts:AssumeRole',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Condition: {
        StringEquals: { 'sts:ExternalId': 'right' },
        ArnEquals: { 'aws:PrincipalArn': caller },
      },
    }),
  });
  const assume = async (accessKeyId: string, ExternalId?: string) => {
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ExternalId });
    const { Credentials } = await new STSClient(one.configOf(accessKeyId)).send(command);
    return Credentials?.AccessKeyId ?? '';
  };
  return { ...one, clock, assume };
}

describe('AssumeRole', () => {
  test('is allowed to the caller that the trust policy names, with its external id', async () => {
    await expect(account().assume('role-someone', 'right')).resolves.toMatch(/^ASIA/);
  });

  test.each([
    ['another external id', 'role-someone', 'wrong'],
    ['no external id', 'role-someone', undefined],
    ['another caller', 'mallory', 'right'],
    ['another account', '444455556666', 'right'],
    ['a caller in the account of the role', '222233334444', 'right'],
  ])('is denied with %s', async (_what, accessKeyId, externalId) => {
    await expect(account().assume(accessKeyId, externalId)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test("is denied if the caller's own policies do not allow it", async () => {
    const { world, assume } = account();
    world.roles.set(caller, { policies: new Map(), attached: [], boundary: null, trust: {} });

    await expect(assume('role-someone', 'right')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('gives credentials that expire after an hour', async () => {
    const { clock, assume, clientsOf } = account();
    const s3 = clientsOf(await assume('role-someone', 'right')).s3In('us-east-1');
    const head = () => s3.send(new HeadBucketCommand({ Bucket: 'org-trail-logs' }));
    await expect(head()).resolves.toBeDefined();

    clock.now += 3_600_000;

    await expect(head()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
