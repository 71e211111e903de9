import { messageOf } from '#aws/errors.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import { isNoOp } from '#gaps/no-op.ts';
import { type Applied, apply } from '#reconcile/apply.ts';
import type { Plan } from '#reconcile/plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { couldHaveCaused, isRepairCall, kindsAffectedBy } from './attribution.ts';
import type { ControllerDeps, TrailReport } from './controller-deps.ts';
import { incidentGaps } from './incident-gaps.ts';
import { applyReport } from './lifecycle/apply-report.ts';
import type { LifecycleRules, ReconcileReport } from './lifecycle/report.ts';
import { logPlan, logStep, type RunLog, runLog } from './run-log.ts';
import { isRepairing, type TrailStatus } from './trail-status.ts';
import type { TrailStatusRow } from './trail-status-store.ts';

/** The call that led to a run, and its record; both null for a sweep. */
export type Trigger = { readonly call: ApiCall | null; readonly record: RecordedCall | null };

/** What all reports of one run share, before it observed anything. */
export type Run = Omit<ReconcileReport, 'at' | 'phase'>;

/** One run over one trail, and the means to save what it reports. */
export type RunContext = {
  readonly run: Run;
  readonly row: TrailStatusRow;
  readonly log: RunLog;
  readonly deps: ControllerDeps;
  save(report: Partial<Run> & Pick<ReconcileReport, 'phase'>): Promise<void>;
};

/** Begins a run: finds out whether our own write triggered it. */
export async function startRun(
  guarded: Guarded,
  { call: called, record }: Trigger,
  deps: ControllerDeps,
): Promise<RunContext> {
  const row = deps.statuses.of(guarded.trail);
  const selfTriggered = await isSelfTriggered(called, row, deps);
  const call = called && { ...called, selfTriggered };
  // No one else has a reason to use our role, whatever they set with it.
  const isStolenRole = called?.selfTriggered === true && !selfTriggered;
  const run: Run = {
    startedAt: deps.now().toISOString(),
    trail: guarded.trail,
    run: call?.eventId ?? deps.newId(),
    call,
    isNoOp: !isStolenRole && isNoOpFor(guarded, record, deps),
    outcome: null,
    baselineError: null,
    baseline: 'error' in guarded ? null : guarded.baseline,
    logging: { readings: [], isGone: false, capturedAt: null },
    bucketLoss: null,
    outsideInSync: null,
    requestIds: [],
    windows: null,
  };
  const rules = lifecycleRules(guarded, deps);
  return {
    run,
    row,
    deps,
    log: runLog(deps.logger, run),
    save: (report) =>
      row.save((status) =>
        applyReport(status, { ...run, at: deps.now().toISOString(), ...report }, rules),
      ),
  };
}

function isNoOpFor(
  guarded: Guarded,
  record: RecordedCall | null,
  { kinds, organization }: Pick<ControllerDeps, 'kinds' | 'organization'>,
): boolean {
  if (record === null || 'error' in guarded) return false;
  const { trail, states, policy } = guarded.baseline;
  return isNoOp(record, { trail: parseTrailArn(trail), organization, states, policy }, kinds);
}

/** What the lifecycle asks of the drift kinds and of one guarded trail. */
const lifecycleRules = (
  guarded: Guarded,
  { kinds, rules }: Pick<ControllerDeps, 'kinds' | 'rules'>,
): LifecycleRules => ({
  ...rules,
  couldHaveCaused: couldHaveCaused(kinds),
  kindsAffectedBy: kindsAffectedBy(kinds),
  gapsOf: incidentGaps(guarded, kinds),
});

/**
 * Whether a call by our role is our own write: anyone else who uses the role is an attacker. While a repair is in flight, its
 * request ids are not saved yet, so a call that repairs consist of counts as ours. An event may arrive just before the repair
 * itself is saved.
 */
export async function isSelfTriggered(
  call: ApiCall | null,
  row: TrailStatusRow,
  { requests, kinds, now, sleep }: Pick<ControllerDeps, 'requests' | 'kinds' | 'now' | 'sleep'>,
): Promise<boolean> {
  if (call === null || !call.selfTriggered || call.requestId === null) return false;
  const { requestId } = call;
  if (requests.includes(requestId)) return true;
  const isRepair = isRepairCall(call.eventName, kinds);
  const isOurs = (status: TrailStatus) =>
    status.ownRequests.includes(requestId) ||
    (isRepair && isRepairing(status, now().toISOString()));
  if (isOurs(await row.load())) return true;
  if (!isRepair) return false;
  await sleep(saveDelayMs);
  return isOurs(await row.load());
}

/** For how long a repair may be in flight before that is saved. */
const saveDelayMs = 1000;

/** Saves what was detected beside the first write, which waits for nothing. If that fails, the verified state is saved alone. */
export async function saveAndApply(
  due: Plan,
  found: Plan,
  { run, log, deps, save }: RunContext,
): Promise<Applied> {
  logPlan(log, found);
  const outcome = { mode: deps.mode, plan: found, applied: [], verified: found };
  const aws = deps.awsOf(parseTrailArn(run.trail).region);
  const [saved, applied] = await Promise.allSettled([
    save({ phase: 'detected', outcome }),
    apply(due, { kinds: deps.kinds, aws, onStep: (step) => logStep(log, step) }),
  ]);
  if (saved.status === 'rejected') {
    log('warn', `the detection could not be saved yet: ${messageOf(saved.reason)}`);
  }
  if (applied.status === 'rejected') throw applied.reason;
  return applied.value;
}

/** A baseline that cannot be read may be readable at a retry; an invalid one is an incident. */
export async function reportInvalidBaseline(
  { message: error, name }: Error,
  context: RunContext,
): Promise<TrailReport> {
  const { trail } = context.run;
  context.log('error', 'the trail is unprotected: its baseline cannot be used', { error });
  if (name !== 'InvalidBaselineError') {
    return { trail, incident: null, verdict: 'broken', error, retryable: true };
  }
  await context.save({ phase: 'verified', baselineError: error });
  const incident = await publish(context);
  return { trail, incident, verdict: 'broken', error, retryable: false };
}

/** Notifies people of what changed; gives the id of the incident that is open. */
export async function publish({ row }: RunContext): Promise<string | null> {
  await row.publish();
  return row.status?.open?.incident.id ?? null;
}
