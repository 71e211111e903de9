import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import { trail } from './baseline.ts';

export const inSync: Finding = { kind: 'paint', status: 'in-sync' };
export const unknown = {
  kind: 'door',
  status: 'unknown',
  reason: 'AccessDenied: no',
  retryable: false,
} as const satisfies Finding;
export const drift: Drift = {
  path: 'color',
  desired: 'red',
  actual: 'blue',
  impact: { description: 'no one sees it', severity: 'critical', losesCoverage: true },
  treatment: 'restore',
};
export const drifted = {
  kind: 'paint',
  status: 'drifted',
  changes: [drift],
  steps: [{ action: 'Paint', input: {} }],
} as const satisfies Finding;
export const done: AppliedStep = { kind: 'paint', action: 'Paint', input: {}, status: 'applied' };
export const refused = {
  ...done,
  status: 'failed',
  error: 'AccessDenied',
  message: 'no',
  remedy: null,
  retryable: false,
} as const satisfies AppliedStep;
/** An outcome; without a read-back, the plan is what was read back. */
export const outcome = (
  found: readonly Finding[],
  applied: readonly AppliedStep[] = [],
  readBack = found,
): Outcome => ({
  mode: applied.length > 0 ? 'enforce' : 'observe',
  plan: { trail: trail.arn, version: 1, findings: found },
  applied,
  verified: { trail: trail.arn, version: 1, findings: readBack },
});
