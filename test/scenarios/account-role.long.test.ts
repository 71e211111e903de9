import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AttachPolicyCommand, CreatePolicyCommand } from '@aws-sdk/client-organizations';
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from 'vitest';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { protectBucket } from '#sandbox/log-bucket.ts';
import { deployment } from '#sandbox/seed.ts';
import { type Account, testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { sessionOf } from '../support/role-session.ts';
import { profile } from '../support/temp-files.ts';

// The role in a log-archive account, and who else uses it.

const Bucket = 'org-trail-logs';
const archive = '222233334444';
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const config = {
  dependencies: [{ arn: `arn:aws:s3:::${Bucket}`, account: archive, restore: true }],
  dependencyAccounts: [{ account: archive, externalId }],
};
const role = `arn:aws:iam::${archive}:role/Trailkeeper-Dependencies`;
const reconcileRole = 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile';

/** Starts trailkeeper in a mode, with a baseline that asks to restore the bucket. */
function protectedArchive(mode: 'observe' | 'enforce') {
  const account = testAccount({ mode, deployment: config });
  let owner: S3Client;
  beforeEach(async () => {
    await account.reset();
    account.deliver({ drop: true, lambdaRetryMs: 10 });
    await deployDependencies(account.endpoint, archive, { ...deployment, ...config, mode });
    owner = account.clientsOf(archive).s3;
    await protectBucket(owner, Bucket);
    await captureWith(
      account,
      { bucket: 'restore' },
      {
        args: ['--dependency-profile', 'log-archive'],
        variables: await profile('log-archive', archive),
      },
    );
  });
  return {
    get account() {
      return account;
    },
    policy: async () => (await owner.send(new GetBucketPolicyCommand({ Bucket }))).Policy,
    /** The statements of the bucket policy that name CloudTrail, as text. */
    async ofCloudTrail(): Promise<readonly string[]> {
      const { Policy = '' } = await owner.send(new GetBucketPolicyCommand({ Bucket }));
      const statements: readonly object[] = JSON.parse(Policy).Statement;
      return statements
        .map((one) => JSON.stringify(one))
        .filter((one) => one.includes('cloudtrail'));
    },
    deletePolicy: () => owner.send(new DeleteBucketPolicyCommand({ Bucket })),
    /** The writes to the bucket in a session of the role. */
    writes: () =>
      account.calls.filter(
        ({ principal, service, operation }) =>
          principal.includes(':assumed-role/Trailkeeper-Dependencies/trailkeeper') &&
          service === 's3' &&
          !/^(Get|List|Head)/.test(operation),
      ),
  };
}

type Session = { readonly accessKeyId?: string; readonly ExternalId?: string };

/** A bucket policy that lets in no one but the owner. */
const closed = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${archive}:root` },
      Action: 's3:*',
      Resource: `arn:aws:s3:::${Bucket}`,
    },
  ],
});

/** Lets Mallory assume the role of the functions, and through it that of the archive. */
async function takeOver(account: Account): Promise<string> {
  const { endpoint, region } = account;
  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  await new IAMClient({ endpoint, region, credentials }).send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: 'Trailkeeper-Reconcile',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
          {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ],
      }),
    }),
  );
  return assume(account, { accessKeyId: await sessionOf(account, reconcileRole) });
}

/** Denies an action to everyone in the archive with an SCP. */
async function deny({ clientsOf }: Account, Action: string): Promise<void> {
  const { organizations } = clientsOf();
  const { Policy } = await organizations.send(
    new CreatePolicyCommand({
      ...{ Name: 'hers', Description: 'hers', Type: 'SERVICE_CONTROL_POLICY' },
      Content: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action, Resource: '*' }],
      }),
    }),
  );
  await organizations.send(
    new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId: archive }),
  );
}

/** Assumes the role, as an administrator of the main account would. */
const assume = async (
  { endpoint, region }: Account,
  { accessKeyId = 'mallory', ExternalId = externalId }: Session = {},
): Promise<string> => {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  const { Credentials } = await new STSClient({ endpoint, region, credentials }).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'mallory', ExternalId }),
  );
  return Credentials?.AccessKeyId ?? '';
};

describe('in mode enforce', () => {
  const world = protectedArchive('enforce');

  test('the event of a repair through the role is recognized as of trailkeeper itself', async () => {
    const ofCloudTrail = await world.ofCloudTrail();
    world.account.deliver({ drop: false });
    await world.deletePolicy();
    await world.account.settled();
    await world.account.swept();
    await world.account.settled();

    expect(new Set(await world.ofCloudTrail())).toEqual(new Set(ofCloudTrail));
    expect(world.writes().map(({ operation }) => operation)).toEqual(['PutBucketPolicy']);
    const events = world.account.invocations.filter(({ payload }) =>
      JSON.stringify(payload).includes('"eventName":"PutBucketPolicy"'),
    );
    expect(events).toMatchObject([
      { payload: { account: archive }, result: { trails: [{ verdict: 'self-triggered' }] } },
    ]);
    expect(await world.account.incidents()).toHaveLength(1);
  });

  test('a write by someone else who took over the role is reported as theirs, and reverted', async () => {
    const ofCloudTrail = await world.ofCloudTrail();
    const { s3 } = world.account.clientsOf(await takeOver(world.account));
    world.account.deliver({ drop: false });

    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: closed }));
    await world.account.settled();

    expect(new Set(await world.ofCloudTrail())).toEqual(new Set(ofCloudTrail));
    const [incident, ...others] = await world.account.incidents();
    expect(others).toEqual([]);
    expect(incident?.cause).toMatchObject({
      eventName: 'PutBucketPolicy',
      selfTriggered: false,
      principal: { type: 'AssumedRole', issuerArn: role },
    });
  });

  test.each([
    ['what it hides', 's3:GetBucketPolicy', async () => {}, 'grant the role of trailkeeper'],
    [
      'a repair that it denies',
      's3:PutBucketPolicy',
      world.deletePolicy,
      'an SCP or the policy of the bucket denies the call',
    ],
  ])(
    'B11, an SCP on the archive is not touched, and %s is reported',
    async (_what, Action, attack, alert) => {
      await deny(world.account, Action);
      const start = world.account.calls.length;
      await attack();

      await world.account.swept();

      expect(world.writes().filter(({ error }) => error === null)).toEqual([]);
      expect(world.account.writesSince(start)).toEqual([]);
      expect(await world.account.alerts()).toContain(alert);
    },
  );

  test('an external id alone does not allow an administrator of the main account to assume the role', async () => {
    await expect(assume(world.account)).rejects.toThrow('not authorized');
  });
});

describe('in mode observe', () => {
  const world = protectedArchive('observe');

  test('nothing is written with the role, which could not write', async () => {
    world.account.deliver({ drop: false });
    await world.deletePolicy();
    await world.account.settled();
    await world.account.swept();

    await expect(world.policy()).rejects.toThrow('bucket policy does not exist');
    expect(world.writes()).toEqual([]);
    const [incident, ...others] = await world.account.incidents();
    expect(others).toEqual([]);
    expect(incident?.state).toBe('drifted');

    const { s3 } = world.account.clientsOf(await takeOver(world.account));
    await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: closed }))).rejects.toThrow(
      'Access Denied',
    );
  });
});
