import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import { type ApiCall, calledByRole } from '#trail/api-call.ts';
import { recordedCallIn } from '#trail/recorded-call.ts';
import { trailArn } from '#trail/trail-arn.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import type { ControllerDeps, TrailReport } from './controller-deps.ts';
import { isAnswered } from './earlier-check.ts';
import { beginReads } from './first-reads.ts';
import { reconcileTrails } from './reconcile-trails.ts';
import { isSelfTriggered } from './self-triggered.ts';

/** What an event led to: the protected trails that it was about, and what became of each. */
export type EventReport = {
  readonly eventId: string | null;
  readonly trails: readonly TrailReport[];
};

export type EventDeps = {
  readonly baselines: Pick<BaselineStore, 'list' | 'remembered'>;
  readonly controller: ControllerDeps;
  /** The roles that make every call to a trail and to what it depends on: their calls are self-triggered events. */
  readonly ownRoles: readonly string[];
};

/** Reconciles the protected trails that a CloudTrail event is about. The event is a hint: it triggers a check and decides nothing. */
export async function reconcileEvent(event: unknown, deps: EventDeps): Promise<EventReport> {
  const { baselines, controller, ownRoles } = deps;
  const { logger } = controller;
  const trailEvent = parseTrailEvent(event);
  const { cause } = trailEvent;
  logger.appendKeys({ eventId: cause.eventId, eventName: cause.eventName });

  const own = { ...cause, selfTriggered: calledByRole(cause, ownRoles) };
  const selfTriggered = await selfTriggeredReports(own, trailEvent.named ?? [], controller);
  if (selfTriggered.length > 0) return { eventId: cause.eventId, trails: selfTriggered };

  const trigger = { call: own, record: recordedCallIn(event, trailEvent) };
  const isAffected = (protectedTrail: ProtectedTrail) =>
    eventAffectsTrail(protectedTrail, trailEvent);
  const remembered = baselines.remembered().filter(isAffected);
  if (remembered.length > 0 && remembered.every((one) => isAnswered(one, trigger, controller))) {
    logger.info('an earlier check answers the event');
    return { eventId: cause.eventId, trails: remembered.map(answered) };
  }
  const ahead = new Map(
    remembered.flatMap((one) =>
      'baseline' in one ? [[one.trail, beginReads(one.baseline, cause, controller)]] : [],
    ),
  );
  const concerned = (await baselines.list()).filter(isAffected);
  if (concerned.length === 0) logger.info('the event is about no protected trail');
  const trails = await reconcileTrails(concerned, trigger, controller, ahead);
  return { eventId: cause.eventId, trails };
}

/** Every trail that was protected when the earlier check began is remembered, and a call before that is no drift from a newer baseline. */
const answered = ({ trail }: ProtectedTrail): TrailReport => ({
  ...{ trail, incident: null, verdict: 'answered' },
});

/**
 * Reports on the trail that a write of ours names, which needs its status alone; none for any other call. Our writes name the trail
 * by its ARN.
 */
async function selfTriggeredReports(
  call: ApiCall,
  named: readonly string[],
  controller: ControllerDeps,
): Promise<readonly TrailReport[]> {
  const [trail] = named;
  if (!call.selfTriggered || named.length !== 1 || !trailArn.safeParse(trail).success) return [];
  const status = controller.statuses.of(String(trail));
  if (!(await isSelfTriggered(call, status, controller))) return [];
  controller.logger.info('the event is of a write by trailkeeper', { trail });
  return [{ trail: String(trail), incident: null, verdict: 'self-triggered' }];
}
