import { describe, expect, test } from 'vitest';
import { describeHole, holeOf, moment, timeBetween } from '#gaps/hole.ts';
import type { Incident } from '#incident/incident.ts';
import { cause, drifted, incident, outcomeOf, stopped, unencrypted } from '../support/incident.ts';

const found = [drifted('logging', stopped)];
const gap = (changes: Partial<Incident>) => {
  const hole = holeOf({ ...incident, ...changes });
  return hole && describeHole(hole);
};

describe('the record', () => {
  test('has a hole from the call to when what costs record was read back', () => {
    expect(gap({})).toBe('a hole of about 5 s, from 12:00:03 (the call) to 12:00:07 (read back)');
  });

  test('has one of at least some length where no event told when it began', () => {
    expect(gap({ cause: null })).toBe(
      'a hole of at least 3 s, from before 12:00:05 (no event told when) to 12:00:07 (read back)',
    );
  });

  test.each<[what: string, cause: Incident['cause']]>([
    ['failed', { ...cause, error: { code: 'AccessDenied', message: null } }],
    ['was our own', { ...cause, selfTriggered: true }],
  ])('has none from a call that %s', (_what, call) => {
    expect(gap({ cause: call })).toContain('no event told when');
  });

  test('has one that lasts while something that costs record is left, or its repair is under way', () => {
    const lasts = 'a hole since 12:00:03 (the call), which lasts';

    expect(gap({ status: 'failed', endedAt: null, outcome: outcomeOf(found, found) })).toBe(lasts);
    expect(gap({ status: 'detected', endedAt: null })).toBe(lasts);
  });

  test('has one that is over where what is left costs no record', () => {
    const left = [drifted('settings', unencrypted)];
    const outcome = outcomeOf([...found, ...left], left);

    expect(gap({ status: 'degraded', endedAt: null, outcome })).toBe(
      'a hole of about 2 s, from 12:00:03 (the call) to 12:00:05 (found, and restored)',
    );
  });

  test('has one that is over where somebody else put the trail right', () => {
    expect(gap({ status: 'recovered', outcome: outcomeOf(found, found) })).toContain('about 5 s');
  });

  test.each<[what: string, changes: Partial<Incident>]>([
    ['what costs no record', { outcome: outcomeOf([drifted('settings', unencrypted)], []) }],
    ['an attempt', { status: 'attempted' }],
    ['what is about no look at the trail', { outcome: null }],
  ])('has none for %s', (_what, changes) => {
    expect(gap(changes)).toBeNull();
  });
});

test.each([
  ['2026-11-22T12:00:03Z', '2026-11-22T12:00:03.100Z', '1 s'],
  ['2026-11-22T12:00:00Z', '2026-11-22T12:01:59Z', '119 s'],
  ['2026-11-22T12:00:00Z', '2026-11-22T12:30:00Z', '30 minutes'],
  ['2026-11-22T12:00:00Z', '2026-11-23T12:00:00Z', '24 hours'],
  ['2026-11-22T12:00:00Z', '2026-11-29T12:00:00Z', '7 days'],
])('from %s to %s are %s', (from, to, length) => {
  expect(timeBetween(from, to)).toBe(length);
});

test('a time is told in UTC to the second, and what is no time as it is', () => {
  expect(moment('2026-11-22T13:00:03.999+01:00')).toBe('2026-11-22 12:00:03 UTC');
  expect(moment('soon')).toBe('soon');
});
