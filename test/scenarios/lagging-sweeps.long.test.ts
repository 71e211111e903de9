import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';
import { undergo } from '../support/undergo.ts';

// Remediate and Sweep check a trail at the same time while reads still show it as it was before.

let account: Account;

beforeAll(async () => {
  account = await startAccount({ readLagMs });
});
beforeEach(() => account.reset());
afterAll(() => account.stop());

test.each(attacks.filter(({ id }) => ['A1', 'A2'].includes(id)))(
  'sends no write twice and one alert when sweeps run beside the event ($id, Mallory $title)',
  async (attack) => {
    const alone = await undergo(account, attack, 0);
    await account.reset();

    const besideSweeps = await undergo(account, attack, lagMs, sweepEveryTwoSeconds);

    expect(besideSweeps).toEqual(alone);
  },
);

const lagMs = 4000;

/** Sweeps until the reads of every repair have caught up. */
async function sweepEveryTwoSeconds(): Promise<void> {
  const sweeps: Promise<unknown>[] = [];
  for (let at = 0; at <= 2 * lagMs; at += 2000) {
    sweeps.push(account.swept());
    await sleep(2000);
  }
  await Promise.all(sweeps);
}
