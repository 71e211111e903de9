import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CheckpointState,
  detectInterruption,
  type LoggingCheckpoint,
  type LoggingInterruption,
  markDeleted,
  nextCheckpoint,
  type OwnStartInterval,
} from '#gaps/logging-interruption.ts';
import { runs } from '../support/property-runs.ts';

const at = (minutes: number): string =>
  new Date(Date.UTC(2026, 10, 22, 12, 0) + minutes * 60_000).toISOString();

const logs = (start: number, stop: number | null = null): LoggingCheckpoint => ({
  IsLogging: true,
  StartLoggingTime: at(start),
  StopLoggingTime: stop === null ? null : at(stop),
});
const rests = (start: number, stop: number): LoggingCheckpoint => ({
  ...logs(start, stop),
  IsLogging: false,
});
const new_ = { IsLogging: false, StartLoggingTime: null, StopLoggingTime: null };

describe('between two checks', () => {
  test.each<[string, LoggingCheckpoint, LoggingCheckpoint, LoggingInterruption]>([
    [
      'an interruption is reported with its interval',
      logs(0),
      logs(7, 5),
      { how: 'stopped', from: at(5), isFromKnown: true, to: at(7) },
    ],
    [
      'the last of several interruptions is reported',
      logs(0, -5),
      logs(9, 8),
      { how: 'stopped', from: at(8), isFromKnown: true, to: at(9) },
    ],
    [
      'an interruption before another stop is reported with its end',
      logs(0),
      rests(7, 8),
      { how: 'stopped', from: at(0), isFromKnown: false, to: at(7) },
    ],
    [
      'a recreated trail is reported because its stop time is missing',
      logs(0, -5),
      logs(7),
      { how: 'made-again', from: at(0), isFromKnown: false, to: at(7) },
    ],
    [
      'a recreated trail is reported because its start has no known stop',
      logs(0),
      logs(7),
      { how: 'made-again', from: at(0), isFromKnown: false, to: at(7) },
    ],
    [
      'a stopped trail that was started, stopped and started is reported with the second stop',
      rests(0, 2),
      logs(7, 5),
      { how: 'stopped', from: at(5), isFromKnown: true, to: at(7) },
    ],
    [
      'a stopped trail that was recreated is reported as recreated',
      rests(0, 2),
      logs(7),
      { how: 'made-again', from: at(2), isFromKnown: false, to: at(7) },
    ],
  ])('%s', (_what, previous, seen, interruption) => {
    expect(detectInterruption(previous, seen, [])).toStrictEqual(interruption);
  });

  test.each<[string, LoggingCheckpoint, LoggingCheckpoint]>([
    ['a trail that keeps logging', logs(0), logs(0)],
    ['a trail that keeps logging after its last stop', logs(0, -5), logs(0, -5)],
    ['a trail that was stopped', logs(0), rests(0, 5)],
    ['a stopped trail that someone started', rests(0, 5), logs(7, 5)],
    ['a stopped trail that was started and stopped', rests(0, 5), rests(7, 8)],
    ['a start of a trail that logs', logs(0, -5), logs(7, -5)],
    ['a recreated trail that does not log', logs(0), new_],
    ['a recreated trail that was detected before', new_, logs(7)],
    ['a recreated trail that a check found missing', markDeleted(logs(0), at(5)), logs(7)],
    ['an observation that began before the last one', logs(7, 5), logs(0)],
  ])('%s is not an interruption', (_what, previous, seen) => {
    expect(detectInterruption(previous, seen, [])).toBeNull();
  });
});

describe('a start by trailkeeper', () => {
  const seen = logs(7, 5);

  test.each<[string, OwnStartInterval]>([
    ['that has ended', { from: at(6.9), to: at(7.1) }],
    ['whose end is unknown', { from: at(6.5), to: null }],
    ['if the clock is a second behind', { from: at(7 + 1 / 60), to: at(8) }],
    ['if the clock is a second ahead', { from: at(6), to: at(7 - 1 / 60) }],
  ])('%s is not an interruption', (_what, own) => {
    expect(detectInterruption(logs(0), seen, [own])).toBeNull();
    expect(detectInterruption(logs(0), seen, [{ from: at(1), to: at(2) }, own])).toBeNull();
  });

  test.each<[string, OwnStartInterval]>([
    ['before', { from: at(5), to: at(6.9) }],
    ['after', { from: at(7.1), to: at(7.2) }],
    ['earlier, whose end is unknown', { from: at(4.9), to: null }],
  ])('%s does not explain a later one', (_what, own) => {
    expect(detectInterruption(logs(0), seen, [own])).toMatchObject({ from: at(5), to: at(7) });
  });
});

