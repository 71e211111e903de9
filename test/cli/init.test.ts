import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTrailCommand, DeleteTrailCommand } from '@aws-sdk/client-cloudtrail';
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { GetKeyPolicyCommand, GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parsePublicKey } from '#baseline/signing/signature.ts';
import { parseDeployment } from '#deployment/config.ts';
import { rootAlarm, watchRoot } from '#sandbox/alarm-attacks.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { tempFolder } from '../support/temp-files.ts';

const account = testAccount();

beforeEach(() => account.reset());

const home = '111122223333';
const standalone = '444455556666';
const member = '333344445555';

/** A checkout as it ships. */
async function checkout(): Promise<string> {
  const folder = await tempFolder();
  await cp('cdk.json', join(folder, 'cdk.json'));
  return folder;
}

const contextIn = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'cdk.json'), 'utf8')).context;

const configIn = async (folder: string) => (await contextIn(folder)).trailkeeper;

const init = (folder: string, args: readonly string[] = [], as = 'alice') =>
  account.trailkeeper(
    ['init', ...args, '--yes'],
    { AWS_ACCESS_KEY_ID: as, AWS_REGION: '' },
    folder,
  );

/** Makes a trail in another account for the length of a test. */
async function trailIn(accountId: string): Promise<string> {
  const client = account.clientOf(accountId);
  const bucket = accountId === standalone ? 'attacker-bucket' : 'org-trail-logs';
  const { TrailARN = '' } = await client.send(
    new CreateTrailCommand({ Name: 'own-trail', S3BucketName: bucket }),
  );
  onTestFinished(async () => {
    await client.send(new DeleteTrailCommand({ Name: TrailARN }));
  });
  return TrailARN;
}

