import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRequest, parseBackfill, requestKey } from '#backfill/request.ts';
import type { Mode } from '#reconcile/outcome.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { now, trail } from '../support/baseline.ts';

const minutes = (count: number): string => new Date(now.getTime() + count * 60_000).toISOString();
const hour = { from: minutes(-120), to: minutes(-60) };
const other: TrailArn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/other';

const check =
  (payload: object, deployed: Mode = 'enforce') =>
  () =>
    checkRequest(parseBackfill(payload).request, deployed, now);

describe('a payload', () => {
  test('without trails and mode asks for all trails, and changes nothing', () => {
    expect(parseBackfill(hour)).toEqual({
      request: { ...hour, trails: null, mode: 'observe' },
      isResumed: false,
    });
    expect(parseBackfill({ ...hour, resume: true }).isResumed).toBe(true);
  });

  test('is widened to whole seconds, because event history has no finer times', () => {
    const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
    fc.assert(
      fc.property(instant, instant, (one, two) => {
        const [from = 0, to = 0] = [one, two].toSorted((a, b) => a - b);
        const payload = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };

        const { request } = parseBackfill(payload);

        for (const [widened, given] of [
          [Date.parse(request.from), from],
          [to, Date.parse(request.to)],
        ] as const) {
          expect(given - widened).toBeGreaterThanOrEqual(0);
          expect(given - widened).toBeLessThan(1000);
        }
        expect(request.from + request.to).toMatch(/^(.*\.000Z){2}$/);
      }),
    );
  });

  test('in another time zone is the same request', () => {
    const zoned = { from: '2026-11-22T11:00:00+01:00', to: '2026-11-22T06:00:00-05:00' };

    expect(parseBackfill(zoned)).toEqual(
      parseBackfill({ from: '2026-11-22T10:00:00Z', to: '2026-11-22T11:00:00Z' }),
    );
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /^document: must be an object, as \{"from"/],
    ['no window', {}, /^from: is missing; to: is missing$/],
    ['no time', { ...hour, from: 'noon' }, /^from: must be an ISO 8601 time, as 2026/],
    ['a date', { ...hour, to: '2026-01-31' }, /^to: must be an ISO 8601 time/],
    ['no trail', { ...hour, trails: [] }, /^trails: must name a trail, or be left out$/],
    ['no list', { ...hour, trails: trail.arn }, /^trails: must be a list of trail ARNs/],
    ['no ARN', { ...hour, trails: ['org-trail'] }, /^trails\.0: .*is not a trail ARN/],
    ['another mode', { ...hour, mode: 'alert' }, /^mode: must be "observe" or "enforce", or be/],
    ['another member', { ...hour, trail: 'x' }, /^document: Unrecognized key: "trail"$/],
    ['no', { ...hour, resume: false }, /^resume: must be left out: the function continues by/],
  ])('that is %s is refused with the field and the remedy', (_what, payload, message) => {
    expect(() => parseBackfill(payload)).toThrow(message);
    expect(() => parseBackfill(payload)).toThrow(
      expect.objectContaining({ name: 'InvalidPayloadError' }),
    );
  });
});

describe('a window', () => {
  test.each<[string, object, RegExp]>([
    ['reversed', { from: hour.to, to: hour.from }, /^to: must be later than from$/],
    ['of zero length', { from: hour.to, to: hour.to }, /^to: must be later than from$/],
    [
      'that ends in the future',
      { from: minutes(-60), to: minutes(6) },
      /^to: must not be in the future: it is 2026-11-22T12:00:00.000Z$/,
    ],
    [
      'in the future',
      { from: minutes(60), to: minutes(120) },
      /^from: must not be in the future: it is 2026-11-22T12:00:00.000Z; to: must not be in the future: it is/,
    ],
    [
      'more than 90 days ago',
      { from: minutes(-90 * 1440 - 1), to: hour.to },
      /^from: must not be earlier than 2026-08-24T12:00:00.000Z: event history goes back 90 days$/,
    ],
  ])('%s is refused', (_what, payload, message) => {
    expect(check(payload)).toThrow(message);
    expect(check(payload)).toThrow(expect.objectContaining({ name: 'InvalidPayloadError' }));
  });

  test('of the last 90 days is taken, even if the clock of the caller is 5 minutes ahead', () => {
    expect(check({ from: minutes(-90 * 1440), to: minutes(5) })).not.toThrow();
    expect(check({ from: minutes(4), to: minutes(5) })).not.toThrow();
    expect(check({ from: minutes(5), to: minutes(6) })).toThrow(/^to: must not be/);
  });
});

test('a backfill restores only if the deployment may', () => {
  expect(check({ ...hour, mode: 'enforce' }, 'observe')).toThrow(
    /^mode: must be "observe", or be left out, because .*set "mode": "enforce" in cdk\.json/,
  );
  expect(check({ ...hour, mode: 'enforce' }, 'enforce')).not.toThrow();
  expect(check(hour, 'observe')).not.toThrow();
});

test('a report has one key for all payloads that ask for the same', () => {
  const keyOf = (payload: object) => requestKey(parseBackfill(payload).request);
  const trails = [trail.arn, other];

  const same = [
    { ...hour, trails },
    { ...hour, trails: [other, trail.arn, other] },
    { ...hour, trails, mode: 'observe', resume: true },
  ];
  const different = [
    ...[hour, { ...hour, mode: 'enforce' }, { ...hour, trails: [other] }, { ...hour, trails }],
    { ...hour, from: minutes(-121) },
    { ...hour, to: minutes(-61) },
  ];

  expect(new Set(same.map(keyOf)).size).toBe(1);
  expect(new Set(different.map(keyOf)).size).toBe(different.length);
  expect(keyOf(hour)).toBe(`${hour.from}/${hour.to}/observe/all`);
});
