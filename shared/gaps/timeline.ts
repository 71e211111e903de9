import { treatmentOf } from '#baseline/policy.ts';
import { type Missing, totalLoss } from '#drift/history-model.ts';
import { type Severity, trailIsGone } from '#drift/impact.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import { type Change, diff, fieldOf, isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { CurrentFindings, InitialDrift, KindHistory, Look, ReplayInput } from './history.ts';
import {
  isChangeOfTrail,
  isCreation,
  isDeletion,
  isOfTrail,
  keyOf,
  missingOf,
  orders,
  type Played,
  played,
  type State,
  type Told,
  toldIn,
  trailKey,
} from './replay.ts';
import { firstWrites, hasConcurrentWrite, timelineEvents } from './timeline-events.ts';

/** A time in which a trail was not as its baseline says, in one field; `trail` is the kind of a trail that did not exist. */
export type Interval = Drifted & {
  readonly from: string;
  readonly to: string;
  /** Whether it lasted beyond the window. */
  readonly isOpen: boolean;
  /** Present where it began before the window, or may have. */
  readonly isFromBefore?: true;
  /** The calls that began and ended it; null where the window did, or nothing that is known. */
  readonly startedBy: RecordedCall | null;
  readonly endedBy: RecordedCall | null;
};

type Drifted = {
  readonly kind: string;
  readonly path: string;
  readonly words: string;
  readonly severity: Severity;
  /** What is missing from the record; null where nothing is. */
  readonly missing: Missing | 'unknown' | null;
  /** Whether it is known to have been so. If not, it was or was not, for all or a part of the time. */
  readonly isCertain: boolean;
};

export type Timeline = {
  /** The earliest first. Those of one kind and path share no time. */
  readonly intervals: readonly Interval[];
  /** What the history leaves open, beside the intervals that are not certain, in words. */
  readonly unknown: readonly string[];
  /** What is not as it must be by now, and by no call in the window, as `kind.path`. */
  readonly unexplained: readonly string[];
};

/**
 * When a trail was not as its baseline says: plays its calls one after the other, by the second in which each was made, and
 * holds what was seen of it against that. Until something is known it is taken to be as its baseline says.
 */
