import stringify from 'safe-stable-stringify';

/** A value that JSON can hold; canonical states are made of these. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** One difference between what a trail must be and what it is; an empty path is the whole state. */
export type Change = {
  readonly path: string;
  readonly desired: Json;
  readonly actual: Json;
};

/**
 * The differences between two canonical states, in the order in which `desired` names its fields.
 * A field that `desired` does not name is unmanaged: no difference.
 */
export function diff(desired: Json, actual: Json, path = ''): readonly Change[] {
  if (isRecord(desired) && isRecord(actual)) {
    return Object.entries(desired).flatMap(([key, value]) =>
      diff(value, Object.hasOwn(actual, key) ? (actual[key] ?? null) : null, join(path, key)),
    );
  }
  return isSame(desired, actual) ? [] : [{ path, desired, actual }];
}

/**
 * The differences in the fields that `actual` has. AWS may leave a field out of an answer: that is not reported, and no difference.
 */
export const diffReported = (desired: Json, actual: Json): readonly Change[] =>
  diff(desired, actual).filter(
    (change) => !isRecord(actual) || Object.hasOwn(actual, fieldOf(change)),
  );

/** The field that a change is in; empty for a change of the whole state. */
export const fieldOf = ({ path }: Pick<Change, 'path'>): string => path.split('.')[0] ?? '';

/** The members of one list that another does not have. */
export const without = <Item extends Json>(
  list: readonly Item[],
  other: readonly Json[],
): readonly Item[] => list.filter((item) => !other.some((one) => isSame(item, one)));

/** A list as a set in canonical form: each member once, in an order that depends on the members alone. */
export function asSet<Item>(items: readonly Item[]): readonly Item[] {
  const byText = new Map(items.map((item) => [stringify(item) ?? '', item]));
  return [...byText].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, item]) => item);
}

/** Whether two values are the same, whatever the order of their keys. */
export const isSame = (one: Json, other: Json): boolean => stringify(one) === stringify(other);

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
