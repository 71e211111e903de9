import { describe, expect, test } from 'vitest';
import { type BackfillState, isAbandoned, progressOf, reachesUpTo } from '#backfill/job-state.ts';
import { now, trail } from '../support/baseline.ts';

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
