import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { createVitest } from 'vitest/node';
import { excludedGroups, includedFiles } from './case-groups.ts';
import type { Context } from './context.ts';
import {
  accountId,
  emailAddress,
  type Options,
  regionName,
  roleArn,
  seconds,
  url,
} from './options.ts';
import { checkRoom, createRunResources } from './run-resources.ts';
import { type Target, targetOf } from './target.ts';
import { withoutEvents } from './without-events.ts';

const program = new Command('npm run conformance --')
  .description(
    'Check each CloudTrail behavior that trailkeeper relies on against an endpoint: a sandbox, or AWS.',
  )
  .argument('[files...]', 'only the case files whose path contains one of these, for example quota')
  .addOption(
    new Option('--endpoint <url>', 'the endpoint to call (default: AWS)')
      .env('AWS_ENDPOINT_URL')
      .argParser(url),
  )
  .option('--change-account <id>', 'confirm that the run may change this account', accountId)
  .option('--profile <name>', 'the AWS profile to use (default: the SDK’s default credentials)')
  .addOption(
    new Option('--region <name>', 'the home Region of the trails')
      .env('AWS_REGION')
      .argParser(regionName),
  )
  .option('--other-region <name>', 'a second Region', regionName, 'eu-central-1')
  .option(
    '--log-role <arn>',
    'a role with which CloudTrail can write to log groups of a run',
    roleArn,
  )
  .option(
    '--workflow-role <arn>',
    'a role with which state machines of a run can process distributed maps',
    roleArn,
  )
  .option('--email-from <address>', 'a sender that is verified in Amazon SES', emailAddress)
  .option('--security-hub', 'also import findings into Security Hub CSPM, which must be enabled')
  .option('--organization', 'also test organization trails (management account only)')
  .option(
    '--member-profile <name>',
    'the AWS profile of a member account, for reads and delegation',
  )
  .option('--member-log-role <arn>', 'like --log-role, in the member account', roleArn)
  .option(
    '--trusted-access',
    'disable and enable trusted access for CloudTrail in the organization',
  )
  .option('--patience <seconds>', 'how long event history and deliveries can take', seconds, 1800)
  .addHelpText(
    'after',
    '\nExit code: 0 if every case passed, 1 if a case failed or nothing was run.' +
      '\nResources that a run creates, and their cost: conformance/README.md.',
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
  const passed = await withoutEvents(target.sandbox, () => stagedRun(target, files));
  if (!passed) process.exitCode = 1;
}

async function stagedRun(target: Target, files: readonly string[]): Promise<boolean> {
  const { context, clear } = await createRunResources(target.context);
  try {
    return await passes(context, includedFiles(target), files);
  } finally {
    await clear();
  }
}

/** Runs the cases. Ctrl-C stops after the current case, so that everything is deleted. */
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
    // An account has room for five trails, so files run one at a time. Ctrl-C reaches processes, not threads.
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: context.patienceMs + 120_000,
    hookTimeout: context.patienceMs + 120_000,
    provide: { conformance: context },
  });
  // Vitest's own listeners would end the process immediately.
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
  const without = excludedGroups(target).map((what) => `\n  left out: ${what}`);
  return `${target.caller}, account ${account}, ${region} and ${otherRegion}
  makes and removes trails, buckets, keys, topics, tables, log groups, alarms, event buses and state machines named trailkeeper-conformance-…
  needs room for three trails in both Regions${without.join('')}`;
}

function checkConsent({ context, caller }: Target, { changeAccount }: Options): void {
  if (changeAccount === context.accountId) return;
  if (changeAccount !== undefined) {
    throw new Error(
      `nothing was changed: --change-account ${changeAccount} is not account ${context.accountId} of ${caller}`,
    );
  }
  throw new Error(
    `nothing was changed: to confirm the plan above, add --change-account ${context.accountId}`,
  );
}
