import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import type { AccountAccess } from '#aws/dependency-clients.ts';
import { messageOf } from '#aws/errors.ts';
import { inBatches } from '#aws/in-batches.ts';
import type { RecoverDeps } from './recover-deps.ts';
import { folderOf } from './recovery.ts';

/** Why the function cannot read its bucket, and the event history of each account; null if it can. */
export type RecoverAccess = {
  readonly bucket: string | null;
  readonly accounts: readonly AccountAccess[];
};

/** Reads one event of each account in a Region, and looks for an object that is not there. */
export async function checkAccess(
  { accounts, region, prefix }: { accounts: readonly string[]; region: string; prefix: string },
  { bucket, historyOf }: Pick<RecoverDeps, 'bucket' | 'historyOf'>,
): Promise<RecoverAccess> {
  const found = await inBatches(accounts, atOnce, async (account) => ({
    account,
    problem: await problemOf(() =>
      historyOf(account)(region).send(new LookupEventsCommand({ MaxResults: 1 })),
    ),
  }));
  const key = folderOf({ id: 'check', prefix });
  return { bucket: await problemOf(() => bucket.read(key)), accounts: found };
}

const atOnce = 20;

async function problemOf(read: () => Promise<unknown>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
