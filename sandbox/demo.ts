import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual, styleText } from 'node:util';
import {
  CloudTrailClient,
  DeleteTrailCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { renderFinding } from '#core/render.ts';
import type { TrailReport } from '#shared/guard.ts';
import type { Invocation } from './lambda.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

type Attack = {
  readonly title: string;
  readonly call: (client: CloudTrailClient) => Promise<unknown>;
};

const update = (input: object) => (client: CloudTrailClient) =>
  client.send(new UpdateTrailCommand({ Name: 'org-trail', ...input }));

const attacks: readonly Attack[] = [
  {
    title: 'stops logging',
    call: (client) => client.send(new StopLoggingCommand({ Name: 'org-trail' })),
  },
  { title: 'sends the log to another bucket', call: update({ S3BucketName: 'attacker-bucket' }) },
  { title: 'clears the KMS key', call: update({ KmsKeyId: '' }) },
  { title: 'drops every Region but one', call: update({ IsMultiRegionTrail: false }) },
  { title: 'hides the log behind a prefix', call: update({ S3KeyPrefix: 'nobody/looks/here' }) },
  {
    title: 'deletes the trail',
    call: (client) => client.send(new DeleteTrailCommand({ Name: 'org-trail' })),
  },
];

const giveUpAfterMs = 15_000;

console.log('Starting an AWS on this computer and deploying trailkeeper into it …');
const sandbox = await startSandbox({ sweepEveryMs: 1000 });
try {
  const undone = await play(sandbox);
  const ok = undone === attacks.length;
  const sum = `${undone} of ${attacks.length} attacks were undone, as read through a plain SDK client.`;
  console.log(styleText(ok ? 'green' : 'red', sum));
  process.exitCode = ok ? 0 : 1;
} finally {
  await sandbox.stop();
}

/** Plays every attack and tells what becomes of it; gives the number of those that were undone. */
async function play({ trail, endpoint, invocations }: Sandbox): Promise<number> {
  const mallory = clientFor(endpoint, 'mallory');
  const auditor = clientFor(endpoint, 'auditor');
  const before = await look(auditor, trail);
  console.log(`\n${styleText('bold', trail)} is guarded: a sweep looks at it every second.`);
  console.log('Mallory is an administrator of its account.\n');

  let undone = 0;
  for (const [i, { title, call }] of attacks.entries()) {
    const start = performance.now();
    const swept = invocations.length;
    await call(mallory);
    console.log(`${i + 1}. ${styleText(['bold', 'red'], `Mallory ${title}`)}`);

    const back = await until(async () => isDeepStrictEqual(await look(auditor, trail), before));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const repair = await until(() => repairAmong(invocations.slice(swept)));
    for (const line of repair?.outcome.plan.findings.flatMap(renderFinding) ?? [])
      tell('found', line);
    for (const { action, status } of repair?.outcome.applied ?? []) tell(status, action);
    if (back && repair) {
      undone += 1;
      tell('restored', `${seconds} s after the call`);
    } else {
      tell('NOT RESTORED', `within ${seconds} s`);
    }
    console.log();
  }
  return undone;
}

function tell(label: string, text: string): void {
  const color = label === 'restored' ? 'green' : label === 'NOT RESTORED' ? 'red' : 'yellow';
  console.log(`   ${styleText(color, label.padEnd(9))} ${text}`);
}

/** What an auditor sees of a trail; without its logging times, which a repair moves. */
async function look(client: CloudTrailClient, trail: string): Promise<unknown> {
  try {
    const { Trail } = await client.send(new GetTrailCommand({ Name: trail }));
    const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: trail }));
    return { ...Trail, IsLogging };
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

/** The report of the sweep that repaired something. */
function repairAmong(invocations: readonly Invocation[]): Repair | undefined {
  return invocations
    .flatMap((one) => ('result' in one ? (one.result as { trails: TrailReport[] }).trails : []))
    .filter((report) => 'outcome' in report)
    .find(({ outcome }) => outcome.applied.length > 0);
}

type Repair = Extract<TrailReport, { outcome: unknown }>;

/** Asks until there is an answer, or none in time. */
async function until<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer | undefined> {
  const deadline = performance.now() + giveUpAfterMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer) return answer;
    await setTimeout(50);
  }
  return undefined;
}

function clientFor(endpoint: string, accessKeyId: string): CloudTrailClient {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  return new CloudTrailClient({ endpoint, region: 'us-east-1', credentials });
}
