import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { type EventReport, reconcileEvent } from '#incident/reconcile-event.ts';
import { environment } from './environment.ts';

/** Reconciles the protected trails that a CloudTrail event is about. */
export function createHandler() {
  const env = environment();
  return middy<unknown, EventReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler((event) => reconcileEvent(event, env));
}

export const handler = createHandler();
