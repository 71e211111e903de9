import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import middy from '@middy/core';
import { messageOf } from '#aws/errors.ts';
import { putOne } from '#aws/event-bus.ts';
import { announcementOf } from '#deployment/announced-deployment.ts';
import { diffDeployment } from '#deployment/deployed-resources.ts';
import { expectedResources, factsWith } from '#deployment/expected-deployment.ts';
import { deployedIds } from '#deployment/function-config.ts';
import { publishMetrics } from '#deployment/metrics.ts';
import { observeDeployment } from '#deployment/observe-deployment.ts';
import { tableExposure } from '#deployment/observe-table-policy.ts';
import { stackProgress } from '#deployment/stacks.ts';
import { dependencyAccountIn, tamperedPart } from '#deployment/tampered-part.ts';
import { arnsOf } from '#deployment/topology.ts';
import { faultsOfDay, type TamperEvent } from '#incident/tamper-event.ts';
import { fingerprintOf } from '#reconcile/change-key.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { escapeControlChars } from '#text/escape.ts';
import { type ApiCall, cloudFormation, describeApiCall } from '#trail/api-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import { environment } from './environment.ts';
import { facts } from './facts.ts';

/** The differences from what was deployed, one line each. */
export type SelfCheckReport = { readonly faults: readonly string[] };

/**
 * The integrity check. For an event of a call that changed trailkeeper itself, it keeps the call and puts `Trailkeeper Tampered` on the bus;
 * the rule has notified people directly. A stack update of a deployment that an approver announced is only kept. For `{}`, which the
 * schedule sends, it compares the deployed resources with what was deployed and reports the differences, because a disabled rule does
 * not report itself.
 */
export function createHandler() {
  const env = selfCheckEnvironment();
  return middy<unknown, SelfCheckReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event) => (isEmpty(event) ? checkDeployment(env) : keepTampering(event, env)));
}

export const handler = createHandler();

function selfCheckEnvironment() {
  const { config, logger, tamperings, trust, controller, bus } = environment();
  const known = factsWith(facts, config);
  const { topology, tablePolicy } = known;
  const deployed = expectedResources(known, deployedIds(config));
  return {
    ...{ logger, tamperings, bus, topology, deployed, tablePolicy, windows: controller.windows },
    isSigned: trust.keys.length > 0,
    dynamodb: new DynamoDBClient(),
    sns: new SNSClient(),
    topic: arnsOf(topology).alarms,
  };
}

type SelfCheckEnvironment = ReturnType<typeof selfCheckEnvironment>;

async function keepTampering(event: unknown, env: SelfCheckEnvironment): Promise<SelfCheckReport> {
  const { logger, tamperings, bus, topology } = env;
  const { cause } = parseTrailEvent(event);
  const id = cause.eventId ?? fingerprintOf(JSON.stringify(event));
  const at = cause.at ?? new Date().toISOString();
  logger.warn('a call changed a part of trailkeeper, or tried to', {
    by: escapeControlChars(describeApiCall(cause)),
    eventName: cause.eventName,
    error: cause.error,
  });
  const part = tamperedPart(event, topology);
  const tampering: TamperEvent = { id, at, cause, part, faults: [] };
  if (!isOfStackUpdate(cause)) {
    await putOne(bus, 'Trailkeeper Tampered', { incident: await tamperings.keep(tampering) });
    return { faults: [] };
  }
  const window = await announcement(event, env);
  const update = asStackUpdate(tampering, part.account, window);
  const incident = await tamperings.join(update, new Date().toISOString());
  if (window === null) await putOne(bus, 'Trailkeeper Tampered', { incident });
  return { faults: [] };
}

/** The window of the announced deployment that made a call; null if it cannot be read, or if others than approvers could have written it. */
async function announcement(
  event: unknown,
  { topology, windows, isSigned, dynamodb, tablePolicy, logger }: SelfCheckEnvironment,
): Promise<MaintenanceWindow | null> {
  try {
    const window = await announcementOf(event, topology.account, windows);
    if (window === null || isSigned) return window;
    return (await tableExposure(dynamodb, tablePolicy)) === null ? window : null;
  } catch (error) {
    logger.error(`cannot read whether a deployment was announced: ${messageOf(error)}`);
    return null;
  }
}

/**
 * The calls of CloudFormation in one account and half an hour, and the call that started them, are one event; those of an announced
 * deployment are another.
 */
