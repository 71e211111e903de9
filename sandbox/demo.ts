import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual, styleText } from 'node:util';
import Table from 'cli-table3';
import type { TrailReport } from '#incident/controller-deps.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { describeApiCall } from '#trail/api-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import { type Attack, attacks, breakages, clientsOf } from './attacks.ts';
import { audit } from './audit.ts';
import { type Disarming, disarmings } from './disarmings.ts';
import type { Invocation } from './lambda/run.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { delegate } from './seed.ts';
import { messageText } from './slack/message-text.ts';
import type { SlackMessage } from './slack/slack.ts';

type Scene = Attack & {
  /** Whether the event of the call gets lost, so that the sweep has to see to it. */
  readonly unheard?: true;
};

const [stopLogging] = attacks.filter(({ id }) => id === 'A1') as [Attack];

const scenes: readonly Scene[] = [
  ...attacks,
  {
    ...stopLogging,
    title: 'stops logging from the account of a delegated administrator',
    as: delegate,
  },
  { ...stopLogging, title: 'stops logging, and the event of that call is lost', unheard: true },
  ...breakages,
];

/** The result of one scene, and whether it is the expected one. */
type Ending = {
  readonly scene: Pick<Scene, 'id' | 'title' | 'forPeople'>;
  readonly result: string;
  readonly isWell: boolean;
};

/** Between an attack whose event is lost and the next sweep. */
const sweepAfterMs = 2000;
const giveUpAfterMs = 60_000;

/** Scenes whose Slack messages are shown. */
const scenesToShow: ReadonlySet<string> = new Set([
  'stops logging',
  'leaves herself out',
  'dismisses the administrator of the trails',
]);
const messages: SlackMessage[] = [];

console.log('Starting a local AWS and deploying trailkeeper into it …');
const sandbox = await startSandbox({ lenientSelectors: true });
try {
  console.log(`\n${styleText('bold', sandbox.trail)} is guarded.`);
  console.log('Mallory is an administrator of its account.\n');
  const endings: Ending[] = [];
  for (const scene of scenes) endings.push(await play(scene, sandbox));
  console.log(styleText('bold', 'Then Mallory attacks trailkeeper itself.\n'));
  for (const scene of disarmings) endings.push(await playDisarming(scene, sandbox));
  printMessages();
  const isWell = printTable(endings);
  process.exitCode = isWell ? 0 : 1;
} finally {
  await sandbox.stop();
}

function printMessages(): void {
  console.log(styleText('bold', 'Some of the Slack messages, as they are now:\n'));
  for (const message of messages) {
    for (const line of messageText(message)) console.log(`  ${styleText('cyan', '│')} ${line}`);
    console.log();
  }
}

/** Plays one attack and prints the result. */
async function play(scene: Scene, { trail, endpoint, ...sandbox }: Sandbox): Promise<Ending> {
  const { id, title, unheard = false, forPeople = false } = scene;
  const auditor = clientsOf(endpoint, 'auditor');
  const before = await audit(auditor, trail);
  sandbox.deliver({ drop: unheard });
  const start = performance.now();
  const known = sandbox.invocations.length;
  const said = new Set(sandbox.slack().map(({ ts }) => ts));

  await scene.call(clientsOf(endpoint, scene.as), trail);
  console.log(`${id.padEnd(4)} ${styleText(['bold', 'red'], `Mallory ${title}`)}`);
  if (unheard) void setTimeout(sweepAfterMs).then(() => sandbox.sweep());

  const isBack = async () => isDeepStrictEqual(await audit(auditor, trail), before);
  const back = !forPeople && (await until(isBack));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const answer = await until(() => answerAmong(sandbox.invocations.slice(known), forPeople));
  if (answer) printAnswer(answer);
  if (scenesToShow.has(title)) {
    await sandbox.settled();
    const isNew = ({ ts, threadTs }: SlackMessage) => threadTs === null && !said.has(ts);
    messages.push(...sandbox.slack().filter(isNew));
  }
  if (forPeople) await sandbox.reset();

  const isWell = Boolean(answer && (forPeople || back));
  const result = !isWell
    ? `NOT ${forPeople ? 'REPORTED' : 'RESTORED'} within ${giveUpAfterMs / 1000} s`
    : forPeople
      ? `reported: only a person may revert it`
      : `restored ${seconds} s after the call`;
  console.log(`     ${styleText(isWell ? 'green' : 'red', result)}\n`);
  return { scene, result, isWell };
}

