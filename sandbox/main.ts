import { Command, InvalidArgumentError, Option } from 'commander';
import { partitions } from '#aws/partitions.ts';
import { escapeControlChars } from '#text/escape.ts';
import type { CallRecord } from './api.ts';
import type { Sandbox } from './sandbox-options.ts';

type Options = {
  readonly port: number;
  readonly mode: 'observe' | 'enforce';
  readonly sweepEvery: number;
  readonly slack: 'bot' | 'webhook';
  readonly lenientSelectors?: true;
  readonly partition: string;
  readonly empty?: true;
  readonly json?: true;
};

await new Command('npm run sandbox --')
  .description(
    'Runs an AWS emulator on this computer with trailkeeper deployed and an organization trail to attack.',
  )
  .option('--port <n>', 'port on 127.0.0.1; 0 picks a free one', wholeNumber, 4599)
  .addOption(new Option('--mode <mode>').choices(['observe', 'enforce']).default('enforce'))
  .option('--sweep-every <seconds>', '0: only on POST /_sandbox/sweep', wholeNumber, 2)
  .addOption(
    new Option('--slack <by>', 'how alerts reach Slack').choices(['bot', 'webhook']).default('bot'),
  )
  .option(
    '--lenient-selectors',
    'let trails accept advanced selectors that AWS documents only for event data stores',
  )
  .addOption(
    new Option('--partition <name>', 'the AWS partition to model')
      .choices(partitions.map(({ name }) => name))
      .default('aws'),
  )
  .option('--empty', 'deploy nothing, to set up trailkeeper yourself')
  .option('--json', 'print {"endpoint","account","region","trail","table"} and nothing else')
  .action(run)
  .parseAsync();

async function run({
  port,
  mode,
  sweepEvery,
  slack,
  lenientSelectors,
  partition,
  empty,
  json,
}: Options): Promise<void> {
  // Every ARN depends on the partition, so it is set before other modules are loaded.
  process.env.SANDBOX_PARTITION = partition;
  const { startSandbox } = await import('./sandbox.ts');
  const sandbox = await startSandbox({
    port,
    mode,
    slack,
    lenientSelectors: lenientSelectors ?? false,
    isEmpty: empty ?? false,
    sweepEveryMs: sweepEvery === 0 ? null : sweepEvery * 1000,
    ...(json ? {} : { onCall: reportTrailWrite }),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    console.error(`port ${port} is in use: choose another one with --port, or 0 for a free one`);
    process.exit(1);
  });
  const { endpoint, account, region, trail, table } = sandbox;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => sandbox.stop().then(() => process.exit(0)));
  }
  console.log(
    json
      ? JSON.stringify({ endpoint, account, region, trail, table })
      : empty
        ? setUpInstructions(sandbox)
        : usageInstructions(sandbox, { mode, sweepEvery }),
  );
}

function wholeNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('Use a whole number from 0 to 65535.');
}

function setUpInstructions({ endpoint, region, account, trail }: Sandbox): string {
  return `
trailkeeper is not deployed yet. Account ${account} has the trail
${trail}. Ctrl-C stops the sandbox.

In another shell, set up trailkeeper:

  export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${region}
  export AWS_ACCESS_KEY_ID=alice AWS_SECRET_ACCESS_KEY=any
  npx --no -- trailkeeper init
  npx --no -- trailkeeper deploy
  npx --no -- trailkeeper capture --all
`;
}

function usageInstructions(
  { endpoint, region, account, trail }: Sandbox,
  { mode, sweepEvery }: Pick<Options, 'mode' | 'sweepEvery'>,
): string {
  return `
trailkeeper protects ${trail}
in mode ${mode}, ${sweepEvery === 0 ? 'with sweeps only on request' : `with a sweep every ${sweepEvery} s`}. Ctrl-C stops it.

In another shell, act as an administrator of account ${account}:

  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}
  export AWS_ACCESS_KEY_ID=mallory AWS_SECRET_ACCESS_KEY=any

  aws cloudtrail stop-logging --name org-trail
  aws cloudtrail update-trail --name org-trail --s3-bucket-name attacker-bucket --kms-key-id ""
  aws cloudtrail delete-trail --name org-trail

and a moment later:

  aws cloudtrail get-trail --name org-trail
  aws cloudtrail get-trail-status --name org-trail
  npx --no -- trailkeeper incidents
  curl -s -X POST ${endpoint}/_sandbox/sweep     # sweep now
  curl -s ${endpoint}/_sandbox/calls             # every call and its caller
  curl -s ${endpoint}/_sandbox/slack             # the alerts in Slack

Every call that changes a trail is printed here:
`;
}

function reportTrailWrite({ at, service, operation, principal, input, error }: CallRecord): void {
  if (service !== 'cloudtrail' || /^(Get|List|Describe|Lookup)/.test(operation)) return;
  const who = principal.split(':').at(-1);
  const { Name, TrailName, ResourceId, ...sent } = input;
  const trail = Name ?? TrailName ?? ResourceId;
  const members = Object.keys(sent).length === 0 ? '' : ` ${JSON.stringify(sent)}`;
  const line = `${at.slice(11, 19)} ${who}: ${operation} ${trail}${members} ${error ?? ''}`;
  console.log(escapeControlChars(line));
}
