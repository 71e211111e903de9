import type { Guarded } from '#baseline/known-trail.ts';
import { verdict } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps, TrailReport } from './controller-deps.ts';
import { expectedAfter } from './expected-write.ts';
import { bucketLossIn, type ObservedKind, observedLogging } from './observations.ts';
import { outsideReadingOf, skipOutsideReads } from './outside-readings.ts';
import { observedOnce, rememberBucket } from './run-kinds.ts';
import { logPlan, logVerdict } from './run-log.ts';
import { readSurroundings } from './surroundings.ts';
import {
  publish,
  reportInvalidBaseline,
  saveAndApply,
  startRun,
  type Trigger,
} from './trail-run.ts';

/**
 * Reconciles one guarded trail: loads its status beside the first observation, plans, suppresses, saves what was detected beside
 * the first write, verifies, saves, publishes. The call is reported and decides for how long reads may miss its effect, never what
 * is found.
 *
 * A status that cannot be read or written never keeps the trail from being restored: that failure is thrown after the repair.
 */
export async function reconcileTrail(
  guarded: Guarded,
  trigger: Trigger,
  deps: ControllerDeps,
): Promise<TrailReport> {
  const context = await startRun(guarded, trigger, deps);
  const { run, row, log } = context;
  const { trail, call } = run;
  if (call?.selfTriggered) {
    log('info', 'the event is of a write by trailkeeper');
    return { trail, incident: null, verdict: 'self-triggered' };
  }
  if ('error' in guarded) return reportInvalidBaseline(guarded.error, context);
  if (run.isNoOp) log('info', 'the call set only what the baseline says: it opens no incident');

  const { baseline } = guarded;
  const aws = deps.awsOf(parseTrailArn(baseline.trail).region);
  const { status, windows, suppress, claimed } = readSurroundings(baseline.trail, context);
  const observed: ObservedKind[] = [];
  const bucketLoss = () => bucketLossIn(observed, baseline.version);
  const knownLoss = async () => bucketLoss() ?? (await status)?.bucketLoss ?? null;
  const expected =
    call === null || run.isNoOp ? null : expectedAfter(call, deps, () => row.atStart);
  const outside = { call, startedAt: run.startedAt, baseline, status };
  const kinds = rememberBucket(skipOutsideReads(deps.kinds, outside), baseline, knownLoss);
  const written = deps.requests.length;
  const outcome = await reconcile(baseline, {
    ...deps,
    aws,
    kinds: observedOnce(kinds, expected?.kinds),
    expected,
    onObservation: (kind, observation) =>
      void observed.push({ kind, at: deps.now().toISOString(), observation }),
    suppress,
    claimed,
    repair: (due, found) => saveAndApply(due, found, context),
  });
  if (outcome.applied.length === 0) logPlan(log, outcome.plan);
  logVerdict(log, outcome);

  await context.save({
    phase: 'verified',
    outcome,
    logging: observedLogging(observed, baseline.capturedAt),
    bucketLoss: bucketLoss(),
    outsideInSync: await outsideReadingOf(outcome.verified, deps.kinds, outside),
    requestIds: deps.requests.slice(written),
    windows: await windows,
  });
  return { trail, incident: await publish(context), verdict: verdict(outcome), outcome };
}
