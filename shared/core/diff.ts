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
  return stringify(desired) === stringify(actual) ? [] : [{ path, desired, actual }];
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
