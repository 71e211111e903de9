import { isSame } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Look, ReplayInput } from './history.ts';
import {
  isChangeOfTrail,
  isCreation,
  isDeletion,
  keyOf,
  played,
  type State,
  type Told,
  touchedBy,
  trailKey,
} from './replay.ts';

/** What was done to a trail within one second by others, or by us, or what was seen of it; the time is in milliseconds. */
export type TimelineEvent = { readonly at: number } & (
  | {
      readonly type: 'calls';
      readonly calls: readonly RecordedCall[];
      readonly selfTriggered: boolean;
    }
  | { readonly type: 'look'; readonly look: Look }
);

/**
 * The moments of a history, the earliest first. Records are timed by the second: within one, what others did comes first, what
 * was found then next, and our repairs, which follow from that, with what they left come last. A call that failed is no moment.
 */
export function timelineEvents({ calls, looks, window }: ReplayInput): readonly TimelineEvent[] {
  const [from, to] = [window.from, window.to].map(Date.parse) as [number, number];
  const succeeded = unique(calls).filter(
    ({ at, cause }) => cause.error === null && Date.parse(at) >= from && Date.parse(at) <= to,
  );
  const grouped = Map.groupBy(succeeded, ({ at, cause }) => rank(at, cause.selfTriggered ? 2 : 0));
  const moments = [
    ...[...grouped].map(([key, group]): Ranked => {
      const selfTriggered = group.some(({ cause }) => cause.selfTriggered);
      return { ...placed(key), type: 'calls', calls: creationFirst(group), selfTriggered };
    }),
    ...looks
      .filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to)
      .map((look): Ranked => {
        const key = rank(look.at, look.isAfterRepair ? 3 : 1);
        return { ...placed(key), type: 'look', look };
      }),
  ];
  return moments.toSorted((one, other) => one.order - other.order || byText(one, other));
}

type Ranked = TimelineEvent & { readonly order: number };

const rank = (at: string, place: number): number => Math.floor(Date.parse(at) / 1000) * 10 + place;

const placed = (order: number) => ({ order, at: Math.floor(order / 10) * 1000 });

/** Each call once, in an order that depends on the calls alone. */
const unique = (calls: readonly RecordedCall[]): readonly RecordedCall[] => [
  ...new Map(
    calls
      .map((call) => [call.cause.eventId ?? JSON.stringify(call), call] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ).values(),
];

const creationFirst = (calls: readonly RecordedCall[]): readonly RecordedCall[] => [
  ...calls.filter(isCreation),
  ...calls.filter((call) => !isCreation(call)),
];

const byText = (one: object, other: object): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;

/** Whether somebody wrote a field, or made or deleted the trail, within the time of a look: then it decides nothing of that. */
export function hasConcurrentWrite(
  { calls, trail }: ReplayInput,
  told: readonly Told[],
): (key: string, span: Pick<Look, 'since' | 'until'>) => boolean {
  const secondOf = (at: string): number => Math.floor(Date.parse(at) / 1000);
  const seconds = new Map<string, number[]>();
  for (const call of calls) {
    if (call.cause.error !== null || call.cause.selfTriggered) continue;
    const fields = told.flatMap((one) =>
      touchedBy(one, call, trail).map((field) => keyOf(one, field)),
    );
    const keys = isCreation(call) || isDeletion(call) ? [...fields, trailKey] : fields;
    for (const key of keys) seconds.set(key, [...(seconds.get(key) ?? []), secondOf(call.at)]);
  }
  return (key, { since, until }) =>
    (seconds.get(key) ?? []).some((at) => at >= secondOf(since) && at <= secondOf(until));
}

/**
 * What the first call in a window that wrote a field made of it: what is wanted, or a drift. Of the trail itself, whether it was
 * there to be changed, or was made.
 */
export function firstWrites(
  { calls, trail, window }: ReplayInput,
  told: readonly Told[],
): ReadonlyMap<string, 'wanted' | 'drifted'> {
  const first = new Map<string, 'wanted' | 'drifted'>();
  const note = (key: string, isWanted: boolean): void => {
    if (!first.has(key)) first.set(key, isWanted ? 'wanted' : 'drifted');
  };
  const inWindow = calls
    .filter(({ at, cause }) => cause.error === null && at >= window.from && at <= window.to)
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  for (const call of inWindow) {
    if (isChangeOfTrail(call, told, trail)) note(trailKey, isCreation(call));
    for (const one of told) {
      const desired = one.desired as State;
      const { state, touched } = played(one, desired, [call], trail);
      for (const field of touched.keys()) {
        note(keyOf(one, field), isSame(state[field] ?? null, desired[field] ?? null));
      }
    }
  }
  return first;
}
