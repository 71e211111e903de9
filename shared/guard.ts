import type { Logger } from '@aws-lambda-powertools/logger';
import type { Guarded } from '#aws/baseline-store.ts';
import type { Aws } from '#aws/clients.ts';
import { messageOf } from '#aws/errors.ts';
import type { IncidentStore } from '#aws/incident-store.ts';
import { type Cause, describeCause } from '#core/cause.ts';
import { bounded, type Incident } from '#core/incident.ts';
import {
  type AppliedStep,
  type Mode,
  mayMendByRetry,
  type Outcome,
  type Verdict,
  verdict,
} from '#core/outcome.ts';
import type { Finding, Plan } from '#core/plan.ts';
import { renderImpacts, renderPlan } from '#core/render.ts';
import { renderText } from '#core/text.ts';
import { parseTrailArn } from '#core/trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { reconcile } from './reconcile.ts';

/** What became of one guarded trail; `broken` is a baseline that can not be used. */
export type TrailReport = { readonly trail: string; readonly incident: string } & (
  | { readonly verdict: Verdict; readonly outcome: Outcome }
  | { readonly verdict: 'broken'; readonly error: string; readonly retryable: boolean }
);

export type Guard = {
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  readonly mode: Mode;
  readonly logger: Logger;
  readonly incidents: IncidentStore;
  readonly now: () => Date;
  readonly newId: () => string;
};

/**
 * Reconciles several trails at once: none waits for another, and every one is finished before a failure is thrown. The
 * reports are bounded: Lambda takes an answer of 6 MB.
 * Throws `NotRestoredError` where running again may mend what was attempted, so that Lambda does.
 */
export async function guardTrails(
  guarded: readonly Guarded[],
  cause: Cause | null,
  guard: Guard,
): Promise<TrailReport[]> {
  const guarding = guarded.map((one) => guardTrail(one, cause, guard));
  await Promise.allSettled(guarding);
  const reports = await Promise.all(guarding);
  const unmended = reports.filter((report) =>
    'outcome' in report ? mayMendByRetry(report.outcome) : report.retryable,
  );
  const told = reports.map(bounded);
  if (unmended.length === 0) return told;
  const trails = unmended.map(({ trail, incident }) => `${trail} (incident ${incident})`);
  throw new NotRestoredError(trails, told);
}

/** Thrown after every trail was reconciled, where one was not seen in sync and a retry may mend it. */
export class NotRestoredError extends Error {
  override readonly name = 'NotRestoredError' as const;
  readonly reports: readonly TrailReport[];

  constructor(trails: readonly string[], reports: readonly TrailReport[]) {
    super(`not seen in sync, which a retry may mend: ${trails.join(', ')}`);
    this.reports = reports;
  }
}

/**
 * Reconciles one guarded trail, logs what was found, each write and what was read back, and keeps the incident.
 * The cause is the event that led here, or null; it is told and decides nothing.
 */
async function guardTrail(
  guarded: Guarded,
  cause: Cause | null,
  { kinds, awsOf, mode, logger, incidents, now, newId }: Guard,
): Promise<TrailReport> {
  const { trail } = guarded;
  const incident = cause?.eventId ?? newId();
  const by = cause === null ? null : renderText(describeCause(cause));
  const log: Log = (level, message, details) =>
    logger[level](message, { trail, incident, by, ...bounded(details) });
  if ('error' in guarded) {
    const { message: error, name } = guarded.error;
    log('error', 'the trail is not guarded: its baseline can not be used', { problem: error });
    const retryable = name !== 'InvalidBaselineError';
    return { trail, incident, verdict: 'broken', error, retryable };
  }

  const startedAt = now().toISOString();
  const outcome = await reconcile(guarded.baseline, {
    kinds,
    aws: awsOf(parseTrailArn(guarded.baseline.trail).region),
    mode,
    now,
    onPlan: (plan) => logPlan(log, plan),
    onStep: (step) => logStep(log, step),
  });
  logVerdict(log, outcome);

  const report = { trail, verdict: verdict(outcome), outcome };
  const kept: Incident = {
    id: incident,
    trail,
    status: report.verdict === 'in-sync' ? 'touched' : report.verdict,
    severity: 'high',
    startedAt,
    endedAt: now().toISOString(),
    cause,
    also: [],
    count: 1,
    reminders: 0,
    outcome,
    hold: null,
    isFolded: false,
  };
  if (isKept(cause, outcome)) {
    await incidents.keep(kept).catch((error: unknown) => {
      log('error', `the incident could not be kept: ${messageOf(error)}`, { kept });
      throw error;
    });
  }
  return { incident, ...report };
}

function isKept(cause: Cause | null, outcome: Outcome): boolean {
  if (outcome.applied.length > 0) return true;
  if (cause === null || cause.eventId === null) return false;
  if (!cause.isOwn) return true;
  return cause.error === null && verdict(outcome) !== 'in-sync';
}

type Level = 'info' | 'warn' | 'error';
type Log = (level: Level, message: string, details: object) => void;

function logPlan(log: Log, { findings }: Plan): void {
  const tell = (status: Finding['status'], level: Level, message: string) => {
    const told = { findings: findings.filter((finding) => finding.status === status) };
    if (told.findings.length === 0) return;
    log(level, message, { lines: renderPlan(told), impact: renderImpacts(told), ...told });
  };
  tell('drifted', 'warn', 'the trail has drifted');
  tell('unknown', 'error', 'the trail can not be read');
  tell('unmanaged', 'warn', 'not all of the trail is guarded');
}

function logStep(log: Log, step: AppliedStep): void {
  if (step.status === 'applied') log('info', `${step.action} was carried out`, { step });
  else
    log('error', `${step.action} failed: ${step.error}: ${step.message}`, {
      step,
      remedy: step.remedy,
    });
}

function logVerdict(log: Log, outcome: Outcome): void {
  const [level, message] = verdictLines[verdict(outcome)];
  log(level, message, {
    mode: outcome.mode,
    left: renderPlan(outcome.verified),
    impact: renderImpacts(outcome.verified),
  });
}

const verdictLines = {
  'in-sync': ['info', 'the trail is in sync'],
  restored: ['info', 'the trail was restored, as read back'],
  drifted: ['warn', 'the trail has drifted and was left as it is'],
  unknown: ['error', 'whether the trail is in sync is unknown'],
  held: ['warn', 'the trail has drifted and is left as it is until a Hold ends'],
  deferred: ['warn', 'the trail has drifted and is left as it is until the next sweep'],
  degraded: ['error', 'the trail records as it must, but is not whole'],
  failed: ['error', 'the trail is not in sync after the attempt to restore it'],
} as const satisfies Record<Verdict, readonly [Level, string]>;
