import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditBucket } from '#sandbox/audit-dependencies.ts';
import { bucketAttacks, bucketDeletion } from '#sandbox/bucket-attacks.ts';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import {
  editPolicy,
  lockObjects,
  protectBucket,
  replicateTo,
  statementsOf,
} from '#sandbox/log-bucket.ts';
import {
  addedReplication,
  copyOf,
  replicateLog,
  replicationAttacks,
  replicationRole,
} from '#sandbox/replication-attacks.ts';
import { deployment, outsider } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { takeAway } from '../support/role-permissions.ts';
import { profile } from '../support/temp-files.ts';

// Threats B1 to B10 in a log-archive account: the functions restore the bucket with their role there.

const Bucket = 'org-trail-logs';
const archive = '222233334444';
const misspelled = `arn:aws:s3:::${Bucket}-2`;
const config = {
  dependencies: [
    {
      arn: `arn:aws:s3:::${Bucket}`,
      ...{ account: archive, restore: true, replicationRole: replicationRole(archive) },
    },
    { arn: misspelled, account: archive, restore: true },
  ],
  dependencyAccounts: [{ account: archive, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
};

const account = testAccount({ deployment: config });
let owner: S3Client;

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  const { endpoint } = account;
  await deployDependencies(endpoint, archive, { ...deployment, ...config, mode: 'enforce' });
  owner = account.clientsOf(archive).s3;
  await protectBucket(owner, Bucket);
});

const trailkeeper = async (...args: readonly string[]) =>
  account.trailkeeper(args, await profile('log-archive', archive));

const asArchive = ['--dependency-profile', 'log-archive'];
const capture = (trail: string, ...args: readonly string[]) =>
  trailkeeper('capture', trail, '--reason', 'test', '--yes', ...args);

async function captureToRestore(): Promise<void> {
  const variables = await profile('log-archive', archive);
  await captureWith(account, { bucket: 'restore' }, { args: asArchive, variables });
}

test('a capture warns that it cannot read the bucket, with the remedy', async () => {
  const trail = await account.addTrail('new-trail');
  const { stdout } = await capture(trail);

  expect(stdout).toMatch(
    /warning not protected, .*: bucket org-trail-logs, of account 222233334444/,
  );
  expect(stdout).toContain(`--dependency-profile, a profile of account ${archive}`);
  expect((await capture(trail, ...asArchive)).stdout).not.toContain('warning');
});