describe('init', () => {
  test('writes a whole configuration of the management account, and pins the key that it creates', async () => {
    const folder = await checkout();

    const { code, stdout, stderr } = await init(folder, ['--emails', 'soc@example.com']);

    expect(code, stderr).toBe(0);
    const config = await configIn(folder);
    expect(config).toMatchObject({
      mode: 'enforce',
      account: home,
      region: account.region,
      organization: { id: 'o-a1b2c3d4e5', delegatedAdministrators: ['222233334444'] },
      homeRegions: [account.region],
      trails: [account.trail],
      emails: ['soc@example.com'],
      approvers: [`arn:aws:iam::${home}:user/alice`],
    });
    const { PublicKey } = await account.kms.send(
      new GetPublicKeyCommand({ KeyId: config.signing.key }),
    );
    const der = Buffer.from(PublicKey ?? []).toString('base64');
    expect(config.signing.keys.map((pem: string) => parsePublicKey(pem).der)).toEqual([der]);
    expect(() => parseDeployment(config)).not.toThrow();
    expect(stdout).toContain('npx --no -- trailkeeper deploy');
  });

  test('lets only the approvers sign with the new key', async () => {
    const folder = await checkout();
    await init(folder);
    const { signing } = await configIn(folder);

    const { Policy = '' } = await account.kms.send(
      new GetKeyPolicyCommand({ KeyId: signing.key, PolicyName: 'default' }),
    );

    const { Statement } = JSON.parse(Policy);
    const signs = Statement.filter(({ Action }: { Action: string[] }) =>
      Action.some((action) => ['kms:Sign', 'kms:*'].includes(action)),
    );
    expect(signs).toMatchObject([
      { Condition: { ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${home}:user/alice`] } } },
    ]);
  });

  test('--approvers changes who may sign with the key that it created, and who may write', async () => {
    const folder = await checkout();
    await init(folder);
    const security = `arn:aws:iam::${home}:role/Security`;

    const { code, stderr } = await init(folder, ['--approvers', security]);

    expect(code, stderr).toBe(0);
    const { signing, approvers } = await configIn(folder);
    expect(approvers).toEqual([security]);
    const { Policy = '' } = await account.kms.send(
      new GetKeyPolicyCommand({ KeyId: signing.key, PolicyName: 'default' }),
    );
    expect(Policy).toContain(security);
    expect(Policy).not.toContain('user/alice');
  });

  test('--approvers says where to change who may sign with a key that it did not create', async () => {
    const folder = await checkout();
    await init(folder, ['--signing-key', ownKeyArn]);
    const security = `arn:aws:iam::${home}:role/Security`;

    const { code, stderr } = await init(folder, ['--approvers', security]);

    expect(code).toBe(0);
    expect(stderr).toContain(`${ownKeyArn} is not the key of init`);
    expect((await configIn(folder)).approvers).toEqual([security]);
  });

  test('--new-key none leaves baselines unsigned in mode enforce, and kms adds a key later', async () => {
    const folder = await checkout();

    await init(folder, ['--new-key', 'none']);
    const unsigned = await configIn(folder);
    await init(folder, ['--emails', 'soc@example.com']);
    const changed = await configIn(folder);
    await init(folder, ['--new-key', 'kms']);
    const signed = await configIn(folder);

    expect(parseDeployment(unsigned)).toMatchObject({ mode: 'enforce', signing: { keys: [] } });
    expect(changed).not.toHaveProperty('signing');
    expect(signed.signing.keys).toHaveLength(1);
  });

  test('warns if alerts reach no one', async () => {
    const folder = await checkout();

    const quiet = await init(folder, ['--new-key', 'none']);
    const heard = await init(folder, ['--emails', 'soc@example.com']);

    expect(quiet.stderr).toMatch(/^Alerts reach no one: .*--emails/m);
    expect(heard.stderr).not.toContain('Alerts reach no one');
  });

  test('keeps the rest of cdk.json', async () => {
    const folder = await checkout();
    await init(folder);

    expect(await contextIn(folder)).toMatchObject({
      '@aws-cdk/core:bootstrapQualifier': 'trailkeep',
    });
  });

  test('pins a new key in a file that only its owner can read', async () => {
    const folder = await checkout();
    const file = join(folder, 'approver.pem');

    const { code, stderr, stdout } = await init(folder, ['--new-key', file]);

    expect(code, stderr).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { keys } = await account
      .trailkeeper(['keys', '--signing-key', file, '--json'], {})
      .then(({ stdout: json }) => ({ keys: [JSON.parse(json).pem] }));
    expect((await configIn(folder)).signing).toEqual({ keys });
    expect(stdout).toContain(`capture --all --signing-key ${file}`);
  });

  test('does not overwrite a file with a new key, and writes no configuration', async () => {
    const folder = await checkout();
    const file = join(folder, 'approver.pem');
    await writeFile(file, 'mine');

    const { code } = await init(folder, ['--new-key', file]);

    expect(code).toBe(1);
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await configIn(folder)).toBeUndefined();
  });

  test('changes only what is said when it runs again', async () => {
    const folder = await checkout();
    await init(folder, ['--emails', 'soc@example.com']);
    const before = await configIn(folder);

    const { code, stderr } = await init(folder, ['--mode', 'observe']);

    expect(code, stderr).toBe(0);
    expect(await configIn(folder)).toEqual({ ...before, mode: 'observe' });
  });

  test('prints what it wrote as JSON', async () => {
    const folder = await checkout();

    const { stdout } = await init(folder, ['--json']);

    expect(JSON.parse(stdout)).toEqual({
      file: 'cdk.json',
      trailkeeper: await configIn(folder),
    });
  });

  test('writes no organization for a standalone account', async () => {
    const folder = await checkout();
    const trail = await trailIn(standalone);

    const { code, stderr } = await init(folder, [], standalone);

    expect(code, stderr).toBe(0);
    const config = await configIn(folder);
    expect(config).toMatchObject({ account: standalone, trails: [trail] });
    expect(config).not.toHaveProperty('organization');
    expect(stderr).toContain('is in no organization');
  });

  test('says what only the management account can do for a member account', async () => {
    const folder = await checkout();
    const trail = await trailIn(member);

    const { code, stderr } = await init(folder, [], member);

    expect(code, stderr).toBe(0);
    const config = await configIn(folder);
    expect(config).toMatchObject({ account: member, trails: [trail] });
    expect(config).not.toHaveProperty('organization');
    expect(stderr).toContain(`Only a deployment in the management account ${home} can protect`);
  });
});

describe('init refuses, and writes nothing', () => {
  test.each([
    ['credentials of another account', ['--account', standalone], `not ${standalone}`],
    ['an unknown Region', ['--region', 'eu-nowhere-1'], 'eu-nowhere-1 is not a known Region'],
    ['another organization', ['--organization', 'o-zzzzzzzzzz'], 'not in the organization o-zzzz'],
    [
      'a trail that does not exist',
      ['--trails', `arn:aws:cloudtrail:us-east-1:${home}:trail/none`],
      `no trail arn:aws:cloudtrail:us-east-1:${home}:trail/none`,
    ],
    ['an invalid address', ['--emails', 'soc'], 'trailkeeper.emails.0: must be an email'],
  ])('%s', async (_what, args, message) => {
    const folder = await checkout();

    const { code, stderr } = await init(folder, args);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await configIn(folder)).toBeUndefined();
  });

  test('a configuration of another account', async () => {
    const folder = await checkout();
    await init(folder);
    const before = await configIn(folder);

    const { code, stderr } = await init(folder, [], standalone);

    expect(code).toBe(1);
    expect(stderr).toContain(`cdk.json is for account ${home}`);
    expect(await configIn(folder)).toEqual(before);
  });

  test('an account without a trail', async () => {
    const { code, stderr } = await init(await checkout(), [], standalone);

    expect(code).toBe(1);
    expect(stderr).toContain(`account ${standalone} has no trail`);
  });

  test('to decide without a terminal and without --yes', async () => {
    const folder = await checkout();
    const { code, stderr } = await account.trailkeeper(['init'], {}, folder);

    expect(code).toBe(1);
    expect(stderr).toContain('add --yes');
  });
});

describe('what the trails depend on', () => {
  const archive = '222233334444';

  test('is said with the account that owns it, and only reported by default', async () => {
    const folder = await checkout();

    const { code, stderr } = await init(folder, ['--new-key', 'none']);

    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`bucket org-trail-logs (account ${archive})`);
    expect(stderr).toMatch(
      new RegExp(`log role org-trail-to-cloudwatch-logs \\(account ${home}\\)`),
    );
    const config = await configIn(folder);
    expect(config).not.toHaveProperty('dependencies');
    expect(config).not.toHaveProperty('dependencyAccounts');
  });

  test('is restored by kind with --restore, with a role in the account of a bucket, and the commands for it', async () => {
    const folder = await checkout();

    const { code, stdout, stderr } = await init(folder, [
      '--new-key',
      'none',
      ...['--restore', 'bucket', 'topic'],
    ]);

    expect(code, stderr).toBe(0);
    const config = await configIn(folder);
    const { dependencies, dependencyAccounts } = parseDeployment(config);
    expect(dependencies?.filter(({ restore }) => restore)).toEqual([
      { arn: 'arn:aws:s3:::org-trail-logs', account: archive, restore: true },
      { arn: expect.stringContaining(':sns:'), restore: true },
    ]);
    expect(dependencies).toHaveLength(5);
    expect(dependencyAccounts).toEqual([
      { account: archive, externalId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    expect(stdout).toContain(`deploy --dependencies ${archive} --profile PROFILE_OF_${archive}`);
    expect(stdout).toContain(
      `capture --all --restore bucket topic --dependency-profile PROFILE_OF_${archive}`,
    );

    await init(folder, ['--restore', 'key']);
    const again = parseDeployment(await configIn(folder));
    expect(again.dependencies?.filter(({ restore }) => restore)).toMatchObject([
      { arn: expect.stringContaining(':kms:') },
    ]);
    expect(again.dependencyAccounts).toEqual(dependencyAccounts);
  });

  test('keeps the role that a person named for the replication of the bucket', async () => {
    const folder = await checkout();
    const restored = ['--restore', 'bucket'];
    await init(folder, ['--new-key', 'none', ...restored]);
    const file = join(folder, 'cdk.json');
    const cdk = JSON.parse(await readFile(file, 'utf8'));
    const [bucket] = cdk.context.trailkeeper.dependencies;
    bucket.replicationRole = `arn:aws:iam::${archive}:role/replication`;
    await writeFile(file, JSON.stringify(cdk));

    await init(folder, restored);

    expect((await configIn(folder)).dependencies[0]).toEqual(bucket);
  });

  test('lists the alarms on the log group that it can restore, and names those alone', async () => {
    const { logs, cloudwatch } = account.clientsOf(home);
    await watchRoot({ logs, cloudwatch });
    const AlarmActions = ['arn:aws:automate:us-east-1:ec2:stop'];
    await cloudwatch.send(
      new PutMetricAlarmCommand({ ...rootAlarm, AlarmName: 'stops', AlarmActions }),
    );
    const folder = await checkout();

    const { stderr } = await init(folder, ['--new-key', 'none', '--restore', 'bucket']);
    const asked = await configIn(folder);
    await init(folder, ['--restore', 'alarms']);

    expect(stderr).toContain(`alarm root (account ${home})`);
    expect(stderr).not.toContain('alarm stops');
    expect(JSON.stringify(asked.dependencies)).not.toContain(':alarm:');
    const { dependencies } = parseDeployment(await configIn(folder));
    expect(dependencies?.filter(({ restore }) => restore)).toEqual([
      { arn: `arn:aws:cloudwatch:us-east-1:${home}:alarm:root`, restore: true },
    ]);
  });

  test('needs the owner of a bucket that no one can check', async () => {
    const bucket = account.clientsOf(archive).s3;
    await bucket.send(new DeleteBucketPolicyCommand({ Bucket: 'org-trail-logs' }));
    const folder = await checkout();

    const refused = await init(folder, ['--restore', 'bucket']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('bucket org-trail-logs was not found: pass --bucket-owner ACCOUNT'),
    ]);

    await init(folder, ['--new-key', 'none', '--restore', 'bucket', '--bucket-owner', archive]);
    expect((await configIn(folder)).dependencies[0]).toMatchObject({ account: archive });
  });
});
