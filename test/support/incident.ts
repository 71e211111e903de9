import type { Impact } from '#drift/impact.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from './baseline.ts';

/** A call of an attacker. */
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

/** Drift that loses events, and drift that does not. */
export const stopped = driftOf('IsLogging', true, false, {
  description: 'nothing is recorded: logging is off',
  severity: 'critical',
  losesCoverage: true,
});
export const unencrypted = driftOf('KmsKeyId', 'arn:aws:kms:::key/theirs', null, {
  description: 'logs are not encrypted with your key',
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

/** An outcome with what was found, and what remained after the steps. */
export function outcomeOf(
  found: readonly Finding[],
  left: readonly Finding[],
  applied: Outcome['applied'] = [],
): Outcome {
  const plan = { trail: trail.arn, version: 7, findings: found };
  return { mode: 'enforce', plan, applied, verified: { ...plan, findings: left } };
}

/** A stop of logging that trailkeeper restored. */
export const incident: Incident = {
  id: '77e11d50-b866-408f-9509-c3f09de6b26e',
  trail: trail.arn,
  state: 'restored',
  severity: 'critical',
  openedAt: '2026-11-22T12:00:05.310Z',
  updatedAt: '2026-11-22T12:00:07.902Z',
  closedAt: null,
  lastInSyncAt: '2026-11-22T11:55:00.000Z',
  cause,
  calls: [{ call: cause, effect: 'caused' }],
  callCount: 1,
  episodes: [
    episodeOf(
      outcomeOf(
        [drifted('logging', stopped)],
        [{ kind: 'logging', status: 'in-sync' }],
        [{ kind: 'logging', action: 'StartLogging', input: {}, status: 'applied' }],
      ),
      { resolvedAt: '2026-11-22T12:00:07.902Z', resolution: 'restored' },
    ),
  ],
  episodeCount: 1,
  approvals: [],
  actions: [],
  interruptions: [],
  gaps: [],
  problemCount: 1,
  flapping: false,
  reminders: 0,
  baselineError: null,
};

/** An unresolved episode with the given changes. */
export function episodeOf(outcome: Outcome, more: Partial<Episode> = {}): Episode {
  return {
    detectedAt: '2026-11-22T12:00:05.310Z',
    resolvedAt: null,
    resolution: null,
    acceptedBy: null,
    trigger: cause,
    outcome,
    ...more,
  };
}

/** An unresolved incident whose last episode has this outcome. */
export const unresolved = (
  state: Incident['state'],
  outcome: Outcome,
  more: Partial<Incident> = {},
): Incident => ({ ...incident, state, episodes: [episodeOf(outcome)], ...more });