export function timelineOf(history: ReplayInput, kinds: readonly KindHistory[]): Timeline {
  const told = toldIn(history, kinds);
  const explained = hasConcurrentWrite(history, told);
  const [from, to] = [history.window.from, history.window.to].map(Date.parse) as [number, number];
  const actual = new Map(told.map(({ name, desired }) => [name, desired as State]));
  /** The fields of which it is not known what they are, each with the call that left it so. */
  const unclear = new Map<string, RecordedCall>();
  /** When each field was last known to be as it is taken to be. */
  const known = new Map<string, number>();
  const open = new Map<string, Omit<Interval, 'to' | 'isOpen' | 'endedBy'>>();
  const intervals: Interval[] = [];
  /** What is not as it must be in a state: judged once. */
  const judged = new WeakMap<object, readonly (readonly [field: string, drifted: Drifted])[]>();
  const unknown: string[] = [];
  const unexplained: string[] = [];
  let isGone = false;

  for (const before of history.before ?? []) begin(before);
  for (const moment of timelineEvents(history)) {
    if (moment.type === 'calls') hear(moment.at, moment.calls, moment.selfTriggered);
    else see(moment.at, moment.look);
  }
  if (history.present !== undefined) end(history.present);
  for (const interval of open.values()) {
    intervals.push({ ...interval, to: timeOf(to), isOpen: true, endedBy: null });
  }
  return { intervals: intervals.toSorted(byTime), unknown, unexplained };

  /** What was found before the window was still so at its beginning, unless a call in it made it so. */
  function begin({ findings, call }: InitialDrift): void {
    const first = firstWrites(history, told);
    if (isMissingIn(findings) && first.get(trailKey) !== 'drifted') isGone = true;
    for (const one of told) {
      const found = changesIn(findings, one)
        .map((change) => [fieldOf(change), change.actual] as const)
        .filter(([field]) => field !== '' && first.get(keyOf(one, field)) !== 'drifted');
      set(one, Object.fromEntries(found));
      for (const [field] of found) known.set(keyOf(one, field), from);
    }
    settle(from, () => call);
    for (const [key, interval] of open) open.set(key, { ...interval, isFromBefore: true });
  }

  /**
   * Holds what is found now against what the trail is taken to be at the end. What has drifted by no call in the window began before
   * it, or by a call that is not known, or after it.
   */
  function end({ findings, isInWindow }: CurrentFindings): void {
    const isMissing = isMissingIn(findings);
    const lost: [string, Drifted][] = isMissing && !isGone ? [[trailKey, gone]] : [];
    for (const one of told) {
      if ((isMissing || isGone) && isOfTrail(one)) continue;
      const finding = findings.find(({ kind }) => kind === one.name);
      if (finding?.status !== 'in-sync' && finding?.status !== 'drifted') continue;
      const changes = changesIn(findings, one);
      const seen = { ...one.desired, ...Object.fromEntries(changes.map(asFound)) } as State;
      for (const field of Object.keys(one.desired)) {
        const key = keyOf(one, field);
        const change = changes.find((found) => fieldOf(found) === field);
        const now = change === undefined ? null : drift(one, change, seen);
        const call = unclear.get(key);
        if (isInWindow && call !== undefined) wasSince(key, now, call);
        else if (now !== null && !open.has(key) && call === undefined) lost.push([key, now]);
      }
    }
    for (const [key, now] of lost) {
      unexplained.push(key);
      if (isInWindow) push({ ...now, isCertain: false }, known.get(key) ?? null, to, null, true);
    }
  }

  /** Plays the calls of one second. Of others' calls the order within it is not known; ours come one after the other. */
  function hear(at: number, calls: readonly RecordedCall[], selfTriggered: boolean): void {
    const callOf = new Map<string, RecordedCall>();
    const wasMade = calls.some(isCreation);
    beOrNotBe(at, calls, callOf);
    for (const one of told) {
      const state = stateOf(one);
      const outcomes = (selfTriggered ? [calls] : orders(calls)).map((order) =>
        played(one, state, order, history.trail),
      );
      const { seen, touched } = outcomes[0] ?? nothingPlayed;
      look(one, seen, at);
      if (!wasMade) tellWhatItWas(at, one, outcomes);
      for (const [field, call] of touched) {
        const key = keyOf(one, field);
        if (unclear.has(key)) close(key, at, call);
        const values = outcomes.map((outcome) => outcome.state[field] ?? null);
        const isUnclear =
          outcomes.some((outcome) => outcome.unclear.has(field)) ||
          values.some((value) => !isSame(value, values[0] ?? null));
        if (isUnclear) unclear.set(key, call);
        else unclear.delete(key);
        set(one, { [field]: values[0] ?? null });
        known.set(key, at);
        callOf.set(key, call);
      }
    }
    settle(at, (key) => callOf.get(key) ?? null);
  }

  /** A trail that is made was not there, and one that a call changes is. */
  function beOrNotBe(
    at: number,
    calls: readonly RecordedCall[],
    callOf: Map<string, RecordedCall>,
  ): void {
    const last = calls.findLast((call) => isChangeOfTrail(call, told, history.trail));
    if (last === undefined) return;
    const made = calls.filter(isCreation);
    const deleted = calls.filter(isDeletion);
    if (isGone && made.length + deleted.length === 0) {
      // Somebody made it, and that call is not known: what it was then is not, either.
      unseen(trailKey, at, null);
      isGone = false;
      for (const one of told.filter(isOfTrail)) {
        for (const field of Object.keys(one.desired)) unclear.set(keyOf(one, field), last);
      }
    } else if (!isGone && made.length > deleted.length) {
      const [call] = made as [RecordedCall];
      const since = known.get(trailKey);
      push({ ...gone, isCertain: since === undefined }, since ?? null, at, call);
    }
    isGone = deleted.length === made.length ? isGone : deleted.length > made.length;
    known.set(trailKey, at);
    callOf.set(trailKey, made.at(-1) ?? deleted.at(-1) ?? last);
  }

  /** A call that writes what is wanted, before anything was known: perhaps it put something right. */
  function tellWhatItWas(at: number, one: Told, outcomes: readonly Played[]): void {
    const { state, touched } = outcomes[0] ?? nothingPlayed;
    const isUnclear = (field: string): boolean =>
      outcomes.some((outcome) => outcome.unclear.has(field));
    const isWanted = (field: string): boolean =>
      !isUnclear(field) &&
      isSame(state[field] ?? null, wanted(one, field)) &&
      treatment(one, field) !== 'ignore';
    // What is sent only for the sake of another field tells nothing.
    const isSent = (field: string): boolean =>
      (one.coupledFields ?? []).every((group) => !group.includes(field) || group.every(isWanted));
    const fields = [...touched.keys()].filter((field) => {
      const key = keyOf(one, field);
      return isWanted(field) && isSent(field) && !known.has(key) && !open.has(key);
    });
    for (const field of one.alwaysEnforced ? fields : []) {
      const change = { path: field, desired: wanted(one, field), actual: null };
      const drifted = drift(one, change, stateOf(one));
      push({ ...drifted, isCertain: false }, null, at, touched.get(field) ?? null);
    }
    const [field] = one.alwaysEnforced ? [] : fields;
    const call = field === undefined ? undefined : touched.get(field);
    if (call === undefined) return;
    unknown.push(
      `${call.eventName} at ${call.at} wrote ${fields.map((name) => keyOf(one, name)).join(', ')} as the baseline has it: what it was before that, the history does not say`,
    );
  }

  /** Holds what was seen against what the trail is taken to be, but where a call of the same time explains the difference. */
  function see(at: number, { findings, ...span }: Look): void {
    const isMissing = isMissingIn(findings);
    const isThere = findings.some(
      ({ kind, status }) =>
        (status === 'in-sync' || status === 'drifted') &&
        told.some((one) => one.name === kind && isOfTrail(one)),
    );
    if ((isMissing || isThere) && !explained(trailKey, span)) {
      if (isMissing !== isGone) {
        unseen(trailKey, at, isMissing ? gone : null);
        isGone = isMissing;
      }
      known.set(trailKey, at);
    }
    for (const one of told) {
      const finding = findings.find(({ kind }) => kind === one.name);
      if (finding === undefined || (isMissing && isOfTrail(one))) continue;
      if (finding.status !== 'in-sync' && finding.status !== 'drifted') continue;
      const found = changesIn(findings, one).map(asFound);
      const seen = { ...one.desired, ...Object.fromEntries(found) } as State;
      const fields = Object.entries(seen).filter(([field]) => !explained(keyOf(one, field), span));
      look(one, Object.fromEntries(fields), at);
    }
    settle(at, () => null);
  }

  function look(one: Told, seen: State, at: number): void {
    const before = stateOf(one);
    const wasUnclear = new Map(unclear);
    for (const field of Object.keys(seen)) unclear.delete(keyOf(one, field));
    set(one, seen);
    const drifted = driftOf(one);
    for (const [field, value] of Object.entries(seen)) {
      const key = keyOf(one, field);
      const now = drifted.get(key) ?? null;
      const call = wasUnclear.get(key);
      if (call !== undefined) wasSince(key, now, call);
      else if (!isSame(before[field] ?? null, value)) unseen(key, at, now);
      known.set(key, at);
    }
  }

  /** Nothing has changed it since the call that left it unclear: what is seen now was so from then on. */
  function wasSince(key: string, now: Drifted | null, startedBy: RecordedCall): void {
    const doubt = open.get(key) ?? { from: timeOf(known.get(key) ?? from), startedBy };
    unclear.delete(key);
    open.delete(key);
    if (now !== null) open.set(key, { ...doubt, ...now });
  }

  /** Something changed, and no call that is known did it: at some time since it was last known. */
  function unseen(key: string, at: number, now: Drifted | null): void {
    const before = open.get(key) ?? null;
    const isKnown = before !== null || known.has(key);
    const since = Math.max(
      known.get(key) ?? from,
      before === null ? from : Date.parse(before.from),
    );
    if (before !== null) close(key, since, null);
    const doubtful = now ?? before;
    if (doubtful !== null && since < at) {
      push({ ...doubtful, isCertain: false }, isKnown ? since : null, at, null);
    }
  }

  function settle(at: number, callOf: (key: string) => RecordedCall | null): void {
    const now = new Map([
      ...(isGone ? [[trailKey, gone] as const] : []),
      ...told.flatMap((one) => [...driftOf(one)]),
    ]);
    for (const [key, { from: _, startedBy: __, isFromBefore: ___, ...before }] of [...open]) {
      const after = now.get(key);
      if (after === undefined || !isSame(before as Json, after as Json)) {
        close(key, at, callOf(key));
      }
    }
    for (const [key, drifted] of now) {
      if (open.has(key)) continue;
      open.set(key, { ...drifted, from: timeOf(at), startedBy: callOf(key) });
    }
  }

  function close(key: string, at: number, endedBy: RecordedCall | null): void {
    const interval = open.get(key);
    if (interval === undefined) return;
    open.delete(key);
    intervals.push({ ...interval, to: timeOf(at), isOpen: false, endedBy });
  }

  /** Of null it is not known since when it was so, or whether it was before the window. */
  function push(
    drifted: Drifted,
    since: number | null,
    to: number,
    endedBy: RecordedCall | null,
    isOpen = false,
  ): void {
    const times = { from: timeOf(since ?? from), to: timeOf(to), isOpen };
    const before = since === null ? { isFromBefore: true as const } : {};
    intervals.push({ ...drifted, ...times, ...before, startedBy: null, endedBy });
  }

  function timeOf(at: number): string {
    return new Date(Math.min(Math.max(at, from), to)).toISOString();
  }

  /** What is not as it must be of one kind, or may not be, by key. */
  function driftOf(one: Told): ReadonlyMap<string, Drifted> {
    const fields = Object.keys(one.desired).filter((field) => treatment(one, field) !== 'ignore');
    const drifted = judgedOf(one).filter(([field]) => fields.includes(field));
    const doubted = fields.flatMap((field) => {
      const call = unclear.get(keyOf(one, field));
      const doubt = call === undefined ? null : doubtful(one, field, call);
      return doubt === null ? [] : [[field, doubt] as const];
    });
    return new Map([...drifted, ...doubted].map(([field, is]) => [keyOf(one, field), is]));
  }

  function judgedOf(one: Told) {
    const state = stateOf(one);
    const known =
      judged.get(state) ??
      diff(one.desired as Json, state).map(
        (change) => [fieldOf(change), drift(one, change, state)] as const,
      );
    judged.set(state, known);
    return known;
  }

  function treatment(one: Told, field: string) {
    return treatmentOf(history.policy, one.name, field);
  }

  function stateOf({ name, desired }: Told): State {
    return actual.get(name) ?? (desired as State);
  }

  function set(one: Told, fields: State): void {
    const before = stateOf(one);
    const after = { ...before, ...fields };
    if (!isSame(before, after)) actual.set(one.name, after);
  }
}

