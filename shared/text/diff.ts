import stringify from 'safe-stable-stringify';
import * as z from 'zod';
import { type Json, json, type Of, text } from './schema-parts.ts';

export type { Json } from './schema-parts.ts';

/** One difference between the desired and the actual state. An empty path means the whole state. */
export const change = z.strictObject({ path: text, desired: json, actual: json });

export type Change = Of<typeof change>;

/**
 * The differences between two canonical states, in the order of the fields of `desired`.
 * A field that `desired` does not name is unmanaged and never differs.
 */
export function diff(desired: Json, actual: Json, path = ''): readonly Change[] {
  if (isRecord(desired) && isRecord(actual)) {
    return Object.entries(desired).flatMap(([key, value]) =>
      diff(value, Object.hasOwn(actual, key) ? (actual[key] ?? null) : null, join(path, key)),
    );
  }
  return isSame(desired, actual) ? [] : [{ path, desired, actual }];
}

/** The differences in the fields that `actual` has. A field that AWS did not report does not count as a difference. */
export const diffReported = (desired: Json, actual: Json): readonly Change[] =>
  diff(desired, actual).filter(
    (change) => !isRecord(actual) || Object.hasOwn(actual, fieldOf(change)),
  );

/** The field that a change is in; empty for a change of the whole state. */
export const fieldOf = ({ path }: Pick<Change, 'path'>): string => path.split('.')[0] ?? '';

/** The members of one list that the other lacks. */
export const without = <Item extends Json>(
  list: readonly Item[],
  other: readonly Json[],
): readonly Item[] => list.filter((item) => !other.some((one) => isSame(item, one)));

/** A list as a canonical set: each member once, sorted by its JSON. */
export function asSet<Item>(items: readonly Item[]): readonly Item[] {
  const byText = new Map(items.map((item) => [stringify(item) ?? '', item]));
  return [...byText].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, item]) => item);
}

/** Whether two values are equal; the order of keys does not matter. */
export const isSame = (one: Json, other: Json): boolean => stringify(one) === stringify(other);

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
