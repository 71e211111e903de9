import { execFile } from 'node:child_process';
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AddTagsCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';
import { backfillsOf } from '../support/backfill.ts';
import { tempFolder } from '../support/temp-files.ts';

const account = testAccount();

const color = String.fromCharCode(27);

describe('in a terminal', () => {
  test('a command that writes asks, and does nothing unless the answer is yes', async () => {
    for (const answer of ['n\n', '\n', 'maybe\n']) {
      const { code, output } = await inTerminal(['retire', '--reason', 'x'], {
        answer,
        variables: { NO_COLOR: '1' },
      });

      expect(code).toBe(1);
      expect(output).toContain('Stop protecting org-trail (us-east-1)? [y/N]');
      expect(output).toContain('nothing was changed');
      expect(output).not.toMatch(/^\s+at /m);
    }
    expect(await account.baselines().find(parseTrailArn(account.trail).arn)).toMatchObject({
      baseline: { version: 1 },
    });
  });

  test('a no changes nothing, whatever would be written', async () => {
    const QueueUrl = account.outputs.DeadLetterQueueUrl;
    await account.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const exported = join(await folder(), 'baseline.json');
    await writeFile(exported, (await account.trailkeeper(['show', '--json'])).stdout);
    await tag('team');
    const prepared = [
      ['capture', '--reason', 'a team', '--yes'],
      ['window', 'start', '--kinds', 'tags', '--for', '1h', '--reason', 'x', '--yes'],
    ];
    for (const args of prepared) expect((await account.trailkeeper(args)).code).toBe(0);
    await tag('another');
    const [before, stored] = [await account.auditTrail(), await everyRow()];

    for (const [question, ...args] of [
      ['Make this the baseline?', 'capture', '--reason', 'x'],
      ['Make this the baseline?', 'import', exported, '--reason', 'x'],
      ['Make this the baseline?', 'rollback', '1', '--reason', 'x'],
      ['End it now?', 'window', 'end'],
      ['Reprocess them?', 'redrive'],
    ] as const) {
      const { code, output } = await inTerminal(args, {
        answer: 'n\n',
        variables: { NO_COLOR: '1' },
      });

      expect(output).toContain(`${question} [y/N]`);
      expect(output).toContain('nothing was changed');
      expect(code).toBe(1);
    }
    expect(await everyRow()).toEqual(stored);
    expect(await account.auditTrail()).toEqual(before);
    expect(await account.deadLetterCount()).toBe(1);
  });

  test('how far long work is shows in one line, which is gone at the end', async () => {
    const backfills = backfillsOf(account);
    await backfills.configure();

    const { output } = await inTerminal(['backfill', '--from', '1h']);

    const [, ...lines] = output.split(`\r${color}[K`);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines[0]).toMatch(/\d+ of \d+ lookups, \d+ calls? found: /);
    expect(lines.at(-1)).toMatch(/^What was done to one trail from /);
  });

  test('it goes ahead on a yes', async () => {
    const args = ['window', 'start', '--kinds', 'tags', '--for', '1h', '--reason', 'x'];
    const { code, output } = await inTerminal(args, { answer: 'y\n' });

    expect(code).toBe(0);
    expect(output).toMatch(/maintenance.* until .*: tags, by user\/alice \(x\)/);
  });

  test('what matters is colored, unless NO_COLOR is set or --no-color is given', async () => {
    expect((await inTerminal(['list'])).output).toContain(color);
    expect((await inTerminal(['list', '--no-color'])).output).not.toContain(color);
    expect((await inTerminal(['list'], { variables: { NO_COLOR: '1' } })).output).not.toContain(
      color,
    );
  });
});

describe('in a pipe', () => {
  test('nothing is colored, and a reader that stops early is no error', async () => {
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'x' }));
    for (const args of [['list'], ['plan'], ['show'], ['history'], ['doctor'], ['--help']]) {
      const { stdout, stderr } = await account.trailkeeper(args);

      expect(stdout).not.toBe('');
      expect(`${stdout}${stderr}`).not.toContain(color);
    }
    expect(await shell('show | head -1')).toMatchObject({
      code: 0,
      output: expect.not.stringContaining('EPIPE'),
    });
  });
});

test('npx --no -- trailkeeper works in a copy of the checkout, as a person types it', async () => {
  const checkout = await folder();
  for (const part of ['cli', 'shared', 'package.json', 'package-lock.json']) {
    await cp(part, join(checkout, part), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(checkout, 'node_modules'));

  const { code, output } = await start('npx', ['--no', '--', 'trailkeeper', 'list', '--json'], {
    cwd: checkout,
  });

  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ trails: [{ trail: account.trail }] });
});

const tag = (Key: string) =>
  account.outsider.send(
    new AddTagsCommand({ ResourceId: account.trail, TagsList: [{ Key, Value: 'x' }] }),
  );

/** Everything that the state table holds. */
async function everyRow(): Promise<unknown[]> {
  const { Items = [] } = await account.table.send(
    new ScanCommand({ TableName: account.tableName }),
  );
  return Items;
}

async function folder(): Promise<string> {
  const made = await tempFolder();
  return made;
}

type Ended = { readonly code: number; readonly output: string };

/** Runs a command in a pseudo-terminal, which util-linux's `script` makes. */
function inTerminal(
  args: readonly string[],
  { answer = '', variables = {} }: { answer?: string; variables?: Record<string, string> } = {},
): Promise<Ended> {
  const command = ['cli/trailkeeper.js', ...args].map((word) => `'${word}'`).join(' ');
  return start('script', ['-qec', `'${process.execPath}' ${command}`, '/dev/null'], {
    answer,
    variables,
  });
}

const shell = (rest: string): Promise<Ended> =>
  start('sh', ['-c', `'${process.execPath}' cli/trailkeeper.js ${rest}`], {});

function start(
  file: string,
  args: readonly string[],
  {
    answer = '',
    variables = {},
    cwd = '.',
  }: { answer?: string; variables?: Record<string, string>; cwd?: string },
): Promise<Ended> {
  const env = {
    ...plain(process.env),
    TERM: 'xterm-256color',
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: account.region,
    AWS_ACCESS_KEY_ID: 'alice',
    AWS_SECRET_ACCESS_KEY: 'any',
    ...variables,
  };
  return new Promise((resolve) => {
    const child = execFile(file, args, { env, cwd }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, output: `${stdout}${stderr}` });
    });
    child.stdin?.end(answer);
  });
}

/**
 * An environment without what Node's `getColorDepth` goes by, besides TERM: a CI machine has color off by its `CI`; and without
 * what the npm that runs these tests reports an npm of where they are.
 */
function plain(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, NODE_DISABLE_COLORS: _off, ...rest } = env;
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !/^npm_/i.test(name)));
}
