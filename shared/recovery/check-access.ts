import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import type { AccountAccess } from '#aws/dependency-clients.ts';
import { messageOf } from '#aws/errors.ts';
import type { RecoverDeps } from './recover-deps.ts';
import { folderOf } from './recovery.ts';

/** What the function cannot reach: why its bucket cannot be read, null if it can, and the same of each event history. */
export type RecoverAccess = {
  readonly bucket: string | null;
  readonly accounts: readonly AccountAccess[];
};

/** Reads one event of each account in a Region, and looks for an object that is not there. */
export async function checkAccess(
  { accounts, region, prefix }: { accounts: readonly string[]; region: string; prefix: string },
  { bucket, historyOf }: Pick<RecoverDeps, 'bucket' | 'historyOf'>,
): Promise<RecoverAccess> {
  const found: AccountAccess[] = [];
  for (let start = 0; start < accounts.length; start += atOnce) {
    const some = accounts.slice(start, start + atOnce).map(async (account) => ({
      account,
      problem: await problemOf(() =>
        historyOf(account)(region).send(new LookupEventsCommand({ MaxResults: 1 })),
      ),
    }));
    found.push(...(await Promise.all(some)));
  }
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
