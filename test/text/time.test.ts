import { expect, test } from 'vitest';
import { formatBetween, formatDuration, formatTime, later, shortTime } from '#text/time.ts';

const noon = '2026-11-22T12:00:03.500Z';

test.each([
  [{ hours: 2 }, '2026-11-22T14:00:03.500Z'],
  [{ minutes: 5 }, '2026-11-22T12:05:03.500Z'],
  [{ hours: -1, minutes: -30 }, '2026-11-22T10:30:03.500Z'],
  [{}, noon],
])('a time %j later', (by, expected) => {
  expect(later(noon, by)).toBe(expected);
});

test('a time for people has seconds and UTC', () => {
  expect(formatTime(noon)).toBe('2026-11-22 12:00:03 UTC');
});

test('text that is not a time is unchanged', () => {
  expect(formatTime('yesterday')).toBe('yesterday');
});

test.each([
  [noon, '2026-11-22T12:00:03Z'],
  ['2026-11-22T12:00:03Z', '2026-11-22T12:00:03Z'],
  ['2026-11-22T12:00:03.500Z to noon', '2026-11-22T12:00:03.500Z to noon'],
])('%s to the second is %s', (time, expected) => {
  expect(shortTime(time)).toBe(expected);
});

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

test.each([
  [0, 'under 1 s'],
  [999, 'under 1 s'],
  [second, '1 s'],
  [minute - 1, '59 s'],
  [minute, '1 min'],
  [4 * minute + 30 * second, '4 min 30 s'],
  [hour - second, '59 min 59 s'],
  [hour + 59 * second, '1 h'],
  [day - second, '23 h 59 min'],
  [day + 4 * hour + 5 * minute, '1 d 4 h'],
  [90 * day, '90 d'],
])('a duration of %i ms is "%s"', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('the time between two moments is a duration', () => {
  expect(formatBetween('2026-11-22T12:00:00Z', '2026-11-22T13:30:00Z')).toBe('1 h 30 min');
});

test('the duration between a moment and an earlier one is empty', () => {
  expect(formatBetween('2026-11-22T13:30:00Z', '2026-11-22T12:00:00Z')).toBe('under 1 s');
});
