import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changes, failures, noOps, rehearsed, storm } from '../support/floods.ts';
import { runs } from '../support/property-runs.ts';
import { play } from '../support/storm.ts';

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
