import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { attacks } from '#sandbox/attacks.ts';
import { testAccount } from '../support/account.ts';
import { effectsOf } from '../support/attack-effects.ts';

// Remediate and Sweep check a trail at the same time while reads still return its earlier state. Sweeps start after
// Remediate has saved what it detected: before that, both may send the first write
// (docs/decisions/0002-wait-for-reads-that-lag.md).

const account = testAccount({ readLagMs });

beforeEach(() => account.reset());

test.each(attacks.filter(({ id }) => ['A1', 'A2'].includes(id)))(
  'sends each write once and one alert if sweeps run during remediation ($id, Mallory $title)',
  async (attack) => {
    const alone = await effectsOf(account, attack, 0);
    await account.reset();

    const besideSweeps = await effectsOf(account, attack, lagMs, sweepEveryTwoSeconds);

    expect(besideSweeps).toEqual(alone);
  },
);

const lagMs = 4000;

/** Runs sweeps from the time that Remediate saved what it detected until reads return the repaired state. */
async function sweepEveryTwoSeconds(): Promise<void> {
  await vi.waitUntil(isDetectionSaved, { timeout: 30_000, interval: 20 });
  const sweeps: Promise<unknown>[] = [];
  for (let at = 0; at <= lagMs; at += 2000) {
    sweeps.push(account.swept());
    await sleep(2000);
  }
  await Promise.all(sweeps);
}

const isDetectionSaved = (): boolean =>
  account.calls.some(
    ({ operation, input }) =>
      operation === 'PutItem' && (input.Item as { sk?: { S?: string } }).sk?.S === 'status',
  );
