import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AppliedStep, mayRestoreByRetry, type Outcome, verdict } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { done, drift, drifted, inSync, outcome, refused, unknown } from '../support/outcomes.ts';

const unmanaged: Finding = { kind: 'paint', status: 'unmanaged' };
const harmless: Finding = {
  ...drifted,
  kind: 'sign',
  changes: [{ ...drift, impact: { ...drift.impact, losesCoverage: false } }],
};
const alertOnly: Finding = { ...drifted, kind: 'roof', steps: [] };

const approved = { ...drift, path: 'gloss', treatment: 'approve' } as const;
const alerted = { ...drift, path: 'coat', treatment: 'alert' } as const;
const waiting: Finding = { ...drifted, kind: 'wall', changes: [approved, alerted], steps: [] };
const partly: Finding = { ...drifted, kind: 'wall', changes: [approved, drift] };
const enforced = (found: readonly Finding[]): Outcome => ({ ...outcome(found), mode: 'enforce' });

const throttled: AppliedStep = { ...refused, error: 'ThrottlingException', retryable: true };

describe('the verdict', () => {
  test('is failed if one of the changes that are left loses events', () => {
    const [change] = drifted.changes;
    const small = { ...change, path: 'gloss', impact: { ...change.impact, losesCoverage: false } };
    const left: Finding = { ...drifted, changes: [small, change] };

    expect(verdict(outcome([left], [refused]))).toBe('failed');
  });

  test.each<[string, Outcome]>([
    ['nothing differs', outcome([inSync])],
    ['the baseline does not manage the kind', outcome([unmanaged])],
    ['there is nothing to look at', outcome([])],
    ['someone else repaired the drift first', outcome([drifted], [refused], [inSync])],
  ])('is in-sync where %s', (_when, made) => {
    expect(verdict(made)).toBe('in-sync');
  });

  test.each<[string, Outcome]>([
    ['drift is only observed', outcome([drifted])],
    ['only a person may act', outcome([alertOnly])],
    ['a kind has drifted and another is unknown', outcome([drifted, unknown])],
    ['only a person may act and another kind is unknown', outcome([unknown, alertOnly])],
  ])('is drifted where %s', (_when, made) => {
    expect(verdict(made)).toBe('drifted');
  });

  test.each<[string, Outcome]>([
    ['drift waits for a decision', enforced([waiting])],
    ['something waits while another drift is left', enforced([waiting, alertOnly])],
    ['something waits after a repair', outcome([drifted, waiting], [done], [inSync, waiting])],
  ])('is awaiting-approval where %s', (_when, made) => {
    expect(verdict(made)).toBe('awaiting-approval');
  });

  test.each<[string, Outcome]>([
    ['drift waits, but the mode is observe', outcome([waiting])],
    ['part of the drift waits, and only the rest could be restored', enforced([partly])],
    ['only a person may act', enforced([alertOnly])],
  ])('is not awaiting-approval where %s', (_when, made) => {
    expect(verdict(made)).toBe('drifted');
  });

  test.each<[string, Outcome]>([
    ['drift was repaired', outcome([drifted], [done], [inSync])],
    ['one of its steps was needless', outcome([drifted], [done, refused], [inSync])],
  ])('is restored where %s, as read back', (_when, made) => {
    expect(verdict(made)).toBe('restored');
  });

  test.each<[string, Outcome]>([
    ['a step was refused', outcome([drifted], [refused], [drifted])],
    ['what loses no events is left beside what does', outcome([harmless, drifted], [refused])],
    ['every call succeeded and drift is still read back', outcome([drifted], [done], [drifted])],
    [
      'drift is left beside an unknown kind',
      outcome([drifted, unknown], [done], [drifted, unknown]),
    ],
    ['drift is left beside what only a person may repair', outcome([drifted, alertOnly], [done])],
    [
      'a kind drifted while another was repaired',
      outcome([drifted], [done], [inSync, { ...drifted, kind: 'door' }]),
    ],
    [
      'drift that loses events is left, and only an operator can restore it',
      outcome([drifted, alertOnly], [done], [inSync, alertOnly]),
    ],
  ])('is failed where %s', (_when, made) => {
    expect(verdict(made)).toBe('failed');
  });

  test.each<[string, Outcome]>([
    [
      'drift is left that loses no events',
      outcome([drifted, harmless], [done, refused], [inSync, harmless]),
    ],
    ['nothing could be repaired, and it loses no events', outcome([harmless], [refused])],
  ])('is degraded where %s', (_when, made) => {
    expect(verdict(made)).toBe('degraded');
  });

  test.each<[string, Outcome]>([
    ['a kind cannot be read', outcome([inSync, unknown])],
    ['it is left beside what loses no events', outcome([harmless], [refused], [harmless, unknown])],
    ['a write cannot be read back', outcome([drifted], [done], [unknown])],
    [
      'a kind is restored and another cannot be read',
      outcome([drifted, unknown], [done], [inSync, unknown]),
    ],
  ])('is unknown where %s', (_when, made) => {
    expect(verdict(made)).toBe('unknown');
  });

  test('claims success only if neither drift nor an unknown kind was read back', () => {
    const findings = fc.array(fc.constantFrom(inSync, unmanaged, unknown, drifted, alertOnly));
    const steps = fc.array(fc.constantFrom(done, refused, throttled));

    fc.assert(
      fc.property(findings, steps, findings, (found, applied, readBack) => {
        const made = outcome(found, applied, applied.length > 0 ? readBack : found);

        const well = ['in-sync', 'restored'].includes(verdict(made));

        const bad = made.verified.findings.some(({ status }) =>
          ['drifted', 'unknown'].includes(status),
        );
        expect(well).toBe(!bad);
      }),
    );
  });
});

