import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeouts } from '#aws/function-timeouts.ts';
import { repairedElsewhere } from '#incident/leases.ts';
import { verdict } from '#reconcile/outcome.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type AnyCall, anyCall, configuring } from '../support/calls.ts';
import { runs } from '../support/property-runs.ts';
import { protectedAccount } from '../support/protected-account.ts';

// Reads that lag behind writes, on the sandbox's CloudTrail without a server, with a clock that moves only during sleep.

type Account = Awaited<ReturnType<typeof protectedAccount>>;

const setUp = fc.array(configuring, { maxLength: 3 });
const lag = fc.integer({ min: 0, max: 10_000 });
const timed = fc.record({ call: anyCall, afterMs: fc.integer({ min: 0, max: 8000 }) });

test('a change is restored once and verified, or nothing is written, with any lag', async () => {
  await fc.assert(
    fc.asyncProperty(
      setUp,
      anyCall,
      lag,
      fc.integer({ min: 0, max: 3000 }),
      async (configured, call, lagMs, late) => {
        const account = await protectedAccount(configured);
        const asCaptured = await account.trailState();
        account.disruptions.consistency = { lagMs, operation: '*' };
        const at = account.now().getTime();
        await account.suffer([call]);
        const wasLeftAsIs = isSame(await account.trailState(), asCaptured);
        await account.sleep(late);

        const outcome = await account.restore({ event: { name: call.name, at } });

        expect(await account.trailState()).toEqual(asCaptured);
        expect(verdict(outcome)).toBe(wasLeftAsIs ? 'in-sync' : 'restored');
        expect(repeatedWrites(account, lagMs)).toEqual([]);
      },
    ),
    { numRuns: runs(400) },
  );
});

test('changes during a run converge, and no write is sent again unless another change shows', async () => {
  await fc.assert(
    fc.asyncProperty(
      setUp,
      fc.array(timed, { minLength: 1, maxLength: 4 }),
      lag,
      async (configured, done, lagMs) => {
        const account = await protectedAccount(configured);
        const asCaptured = await account.trailState();
        account.disruptions.consistency = { lagMs, operation: '*' };
        const start = account.now().getTime();
        account.schedule(done);

        const events = done
          .map(({ call, afterMs }) => ({ name: call.name, at: start + afterMs }))
          .toSorted((one, other) => one.at - other.at);
        for (const event of events) {
          const wait = event.at - account.now().getTime();
          await account.sleep(Math.max(0, wait));
          await account.restore({ event });
        }

        expect(await account.trailState()).toEqual(asCaptured);
        expect(repeatedWrites(account, lagMs)).toEqual([]);
      },
    ),
    { numRuns: runs(400) },
  );
});

describe('the number of reads is limited:', () => {
  const prefix = { name: 'UpdateTrail', input: { S3KeyPrefix: 'elsewhere' } };
  const same = { name: 'UpdateTrail', input: { S3BucketName: 'org-trail-logs' } };
  const cases: readonly (readonly [string, AnyCall, number, most: number])[] = [
    ['a call that changes nothing', same, 0, 24],
    ['a stopped trail, with a lag of ten seconds', { name: 'StopLogging', input: {} }, 10_000, 50],
    ['a changed trail, without a lag', prefix, 0, 24],
  ];

  test.each(cases)('%s', async (_, call, lagMs, most) => {
    const account = await protectedAccount([]);
    account.disruptions.consistency = { lagMs, operation: '*' };
    const at = account.now().getTime();
    await account.suffer([call]);

    await account.restore({ event: { name: call.name, at } });

    expect(account.reads().length).toBeLessThan(most);
  });
});

test('an old call costs one read', async () => {
  const account = await protectedAccount([]);
  const at = account.now().getTime();
  await account.sleep(60_000);
  const before = account.now().getTime();

  await account.restore({ event: { name: 'StopLogging', at } });

  expect(account.now().getTime()).toBe(before);
});

