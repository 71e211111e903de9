import { setTimeout } from 'node:timers/promises';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { LambdaClient } from '@aws-sdk/client-lambda';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { invokeLater } from '#aws/invoke.ts';
import type { BackfillDeps } from '#backfill/backfill-deps.ts';
import { eventHistory } from '#backfill/event-history.ts';
import { type BackfillAnswer, runBackfill } from '#backfill/job.ts';
import { lookupRateLimiter } from '#backfill/lookup-rate-limiter.ts';
import { reportStore } from '#backfill/report-store.ts';
import { incidentReader } from '#backfill/stored-incidents.ts';
import { functionSettings } from '#deployment/deployed-resources.ts';
import { triggers } from '#drift/index.ts';
import { environment } from './environment.ts';

/**
 * What was done to protected trails in the past: `{from, to, trails?: [arn], mode?: "observe" | "enforce"}`. It answers at once with
 * the key of a report in the state table, and does the work in separate invocations, which hand it on near their time limit.
 */
export function createHandler() {
  const { baselines, config, controller, logger, ownRoles, rows } = environment();
  const lambda = new LambdaClient();
  const common: Omit<BackfillDeps, 'remainingMs' | 'continueLater'> = {
    controller,
    triggers,
    ownRoles,
    baselines,
    history: eventHistory(),
    incidents: incidentReader(rows),
    reports: reportStore(rows),
    rateLimiter: lookupRateLimiter(rows),
    lookupsPerSecond: config.lookupsPerSecond,
    pause: (milliseconds) => setTimeout(milliseconds),
    retries: functionSettings.MaximumRetryAttempts,
  };
  return middy<unknown, BackfillAnswer>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler((payload, { functionName, getRemainingTimeInMillis }: Context) =>
      runBackfill(payload, {
        ...common,
        remainingMs: getRemainingTimeInMillis,
        continueLater: (next) => invokeLater(lambda, functionName, next),
      }),
    );
}

export const handler = createHandler();
