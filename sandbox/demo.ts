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
import { describeCause } from '#core/cause.ts';
import { renderFinding } from '#core/render.ts';
import { parseTrailEvent } from '#core/trail-event.ts';
import type { TrailReport } from '#shared/guard.ts';
import type { Invocation } from './lambda.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

type Attack = {
  readonly title: string;
  readonly as?: string;
  /** Whether the event of the call gets lost, so that the sweep has to see to it. */
  readonly unheard?: true;
  readonly call: (client: CloudTrailClient) => Promise<unknown>;
};

const update = (input: object) => (client: CloudTrailClient) =>
  client.send(new UpdateTrailCommand({ Name: 'org-trail', ...input }));
const stop = (client: CloudTrailClient) =>
  client.send(new StopLoggingCommand({ Name: 'org-trail' }));

const attacks: readonly Attack[] = [
  { title: 'stops logging', call: stop },
  { title: 'sends the log to another bucket', call: update({ S3BucketName: 'attacker-bucket' }) },
  { title: 'clears the KMS key', as: 'sso-mallory', call: update({ KmsKeyId: '' }) },
  { title: 'drops every Region but one', call: update({ IsMultiRegionTrail: false }) },
  {
    title: 'hides the log behind a prefix',
    as: 'role-mallory',
    call: update({ S3KeyPrefix: 'nobody/looks/here' }),
  },
  {
    title: 'deletes the trail',
    as: 'root',
    call: (client) => client.send(new DeleteTrailCommand({ Name: 'org-trail' })),
  },
  { title: 'stops logging, and the event of that call is lost', unheard: true, call: stop },
];

/** Between an attack whose event is lost and the next sweep. */
const sweepAfterMs = 2000;
const giveUpAfterMs = 15_000;

console.log('Starting an AWS on this computer and deploying trailkeeper into it …');
const sandbox = await startSandbox();
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
async function play({ trail, endpoint, invocations, deliver, sweep }: Sandbox): Promise<number> {
  const auditor = clientFor(endpoint, 'auditor');
  const before = await look(auditor, trail);
  console.log(`\n${styleText('bold', trail)} is guarded.`);
  console.log('Mallory is an administrator of its account.\n');

  let undone = 0;
  for (const [i, { title, as = 'mallory', unheard = false, call }] of attacks.entries()) {
    deliver({ drop: unheard });
    const start = performance.now();
    const known = invocations.length;
    await call(clientFor(endpoint, as));
    console.log(`${i + 1}. ${styleText(['bold', 'red'], `Mallory ${title}`)}`);
    if (unheard) void setTimeout(sweepAfterMs).then(() => sweep());

    const back = await until(async () => isDeepStrictEqual(await look(auditor, trail), before));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const repair = await until(() => repairAmong(invocations.slice(known)));
    if (repair) tell('by', whoDidIt(repair.invocation));
    for (const line of repair?.report.outcome.plan.findings.flatMap(renderFinding) ?? []) {
      tell('found', line);
    }
    for (const { action, status } of repair?.report.outcome.applied ?? []) tell(status, action);
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

/** The cause as the event told it, or that no event did. */
function whoDidIt({ payload }: Invocation): string {
  try {
    return describeCause(parseTrailEvent(payload).cause);
  } catch {
    return 'somebody: no event came, the sweep found it';
  }
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

type Repair = {
  readonly invocation: Invocation;
  readonly report: Extract<TrailReport, { outcome: unknown }>;
};

/** The invocation that repaired something, with its report. */
function repairAmong(invocations: readonly Invocation[]): Repair | undefined {
  for (const invocation of invocations) {
    if ('error' in invocation) continue;
    const { trails } = invocation.result as { readonly trails: readonly TrailReport[] };
    const report = trails
      .filter((one) => 'outcome' in one)
      .find(({ outcome }) => outcome.applied.length > 0);
    if (report !== undefined) return { invocation, report };
  }
  return undefined;
}

/** Asks until there is an answer, or none in time. */
async function until<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer | undefined> {
  const deadline = performance.now() + giveUpAfterMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer) return answer;
    await setTimeout(20);
  }
  return undefined;
}

function clientFor(endpoint: string, accessKeyId: string): CloudTrailClient {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  return new CloudTrailClient({ endpoint, region: 'us-east-1', credentials });
}
