import { gunzipSync, gzipSync } from 'node:zlib';
import type * as z from 'zod';
import { changeField } from '#aws/change-field.ts';
import type { Rows } from '#aws/state-table.ts';
import { jsonText } from '#text/json-text.ts';

/** A document in a row of the watchtower's table, compressed: a row has 400 KB at most, and each KB of a write costs. */
export type DocumentRow<Content> = {
  read(): Promise<Content>;
  /** Changes the document. `change` is called again if another function changed it meanwhile. */
  change(change: (before: Content) => Content): Promise<void>;
};

const pk = 'watchtower';

/** The row with this sort key. One that does not exist, or cannot be parsed, has the content `empty`. */
export function documentRow<Content>(
  rows: Rows,
  sk: string,
  schema: z.ZodType<Content>,
  empty: Content,
): DocumentRow<Content> {
  const parsed = (document: unknown): Content =>
    jsonText(schema).safeParse(decompressed(document)).data ?? empty;
  return {
    read: async () => parsed((await rows.get(pk, sk))?.document),
    async change(change) {
      await changeField(rows, { pk, sk }, 'document', (stored) => {
        const document = gzipSync(JSON.stringify(change(parsed(stored))));
        return stored instanceof Uint8Array && document.equals(stored) ? stored : document;
      });
    },
  };
}

/** Null if it was not compressed. */
function decompressed(document: unknown): string | null {
  try {
    return document instanceof Uint8Array ? gunzipSync(document).toString() : null;
  } catch {
    return null;
  }
}
