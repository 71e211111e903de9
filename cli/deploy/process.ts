import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { note } from '../terminal.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Runs a program of the checkout and prints the lines of its output that `shows` accepts, beside the answer. Throws if it fails, after
 * all of its output. `undefined` removes a variable.
 */
async function runProgram(
  file: string,
  args: readonly string[],
  variables: Variables = {},
  shows: (line: string) => boolean = () => false,
): Promise<void> {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, [file, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const hidden: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (shows(line)) note(`  ${line.trim()}`);
      else hidden.push(line);
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  note(...hidden);
  throw new Error(`${[file, ...args].join(' ')} ended with exit code ${code}, see above`);
}

/** The CDK on the app in `cdkOut`. It asks nothing, and connects to nothing but AWS. */
export const runCdk = (
  args: readonly string[],
  variables: Variables = {},
  shows?: (line: string) => boolean,
): Promise<void> =>
  runProgram(
    'node_modules/aws-cdk/bin/cdk',
    [...args, '--no-notices', '--no-version-reporting'],
    { ...variables, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    shows,
  );

/** Whether a line of `cdk bootstrap` or `cdk deploy` says how far it is: not an asset, a change set, an output of a stack, or its name alone. */
export const isProgress = (line: string): boolean =>
  / /.test(line.trim()) &&
  !/: (start|success): |creating CloudFormation changeset|^\S+ = |^✨|^Stack ARN:|^(Trusted accounts|Execution policies)/.test(
    line,
  );

/** Where the app is synthesized. */
export const cdkOut = 'cdk.out';

/** Synthesizes the app, with values for its context. */
export async function synthesize(...context: readonly string[]): Promise<void> {
  note('Synthesizing');
  const values = context.flatMap((one) => ['--context', one]);
  await runCdk(['synth', '--quiet', '--output', cdkOut, ...values]);
}

/** Deploys stacks of the synthesized app. */
export const deployStacks = (
  stacks: readonly string[],
  more: readonly string[] = [],
  shows = isProgress,
): Promise<void> =>
  runCdk(
    [
      ...['deploy', ...stacks, '--app', cdkOut, '--require-approval', 'never'],
      ...['--progress', 'events', ...more],
    ],
    {},
    shows,
  );
