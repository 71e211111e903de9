import type { Cause } from './cause.ts';
import type { Json } from './diff.ts';
import type { Gap } from './gap.ts';
import type { Hold } from './hold.ts';
import type { Severity } from './impact.ts';
import type { Outcome, Verdict } from './outcome.ts';
import type { TamperedPart } from './tampered-part.ts';
import type { Flip } from './watermark.ts';

/** What happened to one trail, by whom as far as an event told, and what was done about it: kept, and told to people. */
export type Incident = {
  readonly id: string;
  readonly trail: string;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  /** When it was found; ISO 8601. */
  readonly startedAt: string;
  /** When it last came to something else; absent where it did not yet. */
  readonly changedAt?: string;
  /** When it was over; null while something of it is left. */
  readonly endedAt: string | null;
  /** The call that led here; null where none is known to have. */
  readonly cause: Cause | null;
  /** Further calls that belong to it, the latest last; at most `longestList`. */
  readonly also: readonly Cause[];
  /** How many calls (of attempts and touches) or incidents (of a digest) it stands for. */
  readonly count: number;
  /** How often people were reminded of it. */
  readonly reminders: number;
  /** What was found and done, the latest; null for what is about no look at the trail. */
  readonly outcome: Outcome | null;
  /** The truce that began or ended. */
  readonly hold: Hold | null;
  /** When the record had ended and gone on again before we looked. */
  readonly flip: Flip | null;
  /** What the record lacks by it. */
  readonly gaps: readonly Gap[];
  /** Why the baseline can not be used. */
  readonly problem: string | null;
  /** Whether a digest tells it, so that it is not told by itself. */
  readonly isFolded: boolean;
};

/**
 * What an incident has come to. `detected`: drift was found and its repair is under way; `attempted`: calls that failed; `touched`:
 * changes that were undone before we looked; `recovered`: the drift was gone at a later look; `digest`: many incidents in
 * a short time, told as one; `war`: such a digest while somebody undoes what we restore; `hold-began`, `hold-ended`: a truce;
 * `broken`: the baseline can not be used. The others are verdicts.
 */
export type IncidentStatus =
  | Exclude<Verdict, 'in-sync'>
  | 'detected'
  | 'attempted'
  | 'touched'
  | 'recovered'
  | 'digest'
  | 'war'
  | 'hold-began'
  | 'hold-ended'
  | 'broken';

/** Whether the Hold that it is about was over before the time until which it was asked for. */
export const isCutShort = ({ hold, endedAt }: Pick<Incident, 'hold' | 'endedAt'>): boolean =>
  hold !== null && endedAt !== null && Date.parse(endedAt) < Date.parse(hold.until);

/** How many calls an incident lists. */
export const longestList = 20;

/** What trailkeeper says on its bus. Anyone may put events on a bus: they name an incident, and the reader loads it. */
export type OwnEvent =
  | 'Trail Drift Detected'
  | 'Trail Restored'
  | 'Trail Restore Failed'
  | 'Trail Restore Deferred'
  | 'Trail Change Attempted'
  | 'Trail Touched'
  | 'Baseline Changed'
  | 'Guard Tampered';

/** The event by which an incident is told, by what it has come to. */
export const ownEventOf = (status: IncidentStatus): OwnEvent => ownEvents[status];

/** By what an incident has come to. */
export const ownEvents: Readonly<Record<IncidentStatus, OwnEvent>> = {
  detected: 'Trail Drift Detected',
  drifted: 'Trail Drift Detected',
  unknown: 'Trail Drift Detected',
  digest: 'Trail Drift Detected',
  restored: 'Trail Restored',
  recovered: 'Trail Restored',
  degraded: 'Trail Restore Failed',
  failed: 'Trail Restore Failed',
  held: 'Trail Restore Deferred',
  deferred: 'Trail Restore Deferred',
  war: 'Trail Restore Deferred',
  attempted: 'Trail Change Attempted',
  touched: 'Trail Touched',
  'hold-began': 'Baseline Changed',
  'hold-ended': 'Baseline Changed',
  broken: 'Guard Tampered',
};

/**
 * What was done to trailkeeper itself: a call that changed a part of it, parts that are not as they were deployed, or what was written to
 * the state table. Without a fault that is what those who may approve have signed.
 */
export type Tampering = {
  readonly id: string;
  readonly at: string;
  /** When it was found, where `at` is the day on which it is told once; absent where that is the same. ISO 8601. */
  readonly foundAt?: string;
  readonly cause: Cause | null;
  /** The part that the call is about; absent where no call is known. */
  readonly part?: TamperedPart;
  readonly faults: readonly string[];
  /** What was written to the state table, where it is about that; no call tells of it. */
  readonly changes?: readonly string[];
};

/** The prefix of the partition keys under which incidents are kept: the only ones that a function may write. */
export const incidentKeys = 'incident#';

/**
 * What is told of a trail, in less than 100 KB of JSON: a row of the table holds 400 KB, a line of the log 256 KB, and
 * an attacker may write megabytes of selectors. What fits stays as it is. Of what does not, values are cut first, and no more
 * than it takes; each cut tells how much it took. For people: nothing is decided by it.
 */
export function bounded<Told extends object>(told: Told): Told {
  if (fits(told)) return told;
  for (const measure of measures) {
    const shorter = cut(told as Json, measure);
    if (fits(shorter)) return shorter as Told;
  }
  return cut(told as Json, tightest) as Told;
}

/** Whether a member of a list of what is kept is one: a list that was cut ends in a text that says so. */
export const isWhole = (member: unknown): boolean => typeof member === 'object' && member !== null;

type Measure = Size & { readonly value: Size };

/** How long a text and a list may be. A value that may have no members is told as text: its JSON. */
type Size = { readonly text: number; readonly members: number };

const measures: readonly Measure[] = [
  { text: 4000, members: 100, value: { text: 500, members: 50 } },
  { text: 4000, members: 100, value: { text: 200, members: 10 } },
  { text: 2000, members: 100, value: { text: 100, members: 5 } },
  { text: 1000, members: 100, value: { text: 200, members: 0 } },
  { text: 500, members: 20, value: { text: 50, members: 0 } },
];

/**
 * By this everything fits, even if each of its characters takes six in JSON: whatever is told has fixed fields, and lists
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
