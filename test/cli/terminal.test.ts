import { execFile } from 'node:child_process';
import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, startAccount } from '../account.ts';

let account: Account;

beforeAll(async () => {
  account = await startAccount();
});
afterAll(() => account.stop());

const colour = String.fromCharCode(27);

describe('in a terminal', () => {
  test('a command that writes asks, and does nothing unless the answer is yes', async () => {
    for (const answer of ['n\n', '\n', 'maybe\n']) {
      const { code, output } = await inTerminal(['retire', '--reason', 'x'], {
        answer,
        variables: { NO_COLOR: '1' },
      });

      expect(code).toBe(1);
      expect(output).toContain('Stop guarding org-trail (us-east-1)? [y/N]');
      expect(output).toContain('nothing was changed');
      expect(output).not.toMatch(/^\s+at /m);
    }
    expect(await account.row({ pk: 'current', sk: account.trail })).toMatchObject({ version: 1 });
  });

  test('it goes ahead on a yes', async () => {
    const args = ['hold', '--kinds', 'tags', '--for', '1h', '--reason', 'x'];
    const { code, output } = await inTerminal(args, { answer: 'y\n' });

    expect(code).toBe(0);
    expect(output).toMatch(/held.* until .*: tags, by user\/alice \(x\)/);
  });

  test('what matters is coloured, unless NO_COLOR is set', async () => {
    expect((await inTerminal(['list'])).output).toContain(colour);
    expect((await inTerminal(['list'], { variables: { NO_COLOR: '1' } })).output).not.toContain(
      colour,
    );
  });
});

describe('in a pipe', () => {
  test('nothing is coloured, and a reader that stops early is no error', async () => {
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'x' }));
    for (const args of [['list'], ['plan'], ['show'], ['history'], ['doctor'], ['--help']]) {
      const { stdout, stderr } = await account.trailkeeper(args);

      expect(stdout).not.toBe('');
      expect(`${stdout}${stderr}`).not.toContain(colour);
    }
    expect(await shell('show | head -1')).toMatchObject({
      code: 0,
      output: expect.not.stringContaining('EPIPE'),
    });
  });
});

type Ended = { readonly code: number; readonly output: string };

/** Runs a command in a pseudo-terminal, which util-linux's `script` makes. */
function inTerminal(
  args: readonly string[],
  { answer = '', variables = {} }: { answer?: string; variables?: Record<string, string> } = {},
): Promise<Ended> {
  const command = ['cli/trailkeeper.ts', ...args].map((word) => `'${word}'`).join(' ');
  return start('script', ['-qec', `'${process.execPath}' ${command}`, '/dev/null'], {
    answer,
    variables,
  });
}

const shell = (rest: string): Promise<Ended> =>
  start('sh', ['-c', `'${process.execPath}' cli/trailkeeper.ts ${rest}`], {});

function start(
  file: string,
  args: readonly string[],
  { answer = '', variables = {} }: { answer?: string; variables?: Record<string, string> },
): Promise<Ended> {
  const env = {
    ...withoutWordsOnColour(process.env),
    TERM: 'xterm-256color',
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: account.region,
    AWS_ACCESS_KEY_ID: 'alice',
    AWS_SECRET_ACCESS_KEY: 'any',
    ...variables,
  };
  return new Promise((resolve) => {
    const child = execFile(file, args, { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, output: `${stdout}${stderr}` });
    });
    child.stdin?.end(answer);
  });
}

/** What Node's `getColorDepth` goes by, besides TERM: a CI machine has colour off by its `CI`. */
function withoutWordsOnColour(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, NODE_DISABLE_COLORS: _off, ...rest } = env;
  return rest;
}