/** A trail that did not exist. */
const gone: Drifted = {
  kind: trailKey,
  path: '',
  words: trailIsGone.words,
  severity: trailIsGone.severity,
  missing: totalLoss,
  isCertain: true,
};

/** What was seen may be cut, for room: a kind that can not judge that says so. */
function drift(one: Told, change: Change, state: State): Drifted {
  const { path } = change;
  try {
    const { words, severity } = one.impact(change, one.desired, state);
    const missing = missingOf(one, change, state);
    return { kind: one.name, path, words, severity, missing, isCertain: true };
  } catch {
    return { ...unjudged(one, path), isCertain: true };
  }
}

function doubtful(one: Told, field: string, call: RecordedCall): Drifted | null {
  const { doubt } = one.past;
  if (doubt === undefined) {
    const words = `${one.name}.${field} may have been another than it must be: the records do not say`;
    return { ...unjudged(one, field), words };
  }
  const told = doubt(field, call);
  return told === null ? null : { ...unjudged(one, field), ...told };
}

const unjudged = ({ name, past }: Told, path: string): Drifted => ({
  kind: name,
  path,
  words: `${name}.${path} was not as it must be: what that cost is not known`,
  severity: 'high',
  missing: past.missing === undefined ? null : 'unknown',
  isCertain: false,
});

const changesIn = (findings: readonly Finding[], { name }: Told): readonly Drift[] =>
  findings.flatMap((finding) =>
    finding.kind === name && finding.status === 'drifted' ? finding.changes : [],
  );

export const isMissingIn = (findings: readonly Finding[]): boolean =>
  findings.some(
    (finding) => finding.status === 'drifted' && finding.changes.some(({ path }) => path === ''),
  );

const asFound = (change: Change) => [fieldOf(change), change.actual] as const;

const wanted = ({ desired }: Told, field: string): Json => (desired as State)[field] ?? null;

const nothingPlayed: Played = { state: {}, unclear: new Set(), touched: new Map(), seen: {} };

const byTime = (one: Interval, other: Interval): number => {
  const [text, otherText] = [one, other].map((interval) =>
    [interval.from, interval.kind, interval.path, interval.to, interval.words].join(' '),
  ) as [string, string];
  return text < otherText ? -1 : text > otherText ? 1 : 0;
};
