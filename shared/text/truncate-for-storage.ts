import type { Json } from './diff.ts';

/**
 * A record about a trail, truncated to less than 100 KB of JSON: a row of the table holds 400 KB, a line of the log 256 KB, and
 * an attacker may write megabytes of selectors. What fits stays as it is. Of what does not, values are cut first, and no more
 * than it takes; each cut tells how much it took. For people: nothing is decided by it.
 */
export function truncateForStorage<Told extends object>(told: Told): Told {
  if (fits(told)) return told;
  for (const measure of measures) {
    const shorter = cut(told as Json, measure);
    if (fits(shorter)) return shorter as Told;
  }
  return cut(told as Json, tightest) as Told;
}

/** Whether a member of a list of what is kept is one: a list that was cut ends in a text that says so. */
export const isNotTruncated = (member: unknown): boolean =>
  typeof member === 'object' && member !== null;

type Measure = Size & { readonly value: Size };

/** How long a text and a list may be. A value that may have no members is stored as text: its JSON. */
type Size = { readonly text: number; readonly members: number };

const measures: readonly Measure[] = [
  { text: 4000, members: 100, value: { text: 500, members: 50 } },
  { text: 4000, members: 100, value: { text: 200, members: 10 } },
  { text: 2000, members: 100, value: { text: 100, members: 5 } },
  { text: 1000, members: 100, value: { text: 200, members: 0 } },
  { text: 500, members: 20, value: { text: 50, members: 0 } },
];

/**
 * By this everything fits, even if each of its characters takes six in JSON: every record has fixed fields, and lists
 * inside lists no deeper than the changes of findings. It leaves a trail's ARN whole.
 */
const tightest: Measure = { text: 200, members: 2, value: { text: 50, members: 0 } };

const fits = (told: object | Json): boolean =>
  new TextEncoder().encode(JSON.stringify(told)).length < 100_000;

function cut(told: Json, measure: Measure): Json {
  return reduced(told, measure, (member, key) =>
    values.has(key) ? cutValue(member, measure.value) : cut(member, measure),
  );
}

/** The fields whose content a trail's owner or an attacker made up: states, and what is written to restore them. */
const values: ReadonlySet<string> = new Set(['desired', 'actual', 'input']);

function cutValue(value: Json, size: Size): Json {
  const isText = size.members === 0 && typeof value === 'object' && value !== null;
  if (isText) return cutText(JSON.stringify(value), size.text);
  return reduced(value, size, (member) => cutValue(member, size));
}

/** A text or a list cut to its size, and every member of a list or an object reduced in its turn. */
function reduced(
  told: Json,
  { text, members }: Size,
  ofMember: (member: Json, key: string) => Json,
): Json {
  if (typeof told === 'string') return cutText(told, text);
  if (typeof told !== 'object' || told === null) return told;
  if (!isList(told)) {
    const entries = Object.entries(told).map(([key, member]) => [key, ofMember(member, key)]);
    return Object.fromEntries(entries);
  }
  const kept = told.slice(0, members).map((member) => ofMember(member, ''));
  const more = told.length - kept.length;
  return more === 0 ? kept : [...kept, `… (${more} more)`];
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const cutText = (text: string, length: number): string =>
  text.length > length
    ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)`
    : text;
