import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual, styleText } from 'node:util';
import { Command } from 'commander';
import { alarmAttacks } from './alarm-attacks.ts';
import type { Attack } from './attack.ts';
import { attacks, dependencyAttacks } from './attacks.ts';
import { audit } from './audit.ts';
import { auditDependencies } from './audit-dependencies.ts';
import { bucketAttacks, bucketDeletion } from './bucket-attacks.ts';
import { clientsOf } from './clients.ts';
import { remediationDetails } from './demo-details.ts';
import { home } from './home.ts';
import { addedReplication } from './replication-attacks.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox-options.ts';
import { delegate, logKeyArn, topicArn } from './seed.ts';
import { messageText } from './slack/message-text.ts';
import type { SlackMessage } from './slack/workspace.ts';
import { type TamperAttack, tamperAttacks } from './tamper-attacks.ts';

const { verbose } = new Command('npm run demo --')
  .description('Attacks a protected trail in the sandbox and shows what trailkeeper does about it.')
  .option('--verbose', 'show the drift, its impact and each call of a repair')
  .parse()
  .opts<{ readonly verbose?: true }>();

type Scene = Attack & {
  /** EventBridge loses the event of the call, so only the sweep can find the drift. */
  readonly isEventLost?: true;
};

const [stopLogging] = attacks.filter(({ id }) => id === 'A1') as [Attack];

const restored: readonly Scene[] = [
  ...attacks.filter(({ reportOnly }) => !reportOnly),
  { ...stopLogging, title: 'stops logging as a delegated administrator', as: delegate },
  { ...stopLogging, title: 'stops logging, and its event is lost', isEventLost: true },
];
/** One for each part of the bucket. */
const bucketScenes = [...bucketAttacks, addedReplication(delegate), bucketDeletion]
  .filter(({ fields }, i, all) => i === all.findIndex((one) => one.fields[0] === fields[0]))
  .map(
    ({ call, ...attack }): Scene => ({
      ...attack,
      as: delegate,
      call: (clients) => call(clients, 'org-trail-logs'),
    }),
  );
const dependencies: readonly Scene[] = [
  ...bucketScenes,
  ...dependencyAttacks.filter(({ reportOnly }) => !reportOnly),
  ...alarmAttacks,
];
/** Attacks on the bucket that are only reported without a role in its account are restored here. */
const reported: readonly Scene[] = [...attacks, ...dependencyAttacks].filter(
  ({ reportOnly, id }) => reportOnly && !dependencies.some((one) => one.id.startsWith(id)),
);

const giveUpAfterMs = 60_000;
/** Between an attack whose event is lost and the next sweep. */
const sweepAfterMs = 2000;

console.log('Starting a local AWS and deploying trailkeeper into it …');
const sandbox = await startSandbox({ lenientSelectors: true, restoresDependencies: true });
try {
  console.log(`${styleText('bold', sandbox.trail)} is protected.`);

  heading('Mallory, an administrator of the account, attacks the trail');
  const restoredCount = await countOf(restored, (scene) => playRestored(scene, sandbox));
  printMessage(await stopLoggingAlert(sandbox));

  heading('She attacks what the trail depends on, which its owner lets trailkeeper restore');
  const dependencyCount = await countOf(dependencies, (scene) =>
    playRestored(scene, sandbox, auditOfDependencies),
  );

  heading('She makes changes that only a person may revert');
  const reportedCount = await countOf(reported, (scene) => playReported(scene, sandbox));

  heading('She attacks trailkeeper');
  const tamperCount = await countOf(tamperAttacks, (attack) => playTamper(attack, sandbox));

  const reports = reportedCount + tamperCount;
  const reportable = reported.length + tamperAttacks.length;
  console.log(`
${restoredCount} of ${restored.length} attacks on the trail were reverted, as read with plain SDK clients, and
${dependencyCount} of ${dependencies.length} attacks on what it depends on;
${reports} of ${reportable} attacks that only a person may revert were reported.`);
  const isWell = restoredCount === restored.length && dependencyCount === dependencies.length;
  process.exitCode = isWell && reports === reportable ? 0 : 1;
} finally {
  await sandbox.stop();
}

