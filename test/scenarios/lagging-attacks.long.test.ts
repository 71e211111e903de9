import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { attacks } from '#sandbox/attacks.ts';
import { testAccount } from '../support/account.ts';
import { effectsOf } from '../support/attack-effects.ts';

// Every attack with lagging reads, triggered by its event.

const account = testAccount({ readLagMs });
let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});
beforeEach(() => account.reset());

const restorable = attacks.filter(({ reportOnly }) => !reportOnly);
/** Two calls, whose events start functions in either order. */
const ofTwoCalls = restorable.filter(({ id }) => id === 'F4');

describe.each([1000, 4000])('with reads that lag by %s ms,', (lagMs) => {
  test.each(ofTwoCalls)('$id, Mallory $title: the trail is restored', async (attack) => {
    const { trail, deadLetters } = await effectsOf(account, attack, lagMs);

    expect(trail).toEqual(asCaptured);
    expect(deadLetters).toBe(0);
  });

  describe.each(restorable.filter((attack) => !ofTwoCalls.includes(attack)))(
    '$id, Mallory $title:',
    (attack) => {
      test('the trail, the writes and the alerts are the same as without a lag', async () => {
        const without = await effectsOf(account, attack, 0);
        await account.reset();

        const lagging = await effectsOf(account, attack, lagMs);

        expect(lagging).toEqual(without);
        expect(lagging.trail).toEqual(asCaptured);
      });
    },
  );
});