describe('the checkpoint after a check', () => {
  const nothing: CheckpointState = { lastSeen: null, ownStarts: [] };

  test.each<[string, LoggingCheckpoint | null, LoggingCheckpoint | null, LoggingCheckpoint | null]>(
    [
      ['has the first observation', null, logs(0), logs(0)],
      ['has a newer start', logs(0), logs(7, 5), logs(7, 5)],
      ['has a newer stop', logs(0), rests(0, 5), rests(0, 5)],
      ['has a newer start of a recreated trail', logs(0, -5), logs(7), logs(7)],
      ['is unchanged without an observation', logs(0), null, logs(0)],
      ['is unchanged if a recreated trail was not started', logs(0), new_, logs(0)],
      [
        'is unchanged if a missing trail was recreated and not started',
        markDeleted(new_, at(5)),
        new_,
        markDeleted(new_, at(5)),
      ],
      ['is unchanged by an observation that began earlier', logs(7, 5), rests(0, 5), logs(7, 5)],
      [
        'is unchanged by an observation of the trail before it was recreated',
        logs(7),
        logs(0, -5),
        logs(7),
      ],
    ],
  )('%s', (_what, lastSeen, seen, newest) => {
    expect(nextCheckpoint({ ...nothing, lastSeen }, seen)).toStrictEqual({
      ...nothing,
      lastSeen: newest,
    });
  });

  test('of a missing trail has the time at which it was first found missing', () => {
    const found = markDeleted(logs(0), at(5));

    expect(found).toEqual({ ...rests(0, 5), isGone: true });
    expect(markDeleted(found, at(6))).toEqual(found);
  });

  test('keeps starts by trailkeeper that can explain a newer one', () => {
    const old = { run: 'a', from: at(1), to: at(2) };
    const open = { run: 'b', from: at(6), to: null };
    const late = { run: 'c', from: at(6.9), to: at(7.1) };

    expect(
      nextCheckpoint({ lastSeen: logs(0), ownStarts: [old, open, late] }, logs(7, 5)),
    ).toStrictEqual({
      lastSeen: logs(7, 5),
      ownStarts: [open, late],
    });
  });

  test('keeps no more starts by trailkeeper than necessary', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      run: String(i),
      from: at(i),
      to: at(i + 0.1),
    }));

    const { ownStarts } = nextCheckpoint({ lastSeen: null, ownStarts: many }, null);

    expect(ownStarts.length).toBeLessThan(50);
    expect(ownStarts.at(-1)).toStrictEqual(many.at(-1));
  });
});

// A trail with CloudTrail's times, random changes to it, and checks by trailkeeper in between.

type Action = 'start' | 'stop' | 'make again' | 'look' | 'check and restore' | 'restore, cut short';

describe('for any changes to a trail', () => {
  const happenings = fc.array(
    fc.constantFrom<Action>(
      'start',
      'stop',
      'make again',
      'look',
      'check and restore',
      'restore, cut short',
    ),
    { maxLength: 30 },
  );

  test('only unobserved interruptions are reported, with their interval', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        for (const { reported, hidden, isRemade } of history(all)) {
          if (reported === null) continue;
          const last = hidden.at(-1);
          expect(last ?? isRemade).toBeTruthy();
          if (last === undefined) continue;
          expect(reported.to).toBe(last.to);
          expect(Date.parse(reported.from)).toBeLessThanOrEqual(Date.parse(last.from));
          if (reported.isFromKnown) expect(reported.from).toBe(last.from);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test('an unobserved interruption is reported while the trail logs', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        for (const { reported, hidden, isLogging } of history(all)) {
          if (hidden.length > 0 && isLogging) expect(reported).not.toBeNull();
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test('each interruption is reported once', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const ends = history(all).flatMap(({ reported }) => reported?.to ?? []);

        expect(new Set(ends).size).toBe(ends.length);
      }),
    );
  });
});

type Looked = {
  readonly reported: LoggingInterruption | null;
  /** Since the last check: the intervals without logging, each to a start by someone else. */
  readonly hidden: readonly { readonly from: string; readonly to: string }[];
  /** Whether the trail was recreated and started while logging was off. */
  readonly isRemade: boolean;
  readonly isLogging: boolean;
};

function history(happenings: readonly Action[]): readonly Looked[] {
  let status = logs(0);
  let kept: CheckpointState = { lastSeen: status, ownStarts: [] };
  let offSince: { at: string; isSeen: boolean } | null = null;
  let hidden: { from: string; to: string }[] = [];
  let isRemade = false;
  const looked: Looked[] = [];

  happenings.forEach((what, i) => {
    const now = at(10 * (i + 1));
    if (what === 'start') started(now);
    else if (what === 'stop') {
      if (!status.IsLogging) return;
      status = { ...status, IsLogging: false, StopLoggingTime: now };
      offSince = { at: now, isSeen: false };
    } else if (what === 'make again') {
      status = new_;
      offSince = { at: offSince?.at ?? now, isSeen: offSince?.isSeen ?? false };
      isRemade = true;
    } else look(what, now);
  });
  return looked;

  function started(now: string): void {
    if (status.IsLogging) return;
    status = { ...status, IsLogging: true, StartLoggingTime: now };
    if (offSince !== null && !offSince.isSeen) hidden.push({ from: offSince.at, to: now });
    offSince = null;
  }

  function look(what: Action, now: string): void {
    // A restore that started nothing leaves no trace.
    if (what === 'restore, cut short' && status.IsLogging) return;
    const own = { run: now, from: now, to: what === 'restore, cut short' ? null : now };
    if (what !== 'restore, cut short') {
      const { lastSeen, ownStarts } = kept;
      const reported = lastSeen && detectInterruption(lastSeen, status, ownStarts);
      looked.push({ reported, hidden, isRemade, isLogging: status.IsLogging });
    }
    hidden = [];
    isRemade = isRemade && status.StartLoggingTime === null;
    if (offSince !== null) offSince = { ...offSince, isSeen: true };
    if (what !== 'look' && !status.IsLogging) {
      kept = { ...kept, ownStarts: [...kept.ownStarts, own] };
      status = { ...status, IsLogging: true, StartLoggingTime: now };
      offSince = null;
    }
    if (what !== 'restore, cut short') kept = nextCheckpoint(kept, status);
  }
}
