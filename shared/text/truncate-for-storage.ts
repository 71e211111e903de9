import type { Json } from './diff.ts';

/**
 * A record, truncated to less than 100 KB of JSON: a DynamoDB row holds 400 KB, a log line 256 KB, and an attacker may write
 * megabytes of selectors. A record that fits is returned unchanged. Otherwise values are truncated first, and as little as
 * possible; each truncation says how much is missing.
 */
export function truncateForStorage<Entry extends object>(entry: Entry): Entry {
  if (fits(entry)) return entry;
  for (const measure of measures) {
    const shorter = cut(entry as Json, measure);
    if (fits(shorter)) return shorter as Entry;
  }
  return cut(entry as Json, tightest) as Entry;
}

/** Whether a member of a stored list is an entry: a truncated list ends in a text that says how many are missing. */
export const isNotTruncated = (member: unknown): boolean =>
  typeof member === 'object' && member !== null;

type Measure = Size & { readonly value: Size };

/** Maximum lengths of a text and a list. A value with `members: 0` is stored as its JSON text. */
type Size = { readonly text: number; readonly members: number };

const measures: readonly Measure[] = [
  { text: 4000, members: 100, value: { text: 500, members: 50 } },
  { text: 4000, members: 100, value: { text: 200, members: 10 } },
  { text: 2000, members: 100, value: { text: 100, members: 5 } },
  { text: 1000, members: 100, value: { text: 200, members: 0 } },
  { text: 500, members: 20, value: { text: 50, members: 0 } },
];

/**
 * Every record fits with this measure, even if JSON escapes each character with six: records have fixed fields, and nest lists
 * no deeper than the changes of findings. A trail's ARN is never truncated.
 */
const tightest: Measure = { text: 200, members: 2, value: { text: 50, members: 0 } };

const fits = (entry: object | Json): boolean =>
  new TextEncoder().encode(JSON.stringify(entry)).length < 100_000;

function cut(value: Json, measure: Measure): Json {
  return reduced(value, measure, (member, key) =>
    values.has(key) ? cutValue(member, measure.value) : cut(member, measure),
  );
}

/** Fields whose content comes from the trail's owner or an attacker: states, and the input of the steps that restore them. */
const values: ReadonlySet<string> = new Set(['desired', 'actual', 'input']);

function cutValue(value: Json, size: Size): Json {
  const isText = size.members === 0 && typeof value === 'object' && value !== null;
  if (isText) return cutText(JSON.stringify(value), size.text);
  return reduced(value, size, (member) => cutValue(member, size));
}

/** Truncates a text or a list, and each member of a list or an object with `ofMember`. */
function reduced(
  value: Json,
  { text, members }: Size,
  ofMember: (member: Json, key: string) => Json,
): Json {
  if (typeof value === 'string') return cutText(value, text);
  if (typeof value !== 'object' || value === null) return value;
  if (!isList(value)) {
    const entries = Object.entries(value).map(([key, member]) => [key, ofMember(member, key)]);
    return Object.fromEntries(entries);
  }
  const kept = value.slice(0, members).map((member) => ofMember(member, ''));
  const more = value.length - kept.length;
  return more === 0 ? kept : [...kept, `… (${more} more)`];
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const cutText = (text: string, length: number): string =>
  text.length > length
    ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)`
    : text;
