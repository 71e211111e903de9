import { isSame } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { ReplayInput, Snapshot } from './history.ts';
import {
  fieldsWrittenBy,
  isChangeOfTrail,
  isCreation,
  isDeletion,
  keyOf,
  type ReplayedKind,
  replayCalls,
  type State,
  trailKey,
} from './replay.ts';

/** The calls of one second, either by others or by trailkeeper; or a snapshot. `at` is in milliseconds. */
export type TimelineEvent = { readonly at: number } & (
  | {
      readonly type: 'calls';
      readonly calls: readonly RecordedCall[];
      readonly selfTriggered: boolean;
    }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
);

/**
 * The events of a window, the earliest first, without failed calls. Records have a resolution of one second. Within a second, the
 * calls of others come first, then snapshots, then our repairs, then the snapshots after them.
 */
export function timelineEvents({
  calls,
  snapshots,
  window,
}: ReplayInput): readonly TimelineEvent[] {
  const isInWindow = (at: string): boolean =>
    Date.parse(at) >= Date.parse(window.from) && Date.parse(at) <= Date.parse(window.to);
  const succeeded = unique(calls).filter(({ at, cause }) => cause.error === null && isInWindow(at));
  const grouped = Map.groupBy(succeeded, ({ at, cause }) => rank(at, cause.selfTriggered ? 2 : 0));
  const events = [
    ...[...grouped].map(([order, group]): Ranked => {
      const selfTriggered = group.some(({ cause }) => cause.selfTriggered);
      return { ...placed(order), type: 'calls', calls: creationFirst(group), selfTriggered };
    }),
    ...snapshots
      .filter(({ at }) => isInWindow(at))
      .map((snapshot): Ranked => {
        const order = rank(snapshot.at, snapshot.isAfterRepair ? 3 : 1);
        return { ...placed(order), type: 'snapshot', snapshot };
      }),
  ];
  return events.toSorted((one, other) => one.order - other.order || byText(one, other));
}

type Ranked = TimelineEvent & { readonly order: number };

const rank = (at: string, place: number): number => Math.floor(Date.parse(at) / 1000) * 10 + place;

const placed = (order: number) => ({ order, at: Math.floor(order / 10) * 1000 });

/** Each call once, in an order that depends only on the calls. */
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

/** Whether someone else wrote a field, or created or deleted the trail, during a snapshot: it then proves nothing about that. */
export function hasConcurrentWrite(
  { calls, trail }: ReplayInput,
  kinds: readonly ReplayedKind[],
): (key: string, span: Pick<Snapshot, 'since' | 'until'>) => boolean {
  const secondOf = (at: string): number => Math.floor(Date.parse(at) / 1000);
  const writes = calls
    .filter(({ cause }) => cause.error === null && !cause.selfTriggered)
    .flatMap((call) =>
      keysWrittenBy(call, kinds, trail).map((key) => ({ key, second: secondOf(call.at) })),
    );
  const byKey = Map.groupBy(writes, ({ key }) => key);
  return (key, { since, until }) =>
    (byKey.get(key) ?? []).some(
      ({ second }) => second >= secondOf(since) && second <= secondOf(until),
    );
}

function keysWrittenBy(
  call: RecordedCall,
  kinds: readonly ReplayedKind[],
  trail: ReplayInput['trail'],
): readonly string[] {
  const fields = kinds.flatMap((kind) =>
    fieldsWrittenBy(kind, call, trail).map((field) => keyOf(kind, field)),
  );
  return isCreation(call) || isDeletion(call) ? [...fields, trailKey] : fields;
}

/**
 * The result of the first write to each field in a window: the baseline's value, or drift. For the trail itself: whether it was
 * created, or already existed and was changed.
 */
export function firstWrites(
  { calls, trail, window }: ReplayInput,
  kinds: readonly ReplayedKind[],
): ReadonlyMap<string, 'wanted' | 'drifted'> {
  const writes = calls
    .filter(({ at, cause }) => cause.error === null && at >= window.from && at <= window.to)
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .flatMap((call) => [
      ...(isChangeOfTrail(call, kinds, trail)
        ? [[trailKey, isCreation(call) ? 'wanted' : 'drifted'] as const]
        : []),
      ...kinds.flatMap((kind) => resultsOf(call, kind, trail)),
    ]);
  // The first entry of a key wins.
  return new Map(writes.toReversed());
}

function resultsOf(call: RecordedCall, kind: ReplayedKind, trail: ReplayInput['trail']) {
  const desired = kind.desired as State;
  const { state, writtenBy } = replayCalls(kind, desired, [call], trail);
  return [...writtenBy.keys()].map((field) => {
    const isWanted = isSame(state[field] ?? null, desired[field] ?? null);
    return [keyOf(kind, field), isWanted ? 'wanted' : 'drifted'] as const;
  });
}
