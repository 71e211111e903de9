import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { stepKey } from '#reconcile/change-key.ts';
import { verdict } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { recentMinutes, type SuppressionInputs, suppressSteps } from '#reconcile/suppress-steps.ts';
import { later } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps, TrailReport, Trigger } from './controller-deps.ts';
import { expectedAfter } from './expected-write.ts';
import { type FirstReads, readsFor } from './first-reads.ts';
import { logPlan, logVerdict } from './run-log.ts';
import { isSelfTriggered } from './self-triggered.ts';
import { TrailObserver } from './trail-observer.ts';
import { TrailRun } from './trail-run.ts';
import type { TrailStatus } from './trail-status.ts';

/**
 * Reconciles one protected trail: reads its status and maintenance windows beside the first observation, plans, suppresses, saves what
 * was detected beside the first write, verifies, saves, publishes. The call is reported and decides for how long reads may miss its
 * effect, never what is found.
 *
 * A status that cannot be read or written never keeps the trail from being restored: that failure is thrown after the repair.
 */
export async function reconcileTrail(
  protectedTrail: ProtectedTrail,
  trigger: Trigger,
  deps: ControllerDeps,
  ahead?: FirstReads,
): Promise<TrailReport> {
  const { trail } = protectedTrail;
  const row = ahead?.row ?? deps.statuses.of(trail);
  if (await isSelfTriggered(trigger.call, row, deps)) {
    deps.logger.info('the event is of a write by trailkeeper', {
      trail,
      run: trigger.call?.eventId,
    });
    return { trail, incident: null, verdict: 'self-triggered' };
  }
  const run = new TrailRun(protectedTrail, trigger, row, deps);
  const { call, isNoOp } = run.report;
  if ('error' in protectedTrail) return reportInvalidBaseline(protectedTrail.error, run);
  if (isNoOp) run.log('info', 'the call set only what the baseline says: it opens no incident');

  const { baseline } = protectedTrail;
  const aws = deps.awsOf(parseTrailArn(trail).region);
  const reads = readsFor(baseline, call, deps, row, ahead);
  const observer = new TrailObserver(baseline, run.report, reads, deps);
  const written = deps.requests.length;
  const outcome = await reconcile(baseline, {
    ...deps,
    aws,
    expected: call === null || isNoOp ? null : expectedAfter(call, deps, reads.status),
    observe: (...asked) => observer.observe(...asked),
    async suppress(plan) {
      const status = await reads.status;
      const repairs = call === null ? null : (status?.repairs ?? null);
      const approvals = status?.open?.approvals ?? [];
      const windows = await reads.suspending;
      const isRefused = call === null ? refusedLately(status, deps) : undefined;
      return suppressSteps(
        plan,
        { windows, repairs, approvals, ...(isRefused && { isRefused }) },
        deps.rules,
        deps.now(),
      );
    },
    approvals: async () => (await reads.status)?.open?.approvals ?? [],
    repair: (due, found, isLater) => run.repair(due, found, { isLater, atStart: reads.status }),
  });
  if (outcome.applied.length === 0) logPlan(run.log, outcome.plan);
  logVerdict(run.log, outcome);

  await run.save({
    phase: 'verified',
    outcome,
    ...(await observer.report(outcome.verified)),
    requestIds: deps.requests.slice(written),
    windows: await reads.windows,
  });
  const incident = await run.publish();
  run.remember(outcome, { at: reads.at, kinds: observer.kindsRead(outcome.verified) });
  return { trail, incident, verdict: verdict(outcome), outcome };
}

/**
 * Whether AWS refused a step on what the trail depends on within the last minutes. Sweeps do not send it again until then; a call that
 * is about it, or a person, does. Steps on the trail itself are always sent: what prevented them may end without an event.
 */
function refusedLately(
  status: TrailStatus | null,
  { kinds, now }: ControllerDeps,
): SuppressionInputs['isRefused'] {
  const at = now().toISOString();
  const since = later(at, { minutes: -recentMinutes });
  const outside = new Set(kinds.filter((kind) => kind.isOutsideTrail).map(({ name }) => name));
  return (kind, step) => {
    const refusedAt = status?.refusals[stepKey(kind, step)];
    // A time in the future does not count: an attacker may have written it.
    return outside.has(kind) && refusedAt !== undefined && refusedAt > since && refusedAt <= at;
  };
}

/** A baseline that cannot be read may be readable at a retry; an invalid one is an incident. */
async function reportInvalidBaseline(
  { message: error, name }: Error,
  run: TrailRun,
): Promise<TrailReport> {
  const { trail } = run.report;
  run.log('error', 'the trail is unprotected: its baseline cannot be used', { error });
  if (name !== 'InvalidBaselineError') {
    return { trail, incident: null, verdict: 'broken', error, retryable: true };
  }
  await run.save({ phase: 'verified', baselineError: error });
  return { trail, incident: await run.publish(), verdict: 'broken', error, retryable: false };
}