const ways = {
  'by its event': async () => {
    account.deliver({ paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s, if Mallory', (way, happens) => {
  async function expectRestored(attack: () => Promise<unknown>): Promise<void> {
    await captureToRestore();
    const before = await auditBucket(owner, Bucket);
    const ofCloudTrail = (await statementsOf(owner, Bucket)).slice(0, 2);
    account.deliver({ drop: way !== 'by its event' });
    await attack();

    await happens();

    expect(await auditBucket(owner, Bucket)).toEqual(before);
    expect(await statementsOf(owner, Bucket)).toEqual(expect.arrayContaining([...ofCloudTrail]));
    const [incident, ...others] = await account.incidents();
    expect(others).toEqual([]);
    expect(incident?.cause?.principal.accountId).toBe(way === 'by its event' ? archive : undefined);
    expect(JSON.stringify(incident?.cause ?? null)).not.toContain('Trailkeeper-Dependencies');
  }

  test.each([...bucketAttacks, bucketDeletion])('$title', ({ call }) =>
    expectRestored(() => call({ s3: owner }, Bucket)),
  );

  test.each(replicationAttacks)('$title', async ({ call }) => {
    await replicateLog(owner, Bucket, archive);
    await expectRestored(() => call({ s3: owner }, Bucket));
  });

  test('replicates the log to her own bucket', () =>
    expectRestored(() => addedReplication(archive).call({ s3: owner }, Bucket)));

  test('shortens the default retention', async () => {
    await lockObjects(owner, Bucket, 365);
    await expectRestored(() => lockObjects(owner, Bucket, 1));
  });
});

describe.each(Object.entries(ways))('is only reported %s, if Mallory', (way, happens) => {
  const lists = {
    Effect: 'Allow',
    Principal: { AWS: outsider.accountId },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };

  test.each<readonly [what: string, attack: () => Promise<unknown>, alert: string]>([
    [
      'lets her own account read the log',
      () => editPolicy(owner, Bucket, (all) => [...all, lists]),
      'someone may read, change or delete the log',
    ],
    [
      'takes the name of the bucket after she deleted it',
      async () => {
        await bucketDeletion.call({ s3: owner }, Bucket);
        await account.clientsOf(outsider.accountId).s3.send(new CreateBucketCommand({ Bucket }));
      },
      `cannot be verified to belong to ${archive}`,
    ],
  ])('%s', async (_what, attack, alert) => {
    await captureToRestore();
    account.deliver({ drop: way !== 'by its event', paused: true });
    const start = account.calls.length;
    await attack();

    await happens();

    expect(writesSince(start)).toEqual([]);
    expect((await account.incidents()).map(({ state }) => state)).toEqual(['drifted']);
    expect(await account.alerts()).toContain(alert);
  });
});

/** The writes of trailkeeper to the bucket. */
const writesSince = (start: number) =>
  account.calls
    .slice(start)
    .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'))
    .filter(({ service, operation }) => service === 's3' && /^(Put|Delete|Create)/.test(operation));

test.each([
  ['', async () => {}],
  [
    ' or verify its owner',
    () => owner.send(new DeleteBucketPolicyCommand({ Bucket })).then(() => {}),
  ],
])('a capture that may not read the bucket%s keeps its protection', async (_, before) => {
  await captureToRestore();
  const { bucket } = await statesInForce();
  await before();

  const { code, stderr } = await capture(account.trail);

  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/not read bucket: your credentials may not read .*CloudTrailStatements/);
  expect(await statesInForce()).toMatchObject({ bucket });
});

async function statesInForce(): Promise<{ readonly bucket: object }> {
  return JSON.parse((await trailkeeper('show', account.trail, '--json')).stdout).baseline.states;
}

test('the replication is restored only if the role in the account of the bucket may pass its role', async () => {
  await replicateLog(owner, Bucket, archive);
  await captureToRestore();
  await takeAway(account.clientsOf(archive).iam, 'Trailkeeper-Dependencies', 'iam:PassRole');
  await owner.send(new DeleteBucketReplicationCommand({ Bucket }));

  await account.swept();

  expect(await auditBucket(owner, Bucket)).toMatchObject({
    replication: 'ReplicationConfigurationNotFoundError',
  });
  expect(await account.alerts()).toContain('Only a person can restore the replication');
});

test('plan is in sync with a profile of the other account', async () => {
  await captureToRestore();

  const { code, stdout } = await trailkeeper('plan', account.trail, ...asArchive);

  expect([code, stdout]).toEqual([0, expect.not.stringContaining('bucket')]);
});

test('doctor says that a bucket is not restored if its policy was not captured, or no baseline names it', async () => {
  const findings = async () => {
    const { checks } = JSON.parse((await trailkeeper('doctor', '--json')).stdout);
    return checks.find(({ name }: { name: string }) => name === 'dependencies').findings;
  };
  await captureWith(account, { bucket: 'restore' });

  expect(await findings()).toContainEqual({
    status: 'note',
    message: expect.stringMatching(/^arn:aws:s3:::org-trail-logs of .* is not restored: the base/),
    remedy: expect.stringContaining(`--dependency-profile PROFILE_OF_${archive}`),
  });

  await captureToRestore();

  expect(await findings()).toContainEqual({
    status: 'ok',
    message: `arn:aws:s3:::${Bucket} of account ${archive} is restored`,
    remedy: null,
  });
  expect(await findings()).toContainEqual({
    status: 'wrong',
    message: `${misspelled} of account ${archive} is not restored: no baseline names it`,
    remedy: expect.stringContaining('correct its arn or account'),
  });
});

test('doctor says that the replication is not restored if the configuration names another role', async () => {
  await replicateTo(owner, Bucket, await copyOf(owner, Bucket), `${replicationRole(archive)}-2`);
  await captureToRestore();

  const { checks } = JSON.parse((await trailkeeper('doctor', '--json')).stdout);

  const { findings } = checks.find(({ name }: { name: string }) => name === 'dependencies');
  expect(findings).toContainEqual({
    status: 'note',
    message: expect.stringContaining(`the replication of arn:aws:s3:::${Bucket} can only be`),
    remedy: expect.stringContaining(`"replicationRole": "${replicationRole(archive)}-2"`),
  });
});

test('doctor says that the role of a replication may be passed for nothing', async () => {
  await captureToRestore();

  const { checks } = JSON.parse((await trailkeeper('doctor', '--json')).stdout);

  const { findings } = checks.find(({ name }: { name: string }) => name === 'dependencies');
  expect(findings).toContainEqual({
    status: 'note',
    message: `trailkeeper may pass ${replicationRole(archive)} to S3, but no baseline restores a replication with it`,
    remedy: expect.stringContaining(`remove replicationRole from arn:aws:s3:::${Bucket}`),
  });
});

test('plan and doctor without such a profile say what they may not read, and how to', async () => {
  await captureToRestore();
  await account.swept();

  const { code, stdout } = await trailkeeper('plan', account.trail);
  const { checks } = JSON.parse((await trailkeeper('doctor', '--json')).stdout);

  const unread = `your credentials may not read the bucket ${Bucket} of account ${archive}`;
  const remedy = `--dependency-profile NAME, a profile of account ${archive}`;
  expect([code, stdout]).toEqual([1, expect.stringContaining(unread)]);
  expect(stdout).toContain(remedy);
  expect(stdout).not.toContain('not readable');
  const trails = checks.find(({ name }: { name: string }) => name === 'trails').findings;
  expect(trails).toContainEqual({
    status: 'note',
    message: expect.stringContaining(unread),
    remedy: expect.stringContaining(remedy),
  });
});

test('--restore adds to the policy in force', async () => {
  await captureToRestore();

  const { code, stderr } = await capture(account.trail, '--restore', 'key', 'topic');

  expect(code, stderr).toBe(0);
  const { baseline } = JSON.parse((await trailkeeper('show', account.trail, '--json')).stdout);
  expect(baseline.policy).toEqual({ bucket: 'restore', key: 'restore', topic: 'restore' });
});

test('doctor names what the trail depends on and the configuration does not', async () => {
  await captureToRestore();

  const { checks } = JSON.parse((await trailkeeper('doctor', '--json')).stdout);

  const found = checks.find(({ name }: { name: string }) => name === 'dependencies').findings;
  expect(found).toContainEqual({
    status: 'wrong',
    message: expect.stringMatching(/^the key arn:.* cannot be read: dependencies .* not name it$/),
    remedy: expect.stringMatching(/^add \{"arn":"arn:aws:kms:.*"\} to dependencies, and deploy$/),
  });
});
