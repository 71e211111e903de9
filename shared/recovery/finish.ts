import { jsonText } from '#text/json-text.ts';
import { ledgerKey } from './ledger.ts';
import { type Manifest, manifest, manifestOf, type StoredLedger } from './manifest.ts';
import type { RecoverDeps } from './recover-deps.ts';
import { manifestKey, type RecoveryInput } from './recovery.ts';

/** Writes the manifest from the ledgers, unless the same one is there: it may be signed. */
export async function finish(
  { recovery, accounts }: RecoveryInput,
  { bucket, now }: Pick<RecoverDeps, 'bucket' | 'now'>,
): Promise<{ readonly manifest: string; readonly recovered: number; readonly missing: number }> {
  const stored: StoredLedger[] = [];
  for (const account of accounts) {
    const ledgers = recovery.regions.map(async (region) => {
      const key = ledgerKey(recovery, { account, region });
      return { account, region, key, text: await bucket.read(key) };
    });
    stored.push(...(await Promise.all(ledgers)));
  }
  const key = manifestKey(recovery);
  const written = manifestOf(recovery, stored, new Date(now()).toISOString());
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