function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}\n`);
}

/** Plays the scenes one after the other; returns how many ended well. */
async function countOf<One extends Pick<Scene, 'id' | 'title'>>(
  scenes: readonly One[],
  play: (scene: One) => Promise<Ending>,
): Promise<number> {
  let count = 0;
  for (const scene of scenes) {
    process.stdout.write(`  ${scene.id.padEnd(5)}${scene.title.padEnd(48)} `);
    const { result, isWell, details = [] } = await play(scene);
    console.log(styleText(isWell ? 'green' : 'red', result));
    if (verbose) for (const line of details) console.log(`         ${line}`);
    if (isWell) count++;
  }
  return count;
}

type Ending = {
  readonly result: string;
  readonly isWell: boolean;
  readonly details?: readonly string[];
};

function auditOfTrail(endpoint: string, trail: string): Promise<unknown> {
  return audit(clientsOf(endpoint, 'auditor'), trail);
}

function auditOfDependencies(endpoint: string): Promise<unknown> {
  const [owner, archive] = [clientsOf(endpoint, home.accountId), clientsOf(endpoint, delegate)];
  return auditDependencies({
    bucket: { s3: archive.s3, name: 'org-trail-logs' },
    key: { kms: owner.kms, arn: logKeyArn },
    topic: { sns: owner.sns, arn: topicArn },
    logGroup: { logs: owner.logs, name: 'org-trail' },
    logRole: { iam: owner.iam, name: 'org-trail-to-cloudwatch-logs' },
    alarms: owner.cloudwatch,
  });
}

/** Attacks the trail, and waits until an auditor reads it as it was before. */
async function playRestored(
  scene: Scene,
  { trail, endpoint, ...sandbox }: Sandbox,
  read: (endpoint: string, trail: string) => Promise<unknown> = auditOfTrail,
): Promise<Ending> {
  await sandbox.reset();
  const before = await read(endpoint, trail);
  sandbox.deliver({ drop: scene.isEventLost ?? false });
  const known = sandbox.invocations.length;
  const start = performance.now();

  await scene.call(clientsOf(endpoint, scene.as), trail);
  const sweep = scene.isEventLost && setTimeout(sweepAfterMs).then(() => sandbox.sweep());

  const isBack = async () => isDeepStrictEqual(await read(endpoint, trail), before);
  const isWell = await until(isBack);
  const result = isWell ? `restored in ${secondsSince(start)}` : notInTime('RESTORED');
  await sweep;
  if (!verbose) return { result, isWell };
  await sandbox.settled();
  return { result, isWell, details: remediationDetails(sandbox.invocations.slice(known)) };
}

/** Attacks something that only a person may repair, and waits for the alert in Slack. */
async function playReported(
  scene: Scene,
  { trail, endpoint, ...sandbox }: Sandbox,
): Promise<Ending> {
  await sandbox.reset();
  sandbox.deliver({ drop: false });
  const known = sandbox.invocations.length;
  const start = performance.now();

  await scene.call(clientsOf(endpoint, scene.as), trail);

  const isWell = await until(() => sandbox.slack().length > 0);
  const result = isWell ? `reported in ${secondsSince(start)}` : notInTime('REPORTED');
  return { result, isWell, details: remediationDetails(sandbox.invocations.slice(known)) };
}

/** Attacks trailkeeper, and waits for the message in the alarm topic, which no function of it sends. */
async function playTamper({ call }: TamperAttack, sandbox: Sandbox): Promise<Ending> {
  await sandbox.reset();
  sandbox.deliver({ drop: false });
  const start = performance.now();

  await call(sandbox.endpoint);

  const isWell = await until(() => sandbox.notifications().length > 0);
  const [{ message } = { message: '' }] = sandbox.notifications();
  const result = isWell ? `reported in ${secondsSince(start)}` : notInTime('REPORTED');
  return { result, isWell, details: message.split('\n').filter(Boolean) };
}

/** The alert about one StopLogging, after it was restored. */
async function stopLoggingAlert({ trail, endpoint, ...sandbox }: Sandbox): Promise<SlackMessage> {
  await sandbox.reset();
  sandbox.deliver({ drop: false });
  await stopLogging.call(clientsOf(endpoint), trail);
  await sandbox.settled();
  const [message] = sandbox.slack();
  if (message === undefined) throw new Error('No alert about StopLogging is in Slack.');
  return message;
}

function printMessage(message: SlackMessage): void {
  heading('The alert about the first one in Slack');
  for (const line of messageText(message)) console.log(`  ${styleText('cyan', '│')} ${line}`);
}

function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function notInTime(what: string): string {
  return `NOT ${what} within ${giveUpAfterMs / 1000} s`;
}

/** Asks until the answer is true, or until the time is up. */
async function until(ask: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + giveUpAfterMs;
  while (performance.now() < deadline) {
    if (await ask()) return true;
    await setTimeout(20);
  }
  return false;
}
