import { describe, expect, test } from 'vitest';
import { type Cause, causeOf } from '#core/cause.ts';
import { type Incident, isKept } from '#core/incident.ts';
import { type AppliedStep, type Outcome, verdict } from '#core/outcome.ts';
import type { Drift, Finding } from '#core/plan.ts';
import { trail } from '../baseline.ts';

const inSync: Finding = { kind: 'paint', status: 'in-sync' };
const unmanaged: Finding = { kind: 'roof', status: 'unmanaged' };
const unknown: Finding = {
  kind: 'door',
  status: 'unknown',
  reason: 'AccessDenied: no',
  retryable: false,
};
const drift: Drift = {
  path: 'colour',
  desired: 'red',
  actual: 'blue',
  impact: { words: 'nobody sees it', severity: 'critical', blinding: true },
  treatment: 'restore',
};
const drifted = {
  kind: 'paint',
  status: 'drifted',
  changes: [drift],
  steps: [{ action: 'Paint', input: {} }],
} as const satisfies Finding;
const alertOnly: Finding = { ...drifted, steps: [] };

const done: AppliedStep = { kind: 'paint', action: 'Paint', input: {}, status: 'applied' };
const refused = {
  ...done,
  status: 'failed',
  error: 'AccessDenied',
  message: 'no',
  remedy: null,
  retryable: false,
} as const satisfies AppliedStep;

const outcome = (
  found: readonly Finding[],
  applied: readonly AppliedStep[] = [],
  readBack = found,
): Outcome => ({
  mode: applied.length > 0 ? 'enforce' : 'observe',
  plan: { trail: trail.arn, version: 1, findings: found },
  applied,
  verified: { trail: trail.arn, version: 1, findings: readBack },
});

const incident = (cause: Cause | null, made: Outcome): Incident => ({
  id: '0b9f6a3e-6f0c-4e0d-8a34-2f3c1f1f7a10',
  trail: trail.arn,
  startedAt: '2026-11-22T10:15:31.000Z',
  endedAt: '2026-11-22T10:15:33.000Z',
  cause,
  verdict: verdict(made),
  outcome: made,
});

const call = { eventName: 'StopLogging', awsRegion: 'eu-central-1' };
const eventID = '7c5a1b9e-2f0d-4a34-9c3f-1f7a100b9f6a';
const userIdentity = { type: 'IAMUser', userName: 'mallory' };
const attack = causeOf({ eventID, userIdentity }, call);
const echo: Cause = { ...attack, isOwn: true };
const nameless: Cause = { ...attack, eventId: null };
const attempt: Cause = { ...attack, error: { code: 'AccessDenied', message: null } };

const nothingWrong: readonly [string, Outcome][] = [
  ['the trail is in sync', outcome([inSync])],
  ['the trail is in sync as far as it is managed', outcome([inSync, unmanaged])],
  ['there is nothing to look at', outcome([])],
];
const onlySeen: readonly [string, Outcome][] = [
  ['drift is only observed', outcome([drifted])],
  ['only a person may repair the drift', outcome([alertOnly])],
  ['the trail can not be read', outcome([inSync, unknown])],
];
const attempted: readonly [string, Outcome][] = [
  ['drift was repaired', outcome([drifted], [done], [inSync])],
  ['a repair was refused', outcome([drifted], [refused])],
  [
    'a repair was refused and the trail is in sync nevertheless',
    outcome([drifted], [refused], [inSync]),
  ],
  ['a repair can not be read back', outcome([drifted], [done], [unknown])],
  ['a repair left what only a person may repair', outcome([drifted], [done], [alertOnly])],
];

describe('an attempt that failed is kept', () => {
  test.each([...nothingWrong, ...onlySeen, ...attempted])('where %s', (_when, made) => {
    expect(isKept(incident(attempt, made))).toBe(true);
  });
});

describe('what somebody did to a guarded trail is kept, already undone or not', () => {
  test.each([...nothingWrong, ...onlySeen, ...attempted])('where %s', (_when, made) => {
    expect(isKept(incident(attack, made))).toBe(true);
  });
});

describe('the echo of a repair is kept', () => {
  test.each([...onlySeen, ...attempted])('where %s', (_when, made) => {
    expect(isKept(incident(echo, made))).toBe(true);
  });

  test.each(nothingWrong)('not where %s', (_when, made) => {
    expect(isKept(incident(echo, made))).toBe(false);
  });
});

describe.each([
  ['a sweep', null],
  ['an event without an id', nameless],
])('%s is kept', (_, cause) => {
  test.each(attempted)('where %s', (_when, made) => {
    expect(isKept(incident(cause, made))).toBe(true);
  });

  test.each([...nothingWrong, ...onlySeen])('not where %s', (_when, made) => {
    expect(isKept(incident(cause, made))).toBe(false);
  });
});
