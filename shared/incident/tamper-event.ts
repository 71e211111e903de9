import { changeField } from '#aws/change-field.ts';
import type { Rows } from '#aws/state-table.ts';
import { incidentKeys, itself, type RowKey } from '#aws/state-table-keys.ts';
import { fingerprintOf } from '#reconcile/change-key.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { mostEntries } from './incident.ts';

/**
 * What was done to trailkeeper itself: a call that changed a part of it, parts that differ from their deployment, or a write to the
 * state table. Without a fault, it is a write that an approver has signed.
 */
export type TamperEvent = {
  readonly id: string;
  readonly at: string;
  /** When it was found, if `at` is the start of the day or half hour in which it is reported once. ISO 8601. */
  readonly foundAt?: string;
  readonly cause: ApiCall | null;
  /** The part that the call is about; absent if no call is known. */
  readonly part?: TamperedPart;
  readonly faults: readonly string[];
  /** What was written to the state table; no call is recorded for that. */
  readonly changes?: readonly string[];
  /** Calls of the same stack update after `cause`: the latest, at most `mostEntries`. */
  readonly further?: readonly TamperCall[];
  /** How many calls of the stack update there were, and when the last one was recorded; ISO 8601. */
  readonly callCount?: number;
  readonly updatedAt?: string;
  /** Who announced the deployment whose stack update this is; absent if no approver did. */
  readonly announcedBy?: string;
  /** Set if an approver retired a trail. */
  readonly retired?: RetiredTrail;
};

/** Faults that no call explains. The same ones are reported once a day. */
export function faultsOfDay(faults: readonly string[], now: Date): TamperEvent {
  const foundAt = now.toISOString();
  return {
    id: fingerprintOf(faults.toSorted().join('\n')),
    at: `${foundAt.slice(0, 10)}T00:00:00.000Z`,
    foundAt,
    cause: null,
    faults,
  };
}

/** Whether it is only calls that failed: nothing was changed. */
export function isAttempt(event: TamperEvent): boolean {
  const { faults, changes, further = [], callCount = 1 } = event;
  const calls = [event, ...further].map(({ cause }) => cause);
  const isAll = faults.length === 0 && changes === undefined && callCount === calls.length;
  return isAll && calls.every((call) => call?.error != null);
}

export type TamperCall = Pick<TamperEvent, 'cause' | 'part'>;

export type RetiredTrail = {
  readonly trail: string;
  readonly by: string;
  readonly reason: string;
};

/** The part of trailkeeper that a call is about: its names, account and Region; null if the record does not say. */
export type TamperedPart = {
  readonly names: readonly string[];
  readonly account: string | null;
  readonly region: string | null;
  /** Set if the stack `Trailkeeper-Dependencies` of the account has it. */
  readonly isOfDependencies?: true;
};

export type TamperEventStore = {
  isPublished(tampering: TamperEvent): Promise<boolean>;
  markPublished(tampering: TamperEvent): Promise<void>;
  /** Stores an event; one that is stored stays as it is. */
  keep(tampering: TamperEvent): Promise<RowKey>;
  /** Stores the call of an event; one that is stored gets it as a further call. */
  join(tampering: TamperEvent, updatedAt: string): Promise<RowKey>;
};

/** Tamper events in the state table: `{pk: "incident#trailkeeper", sk: time + "#" + id, tampering, isPublished}`, as JSON text. */
export function tamperEventStore(rows: Rows): TamperEventStore {
  const keyOf = ({ at, id }: TamperEvent): RowKey => ({
    pk: `${incidentKeys}${itself}`,
    sk: `${new Date(at).toISOString()}#${id}`,
  });
  const rowOf = (tampering: TamperEvent) => ({
    ...keyOf(tampering),
    tampering: JSON.stringify(truncateForStorage(tampering)),
  });
  return {
    async isPublished(tampering) {
      const { pk, sk } = keyOf(tampering);
      return (await rows.get(pk, sk))?.isPublished === true;
    },
    async markPublished(tampering) {
      await rows.put({ ...rowOf(tampering), isPublished: true });
    },
    async keep(tampering) {
      await rows.add(rowOf(tampering));
      return keyOf(tampering);
    },
    async join(tampering, updatedAt) {
      const key = keyOf(tampering);
      await changeField(rows, key, 'tampering', (stored) =>
        JSON.stringify(withCall(stored, tampering, updatedAt)),
      );
      return key;
    },
  };
}

/** A stored event with one more call, unless it has that call. */
function withCall(
  stored: unknown,
  { cause, part, ...event }: TamperEvent,
  updatedAt: string,
): object {
  const call = { cause, ...(part && { part }) };
  if (typeof stored !== 'string') return truncateForStorage({ ...event, ...call, callCount: 1 });
  const before = JSON.parse(stored) as TamperEvent;
  const { further = [], callCount = 1 } = before;
  if ([before, ...further].some((one) => one.cause?.eventId === cause?.eventId)) return before;
  return truncateForStorage({
    ...before,
    further: [...further, call].slice(-mostEntries),
    callCount: callCount + 1,
    updatedAt,
  });
}
