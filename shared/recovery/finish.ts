import { isDeepStrictEqual } from 'node:util';
import { inBatches } from '#aws/in-batches.ts';
import { jsonText } from '#text/json-text.ts';
import { ledgerKey } from './ledger.ts';
import { type Manifest, manifest, manifestOf, summaryOf } from './manifest.ts';
import type { RecoverDeps } from './recover-deps.ts';
import { manifestKey, placesOf, type RecoveryInput } from './recovery.ts';

/** Writes the manifest from the ledgers, unless the same one is there: it may be signed. */
export async function finish(
  input: RecoveryInput,
  { bucket, now }: Pick<RecoverDeps, 'bucket' | 'now'>,
): Promise<{ readonly manifest: string; readonly recovered: number; readonly missing: number }> {
  const { recovery } = input;
  const logs = await inBatches(placesOf(input), ledgersAtOnce, async (place) => {
    const key = ledgerKey(recovery, place);
    return summaryOf({ ...place, key, text: await bucket.read(key) });
  });
  const key = manifestKey(recovery);
  const written = manifestOf(recovery, logs, new Date(now()).toISOString());
  const before = await bucket.read(key);
  if (before === null || !isSame(before, written)) {
    await bucket.write(key, JSON.stringify(written, null, 2));
  }
  return { manifest: key, recovered: written.recovered, missing: written.missing.length };
}

const ledgersAtOnce = 1000;

/** Whether a stored manifest says the same, whenever it was written. */
function isSame(text: string, { finishedAt: _, ...written }: Manifest): boolean {
  const { data } = jsonText(manifest).safeParse(text);
  if (data === undefined) return false;
  const { finishedAt: __, ...before } = data;
  return isDeepStrictEqual(before, written);
}
