import { logging } from '#drift/logging.ts';
import {
  type CheckpointState,
  detectInterruption,
  type LoggingCheckpoint,
  type LoggingInterruption,
  markDeleted,
  nextCheckpoint,
} from '#gaps/logging-interruption.ts';
import { type Plan, stepsOf } from '#reconcile/plan.ts';
import type { TrailStatus } from '../trail-status.ts';
import { isWorse, withEntry } from './open-incident.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';

/**
 * Records, once, that logging was off and on again between two runs: events were lost, and nothing is left to restore. Our own
 * start is recorded before it is known to have succeeded, so that another run does not take it for someone else's.
 */
export function recordLogging(
  status: TrailStatus,
  report: ReconcileReport,
  rules: LifecycleRules,
): TrailStatus {
  if (report.outcome === null) return status;
  if (report.phase === 'detected') return withOwnStart(status, report, report.outcome.plan);
  const { interruption, checkpoint } = observedLogging(status.logging, report);
  const seen = { ...status, logging: checkpoint };
  const { interruptions: known = [], severity = 'low' } = status.open?.incident ?? {};
  if (interruption === null || known.some(({ to }) => to === interruption.to)) return seen;
  return withEntry(seen, report, rules, {
    signal: 'change-reverted',
    severity: 'critical',
    fields: {
      interruptions: [...known, interruption].slice(-mostInterruptions),
      // It has its own cause, unless what was found before is as severe.
      ...(isWorse('critical', severity) && { cause: null }),
    },
  });
}

const mostInterruptions = 10;

function withOwnStart(
  status: TrailStatus,
  { at, run }: Pick<ReconcileReport, 'at' | 'run'>,
  plan: Plan,
): TrailStatus {
  const { ownStarts } = status.logging;
  const isStart = stepsOf(plan, logging.name).length > 0;
  if (!isStart || ownStarts.some((own) => own.run === run)) return status;
  return {
    ...status,
    logging: { ...status.logging, ownStarts: [...ownStarts, { run, from: at, to: null }] },
  };
}

function observedLogging(
  before: CheckpointState,
  { at, run, startedAt, outcome, logging: observed }: ReconcileReport,
): { readonly interruption: LoggingInterruption | null; readonly checkpoint: CheckpointState } {
  const { readings, isGone, capturedAt } = observed;
  // A trail whose logging was never observed logged when it was captured.
  const previous: LoggingCheckpoint = before.lastSeen ?? {
    IsLogging: true,
    StartLoggingTime: capturedAt,
    StopLoggingTime: null,
  };
  const pending = before.ownStarts.find((own) => own.run === run);
  const others = before.ownStarts.filter((own) => own.run !== run);
  const isStarted = outcome?.applied.some(({ kind }) => kind === logging.name) ?? false;
  const own = isStarted ? [{ run, from: pending?.from ?? startedAt, to: at }] : [];

  const known = readings.filter((reading) => reading !== null);
  const [first] = known;
  // A first reading that succeeded only after our own start may show that start.
  const ownStarts = [...others, ...(first === readings[0] ? [] : own)];
  const last = isGone ? markDeleted(previous, at) : (known.at(-1) ?? null);
  return {
    interruption: first === undefined ? null : detectInterruption(previous, first, ownStarts),
    checkpoint: nextCheckpoint({ ...before, ownStarts: [...others, ...own] }, last),
  };
}
