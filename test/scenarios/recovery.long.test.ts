import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { recoveryAccount } from '../support/recovery-account.ts';

const account = testAccount();

const lost = 10_000;

/** Waits until event history was read so often since the reset. */
const lookups = (count: number): Promise<void> =>
  expect
    .poll(() => account.calls.filter(({ operation }) => operation === 'LookupEvents').length, {
      interval: 50,
      timeout: 60_000,
    })
    .toBeGreaterThanOrEqual(count);

const crash = () => account.admin('crash', { function: 'Trailkeeper-Recover' });

test('none of 10,000 lost events is missing or doubled, wherever the function crashes and the recovery is stopped', async () => {
  // A recovery that nothing interrupts makes about 250 calls.
  const points = fc.record({
    crashAfter: fc.integer({ min: 1, max: 100 }),
    stopAfter: fc.integer({ min: 1, max: 100 }),
  });
  await fc.assert(
    fc.asyncProperty(points, async ({ crashAfter, stopAfter }) => {
      await account.reset();
      account.deliver({ drop: true, workflowSecondMs: 10 });
      await account.admin('throttling', { writesPerSecond: null, lookupsPerSecond: 2 });
      const gap = recoveryAccount(account);
      await gap.lose(lost);
      await gap.letReadLog();

      const first = await gap.start();
      await lookups(crashAfter);
      await crash();
      await lookups(crashAfter + stopAfter);
      await gap.stop(first);
      await crash();
      expect(await gap.ended(first)).toMatchObject({ status: 'ABORTED' });
      expect(await gap.ended(await gap.start())).toMatchObject({ status: 'SUCCEEDED' });
      // An account is read at a time by each of the processes that crashed.
      expect(account.invocations.filter((one) => 'error' in one).length).toBeGreaterThan(1);

      const expected = (await gap.lost()).toSorted(byId);
      expect(expected).toHaveLength(lost);
      expect((await gap.recovered()).toSorted(byId)).toEqual(expected);

      const { recovered, missing, logs } = await gap.manifest();
      const objects = await gap.objects();
      expect({ recovered, missing }).toEqual({ recovered: lost, missing: [] });
      expect(logs.map(({ ledger }) => hashOf(objects.get(ledger)))).toEqual(
        logs.map(({ sha256 }) => sha256),
      );

      await gap.ended(await gap.start());
      expect(await gap.objects()).toEqual(objects);
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

type Named = { readonly eventID: unknown };
const byId = (one: Named, other: Named): number =>
  String(one.eventID) < String(other.eventID) ? -1 : 1;

const hashOf = (body = ''): string =>
  createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
