import { generateKeyPairSync } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTrailCommand, DeleteTrailCommand } from '@aws-sdk/client-cloudtrail';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { parseDeployment } from '#deployment/config.ts';
import { setVersioning } from '#sandbox/log-bucket.ts';
import { replicateLog, replicationRole } from '#sandbox/replication-attacks.ts';
import { testAccount } from '../support/account.ts';
import { backfillsOf } from '../support/backfill.ts';
import { runInTerminal, tooWide } from '../support/pseudo-terminal.ts';
import { tempFolder } from '../support/temp-files.ts';

const account = testAccount();

beforeEach(() => account.reset());

const [enter, controlC] = ['\r', '\u0003'];
const [hidesCursor, showsCursor] = ['\u001b[?25l', '\u001b[?25h'];

const alice = () => ({
  AWS_ENDPOINT_URL: account.endpoint,
  AWS_REGION: account.region,
  AWS_ACCESS_KEY_ID: 'alice',
  AWS_SECRET_ACCESS_KEY: 'any',
});

/** A checkout as it ships, without a configuration. */
async function checkout(): Promise<string> {
  const folder = await tempFolder();
  await cp('cdk.json', join(folder, 'cdk.json'));
  return folder;
}

const configIn = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'cdk.json'), 'utf8')).context.trailkeeper;

/** What init asks, in its order. */
const questions = [
  'Which trails should trailkeeper protect?',
  'What should it do about unauthorized changes?',
  'Which of these should it restore, too?',
  'Deploy a role in account 222233334444 to read what is there?',
  'Users and roles that may change baselines',
  'Which key should sign baselines?',
  'E-mail addresses for alarms:',
  'Slack channel',
];

test('init asks at a terminal, and Enter takes what it recommends', async () => {
  const folder = await checkout();
  const { code, output } = await runInTerminal(['init'], {
    cwd: folder,
    variables: alice(),
    answers: [...questions.map((question) => [question, enter] as const), ['[y/N]', `y${enter}`]],
  });

  expect(code, output).toBe(0);
  expect(output.lastIndexOf(showsCursor)).toBeGreaterThan(output.lastIndexOf(hidesCursor));
  const config = await configIn(folder);
  expect(() => parseDeployment(config)).not.toThrow();
  expect(config).toMatchObject({ mode: 'enforce', trails: [account.trail] });
  expect(config.approvers).toEqual([`arn:aws:iam::${account.account}:user/alice`]);
  expect(config.signing.keys).toHaveLength(1);
});

test('init names the role that replicates the bucket only if a person lets trailkeeper pass it', async () => {
  const owner = '444455556666';
  const Bucket = 'attacker-bucket';
  const { cloudtrail, s3 } = account.clientsOf(owner);
  const trail = { Name: 'own-trail', S3BucketName: Bucket };
  await cloudtrail.send(new CreateTrailCommand(trail));
  onTestFinished(async () => void (await cloudtrail.send(new DeleteTrailCommand(trail))));
  await s3.send(setVersioning(Bucket, 'Enabled'));
  await replicateLog(s3, Bucket, owner);
  const folder = await checkout();
  const as = { ...alice(), AWS_ACCESS_KEY_ID: owner };
  const asked = async (toPass: string) => {
    const { code, output } = await runInTerminal(['init'], {
      cwd: folder,
      variables: as,
      answers: [
        ...questions.slice(0, 2).map((question) => [question, enter] as const),
        ['Which of these should it restore, too?', enter],
        ['May trailkeeper pass the role', `${toPass}${enter}`],
        ...questions
          .slice(4)
          .filter((question) => !question.startsWith('Which key'))
          .map((question) => [question, enter] as const),
        ['[y/N]', `y${enter}`],
      ],
    });
    expect(code, output).toBe(0);
    expect(tooWide(output)).toEqual([]);
    return (await configIn(folder)).dependencies;
  };
  const bucket = { arn: `arn:aws:s3:::${Bucket}`, account: owner, restore: true };
  const withRole = { ...bucket, replicationRole: replicationRole(owner) };
  const args = ['init', '--new-key', 'none', '--restore', 'bucket', '--yes'];

  const { code, stderr } = await account.trailkeeper(args, as, folder);

  expect(code, stderr).toBe(0);
  expect((await configIn(folder)).dependencies).toEqual([bucket]);
  expect(await asked('')).toEqual([bucket]);
  expect(await asked('y')).toEqual([withRole]);
  expect(await asked('')).toEqual([withRole]);
  expect(await asked('n')).toEqual([bucket]);
});

test('Ctrl-C at a question changes nothing and shows the cursor', async () => {
  const folder = await checkout();
  for (const asked of [1, 2]) {
    const answers = questions
      .slice(0, asked)
      .map((question, i) => [question, i === asked - 1 ? controlC : enter] as const);
    const { code, output } = await runInTerminal(['init'], {
      cwd: folder,
      variables: alice(),
      answers,
    });

    expect(code).toBe(1);
    expect(output).toContain('nothing was changed');
    expect(output).not.toMatch(/^\s+at /m);
    expect(output.lastIndexOf(showsCursor)).toBeGreaterThan(output.lastIndexOf(hidesCursor));
  }
  expect(await configIn(folder)).toBeUndefined();
});

test('Ctrl-C during long work clears the line of its progress and shows the cursor', async () => {
  await backfillsOf(account).configure();

  const { code, output } = await runInTerminal(['backfill', '--from', '1h'], {
    cwd: process.cwd(),
    variables: alice(),
    answers: [['lookups', controlC]],
  });

  expect(code).toBe(130);
  expect(output.slice(output.lastIndexOf('lookups'))).toContain(`\r\u001b[K${showsCursor}`);
});

test('keys prints the public key in one line, so that it can be pasted', async () => {
  const folder = await checkout();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(folder, 'key.pem');
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));

  const { output } = await runInTerminal(['keys', '--signing-key', file], {
    cwd: folder,
    variables: {},
    answers: [],
  });

  const [line = ''] = output.split('\r\n').filter((one) => one.startsWith('"'));
  expect(JSON.parse(line)).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
});
