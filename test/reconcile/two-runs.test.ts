import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCall, configuring } from '../support/calls.ts';
import { interleaved, runsOn } from '../support/interleaved-runs.ts';
import { runs } from '../support/property-runs.ts';

// A sweep and the function of an event reconcile one trail at the same time, and reads lag behind writes.

test('two runs restore what a call did with one alert, and repeat no write', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(configuring, { maxLength: 2 }),
      anyCall,
      fc.integer({ min: 0, max: 10_000 }),
      fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 15_000 })),
      // A repair takes longer than reads lag if AWS throttles it, or the machine is slow.
      fc.integer({ min: 0, max: 30_000 }),
      fc.infiniteStream(fc.nat(1000)),
      async (configured, call, lagMs, [eventAfter, sweepAfter], repairMs, choices) => {
        // Events record the second of a call: a sweep that repairs within it may be older than the call.
        fc.pre(sweepAfter >= 1000 || sweepAfter > eventAfter);
        const choose = (count: number): number => (choices.next().value ?? 0) % count;
        const setting = await interleaved(configured, choose);
        const { account } = setting;
        const asCaptured = await account.trailState();
        account.disruptions.consistency = { lagMs, operation: '*' };
        const at = account.now().getTime();
        await account.suffer([call]);
        fc.pre(JSON.stringify(await account.trailState()) !== JSON.stringify(asCaptured));

        const { run, incidents } = runsOn(setting);
        const event = { name: call.name, at };
        await setting.untilDone([run(eventAfter, event, repairMs), run(sweepAfter, null)]);

        expect(await account.trailState()).toEqual(asCaptured);
        expect(incidents().map(({ state }) => state)).toEqual(['restored']);
        // A write that AWS refused is sent again once its cause is restored.
        const writes = account
          .writes()
          .filter(({ error }) => error === null)
          .map(({ operation, input }) => JSON.stringify({ operation, input }));
        expect(writes).toEqual([...new Set(writes)]);
      },
    ),
    { numRuns: runs(300) },
  );
});
