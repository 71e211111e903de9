import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextNotification, phaseOf } from '#alert/notification-policy.ts';
import type { Incident } from '#incident/incident.ts';
import { cause, incident } from '../support/incident.ts';

const open: Incident = { ...incident, status: 'failed', endedAt: null, severity: 'medium' };
const since = (changes: Partial<Incident>, before: Partial<Incident> = {}) =>
  nextNotification(phaseOf({ ...open, ...before }), phaseOf({ ...open, ...changes }));

test('what was never told is news, whatever it is', () => {
  expect(nextNotification(null, phaseOf(open))).toBe('news');
});

test('what was told is told no more as long as it stays as it is', () => {
  const phases = fc
    .record({
      count: fc.nat(1000),
      reminders: fc.nat(100),
      also: fc.array(fc.constant(cause), { maxLength: 20 }),
      endedAt: fc.constantFrom(null, '2026-11-22T12:00:00Z'),
    })
    .map((changes) => phaseOf({ ...open, ...changes }));

  fc.assert(fc.property(phases, (phase) => nextNotification(phase, phase) === 'nothing'));
});

test.each<[what: string, changes: Partial<Incident>]>([
  ['another status', { status: 'degraded' }],
  ['a graver severity', { severity: 'high' }],
  ['a reminder', { reminders: 1 }],
  ['its end', { endedAt: '2026-11-22T12:00:00Z' }],
  ['twice as many', { count: 2 }],
])('%s is news', (_what, changes) => {
  expect(since(changes)).toBe('news');
});

test('who did it is news where that was not known', () => {
  expect(since({}, { cause: null })).toBe('news');
});

describe('whoever else had a hand in it', () => {
  const callsOf = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...cause,
      principal: { ...cause.principal, arn: `arn:aws:iam::111122223333:user/${i}` },
    }));

  test('is news, where nobody was known to, too', () => {
    expect(since({ also: callsOf(1) })).toBe('news');
    expect(since({ cause: null, also: callsOf(1) }, { cause: null })).toBe('news');
  });

  test('is news at each doubling alone, where many have', () => {
    const before = (count: number) => ({ cause: null, also: callsOf(count - 1) });
    const news = Array.from({ length: 20 }, (_, i) => i + 1).filter(
      (count) => since({ cause: null, also: callsOf(count) }, before(count)) === 'news',
    );

    expect(news).toEqual([1, 2, 4, 8, 16]);
  });
});

test.each<[what: string, changes: Partial<Incident>, before: Partial<Incident>]>([
  ['one more of many', { count: 6 }, { count: 5 }],
  ['one more call', { also: [cause] }, {}],
])('%s is a detail', (_what, changes, before) => {
  expect(since(changes, before)).toBe('detail');
});

test('a lesser severity is nothing to tell', () => {
  expect(since({ severity: 'low' })).toBe('nothing');
});

test('a flood of calls is news at each doubling alone', () => {
  const news = Array.from({ length: 1000 }, (_, i) => i + 2).filter(
    (count) => since({ count }, { count: count - 1 }) === 'news',
  );

  expect(news).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512]);
});
