import type { RecoverDeps } from './recover-deps.ts';
import { recoverRegion } from './recover-region.ts';
import type { Recovery } from './recovery.ts';

/**
 * Recovers the events of one account, every Region at the same time, because each has its own quota. Returns whether all is done.
 * If a Region fails, the others go on first.
 */
export async function recoverAccount(
  { recovery, account }: { readonly recovery: Recovery; readonly account: string },
  deps: RecoverDeps,
): Promise<{ readonly done: boolean }> {
  const clientIn = deps.historyOf(account);
  const settled = await Promise.allSettled(
    recovery.regions.map((region) =>
      recoverRegion({ recovery, account, region, client: clientIn(region) }, deps),
    ),
  );
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { done: settled.every((one) => one.status === 'fulfilled' && one.value) };
}
