import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { beforeEach, expect, test } from 'vitest';
import { names } from '#aws/resource-names.ts';
import type { Api } from '#sandbox/api.ts';
import { reactions } from '../../bench/attacks.ts';
import { testAccount } from '../support/account.ts';

/**
 * The responses that a warm function needs before it reverts an attack. Responses are delayed until other calls arrive,
 * so a call that depends on them never arrives, however fast the machine is.
 */
type Held = Parameters<NonNullable<Api['beforeCall']>>[0];

const account = testAccount({
  beforeCall: (call) =>
    call.principal.arn.endsWith('/Trailkeeper-Remediate') ? hold(call) : Promise.resolve(),
});
let hold: (call: Held) => Promise<void> = async () => {};

beforeEach(async () => {
  hold = async () => {};
  await account.reset();
  account.deliver({ drop: false });
  await account.swept();
  await warmUp();
});

/** Lets every process of the function handle an event, so that it has cached the list of trails. */
async function warmUp(): Promise<void> {
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();
  const payload = account.invocations.find(
    ({ functionName }) => functionName === names.remediate,
  )?.payload;
  await Promise.all([1, 2, 3].map(() => account.invoke(payload)));
}

const isRead = (operation: string): boolean =>
  /^(Get|List|Head|Describe|Query|BatchGet)/.test(operation);

/** Performs the attack and returns the calls of Remediate until its first write. */
async function readsBeforeWrite({ attack }: (typeof reactions)[number]): Promise<number> {
  const before = account.calls.length;
  await attack(account.outsider, account.trail);
  await account.settled();
  const operations = account.calls
    .slice(before)
    .filter(({ principal }) => principal.endsWith('/Trailkeeper-Remediate'))
    .map(({ operation }) => operation);
  return operations.findIndex((operation) => !isRead(operation));
}

test.each(reactions)('$name is reverted after one round trip of reads', async (reaction) => {
  const count = await readsBeforeWrite(reaction);
  const waiting = new Set<string>();
  const { promise: together, resolve: release } = Promise.withResolvers<void>();
  let isReverted = false;
  const revertedAfter: number[] = [];
  hold = async ({ service, operation, input }) => {
    if (operation === reaction.revertedBy) {
      isReverted = true;
      revertedAfter.push(waiting.size);
    }
    if (isReverted || !isRead(operation)) return;
    waiting.add(JSON.stringify([service, operation, input]));
    if (waiting.size === count) release();
    await together;
  };

  await reaction.attack(account.outsider, account.trail);
  await account.settled();

  expect(revertedAfter[0]).toBe(count);
  expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
});

test.each(reactions)(
  '$name is reverted before reads and writes that only reports need',
  async ({ attack, revertedBy }) => {
    // After this time an event reads the destinations again.
    for (let i = 0; i < 3; i += 1) await account.fiveMinutesPass();
    const { promise: reverted, resolve: release } = Promise.withResolvers<void>();
    hold = async ({ service, operation }) => {
      if (operation === revertedBy) release();
      if (forReports.has(service) || operation === 'PutItem') await reverted;
    };

    await attack(account.outsider, account.trail);
    await account.settled();

    const incidents = await account.incidents();
    expect(incidents).toMatchObject([{ state: 'restored' }]);
    // A read that delays the write would time out.
    expect(JSON.stringify(incidents)).not.toContain('"status":"unknown"');
  },
);

/** The services of the trail's destinations, which only people can repair. */
const forReports: ReadonlySet<string> = new Set(['s3', 'kms', 'sns', 'logs']);
