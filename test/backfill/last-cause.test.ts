import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastCause } from '#backfill/last-cause.ts';
import { type Severity, severities } from '#drift/impact.ts';
import type { CallEffect } from '#gaps/gap.ts';
import { cause, drifted, stopped, unencrypted } from '../support/incident.ts';

const findings = [
  drifted('logging', stopped),
  drifted('settings', { ...unencrypted, path: 'TagsList.0' }),
  { kind: 'tags', status: 'in-sync' } as const,
];

/** A call that caused a drift of a field. */
function call(
  eventId: string,
  severity: Severity,
  drift: Partial<CallEffect['drifts'][number]> = {},
): CallEffect {
  const { kind, path } = { kind: 'logging', path: 'IsLogging', ...drift };
  return {
    ...{ eventId, eventName: 'StopLogging', at: '2026-11-22T12:00:03Z', by: 'mallory' },
    ...{ region: 'eu-central-1', cause: { ...cause, eventId } },
    drifts: [{ kind, path, description: '', severity, isCertain: true, reverted: null, ...drift }],
  };
}

const idOf = (calls: readonly CallEffect[], found = findings as Parameters<typeof lastCause>[1]) =>
  lastCause({ calls }, found)?.eventId ?? null;

describe('the cause of the current drift', () => {
  test('is the last of the calls with the highest severity', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...severities), { minLength: 1 }), (given) => {
        const calls = given.map((severity, i) => call(String(i), severity));

        const worst = severities.find((severity) => given.includes(severity)) ?? 'low';

        expect(idOf(calls)).toBe(String(given.lastIndexOf(worst)));
      }),
    );
  });

  test('is no call that was reverted, or whose field is not drifted', () => {
    const reverted = { at: '2026-11-22T12:00:05Z', by: null };

    expect(idOf([call('a', 'high'), call('b', 'critical', { reverted })])).toBe('a');
    expect(idOf([call('a', 'high', { kind: 'settings' })])).toBeNull();
    expect(idOf([call('a', 'high', { kind: 'tags', path: 'TagsList' })])).toBeNull();
    expect(idOf([])).toBeNull();
  });

  test('is about a field, whichever part of it differs', () => {
    expect(idOf([call('a', 'low', { kind: 'settings', path: 'TagsList.7' })])).toBe('a');
  });

  test('is the call that deleted the trail only while the trail does not exist', () => {
    const deleted = [call('a', 'critical', { kind: 'trail', path: '' })];
    const gone = [drifted('settings', { ...unencrypted, path: '' })];

    expect(idOf(deleted)).toBeNull();
    expect(idOf(deleted, gone)).toBe('a');
  });
});
