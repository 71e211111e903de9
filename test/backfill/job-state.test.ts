import { describe, expect, test } from 'vitest';
import {
  type BackfillReport,
  type BackfillState,
  backfillReport,
  isAbandoned,
  progressOf,
  reachesUpTo,
  startedBackfill,
} from '#backfill/job-state.ts';
import { now, trail } from '../support/baseline.ts';
import { past } from '../support/gaps.ts';
import { start, stop, window } from '../support/recorded-calls.ts';

const minutesAgo = (minutes: number): string =>
  new Date(now.getTime() - minutes * 60_000).toISOString();

const state: BackfillState = {
  ...{ key: 'key', status: 'running', problem: null, trails: [trail.arn], run: 1, version: 3 },
  request: { from: minutesAgo(120), to: minutesAgo(60), trails: null, mode: 'observe' },
  ...{ startedAt: minutesAgo(2), updatedAt: minutesAgo(1) },
  lookups: [
    { eventName: 'StopLogging', region: 'us-east-1' },
    { eventName: 'UpdateTrail', region: 'eu-central-1' },
  ],
  ...{ lookupsDone: 1, pages: 4, calls: 2, token: null, failures: 0, parts: 0, mayGrow: false },
};

describe('the progress of a backfill', () => {
  test('names the current lookup', () => {
    expect(progressOf(state)).toEqual({
      ...{ lookups: 2, lookupsDone: 1, pages: 4, calls: 2 },
      lookup: 'UpdateTrail in eu-central-1',
    });
  });

  test('names no lookup after the last one', () => {
    expect(progressOf({ ...state, lookupsDone: 2 }).lookup).toBeNull();
  });
});

describe('the schema of an answer', () => {
  const started = {
    ...{ report: 'key', status: 'running', problem: null, progress: progressOf(state) },
  } as const;
  const report: BackfillReport = {
    ...{ ...window, mode: 'observe', mayGrow: false, text: ['one trail'] },
    trails: [
      {
        ...{ trail: trail.arn, version: 1, hasUnread: false, ...past([stop(5), start(9)]) },
        now: {
          ...{ verdict: 'in-sync', found: ['logging is off'], left: [], applied: [] },
          ...{ incident: null, problem: null },
        },
      },
    ],
  };

  test('has all of a backfill that was started, and of a report with gaps', () => {
    expect(report.trails[0]?.gaps).toHaveLength(1);
    expect(startedBackfill.parse(started)).toEqual(started);
    expect(backfillReport.parse(report)).toEqual(report);
  });

  test('refuses what it does not name', () => {
    const { progress, ...others } = started;
    const [one] = report.trails;

    for (const answer of [{ ...others, progress: { ...progress, left: 1 } }, others]) {
      expect(startedBackfill.safeParse(answer).success).toBe(false);
    }
    for (const trails of [[{ ...one, more: 1 }], [{ ...one, now: { ...one?.now, more: 1 } }], {}]) {
      expect(backfillReport.safeParse({ ...report, trails }).success).toBe(false);
    }
  });

  test('says what the ARN is of', () => {
    expect(backfillReport.shape.trails.element.shape.trail.description).toBe('The ARN of a trail.');
  });
});

test('event history may lack calls of the last 15 minutes', () => {
  const isRecent = (minutes: number) =>
    reachesUpTo({ from: minutesAgo(120), to: minutesAgo(minutes) }, now);

  expect([0, 15, 15.001].map(isRecent)).toEqual([true, true, false]);
});

test('a backfill is abandoned after 20 minutes, longer than a function can run', () => {
  const isLeft = (minutes: number) =>
    isAbandoned({ ...state, updatedAt: minutesAgo(minutes) }, now);

  expect([15, 20, 20.001].map(isLeft)).toEqual([false, false, true]);
});
