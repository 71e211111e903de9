import type { Logger } from '@aws-lambda-powertools/logger';
import type { AppliedStep, Outcome, Verdict } from '#reconcile/outcome.ts';
import { verdict } from '#reconcile/outcome.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { type ApiCall, describeApiCall } from '#trail/api-call.ts';
import { meanings } from './lifecycle/states.ts';

type Level = 'info' | 'warn' | 'error';

/** Logs a line about one run. */
export type RunLog = (level: Level, message: string, details?: object) => void;

export function runLog(
  logger: Pick<Logger, Level>,
  {
    trail,
    run,
    call,
  }: { readonly trail: string; readonly run: string; readonly call: ApiCall | null },
): RunLog {
  const by = call === null ? null : escapeControlChars(describeApiCall(call));
  return (level, message, details = {}) =>
    logger[level](message, { trail, run, by, ...truncateForStorage(details) });
}

export function logPlan(log: RunLog, { findings }: Plan): void {
  for (const [status, level, message] of planLines) {
    const some = { findings: findings.filter((finding) => finding.status === status) };
    if (some.findings.length === 0) continue;
    log(level, message, { lines: renderPlan(some), impact: renderImpacts(some), ...some });
  }
}

const planLines: readonly (readonly [Finding['status'], Level, string])[] = [
  ['drifted', 'warn', 'the trail has drifted'],
  ['unknown', 'error', 'the trail cannot be read'],
  ['unmanaged', 'warn', 'the baseline does not cover all of the trail'],
];

export function logStep(log: RunLog, step: AppliedStep): void {
  if (step.status === 'applied') {
    log('info', `${step.action} succeeded`, { step });
    return;
  }
  const { action, error, message, remedy } = step;
  log('error', `${action} failed: ${error}: ${message}`, { step, remedy });
}

export function logVerdict(log: RunLog, outcome: Outcome): void {
  const { mode, verified } = outcome;
  const result = verdict(outcome);
  const message = result === 'in-sync' ? 'the trail is in sync' : meanings[result];
  const left = { left: renderPlan(verified), impact: renderImpacts(verified) };
  log(levels[result] ?? 'warn', message, { mode, ...left });
}

const levels: Readonly<Partial<Record<Verdict, Level>>> = {
  'in-sync': 'info',
  restored: 'info',
  unknown: 'error',
  degraded: 'error',
  failed: 'error',
};
