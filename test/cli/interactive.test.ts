import { generateKeyPairSync } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parseDeployment } from '#deployment/config.ts';
import { testAccount } from '../support/account.ts';
import { backfillsOf } from '../support/backfill.ts';
import { runInTerminal } from '../support/pseudo-terminal.ts';
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
