import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { type AnyCall, anyCall, make } from '../support/calls.ts';
import { runs } from '../support/property-runs.ts';

const account = testAccount();

/** Calls, sweeps between them, and events that are late, repeated, reordered or lost. */
type Action = AnyCall | 'sweep' | { readonly delivery: object };

const happening: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: anyCall },
  fc.constant('sweep' as const),
  fc
    .record({
      drop: fc.boolean(),
      duplicate: fc.boolean(),
      delayMs: fc.constantFrom(0, 30, 200),
      reorderMs: fc.constantFrom(0, 100),
      requiresLoggingTrail: fc.boolean(),
    })
    .map((delivery) => ({ delivery })),
);

test('for any calls and any delivery of events, a last sweep finds or restores the captured state', async () => {
  const asCaptured = await account.auditTrail();
  const mallory = account.clientsOf('mallory');
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 10 }), async (happenings) => {
      await account.reset();
      account.deliver({ lambdaRetryMs: 10 });

      for (const one of happenings) await happen(one);
      await account.settled();
      await account.sweep();

      expect(await account.auditTrail()).toEqual(asCaptured);
      const start = account.calls.length;
      await account.sweep();
      expect(account.writesSince(start)).toEqual([]);
    }),
    { numRuns: runs(12) },
  );

  async function happen(one: Action): Promise<void> {
    if (one === 'sweep') await account.sweep();
    else if ('delivery' in one) account.deliver(one.delivery);
    else await make(one, mallory, account.trail);
  }
});
