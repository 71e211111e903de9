import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Command } from 'commander';
import { z } from 'zod';
import { baselineStore } from '#aws/baseline-store.ts';
import { awsByRegion } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import { keyArnFrom } from '#aws/kms.ts';
import type { Json } from '#core/diff.ts';
import { renderValue } from '#core/render.ts';
import { parseTrailArn } from '#core/trail.ts';
import { kinds } from '#drift/index.ts';
import { type Captured, readStates, resolveStates, storeBaseline } from '#shared/capture.ts';

type Options = {
  readonly table?: string;
  readonly states?: string;
  readonly reason?: string;
  readonly json?: true;
};

const program = new Command('capture')
  .description(
    'Make the live state of a trail its baseline: what trailkeeper restores from now on.',
  )
  .argument('<trail-arn>', 'the trail, by its ARN')
  .option('--table <name>', 'the state table (default: $TRAILKEEPER_TABLE)')
  .option('--states <file>', 'take the states from a JSON file, not from the live trail')
  .option('--reason <text>', 'why; needed to replace a baseline that differs')
  .option('--json', 'print the baseline as JSON')
  .addHelpText('after', '\nExit code: 0 done, 1 error, 2 the trail differs from its baseline.')
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  console.error(
    `${styleText('red', 'error', { stream: process.stderr })} ${nameOf(error)}: ${messageOf(error)}`,
  );
  process.exitCode = 1;
}

async function run(text: string, options: Options): Promise<void> {
  const trail = parseTrailArn(text);
  const region = trail.region;
  const store = baselineStore(
    DynamoDBDocumentClient.from(new DynamoDBClient()),
    tableName(options),
    kinds,
  );
  const caller = await new STSClient({ region }).send(new GetCallerIdentityCommand());
  const states =
    options.states === undefined
      ? await readStates(kinds, awsByRegion()(region), trail)
      : await resolveStates(
          kinds,
          trail,
          readJson(options.states),
          keyArnFrom(new KMSClient({ region })),
        );

  const captured = await storeBaseline(store, {
    schema: 1,
    trail: trail.arn,
    capturedAt: new Date().toISOString(),
    capturedBy: z.string().parse(caller.Arn),
    reason: options.reason ?? null,
    states,
    policy: {},
  });
  if (options.json) console.log(JSON.stringify(captured, null, 2));
  else tell(captured);
  if (captured.status === 'differs') process.exitCode = 2;
}

function tableName({ table = process.env.TRAILKEEPER_TABLE }: Options): string {
  if (table) return table;
  throw new Error(
    'no state table: give --table, or set TRAILKEEPER_TABLE to the stack output StateTableName',
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`--states ${file} can not be read as JSON: ${messageOf(cause)}`, { cause });
  }
}

function tell(captured: Captured): void {
  const { trail, version, states } = captured.baseline;
  if (captured.status === 'differs') {
    const label = styleText('yellow', 'not captured', { stream: process.stderr });
    console.error(`${label} ${trail} differs from version ${version}:`);
    for (const { path, desired, actual } of captured.changes) {
      console.error(`  ${path} is ${renderValue(actual)}, was ${renderValue(desired)}`);
    }
    console.error('If that is how it must be, say why: --reason "…"');
    return;
  }
  console.log(`${styleText('green', captured.status)} ${trail}, version ${version}`);
  for (const [kind, state] of Object.entries(states)) {
    for (const [field, value] of Object.entries(state as Record<string, Json>)) {
      console.log(`  ${kind}.${field}: ${renderValue(value)}`);
    }
  }
}