const asStackUpdate = (
  tampering: TamperEvent,
  account: string | null,
  window: MaintenanceWindow | null,
): TamperEvent => ({
  ...tampering,
  ...(window && { announcedBy: window.by }),
  id: fingerprintOf(
    window === null ? `stack update in ${account}` : `announced stack update ${window.id}`,
  ),
  at: new Date(Math.floor(Date.parse(tampering.at) / halfHourMs) * halfHourMs).toISOString(),
  foundAt: tampering.at,
});

const halfHourMs = 1_800_000;

const isOfStackUpdate = ({ via, eventName }: ApiCall): boolean =>
  via === cloudFormation || ['ExecuteChangeSet', 'UpdateStack'].includes(eventName);

/** The check waits during a deployment. It then publishes no metric, so the alarm rings if a stack stays in progress. */
async function checkDeployment(env: SelfCheckEnvironment): Promise<SelfCheckReport> {
  const { topology, deployed, logger } = env;
  const stacks = await stackProgress(topology);
  if (stacks.inProgress.length > 0) {
    logger.info('CloudFormation is changing trailkeeper: the self-check waits', {
      stacks: stacks.inProgress,
    });
    return { faults: [] };
  }
  const { observed, unreadable } = await observeDeployment(deployed);
  const faults = [...diffDeployment(deployed, observed), ...unreadable, ...stacks.unreadable].map(
    escapeControlChars,
  );
  publishMetrics({ integrityFaults: faults.length });
  if (faults.length === 0) logger.info('trailkeeper is as it was deployed');
  else {
    logger.error('trailkeeper differs from what was deployed', { faults });
    await notifyEach(faults, env);
  }
  return { faults };
}

/** One notification for each account in which the stack is deployed with other credentials. */
async function notifyEach(faults: readonly string[], env: SelfCheckEnvironment): Promise<void> {
  const byAccount = Map.groupBy(faults, (fault) => dependencyAccountIn(fault, env.topology));
  const notified = await Promise.allSettled(
    [...byAccount].map(([account, those]) => notifyOfFaults(those, account, env)),
  );
  const failed = notified.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/**
 * Notifies people of the same faults once a day, on two paths, because one of them may be what was changed. `account` is the account of
 * dependencies that they are in, or null.
 */
async function notifyOfFaults(
  faults: readonly string[],
  account: string | null,
  env: SelfCheckEnvironment,
): Promise<void> {
  const { tamperings, bus, logger } = env;
  const part = { names: [], account, region: null, isOfDependencies: true } as const;
  const tampering: TamperEvent = {
    ...faultsOfDay(faults, new Date()),
    ...(account !== null && { part }),
  };
  if (await tamperings.isPublished(tampering)) return;

  const paths = await Promise.allSettled([
    publishToTopic(message(faults, account), env),
    // Stored first: the alert function ignores an event whose row it does not find.
    tamperings
      .keep(tampering)
      .then((incident) => putOne(bus, 'Trailkeeper Tampered', { incident })),
  ]);
  const problems = paths.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  for (const { reason } of problems) {
    logger.error(`notification failed on one path: ${messageOf(reason)}`);
  }
  if (problems.length < paths.length) await tamperings.markPublished(tampering);
  if (problems.length > 0) throw problems[0]?.reason;
}

async function publishToTopic(text: string, { sns, topic }: SelfCheckEnvironment): Promise<void> {
  // SNS accepts 256 KB. Source: SNS API reference, Publish.
  const Message = text.length > 50_000 ? `${text.slice(0, 50_000).toWellFormed()}…` : text;
  const Subject = 'trailkeeper differs from what was deployed';
  await sns.send(new PublishCommand({ TopicArn: topic, Subject, Message }));
}

const message = (faults: readonly string[], account: string | null): string =>
  [
    'trailkeeper differs from what was deployed and may miss changes of the trails.',
    '',
    ...faults.map((fault) => `- ${fault}`),
    '',
    account === null
      ? 'If this was not your own deployment, run npx cdk diff, then npx cdk deploy --all --revert-drift.'
      : `If this was not your own deployment, run with credentials of account ${account}: npx --no -- trailkeeper deploy --dependencies ${account}`,
    'The sweep protects the trails as long as its schedule and function are intact.',
  ].join('\n');

const isEmpty = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && Object.keys(event).length === 0;
