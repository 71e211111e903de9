import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import * as z from 'zod';
import { type AccountAccess, checkAccess } from '#aws/dependency-clients.ts';
import { InvalidPayloadError, messageOf, nameOf } from '#aws/errors.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { checkTable } from '#deployment/audit-table.ts';
import { publishMetrics, publishSweepMetrics } from '#deployment/metrics.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import { needsCheck } from '#incident/light-check.ts';
import { NotRestoredError, reconcileTrails } from '#incident/reconcile-trails.ts';
import type { StoredWindow, WindowStore } from '#reconcile/maintenance-window-store.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { describeIssues } from '#text/schema-messages.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { trailArn } from '#trail/trail-arn.ts';
import { type Environment, environment } from './environment.ts';

/** What a sweep answers: what became of each trail. */
export type SweepReport = { readonly mode: Mode; readonly trails: readonly TrailReport[] };

/** What the function answers if it is asked whether it reaches the accounts of dependencies. */
export type AccessReport = { readonly accounts: readonly AccountAccess[] };

/**
 * Reconciles every protected trail, or those that a manual invoke names: `{trails?: [arn], mode?: "observe"}`. A sweep of all
 * publishes its heartbeat when every trail is finished, before it throws. A message from the queue of light checks starts a light check.
 * `{checkAccounts: true}` asks only whether the function can assume its role in each account of dependencies. The reports are truncated:
 * Lambda takes an answer of 6 MB.
 */
export function createHandler() {
  const env = environment();
  return middy<unknown, SweepReport | AccessReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event) => {
      if (accessQuestion.safeParse(event).success) return accessReport(env);
      const isLight = message.safeParse(event).success;
      const { mode, trails } = await (isLight ? lightCheck(env) : sweep(event, env));
      return { mode, trails: trails.map(truncateForStorage) };
    });
}

export const handler = createHandler();

/** A message from the queue starts a light check. Its content is ignored, because anyone who can send one may have written it. */
const message = z.object({ Records: z.array(z.object({ eventSource: z.literal('aws:sqs') })) });

const accessQuestion = z.strictObject({ checkAccounts: z.literal(true) });

async function accessReport({ config, region }: Environment): Promise<AccessReport> {
  return { accounts: await checkAccess(config.dependencyAccounts, region) };
}

/** Checks the trails that a light check finds changed. A warm function needs no row of the table to find them. */
async function lightCheck({ baselines, controller }: Environment): Promise<SweepReport> {
  const remembered = baselines.remembered();
  const protectedTrails = remembered.length > 0 ? remembered : await baselines.list();
  const isChanged = await Promise.all(protectedTrails.map((one) => needsCheck(one, controller)));
  const changed = protectedTrails.filter((_, i) => isChanged[i]).map(({ trail }) => trail);
  const { mode } = controller;
  if (changed.length === 0) return { mode, trails: [] };
  const listed = (await baselines.list()).filter(({ trail }) => changed.includes(trail));
  return { mode, trails: await reconcileTrails(listed, scheduled, controller) };
}

async function sweep(event: unknown, env: Environment): Promise<SweepReport> {
  const { baselines, controller, logger } = env;
  const { trails: named, mode = controller.mode } = parsePayload(event);
  const protectedTrails = select(await baselines.list(), named);
  if (protectedTrails.length === 0)
    logger.warn('no trail is protected: npx --no -- trailkeeper capture TRAIL_ARN');

  const windows = readOnce(controller.windows);
  // One that only observes shows nothing of those that enforce.
  const isWhole = named === undefined && mode === controller.mode;
  let finished: readonly TrailReport[] | null = null;
  try {
    const trails = await reconcileTrails(protectedTrails, scheduled, {
      ...controller,
      mode,
      windows,
    });
    finished = trails;
    return { mode, trails };
  } catch (error) {
    if (error instanceof NotRestoredError) finished = error.reports;
    throw error;
  } finally {
    if (isWhole && finished !== null) publishSweepMetrics(finished);
    // What is wrong with the table keeps no trail waiting, and is reported whatever became of them.
    if (isWhole) {
      await Promise.all([
        checkTable(protectedTrails, { ...env, windows, now: controller.now }),
        reportToWatchtower(finished, env),
      ]);
    }
  }
}

/** Sends the heartbeat of a finished sweep, if there is a watchtower. A failure is reported, and fails nothing. */
async function reportToWatchtower(
  finished: readonly TrailReport[] | null,
  { sendHeartbeat, controller, logger }: Environment,
): Promise<void> {
  if (sendHeartbeat === null || finished === null) return;
  try {
    await sendHeartbeat(finished, controller.now());
    publishMetrics({ unsent: 0 });
  } catch (error) {
    publishMetrics({ unsent: 1 });
    logger.error(
      `the heartbeat was not sent to the watchtower: ${nameOf(error)}: ${messageOf(error)}. Deploy the watchtower with credentials of its account: npx --no -- trailkeeper deploy --watchtower`,
    );
  }
}

/** The windows of every trail, read once for all that ask. */
function readOnce(windows: WindowStore): WindowStore {
  let all: ReturnType<WindowStore['list']> | null = null;
  return {
    ...windows,
    async list(at, trail) {
      all ??= windows.list(at);
      return (await all).filter((one) => trail === undefined || isOf(trail, one));
    },
  };
}

const isOf = (trail: string, stored: StoredWindow): boolean =>
  'error' in stored ? stored.key.startsWith(`${trail}#`) : stored.window.trail === trail;

/** A sweep is triggered by the schedule, not by a call. */
const scheduled = { call: null, record: null };

const payload = z.strictObject({
  trails: z.array(trailArn).min(1, 'must name a trail, or be left out').optional(),
  mode: z
    .literal('observe', { error: 'must be "observe", or be left out: enforcing is a deployment' })
    .optional(),
});

function parsePayload(event: unknown): z.infer<typeof payload> {
  const result = payload.safeParse(event);
  if (!result.success) throw new InvalidPayloadError(describeIssues(result.error));
  return result.data;
}

function select(protectedTrails: readonly ProtectedTrail[], named: readonly string[] | undefined) {
  if (named === undefined) return protectedTrails;
  return [...new Set(named)].map((trail, i) => {
    const found = protectedTrails.find((one) => one.trail === trail);
    if (found !== undefined) return found;
    throw new InvalidPayloadError(
      `trails.${i}: ${trail} is not protected: npx --no -- trailkeeper capture ${trail}`,
    );
  });
}
