import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { checkoutWith } from '../support/checkout.ts';
import { runCli } from '../support/run-cli.ts';

const cli = (...args: readonly string[]) => runCli(args, {});

/** The names under the headings of a help, without options and arguments. */
const commandsIn = (help: string): readonly string[] =>
  help
    .split(/\n\n/)
    .filter((part) => /^(?!Usage|Options|Global Options|Arguments|Examples)\S[^\n]*:\n/.test(part))
    .flatMap((part) => [...part.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name));

/** Every command that does something, for example `window start`. */
async function allCommands(): Promise<readonly string[]> {
  const names = commandsIn((await cli('--help')).stdout);
  const nested = await Promise.all(
    names.map(async (name) => {
      const below = commandsIn((await cli(name, '--help')).stdout);
      return below.length === 0 ? [name] : below.map((one) => `${name} ${one}`);
    }),
  );
  return nested.flat();
}

const commands = await allCommands();

test('the help lists every file of a command', () => {
  expect(commands).toContain('window start');
  expect(commands.length).toBeGreaterThan(20);
});

describe.each(commands)('the help of %s', (command) => {
  test('has examples, with options that the command has', async () => {
    const { code, stdout } = await cli(...command.split(' '), '--help');
    const [help = '', examples = ''] = stdout.split('Examples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  npx'));

    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toContain(`  npx --no -- trailkeeper ${command}`);
      for (const option of line.match(/ --(?!no )[a-z-]+/g) ?? []) expect(help).toContain(option);
    }
  });

  test('fits 80 columns', async () => {
    const { stdout } = await cli(...command.split(' '), '--help');

    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

test('the help of the CLI fits 80 columns', async () => {
  const { stdout } = await cli('--help');

  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('the help marks options that are required', async () => {
  const { stdout } = await cli('retire', '--help');

  expect(stdout).toMatch(/--reason <text> +required: /);
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  expect(await cli('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('what prints the help loads no AWS SDK', () => {
  const { metafile } = buildSync({
    entryPoints: ['cli/main.ts'],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'any',
    write: false,
    metafile: true,
  });
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') follow(path);
    }
  };
  follow('any/main.js');

  expect([...seen]).toContain('commander');
  expect([...seen].filter((name) => name.startsWith('@aws-sdk'))).toEqual([]);
});

describe('an error', () => {
  const offline = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'alice',
    AWS_SECRET_ACCESS_KEY: 'any',
  };

  test.each([
    ['of the arguments', ['plan', '--nothing'], "unknown option '--nothing'"],
    ['of a command', ['import', 'no-such-file.json'], 'AWS cannot be reached'],
  ])('%s begins with the same word', async (_of, args, message) => {
    const { code, stdout, stderr } = await runCli(args, offline);

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).toContain(message);
  });

  test.each([
    ['of the arguments', ['plan', '--nothing'], 'UsageError'],
    ['of a command', ['plan'], 'Error'],
  ])('%s is JSON with --json', async (_of, args, name) => {
    const { code, stdout } = await runCli([...args, '--json'], offline);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: { name, message: expect.any(String) } });
  });

  test('of a name that is misspelled suggests the right one', async () => {
    expect((await cli('plans')).stderr).toBe(
      "error: unknown command 'plans' (Did you mean plan?). See --help\n",
    );
  });
});

describe('completion', () => {
  const completeIn = async (
    cwd: string,
    ...description: readonly string[]
  ): Promise<readonly string[]> => {
    const cli = [resolve('cli/trailkeeper.js'), 'complete', ...description];
    const { stdout } = await promisify(execFile)(process.execPath, cli, { cwd });
    return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
  };

  const complete = (...description: readonly string[]) => completeIn('.', ...description);

  test('suggests commands, their subcommands, options and values', async () => {
    expect(await complete('--', 'win')).toContain('window');
    expect(await complete('--', 'window', 'st')).toContain('start');
    expect(await complete('--', 'retire', '--re')).toContain('--reason');
    expect(await complete('--', 'deploy', '--mode', '')).toEqual(
      expect.arrayContaining(['enforce', 'observe']),
    );
  });

  test('suggests the trails of cdk.json, a repeated name by its ARN', async () => {
    const arn = (region: string, name: string) =>
      `arn:aws:cloudtrail:${region}:111122223333:trail/${name}`;
    const [audit, west, east] = [
      arn('us-east-1', 'audit'),
      arn('us-west-2', 'org-trail'),
      arn('us-east-1', 'org-trail'),
    ];
    const trails = [audit, west, east];
    const folder = await checkoutWith({}, { trails, homeRegions: ['us-east-1', 'us-west-2'] });

    for (const words of [['plan'], ['incidents'], ['window', 'start'], ['diff', '1', 'live']]) {
      const suggested = await completeIn(folder, '--', ...words, '');
      expect(suggested).toEqual(expect.arrayContaining(['audit', west, east]));
      expect(suggested).not.toContain('org-trail');
    }
    expect(await completeIn(folder, '--', 'backfill', 'org-trail', 'au')).toContain('audit');
  });

  test('suggests the kinds that a maintenance window can suspend', async () => {
    const suggested = await complete('--', 'window', 'start', '--kinds', '');

    expect(suggested).toEqual(expect.arrayContaining(['tags', 'event-selectors', 'all']));
    expect(suggested).not.toContain('logging');
  });

  test.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    expect((await complete(shell)).join('\n')).toContain('trailkeeper complete --');
  });
});
