import { setTimeout } from 'node:timers/promises';
import type { Rows } from './state-table.ts';
import type { RowKey } from './state-table-keys.ts';

/**
 * Changes a row that has one field, or writes it. `next` makes the new value of the stored one, which is undefined if there is none, and is
 * called again if another invocation wrote meanwhile. Returns the value that is stored then.
 */
export async function changeField<Value>(
  rows: Pick<Rows, 'get' | 'putIf'>,
  { pk, sk }: RowKey,
  field: string,
  next: (stored: unknown) => Value,
): Promise<Value> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const stored = (await rows.get(pk, sk))?.[field];
    const value = next(stored);
    if (value === stored) return value;
    const condition =
      stored === undefined
        ? { expression: `attribute_not_exists(${field})` }
        : { expression: `${field} = :stored`, values: { ':stored': stored } };
    if (await rows.putIf({ pk, sk, [field]: value }, condition)) return value;
    await setTimeout(5 * tries);
  }
  throw new Error(`the row ${pk} ${sk} was written by other invocations each time`);
}

const mostTries = 20;
