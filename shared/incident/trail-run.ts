import { messageOf } from '#aws/errors.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { type Applied, apply } from '#reconcile/apply.ts';
import { mayRestoreByRetry, type Outcome } from '#reconcile/outcome.ts';
import { type Plan, planOf } from '#reconcile/plan.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps, EarlierCheck, Trigger } from './controller-deps.ts';
import { isNoOpFor } from './earlier-check.ts';
import { within } from './first-reads.ts';
import { repairedElsewhere } from './leases.ts';
import { applyReport } from './lifecycle/apply-report.ts';
import type { LifecycleRules, ReconcileReport } from './lifecycle/report.ts';
import { rulesForTrail } from './rules-for-trail.ts';
import { logPlan, logStep, type RunLog, runLog } from './run-log.ts';
import type { TrailStatus } from './trail-status.ts';
import type { TrailStatusRow } from './trail-status-store.ts';

/** The status at the start of a run, and whether the run has paused since. */
type KnownStatus = { readonly isLater: boolean; readonly atStart: Promise<TrailStatus | null> };

/** What all reports of one run share, before it observed anything. */
type ReportStart = Omit<ReconcileReport, 'at' | 'phase'>;

/** One run over one trail: saves what it reports, and restores what other runs do not. Its call is not our own write. */
export class TrailRun {
  readonly report: ReportStart;
  readonly log: RunLog;
  readonly #row: TrailStatusRow;
  readonly #deps: ControllerDeps;
  readonly #rules: LifecycleRules;

  constructor(
    protectedTrail: ProtectedTrail,
    { call: called, record }: Trigger,
    row: TrailStatusRow,
    deps: ControllerDeps,
  ) {
    // No one else has a reason to use our role, whatever they set with it.
    const isStolenRole = called?.selfTriggered === true;
    const call = called && { ...called, selfTriggered: false };
    this.report = {
      startedAt: deps.now().toISOString(),
      trail: protectedTrail.trail,
      run: call?.eventId ?? deps.newId(),
      call,
      isNoOp: !isStolenRole && isNoOpFor(protectedTrail, record, deps),
      outcome: null,
      baselineError: null,
      baseline: 'error' in protectedTrail ? null : protectedTrail.baseline,
      logging: { readings: [], isGone: false, capturedAt: null },
      bucketLoss: null,
      outsideInSync: null,
      requestIds: [],
      windows: null,
    };
    this.log = runLog(deps.logger, this.report);
    this.#row = row;
    this.#deps = deps;
    this.#rules = rulesForTrail(protectedTrail, deps);
  }

  async save(report: Partial<ReportStart> & Pick<ReconcileReport, 'phase'>): Promise<void> {
    const { now } = this.#deps;
    await this.#row.save((status) =>
      applyReport(status, { ...this.report, at: now().toISOString(), ...report }, this.#rules),
    );
  }

  /** Notifies people of what changed; gives the id of the incident that is open. */
  async publish(): Promise<string | null> {
    await this.#row.publish();
    return this.#row.status?.open?.incident.id ?? null;
  }

  /** Remembers what the run observed, by which later events may be answered, unless a retry is due. */
  remember(outcome: Outcome, { at, kinds }: Pick<EarlierCheck, 'at' | 'kinds'>): void {
    const { status } = this.#row;
    if (status === null || mayRestoreByRetry(outcome)) return;
    this.#deps.checks.set(this.report.trail, { at, kinds, status });
  }

  /** Restores what is due, but for what another run restores, given all that was found. */
  async repair(due: Plan, found: Plan, known: KnownStatus): Promise<Applied> {
    const elsewhere = await this.#repairedElsewhere(due, known);
    const kinds = due.findings.map(({ kind }) => kind).filter((kind) => !elsewhere.has(kind));
    if (kinds.length === 0) return { steps: [], attempts: elsewhere };
    const { steps, attempts } = await this.#saveAndApply(planOf(due, new Set(kinds)), found);
    return { steps, attempts: new Map([...elsewhere, ...attempts]) };
  }

  /** A sweep that found drift has time to read again who repairs; the first write after an event does not wait for it. */
  async #repairedElsewhere(
    due: Plan,
    { isLater, atStart }: KnownStatus,
  ): Promise<Applied['attempts']> {
    const isUrgent = this.report.call !== null && !isLater;
    const status = (isUrgent ? null : await within(this.#row.load())) ?? (await atStart);
    return status === null ? new Map() : repairedElsewhere(due, status, this.report, this.#deps);
  }

  /** Saves what was detected beside the first write, which waits for nothing. If that fails, the verified state is saved alone. */
  async #saveAndApply(due: Plan, found: Plan): Promise<Applied> {
    const { mode, kinds, awsOf } = this.#deps;
    logPlan(this.log, found);
    const outcome = { mode, plan: found, applied: [], verified: found };
    const aws = awsOf(parseTrailArn(this.report.trail).region);
    const [saved, applied] = await Promise.allSettled([
      this.save({ phase: 'detected', outcome }),
      apply(due, { kinds, aws, onStep: (step) => logStep(this.log, step) }),
    ]);
    if (saved.status === 'rejected') {
      this.log('warn', `the detection could not be saved yet: ${messageOf(saved.reason)}`);
    }
    if (applied.status === 'rejected') throw applied.reason;
    return applied.value;
  }
}
