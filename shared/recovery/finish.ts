import { jsonText } from '#text/json-text.ts';
import { ledgerKey } from './ledger.ts';
import { type LedgerSummary, type Manifest, manifest, manifestOf, summaryOf } from './manifest.ts';
import type { RecoverDeps } from './recover-deps.ts';
import { accountsAtOnce, manifestKey, type RecoveryInput } from './recovery.ts';

/** Writes the manifest from the ledgers, unless the same one is there: it may be signed. */
export async function finish(
  { recovery, accounts }: RecoveryInput,
  { bucket, now }: Pick<RecoverDeps, 'bucket' | 'now'>,
): Promise<{ readonly manifest: string; readonly recovered: number; readonly missing: number }> {
  const logs: LedgerSummary[] = [];
  for (let i = 0; i < accounts.length; i += accountsAtOnce) {
    const places = accounts
      .slice(i, i + accountsAtOnce)
      .flatMap((account) => recovery.regions.map((region) => ({ account, region })));
    const read = places.map(async (place) => {
      const key = ledgerKey(recovery, place);
      return summaryOf({ ...place, key, text: await bucket.read(key) });
    });
    logs.push(...(await Promise.all(read)));
  }
  const key = manifestKey(recovery);
  const written = manifestOf(recovery, logs, new Date(now()).toISOString());
  const before = await bucket.read(key);
  if (before === null || !isSame(before, written)) {
    await bucket.write(key, JSON.stringify(written, null, 2));
  }
  return { manifest: key, recovered: written.recovered, missing: written.missing.length };
}

/** Whether a stored manifest says the same, whenever it was written. */
function isSame(text: string, { finishedAt: _, ...written }: Manifest): boolean {
  const { data } = jsonText(manifest).safeParse(text);
  if (data === undefined) return false;
  const { finishedAt: __, ...before } = data;
  return JSON.stringify(before) === JSON.stringify(written);
}
