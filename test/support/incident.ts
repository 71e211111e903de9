import type { Impact } from '#drift/impact.ts';
import type { Incident } from '#incident/incident.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from './baseline.ts';

/** A call that somebody made. */
export const cause: ApiCall = {
  eventId: '77e11d50-b866-408f-9509-c3f09de6b26e',
  requestId: null,
  eventName: 'StopLogging',
  at: '2026-11-22T12:00:03Z',
  region: trail.region,
  principal: {
    type: 'IAMUser',
    name: 'mallory',
    arn: 'arn:aws:iam::111122223333:user/mallory',
    accountId: '111122223333',
    issuer: null,
    issuerArn: null,
    mfa: false,
  },
  selfTriggered: false,
  sourceIp: '192.0.2.7',
  userAgent: 'aws-cli/2.31.4',
  via: null,
  error: null,
};

/** A drift that costs record, and one that does not. */
export const stopped = driftOf('IsLogging', true, false, {
  words: 'nothing is recorded: logging is off',
  severity: 'critical',
  losesCoverage: true,
});
export const unencrypted = driftOf('KmsKeyId', 'arn:aws:kms:::key/theirs', null, {
  words: 'the log is not encrypted with a key of yours',
  severity: 'medium',
  losesCoverage: false,
});

export function driftOf(
  path: string,
  desired: Drift['desired'],
  actual: Drift['actual'],
  impact: Impact,
): Drift {
  return { path, desired, actual, impact, treatment: 'restore' };
}

export const drifted = (kind: string, ...changes: Drift[]): Finding => ({
  kind,
  status: 'drifted',
  changes,
  steps: [],
});

/** What was found, and what is left of it after the steps. */
export function outcomeOf(
  found: readonly Finding[],
  left: readonly Finding[],
  applied: Outcome['applied'] = [],
): Outcome {
  const plan = { trail: trail.arn, version: 7, findings: found };
  return { mode: 'enforce', plan, applied, verified: { ...plan, findings: left } };
}

/** A stop of logging that was undone. */
export const incident: Incident = {
  id: '77e11d50-b866-408f-9509-c3f09de6b26e',
  trail: trail.arn,
  status: 'restored',
  severity: 'critical',
  startedAt: '2026-11-22T12:00:05.310Z',
  endedAt: '2026-11-22T12:00:07.902Z',
  cause,
  also: [],
  count: 1,
  reminders: 0,
  outcome: outcomeOf(
    [drifted('logging', stopped)],
    [{ kind: 'logging', status: 'in-sync' }],
    [{ kind: 'logging', action: 'StartLogging', input: {}, status: 'applied' }],
  ),
  hold: null,
  flip: null,
  gaps: [],
  problem: null,
  isFolded: false,
};
