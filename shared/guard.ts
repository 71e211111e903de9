import type { Logger } from '@aws-lambda-powertools/logger';
import type { Guarded } from '#aws/baseline-store.ts';
import type { Aws } from '#aws/clients.ts';
import {
  type AppliedStep,
  type Mode,
  mayMendByRetry,
  type Outcome,
  type Verdict,
  verdict,
} from '#core/outcome.ts';
import type { Plan } from '#core/plan.ts';
import { renderFinding } from '#core/render.ts';
import { parseTrailArn } from '#core/trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { reconcile } from './reconcile.ts';

/** What became of one guarded trail; `broken` is a baseline that can not be used. */
export type TrailReport = { readonly trail: string; readonly incident: string } & (
  | { readonly verdict: Verdict; readonly outcome: Outcome }
  | { readonly verdict: 'broken'; readonly error: string }
);

export type Guard = {
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  readonly mode: Mode;
  readonly logger: Logger;
  readonly newIncident: () => string;
};

/** Reconciles one guarded trail and logs what was found, each write and what was read back. */
export async function guardTrail(guarded: Guarded, guard: Guard): Promise<TrailReport> {
  const { trail } = guarded;
  const incident = guard.newIncident();
  const log: Log = (level, message, details) =>
    guard.logger[level](message, { trail, incident, ...details });
  if ('error' in guarded) {
    const error = guarded.error.message;
    log('error', 'the trail is not guarded: its baseline can not be used', { problem: error });
    return { trail, incident, verdict: 'broken', error };
  }

  const outcome = await reconcile(guarded.baseline, {
    kinds: guard.kinds,
    aws: guard.awsOf(parseTrailArn(guarded.baseline.trail).region),
    mode: guard.mode,
    onPlan: (plan) => logPlan(log, plan),
    onStep: (step) => logStep(log, step),
  });
  logVerdict(log, outcome);
  return { trail, incident, verdict: verdict(outcome), outcome };
}

/** Throws where running again may mend what was attempted, so that Lambda does, and the dead-letter queue keeps what is left. */
export function throwIfRetryMayMend(reports: readonly TrailReport[]): void {
  const unmended = reports.filter(
    (report) => 'outcome' in report && mayMendByRetry(report.outcome),
  );
  if (unmended.length > 0) {
    const trails = unmended.map(({ trail, incident }) => `${trail} (incident ${incident})`);
    throw new NotRestoredError(`not in sync after the attempt to restore: ${trails.join(', ')}`);
  }
}

/** Thrown after every trail was reconciled, where one is not in sync and a retry may mend it. */
export class NotRestoredError extends Error {
  override readonly name = 'NotRestoredError' as const;
}

type Level = 'info' | 'warn' | 'error';
type Log = (level: Level, message: string, details: object) => void;

function logPlan(log: Log, { findings }: Plan): void {
  for (const finding of findings) {
    const lines = renderFinding(finding);
    if (finding.status === 'drifted') log('warn', 'the trail has drifted', { lines, finding });
    if (finding.status === 'unknown') log('error', 'the trail can not be read', { lines, finding });
  }
}

function logStep(log: Log, step: AppliedStep): void {
  if (step.status === 'applied') log('info', `${step.action} was carried out`, { step });
  else log('error', `${step.action} failed: ${step.error}: ${step.message}`, { step });
}

function logVerdict(log: Log, outcome: Outcome): void {
  const [level, message] = verdictLines[verdict(outcome)];
  log(level, message, {
    mode: outcome.mode,
    left: outcome.verified.findings.flatMap(renderFinding),
  });
}

const verdictLines = {
  'in-sync': ['info', 'the trail is in sync'],
  restored: ['info', 'the trail was restored, as read back'],
  drifted: ['warn', 'the trail has drifted and was left as it is'],
  unknown: ['error', 'whether the trail is in sync is unknown'],
  failed: ['error', 'the trail is not in sync after the attempt to restore it'],
} as const satisfies Record<Verdict, readonly [Level, string]>;
