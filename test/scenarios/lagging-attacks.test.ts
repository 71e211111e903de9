import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Attack, attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';
import { effectsOf } from '../support/attack-effects.ts';

// One attack with lagging reads. lagging-attacks.long.test.ts tests all of them.

let account: Account;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount({ readLagMs });
  asCaptured = await account.auditTrail();
});
beforeEach(() => account.reset());
afterAll(() => account.stop());

test('with lagging reads, a deleted trail is restored with the same writes and alerts', async () => {
  const [deletion] = attacks.filter(({ id }) => id === 'A2') as [Attack];
  const without = await effectsOf(account, deletion, 0);
  await account.reset();

  const lagging = await effectsOf(account, deletion, 1000);

  expect(lagging).toEqual(without);
  expect(lagging.trail).toEqual(asCaptured);
});

test('with lagging reads, an attack and the event of our own write cost few reads', async () => {
  await account.admin('consistency', { lagMs: 1000 });
  account.deliver({ drop: false });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();

  const reads = account.calls.filter(
    ({ service, operation, principal }) =>
      service === 'cloudtrail' &&
      principal.includes('Trailkeeper-') &&
      /^(Get|List)/.test(operation),
  );
  expect(reads.length).toBeLessThan(50);
});