describe('running again', () => {
  test.each<[string, Outcome]>([
    ['a step failed by what passes', outcome([drifted], [throttled], [drifted])],
    ['one of the failed steps may succeed later', outcome([drifted], [refused, throttled])],
    ['every call succeeded and drift is still read back', outcome([drifted], [done], [drifted])],
  ])('may restore where %s', (_when, made) => {
    expect(mayRestoreByRetry(made)).toBe(true);
  });

  test.each<[string, Outcome]>([
    ['a write cannot be read back', outcome([drifted], [done], [{ ...unknown, kind: 'paint' }])],
    [
      'a write did not take effect while another kind was refused for good',
      outcome(
        [drifted, { ...drifted, kind: 'door' }],
        [done, { ...refused, kind: 'door' }],
        [drifted, { ...drifted, kind: 'door' }],
      ),
    ],
    ['a read failed in a way that passes', outcome([{ ...unknown, retryable: true }])],
    [
      'a kind drifted after the plan was made',
      outcome([drifted], [done], [inSync, { ...drifted, kind: 'door' }]),
    ],
  ])('restores where %s', (_when, made) => {
    expect(mayRestoreByRetry(made)).toBe(true);
  });

  test('cannot help if a dependency was refused for good', () => {
    const door: Finding = { ...drifted, kind: 'door' };
    const made = outcome([drifted, door], [refused], [drifted, door]);

    expect(mayRestoreByRetry(made)).toBe(false);
  });

  test.each<[string, Outcome]>([
    ['nothing differs', outcome([inSync])],
    ['drift is only observed', outcome([drifted])],
    ['all was restored', outcome([drifted], [done], [inSync])],
    ['all was restored although a step failed', outcome([drifted], [throttled], [inSync])],
    ['every failed step was refused for good', outcome([drifted], [refused], [drifted])],
    [
      'one step succeeded and the others were refused for good',
      outcome([drifted], [done, refused]),
    ],
    ['only a person may act', outcome([drifted], [done], [alertOnly])],
    ['nothing was attempted on what is unknown', outcome([unknown])],
    ['another kind could not be read', outcome([drifted, unknown], [done], [inSync, unknown])],
  ])('does not restore where %s', (_when, made) => {
    expect(mayRestoreByRetry(made)).toBe(false);
  });

  test('cannot help if nothing was attempted and no read failed with a transient error', () => {
    const findings = fc.array(fc.constantFrom(inSync, unmanaged, unknown, drifted, alertOnly));

    fc.assert(
      fc.property(findings, (found) => {
        expect(mayRestoreByRetry(outcome(found))).toBe(false);
      }),
    );
  });
});

describe('drift whose repair is suppressed', () => {
  const until = { window: 'a-window', until: '2026-11-22T13:00:00Z', requestedBy: 'alice' };
  const inWindow = { ...drifted, steps: [], suppressed: { by: 'maintenance-window', ...until } };
  const later = { ...drifted, kind: 'roof', steps: [], suppressed: { by: 'backoff' } };

  test.each([
    ['waits for the end of a maintenance window', [inWindow], 'suspended'],
    ['waits for the next sweep', [later], 'backing-off'],
    ['waits for the next sweep, if one part does', [inWindow, later], 'backing-off'],
    ['is less than drift that is left', [inWindow, harmless], 'drifted'],
    [
      'stays degraded after a refusal',
      [{ ...harmless, suppressed: { by: 'refusal' } }],
      'degraded',
    ],
    ['stays failed after a refusal', [{ ...drifted, suppressed: { by: 'refusal' } }], 'failed'],
  ] as const)('%s', (_, found, expected) => {
    expect(verdict(outcome(found as unknown as readonly Finding[]))).toBe(expected);
  });
});

test('a retry can help if one of two steps failed for a time', () => {
  const readBack = [{ ...drifted, kind: 'paint' }];

  expect(mayRestoreByRetry(outcome([drifted], [refused, done], readBack))).toBe(false);
  expect(mayRestoreByRetry(outcome([drifted], [throttled, refused], readBack))).toBe(true);
});
