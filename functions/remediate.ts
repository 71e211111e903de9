import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { isBy } from '#core/cause.ts';
import { parseTrailArn, trailArn } from '#core/trail.ts';
import { concerns, parseTrailEvent } from '#core/trail-event.ts';
import { guardTrails, type TrailReport } from '#shared/guard.ts';
import { baselines, guard, logger, ownRole } from './environment.ts';

/** What an event led to: the guarded trails that it was about, and what became of each. */
export type EventReport = {
  readonly eventId: string | null;
  readonly trails: readonly TrailReport[];
};

/**
 * Reconciles the guarded trails that a CloudTrail event is about. The event is a hint: it says look, not what to find.
 * A call that failed changed nothing, and our own calls are no attack: after those we look and write nothing, or a write
 * that is refused, or that does not last, would call for itself again and again. Such drift is left to the sweep.
 */
export const handler = middy<unknown, EventReport>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(remediate);

async function remediate(event: unknown): Promise<EventReport> {
  const trailEvent = parseTrailEvent(event);
  const { cause } = trailEvent;
  logger.appendKeys({ eventId: cause.eventId, eventName: cause.eventName });

  const concerned = (await baselines.list()).filter(({ trail }) => {
    const identity = trailArn.safeParse(trail);
    return identity.success && concerns(trailEvent, parseTrailArn(identity.data));
  });
  if (concerned.length === 0) logger.info('the event is about no guarded trail');
  const isEcho = isBy(cause, ownRole);
  const mode = isEcho || cause.error !== null ? 'observe' : guard.mode;
  const trails = await guardTrails(concerned, isEcho ? null : cause, { ...guard, mode });
  return { eventId: cause.eventId, trails };
}
