import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command } from 'commander';
import { z } from 'zod';
import { baselineStore } from '#aws/baseline-store.ts';
import { awsByRegion, stateClient } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import { keyArnFrom } from '#aws/kms.ts';
import { parsePolicy } from '#core/baseline.ts';
import { type Change, diff, type Json } from '#core/diff.ts';
import { renderChange, renderValue } from '#core/render.ts';
import { renderText } from '#core/text.ts';
import { parseTrailArn } from '#core/trail.ts';
import { kinds } from '#drift/index.ts';
import {
  type Captured,
  capturedStates,
  readStates,
  resolveStates,
  storeBaseline,
} from '#shared/capture.ts';

type Options = {
  readonly table?: string;
  readonly states?: string;
  readonly policy?: string;
  readonly reason?: string;
  readonly json?: true;
};

const program = new Command('npm run capture --')
  .description(
    'Make the live state of a trail its baseline: what trailkeeper restores from now on.',
  )
  .argument('<trail-arn>', 'the trail, by its ARN')
  .option('--table <name>', 'the state table (default: $TRAILKEEPER_TABLE)')
  .option(
    '--states <file>',
    'take the states that a JSON file has, by kind, from there and not from the live trail',
  )
  .option(
    '--policy <file>',
    'take from a JSON file what becomes of a drift (default: as in the version before)',
  )
  .option('--reason <text>', 'why; needed to replace a baseline that differs')
  .option('--json', 'print the baseline as JSON')
  .addHelpText('after', '\nExit code: 0 done, 1 error, 2 the trail differs from its baseline.')
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  console.error(
    `${styleText('red', 'error', { stream: process.stderr })} ${nameOf(error)}: ${renderText(explained(error))}`,
  );
  process.exitCode = 1;
}

async function run(text: string, options: Options): Promise<void> {
  const trail = parseTrailArn(text);
  const region = trail.region;
  const table = tableName(options);
  const state = stateClient();
  const store = baselineStore(state, table, kinds);
  const caller = await new STSClient({ region }).send(new GetCallerIdentityCommand());
  const written =
    options.states === undefined
      ? {}
      : await resolveStates(
          kinds,
          trail,
          readJson('--states', options.states),
          keyArnFrom(new KMSClient({ region })),
        );
  const live = await readStates(kinds, awsByRegion()(region), trail, new Date(), written);
  const states = capturedStates(kinds, live, written);
  const policy =
    options.policy === undefined ? null : parsePolicy(readJson('--policy', options.policy), kinds);

  const captured = await storeBaseline(store, {
    schema: 1,
    trail: trail.arn,
    capturedAt: new Date().toISOString(),
    capturedBy: z.string().parse(caller.Arn),
    reason: options.reason ?? null,
    states,
    policy,
  });
  if (options.json) console.log(JSON.stringify(captured, null, 2));
  else tell(captured, diff(states as Json, live as Json));
  if (captured.status === 'differs') process.exitCode = 2;
}

/** DynamoDB does not say which table it does not have. */
function explained(error: unknown): string {
  return nameOf(error) === 'ResourceNotFoundException'
    ? `the state table was not found: is ${program.opts().table ?? process.env.TRAILKEEPER_TABLE} its name, and AWS_REGION the Region that trailkeeper is deployed to?`
    : messageOf(error);
}

function tableName({ table = process.env.TRAILKEEPER_TABLE }: Options): string {
  if (table) return table;
  throw new Error(
    'no state table: give --table, or set TRAILKEEPER_TABLE to the stack output StateTableName',
  );
}

function readJson(option: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${option} ${file} can not be read as JSON: ${messageOf(cause)}`, { cause });
  }
}

function tell({ status, baseline, changes }: Captured, pending: readonly Change[]): void {
  const { trail, version, states, policy } = baseline;
  if (status === 'differs') {
    const label = styleText('yellow', 'not captured', { stream: process.stderr });
    console.error(`${label} ${trail} differs from version ${version}:`);
    tellChanges(changes, console.error);
    console.error('If that is how it must be, say why: --reason "…"');
    return;
  }
  console.log(`${styleText('green', status)} ${trail}, version ${version}`);
  for (const [kind, state] of Object.entries(states)) {
    for (const [field, value] of Object.entries(state as Record<string, Json>)) {
      console.log(`  ${kind}.${field}: ${renderValue(value)}`);
    }
  }
  for (const [kind, treatment] of Object.entries(policy)) {
    console.log(`  policy.${kind}: ${renderValue(treatment as Json)}`);
  }
  if (changes.length > 0) {
    console.log('changed since the version before:');
    tellChanges(changes, console.log);
  }
  if (pending.length > 0) {
    console.log(
      'the live trail differs; in mode enforce the next sweep restores what can be restored:',
    );
    for (const change of pending) console.log(`  ${renderChange('', change)}`);
  }
}

function tellChanges(changes: readonly Change[], print: (line: string) => void): void {
  for (const { path, desired, actual } of changes) {
    print(`  ${renderText(path)} is ${renderValue(actual)}, was ${renderValue(desired)}`);
  }
}
