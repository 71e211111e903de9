import { setTimeout } from 'node:timers/promises';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { LambdaClient } from '@aws-sdk/client-lambda';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { eventHistory } from '#aws/event-history.ts';
import { invokeLater } from '#aws/invoke.ts';
import { lookupTurns } from '#aws/lookup-turns.ts';
import { reportStore } from '#aws/report-store.ts';
import { sightingReader } from '#aws/sightings.ts';
import { functionSettings } from '#core/wiring.ts';
import { hints } from '#drift/index.ts';
import { type Backfill, type BackfillAnswer, runBackfill } from '#shared/backfill.ts';
import { parseBackfillEnvironment } from '#shared/config.ts';
import { baselines, config, guard, logger, ownRole, state } from './environment.ts';

const lambda = new LambdaClient();
const common: Omit<Backfill, 'owner' | 'remainingMs' | 'goOn'> = {
  guard,
  hints,
  ownRole,
  baselines,
  history: eventHistory(),
  incidents: sightingReader(state, config.table),
  reports: reportStore(state, config.table),
  turns: lookupTurns(state, config.table),
  lookupsPerSecond: parseBackfillEnvironment(process.env).lookupsPerSecond,
  pause: (milliseconds) => setTimeout(milliseconds),
  retries: functionSettings.MaximumRetryAttempts,
};

/**
 * What was done to guarded trails in the past: `{from, to, trails?: [arn], mode?: "observe" | "enforce"}`. It answers at once with
 * the key of a report in the state table, and does the work in invocations of its own, which hand it on near their time limit.
 */
export const handler = middy<unknown, BackfillAnswer>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler((payload, { awsRequestId, functionName, getRemainingTimeInMillis }: Context) =>
    runBackfill(payload, {
      ...common,
      owner: awsRequestId,
      remainingMs: getRemainingTimeInMillis,
      goOn: (next) => invokeLater(lambda, functionName, next),
    }),
  );