/** Plays an attack on trailkeeper itself, which people are notified of without any function. */
async function playDisarming(disarming: Disarming, sandbox: Sandbox): Promise<Ending> {
  const { id, title } = disarming;
  sandbox.deliver({ drop: false });
  const start = performance.now();
  await disarming.call(sandbox.endpoint);
  console.log(`${id.padEnd(4)} ${styleText(['bold', 'red'], `Mallory ${title}`)}`);

  const [notification] =
    (await until(() => sandbox.notifications().length && sandbox.notifications())) || [];
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  for (const line of notification?.message.split('\n').filter(Boolean) ?? [])
    printLine('alert', line);
  await sandbox.reset();

  const isWell = notification !== undefined;
  const result = isWell
    ? `reported ${seconds} s after the call: only a person may revert it`
    : `NOT REPORTED within ${giveUpAfterMs / 1000} s`;
  console.log(`     ${styleText(isWell ? 'green' : 'red', result)}\n`);
  return { scene: { ...disarming, forPeople: true }, result, isWell };
}

/** The drift, its impact, and what was done about it. */
function printAnswer({ invocation, report: { outcome } }: Answer): void {
  printLine('by', whoDidIt(invocation));
  for (const line of renderPlan(outcome.plan)) printLine('found', line);
  for (const line of renderImpacts(outcome.plan)) printLine('means', line);
  for (const { action, status } of outcome.applied) printLine(status, action);
}

function printLine(label: string, text: string): void {
  console.log(`     ${styleText('yellow', label.padEnd(8))} ${text}`);
}

/** Prints all results; returns whether every one is the expected one. */
function printTable(endings: readonly Ending[]): boolean {
  const table = new Table({
    head: ['', 'Mallory …', 'result'],
    style: { head: [], border: [], compact: true },
  });
  for (const { scene, result, isWell } of endings) {
    table.push([scene.id, scene.title, styleText(isWell ? 'green' : 'red', result)]);
  }
  console.log(table.toString());
  const count = (some: (ending: Ending) => boolean) => endings.filter(some).length;
  const restored = count(({ scene, isWell }) => isWell && !scene.forPeople);
  const reported = count(({ scene, isWell }) => isWell && scene.forPeople === true);
  const isWell = restored + reported === endings.length;
  const sum = `${restored} of ${count(({ scene }) => !scene.forPeople)} attacks were reverted, as read through plain SDK clients; ${reported} of ${count(({ scene }) => scene.forPeople === true)} that only a person may revert were reported.`;
  console.log(styleText(isWell ? 'green' : 'red', sum));
  return isWell;
}

/** The actor in the event, or that there was no event. */
function whoDidIt({ payload }: Invocation): string {
  try {
    return describeApiCall(parseTrailEvent(payload).cause);
  } catch {
    return 'unknown: no event came, the sweep found it';
  }
}

type Answer = {
  readonly invocation: Invocation;
  readonly report: Extract<TrailReport, { outcome: unknown }>;
};

/** The invocation that answered an attack, with its report: it repaired something, or found what is for people. */
function answerAmong(invocations: readonly Invocation[], forPeople: boolean): Answer | undefined {
  for (const invocation of invocations) {
    if ('error' in invocation) continue;
    const { trails = [] } = invocation.result as { readonly trails?: readonly TrailReport[] };
    const report = trails
      .filter((one) => 'outcome' in one)
      .find(({ outcome, verdict }) =>
        forPeople ? verdict === 'drifted' : outcome.applied.length > 0,
      );
    if (report !== undefined) return { invocation, report };
  }
  return undefined;
}

/** Asks until there is an answer, or none in time. */
async function until<Found>(ask: () => Found | Promise<Found>): Promise<Found | undefined> {
  const deadline = performance.now() + giveUpAfterMs;
  while (performance.now() < deadline) {
    const found = await ask();
    if (found) return found;
    await setTimeout(20);
  }
  return undefined;
}
