import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { type EventReport, reconcileEvent } from '#incident/reconcile-event.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { environment } from './environment.ts';

/** Reconciles the protected trails that a CloudTrail event is about. The reports are truncated: Lambda takes an answer of 6 MB. */
export function createHandler() {
  const env = environment();
  return middy<unknown, EventReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event) => {
      const report = await reconcileEvent(event, env);
      return { ...report, trails: report.trails.map(truncateForStorage) };
    });
}

export const handler = createHandler();
