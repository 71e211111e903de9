import type { Attack } from '#sandbox/attack.ts';
import type { Account } from './account.ts';

/**
 * The trail, the writes and the alerts after an attack whose event arrives. `meanwhile` runs at the same time as the
 * function.
 */
export async function effectsOf(
  account: Account,
  attack: Attack,
  lagMs: number,
  meanwhile: () => Promise<void> = async () => {},
) {
  account.deliver({ drop: false, dropStreams: true, lambdaRetryMs: 10 });
  const start = account.calls.length;
  await account.admin('consistency', { lagMs });
  await attack.call(account.clientsOf(attack.as), account.trail);
  await meanwhile();
  await account.settled();
  await account.admin('consistency', { lagMs: 0 });
  const incidents = await account.incidents();
  const messages = await account.slack();
  return {
    trail: await account.auditTrail(),
    writes: account.writesSince(start).map(({ operation, input }) => ({ operation, input })),
    incidents: incidents.map(({ state, severity, cause }) => ({
      ...{ state, severity },
      by: `${cause?.principal.name} ${cause?.eventName}`,
    })),
    // A reply follows if the first message was sent before the repair was verified.
    threads: messages.filter(({ threadTs }) => threadTs === null).map(({ blocks }) => blocks[0]),
    deadLetters: await account.deadLetterCount(),
  };
}
