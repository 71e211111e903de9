import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import { reconcileTrails } from '#incident/trail-controller.ts';
import { calledByRole } from '#trail/api-call.ts';
import { recordedCallIn } from '#trail/recorded-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import { type Environment, environment } from './environment.ts';

/** What an event led to: the guarded trails that it was about, and what became of each. */
export type EventReport = {
  readonly eventId: string | null;
  readonly trails: readonly TrailReport[];
};

/**
 * Reconciles the guarded trails that a CloudTrail event is about. The event is a hint: it says look, not what to find.
 */
export function createHandler() {
  const env = environment();
  return middy<unknown, EventReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler((event) => remediate(event, env));
}

export const handler = createHandler();

async function remediate(
  event: unknown,
  { baselines, guard, logger, ownRole }: Environment,
): Promise<EventReport> {
  const trailEvent = parseTrailEvent(event);
  const { cause } = trailEvent;
  logger.appendKeys({ eventId: cause.eventId, eventName: cause.eventName });

  const concerned = (await baselines.list()).filter((guarded) =>
    eventAffectsTrail(guarded, trailEvent),
  );
  if (concerned.length === 0) logger.info('the event is about no guarded trail');
  const own = { ...cause, selfTriggered: calledByRole(cause, ownRole) };
  const trails = await reconcileTrails(concerned, own, guard, recordedCallIn(event));
  return { eventId: cause.eventId, trails };
}
