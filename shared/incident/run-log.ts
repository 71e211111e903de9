import type { Logger } from '@aws-lambda-powertools/logger';
import type { AppliedStep, Outcome, Verdict } from '#reconcile/outcome.ts';
import { verdict } from '#reconcile/outcome.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { type ApiCall, describeApiCall } from '#trail/api-call.ts';

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
  const [level, message] = verdictLines[verdict(outcome)];
  const { mode, verified } = outcome;
  log(level, message, { mode, left: renderPlan(verified), impact: renderImpacts(verified) });
}

const verdictLines: Readonly<Record<Verdict, readonly [Level, string]>> = {
  'in-sync': ['info', 'the trail is in sync'],
  restored: ['info', 'the trail was restored and verified'],
  drifted: ['warn', 'the trail has drifted and was left as it is'],
  unknown: ['error', 'the trail cannot be read: it may have drifted'],
  suspended: ['warn', 'the repair of the trail waits for the end of a maintenance window'],
  'backing-off': ['warn', 'the repair of the trail waits for the next sweep'],
  degraded: ['error', 'the repair failed; what is left loses no events'],
  failed: ['error', 'the repair failed and events are lost'],
};
