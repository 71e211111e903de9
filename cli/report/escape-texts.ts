import { escapeControlChars } from '#text/escape.ts';

/** A value in which every text shows its control characters, so that none can hide or turn around what is on the page. */
export function escapeTexts<Value>(value: Value): Value {
  return escaped(value) as Value;
}

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeControlChars(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [escapeControlChars(key), escaped(one)]),
  );
}