test('a write that never shows is sent once, and fails after the maximum lag', async () => {
  const account = await protectedAccount([]);
  await account.suffer([{ name: 'StopLogging', input: {} }]);
  const lost = { service: 'cloudtrail', operation: 'StartLogging', error: null, times: 1000 };
  account.disruptions.faults.push(lost);

  const outcome = await account.restore();

  expect(verdict(outcome)).toBe('failed');
  expect(account.writes()).toHaveLength(1);
});

test('waiting takes at most half of the function timeout', async () => {
  const account = await protectedAccount([]);
  account.schedule([
    { call: { name: 'UpdateTrail', input: { EnableLogFileValidation: false } }, afterMs: 7000 },
    { call: { name: 'StopLogging', input: {} }, afterMs: 15_000 },
  ]);
  await account.suffer([{ name: 'UpdateTrail', input: { S3KeyPrefix: 'elsewhere' } }]);
  const lost = { service: 'cloudtrail', operation: 'UpdateTrail', error: null, times: 9 };
  account.disruptions.faults.push(lost);
  const start = account.now().getTime();

  await account.restore({ event: { name: 'UpdateTrail', at: start } });

  expect(account.now().getTime() - start).toBeLessThan(timeouts.remediate * 500);
});

/**
 * Our successful writes that were sent again although reads showed no other change in between. A read that lags by `lagMs` can show a
 * change from before our write after it, and it cannot be distinguished from one that was made after it.
 */
const repeatedWrites = (account: Account, lagMs: number) => {
  const changing = account
    .calls()
    .filter(({ operation, error }) => !/^(Get|List|Head|Describe)/.test(operation) && !error)
    .map((call) => ({ ...call, isOurs: call.principal.endsWith('/trailkeeper') }));
  return changing.filter((write, i) => {
    const first = changing
      .slice(0, i)
      .findLastIndex((one) => one.isOurs && isSame(request(one), request(write)));
    const since = Date.parse(changing[first]?.at ?? '') - lagMs;
    return (
      write.isOurs &&
      first >= 0 &&
      !changing.slice(0, i).some((one) => !one.isOurs && Date.parse(one.at) >= since)
    );
  });
};

const request = ({ operation, input }: ReturnType<Account['calls']>[number]) => [operation, input];

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

test('a lease of another run delays the repair by less than a minute', async () => {
  const account = await protectedAccount([]);
  const asCaptured = await account.trailState();
  await account.suffer([{ name: 'StopLogging', input: {} }]);
  const start = account.now().getTime();
  const startedAt = account.now().toISOString();

  const outcome = await account.reconcile({
    async repair(due) {
      const from = account.now().toISOString();
      const leases = { another: { from, problems: [], isWhole: true } };
      const run = { run: 'this', startedAt, call: null };
      const lag = { now: account.now, readLagMs };
      const attempts = repairedElsewhere(due, { leases }, run, lag);
      return attempts.size > 0 ? { steps: [], attempts } : account.apply(due);
    },
  });

  expect(verdict(outcome)).toBe('restored');
  expect(await account.trailState()).toEqual(asCaptured);
  expect(account.now().getTime() - start).toBeLessThan(60_000);
});

test('a stop after our own start is restored without waiting for the maximum lag', async () => {
  const account = await protectedAccount([]);
  const stop: AnyCall = { name: 'StopLogging', input: {} };
  const asCaptured = await account.trailState();
  await account.suffer([stop]);
  account.disruptions.consistency = { lagMs: 4000, operation: '*' };
  await account.sleep(5000);
  const start = account.now().getTime();
  // No read shows logging on in between.
  account.schedule([{ call: stop, afterMs: 1200 }]);

  const outcome = await account.restore();

  expect(verdict(outcome)).toBe('restored');
  expect(await account.trailState()).toEqual(asCaptured);
  expect(account.writes()).toHaveLength(2);
  expect(account.now().getTime() - start).toBeLessThan(readLagMs);
});
