import { describe, expect, test } from 'vitest';
import type { TrailNow, TrailReport } from '#backfill/job-state.ts';
import { renderBackfill } from '#backfill/render-report.ts';
import type { CallEffect } from '#gaps/gap.ts';
import { trail } from '../support/baseline.ts';
import { withGaps } from '../support/evidence.ts';
import { cause, incident } from '../support/incident.ts';

const now: TrailNow = {
  ...{ found: [], left: [], applied: [], incident: null, problem: null },
  verdict: 'in-sync',
};
const quiet: TrailReport = {
  ...{ trail: trail.arn, version: 1, calls: [], gaps: [], unknown: [], unexplained: [] },
  ...{ hasUnread: false, now },
};
const range = { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T12:00:00.000Z' };

const render = (more: Partial<TrailReport>, others: readonly TrailReport[] = []) =>
  renderBackfill({
    ...{ ...range, mode: 'observe', mayGrow: false },
    trails: [{ ...quiet, ...more }, ...others],
  });

const call: CallEffect = {
  ...{ eventId: 'a', eventName: 'StopLogging', at: '2026-11-22T11:00:03Z', by: 'mallory' },
  ...{ region: 'us-east-1', cause, drifts: [] },
};
const stop = {
  ...({ kind: 'logging', path: 'IsLogging', severity: 'critical' } as const),
  ...{ description: 'logging is off', isCertain: true, reverted: null },
};

test('a trail without changes is reported in its current state too', () => {
  expect(render({})).toEqual([
    'What was done to one trail from 2026-11-22T10:00:00Z to 2026-11-22T12:00:00Z',
    '',
    `${trail.arn}, version 1 of its baseline`,
    'no calls',
    'nothing is missing from the record, as far as is known',
    'now: in-sync',
  ]);
});

test('each trail has a part of the report; one without a baseline has no version', () => {
  const lines = render({ version: null }, [quiet]);

  expect(lines[0]).toMatch(/^What was done to 2 trails from /);
  expect(lines.filter((line) => line.startsWith('arn:'))).toEqual([
    trail.arn,
    `${trail.arn}, version 1 of its baseline`,
  ]);
  expect(lines.filter((line) => line === '')).toHaveLength(2);
});

test('a report says if event history may still hear of calls', () => {
  const report = { ...range, mode: 'observe', mayGrow: true, trails: [quiet] } as const;

  expect(renderBackfill(report)[1]).toMatch(/event history may still hear of calls/);
  expect(render({})[1]).toBe('');
});

describe('a call', () => {
  test('is listed with its drift and the call that reverted it, from the time of its record', () => {
    const restart = { ...call, eventName: 'StartLogging', by: 'alice' };
    const reverted = { at: '2026-11-22T11:30:00.000Z', by: restart };

    const lines = render({ calls: [{ ...call, drifts: [{ ...stop, reverted }] }, restart] });

    expect(lines.slice(3, 7)).toEqual([
      '2 calls',
      '  2026-11-22T11:00:03Z StopLogging in us-east-1 by mallory',
      '    critical: logging is off; reverted at 2026-11-22T11:30:00Z by StartLogging of alice',
      '  2026-11-22T11:00:03Z StartLogging in us-east-1 by alice',
    ]);
  });

  test('says if its drift is not certain, or was not reverted', () => {
    const drifts = [{ ...stop, isCertain: false }];

    expect(render({ calls: [{ ...call, drifts }] }).slice(3, 6)).toEqual([
      '1 call',
      '  2026-11-22T11:00:03Z StopLogging in us-east-1 by mallory',
      '    critical: perhaps: logging is off; not reverted within the window',
    ]);
  });

  test('that failed has the code of its error', () => {
    const failed = { ...cause, error: { code: 'AccessDenied', message: null } };

    expect(render({ calls: [{ ...call, cause: failed }] })).toContain(
      '  2026-11-22T11:00:03Z StopLogging in us-east-1 by mallory: failed, AccessDenied',
    );
  });
});

describe('what is missing from the record', () => {
  test('is listed with what can be recovered', () => {
    const lines = render({ gaps: withGaps(incident).gaps });

    const from = lines.indexOf('missing from the record');
    expect(lines[from + 1]).toMatch(/^ {2}2026-11-22T12:00:03Z to .*nothing is recorded/);
    expect(lines.join()).not.toMatch(/nothing is missing|is not known/);
  });

  test.each<[string, Partial<TrailReport>]>([
    ['a record could not be read', { hasUnread: true }],
    ['no call explains the drift', { unexplained: ['logging.IsLogging'] }],
    ['the baseline cannot be used', { now: { ...now, verdict: 'broken' } }],
    ['the trail cannot be read', { now: { ...now, verdict: 'unknown' } }],
  ])('is not known if %s', (_why, more) => {
    const lines = render(more);

    expect(lines).toContain('whether anything is missing from the record is not known');
    expect(lines.join()).not.toMatch(/nothing is missing/);
  });

  test('has a list of what is not known otherwise', () => {
    const lines = render({ unknown: ['the call of a delegated administrator'] });

    expect(lines.slice(-3)).toEqual([
      'not known',
      '  the call of a delegated administrator',
      'now: in-sync',
    ]);
  });
});

describe('the state of the trail now', () => {
  test('has the drift before and after the repair, and its calls', () => {
    const restored: TrailNow = {
      ...{ ...now, verdict: 'degraded', found: ['a', 'b'], left: ['b'], applied: ['UpdateTrail'] },
      problem: 'the incident was not published',
    };

    expect(render({ now: restored }).slice(-6)).toEqual([
      'now: degraded',
      '  found: a',
      '  found: b',
      '  applied: UpdateTrail',
      '  left: b',
      '  failed: the incident was not published',
    ]);
  });

  test('does not repeat drift that nothing was done about', () => {
    const left = render({ now: { ...now, verdict: 'drifted', found: ['a'], left: ['a'] } });

    expect(left.slice(-2)).toEqual(['now: drifted', '  found: a']);
  });
});

test('control characters of an attacker are visible', () => {
  const hostile = 'x\u001b[2J';
  const lines = render({
    ...{ unknown: [hostile], calls: [{ ...call, by: hostile }] },
    now: { ...now, problem: hostile },
  });

  expect(lines.join()).not.toContain('\u001b');
  expect(lines.filter((line) => line.includes('[2J'))).toHaveLength(3);
});
