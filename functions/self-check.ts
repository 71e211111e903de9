import { createHash } from 'node:crypto';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { messageOf } from '#aws/errors.ts';
import { tamperPublishers } from '#aws/event-bus.ts';
import { diffDeployment } from '#deployment/deployed-resources.ts';
import { deployedAs, type SelfCheckFacts } from '#deployment/expected-deployment.ts';
import { countWiringFaults } from '#deployment/heartbeat.ts';
import { observeDeployment } from '#deployment/observe-deployment.ts';
import { stacksInProgress } from '#deployment/stacks.ts';
import { tamperedPart } from '#deployment/tampered-part.ts';
import { arnsOf } from '#deployment/topology.ts';
import type { TamperEvent } from '#incident/incident.ts';
import { escapeControlChars } from '#text/escape.ts';
import { describeApiCall } from '#trail/api-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import { environment } from './environment.ts';
import { facts } from './facts.ts';

/** What became of a look at the wiring: how it differs from what was deployed. */
export type WatchReport = { readonly faults: readonly string[] };

/**
 * Guards the guard. Started by the event of a call that changed a part of trailkeeper, it keeps that and puts `Guard Tampered` on
 * the bus; people are told by the rule itself, past all functions. Started with `{}`, as the schedule does, it reads how
 * trailkeeper is wired, since a rule that is disabled does not report itself, and tells what is not as it was deployed.
 */
export function createHandler() {
  const env = watchEnvironment();
  return middy<unknown, WatchReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event) => (isEmpty(event) ? look(env) : hear(event, env)));
}

export const handler = createHandler();

function watchEnvironment() {
  const { config, logger, tamperings } = environment();
  const { layout, wiring: deployed } = deployedAs(facts as SelfCheckFacts, process.env, config);
  const { bus, alarms } = arnsOf(layout);
  return { logger, tamperings, layout, deployed, ...tamperPublishers({ bus, topic: alarms }) };
}

type WatchEnvironment = ReturnType<typeof watchEnvironment>;

async function hear(
  event: unknown,
  { logger, tamperings, putEvent }: WatchEnvironment,
): Promise<WatchReport> {
  const { cause } = parseTrailEvent(event);
  const id = cause.eventId ?? fingerprint([JSON.stringify(event)]);
  const at = cause.at ?? new Date().toISOString();
  logger.warn('a part of trailkeeper was changed, or somebody tried to', {
    by: escapeControlChars(describeApiCall(cause)),
    eventName: cause.eventName,
    error: cause.error,
  });
  const tampering: TamperEvent = { id, at, cause, part: tamperedPart(event), faults: [] };
  await putEvent('Guard Tampered', { incident: await tamperings.keep(tampering) });
  return { faults: [] };
}

/**
 * During a deployment nothing is as it was deployed: the check waits for its end. The metric is left out then, so that the alarm rings
 * if stacks stay in progress.
 */
async function look(env: WatchEnvironment): Promise<WatchReport> {
  const { layout, deployed, logger } = env;
  const stacks = await stacksInProgress(layout);
  if (stacks.length > 0) {
    logger.info('CloudFormation is changing trailkeeper: the check waits', { stacks });
    return { faults: [] };
  }
  const { found, unreadable } = await observeDeployment(deployed);
  const faults = [...diffDeployment(deployed, found), ...unreadable].map(escapeControlChars);
  countWiringFaults(faults.length);
  if (faults.length === 0) logger.info('trailkeeper is wired as it was deployed');
  else {
    logger.error('trailkeeper is not wired as it was deployed', { faults });
    await tellFaults(faults, env);
  }
  return { faults };
}

/** Tells the same faults once a day, on two paths of which one may be what was cut. */
async function tellFaults(
  faults: readonly string[],
  { tamperings, publish, putEvent, logger }: WatchEnvironment,
): Promise<void> {
  const now = new Date().toISOString();
  const midnight = `${now.slice(0, 10)}T00:00:00.000Z`;
  const what = { cause: null, faults };
  const tampering: TamperEvent = { id: fingerprint(faults), at: midnight, foundAt: now, ...what };
  if (await tamperings.isKept(tampering)) return;

  const told = await Promise.allSettled([
    publish('trailkeeper is not wired as it was deployed', message(faults)),
    putEvent('Guard Tampered', { incident: tamperings.keyOf(tampering) }),
  ]);
  const problems = told.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  for (const { reason } of problems) {
    logger.error(`not told on one path: ${messageOf(reason)}`);
  }
  if (problems.length < told.length) await tamperings.keep(tampering);
  if (problems.length > 0) throw problems[0]?.reason;
}

const message = (faults: readonly string[]): string =>
  [
    'trailkeeper is not wired as it was deployed: it may not hear what is done to the trails.',
    '',
    ...faults.map((fault) => `- ${fault}`),
    '',
    'If this was not a deployment of yours: npx cdk diff, then npx cdk deploy --all --revert-drift.',
    'The sweep goes on guarding the trails as long as its schedule and function do.',
  ].join('\n');

const fingerprint = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.toSorted().join('\n')).digest('hex').slice(0, 32);

const isEmpty = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && Object.keys(event).length === 0;
