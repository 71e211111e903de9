import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { createVitest } from 'vitest/node';
import type { Context } from './context.ts';
import { accountId, type Options, regionName, roleArn, seconds, url } from './options.ts';
import { inQuiet } from './quiet.ts';
import { included, leftOut } from './selection.ts';
import { checkRoom, stage } from './stage.ts';
import { type Target, targetOf } from './target.ts';

const program = new Command('npm run conformance --')
  .description(
    'Check each CloudTrail behavior that trailkeeper rests on against an endpoint: a sandbox, or AWS.',
  )
  .argument('[files...]', 'only the files of cases whose path contains one of these, as quota')
  .addOption(
    new Option('--endpoint <url>', 'where to call (default: AWS itself)')
      .env('AWS_ENDPOINT_URL')
      .argParser(url),
  )
  .option('--change-account <id>', 'agree that the run changes this account', accountId)
  .option('--profile <name>', 'credentials of the shared configuration (default: as the SDK finds)')
  .addOption(
    new Option('--region <name>', 'the home Region of the trails')
      .env('AWS_REGION')
      .argParser(regionName),
  )
  .option('--other-region <name>', 'a Region to look from', regionName, 'eu-central-1')
  .option(
    '--log-role <arn>',
    'a role by which CloudTrail may write to log groups of a run',
    roleArn,
  )
  .option('--organization', 'organization trails, too: from the management account alone')
  .option('--member-profile <name>', 'credentials of a member account, to look and to delegate to')
  .option('--member-log-role <arn>', 'as --log-role, of the member account', roleArn)
  .option('--trusted-access', "disable and enable the organization's trusted access of CloudTrail")
  .option('--patience <seconds>', 'how long history and deliveries may take', seconds, 1800)
  .addHelpText(
    'after',
    '\nExit code: 0 the endpoint behaves as every case says, 1 a case failed or nothing was run.' +
      '\nWhat it makes, and what it costs: conformance/README.md.',
  )
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  const label = styleText('red', 'error', { stream: process.stderr });
  console.error(`${label} ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const target = await targetOf(options);
  console.log(plan(target));
  if (target.sandbox === null) checkConsent(target, options);
  await checkRoom(target.context);
  const passed = await inQuiet(target.sandbox, () => stagedRun(target, files));
  if (!passed) process.exitCode = 1;
}

async function stagedRun(target: Target, files: readonly string[]): Promise<boolean> {
  const { context, clear } = await stage(target.context);
  try {
    return await passes(context, included(target), files);
  } finally {
    await clear();
  }
}

/** Runs the cases; Ctrl-C ends after the case at hand, so that everything is removed. */
async function passes(
  context: Context,
  include: string[],
  files: readonly string[],
): Promise<boolean> {
  const vitest = await createVitest({
    config: false,
    root: fileURLToPath(new URL('..', import.meta.url)),
    watch: false,
    include,
    reporters: ['tree'],
    // One account has room for five trails: one file at a time. Ctrl-C reaches processes, not threads.
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: context.patienceMs + 120_000,
    hookTimeout: context.patienceMs + 120_000,
    provide: { conformance: context },
  });
  // Vitest's own listeners would end the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal);
    process.once(signal, () => vitest.cancelCurrentRun('keyboard-input'));
  }
  try {
    const { testModules, unhandledErrors } = await vitest.start([...files]);
    return unhandledErrors.length === 0 && testModules.every((module) => module.ok());
  } finally {
    await vitest.close();
  }
}

function plan(target: Target): string {
  const { accountId: account, region, otherRegion } = target.context;
  const without = leftOut(target).map((what) => `\n  left out: ${what}`);
  return `${target.caller}, account ${account}, ${region} and ${otherRegion}
  makes and removes trails, buckets, keys, topics, tables and log groups named trailkeeper-conformance-…
  needs room for three trails in both Regions${without.join('')}`;
}

function checkConsent({ context, caller }: Target, { changeAccount }: Options): void {
  if (changeAccount === context.accountId) return;
  if (changeAccount !== undefined) {
    throw new Error(
      `--change-account ${changeAccount} is not account ${context.accountId} of ${caller}: nothing was changed`,
    );
  }
  throw new Error(
    `nothing was changed: to agree to the above, give --change-account ${context.accountId}`,
  );
}
