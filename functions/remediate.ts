import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Guarded } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import { beginReads } from '#incident/first-reads.ts';
import { reconcileTrails } from '#incident/reconcile-trails.ts';
import { isSelfTriggered } from '#incident/self-triggered.ts';
import { type ApiCall, calledByRole } from '#trail/api-call.ts';
import { recordedCallIn } from '#trail/recorded-call.ts';
import { trailArn } from '#trail/trail-arn.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import { type Environment, environment } from './environment.ts';

/** What an event led to: the guarded trails that it was about, and what became of each. */
export type EventReport = {
  readonly eventId: string | null;
  readonly trails: readonly TrailReport[];
};

/** Reconciles the guarded trails that a CloudTrail event is about. The event is a hint: it triggers a check and decides nothing. */
export function createHandler() {
  const env = environment();
  return middy<unknown, EventReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler((event) => remediate(event, env));
}

export const handler = createHandler();

async function remediate(event: unknown, env: Environment): Promise<EventReport> {
  const { baselines, guard, logger, ownRole } = env;
  const trailEvent = parseTrailEvent(event);
  const { cause } = trailEvent;
  logger.appendKeys({ eventId: cause.eventId, eventName: cause.eventName });

  const own = { ...cause, selfTriggered: calledByRole(cause, ownRole) };
  const selfTriggered = await selfTriggeredReports(own, trailEvent.named ?? [], env);
  if (selfTriggered.length > 0) return { eventId: cause.eventId, trails: selfTriggered };

  const isAffected = (guarded: Guarded) => eventAffectsTrail(guarded, trailEvent);
  const ahead = new Map(
    baselines
      .remembered()
      .filter(isAffected)
      .flatMap((one) =>
        'baseline' in one ? [[one.trail, beginReads(one.baseline, cause, guard)]] : [],
      ),
  );
  const concerned = (await baselines.list()).filter(isAffected);
  if (concerned.length === 0) logger.info('the event is about no guarded trail');
  const trails = await reconcileTrails(
    concerned,
    { call: own, record: recordedCallIn(event) },
    guard,
    ahead,
  );
  return { eventId: cause.eventId, trails };
}

/**
 * Reports on the trail that a write of ours names, which needs its status alone; none for any other call. Our writes name the trail
 * by its ARN.
 */
async function selfTriggeredReports(
  call: ApiCall,
  named: readonly string[],
  { guard, logger }: Environment,
): Promise<readonly TrailReport[]> {
  const [trail] = named;
  if (!call.selfTriggered || named.length !== 1 || !trailArn.safeParse(trail).success) return [];
  const status = guard.statuses.of(String(trail));
  if (!(await isSelfTriggered(call, status, guard))) return [];
  logger.info('the event is of a write by trailkeeper', { trail });
  return [{ trail: String(trail), incident: null, verdict: 'self-triggered' }];
}
