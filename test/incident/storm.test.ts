import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import { runs } from '../support/property-runs.ts';
import { play, type Storm } from '../support/storm.ts';

/** The trail logs, so that a call that starts logging sets only what the baseline says. */
const noOps = (record: CloudTrailRecord): CloudTrailRecord => ({
  ...record,
  eventName: 'StartLogging',
});

/** By a hundred callers, who may not stop the trail. */
const failures = (record: CloudTrailRecord, i: number): CloudTrailRecord => ({
  ...record,
  eventName: 'StopLogging',
  ...{ errorCode: 'AccessDenied', errorMessage: 'no' },
  userIdentity: { type: 'IAMUser', userName: `user-${i % 100}` },
});

/** Their change was reverted before it could be observed. */
const changes = (record: CloudTrailRecord): CloudTrailRecord => ({
  ...record,
  eventName: 'UpdateTrail',
  requestParameters: { name: 'org-trail', isMultiRegionTrail: false },
});

/** First a call like the one that stops the trail, by the same caller. */
const rehearsed = (record: CloudTrailRecord, i: number): CloudTrailRecord =>
  i > 0
    ? noOps(record)
    : {
        ...record,
        eventName: 'StopLogging',
        userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory' },
      };

const storm: Storm = {
  ...{ events: 10_000, lastsMs: 100_000, stoppedAt: 50_000, processes: 1 },
  ...{ delayMs: 3000, lagMs: 0 },
  flood: noOps,
};

test.each([
  ['change nothing', noOps],
  ['failed', failures],
  ['were reverted', changes],
])('10,000 calls that %s cost as many API calls as 500 and delay no restore', async (_, flood) => {
  const alone = await play({ ...storm, events: 0 });
  const few = await play({ ...storm, flood, events: 500 });
  const many = await play({ ...storm, flood });

  expect(many.reads).toBeLessThan(1.5 * few.reads);
  expect(many.writes).toBeLessThan(1.5 * few.writes);
  expect(many.restoredAfter).toBeLessThan(alone.restoredAfter + 1);
});

test('a check whose reads could miss a call does not answer its event', async () => {
  const early = { lastsMs: 10_000, stoppedAt: 5000, lagMs: 10_000 };

  const { logging } = await play({ ...storm, ...early, events: 20, flood: rehearsed });

  expect(logging).toMatchObject({ IsLogging: true });
});

test('a flood of any calls hides neither the call that stopped the trail nor its caller', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        events: fc.integer({ min: 1, max: 60 }),
        lastsMs: fc.integer({ min: 1000, max: 60_000 }),
        flood: fc.constantFrom(noOps, failures, changes, rehearsed),
        stoppedAt: fc.integer({ min: 0, max: 60_000 }),
        processes: fc.integer({ min: 1, max: 3 }),
        delayMs: fc.integer({ min: 100, max: 60_000 }),
        lagMs: fc.integer({ min: 0, max: 10_000 }),
      }),
      async (any) => {
        const { logging, incidents } = await play(any);

        expect(logging).toMatchObject({ IsLogging: true });
        expect(incidents).toHaveLength(1);
        expect(incidents[0]?.state).toBe('restored');
        const callers = incidents[0]?.calls.map(({ call, effect }) => [
          call.principal.name,
          effect,
        ]);
        expect(callers).toContainEqual(['mallory', expect.stringMatching(/^(caused|related)$/)]);
      },
    ),
    { numRuns: runs(50) },
  );
});
