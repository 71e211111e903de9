import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf } from '#aws/errors.ts';
import type { EventBus } from '#aws/event-bus.ts';
import type { BaselineStore, Guarded } from '#baseline/baseline-store.ts';
import type { TamperEvent } from '#incident/incident.ts';
import { fingerprint, type TamperEventStore } from '#incident/incident-store.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import { escapeControlChars } from '#text/escape.ts';
import { countTableFaults } from './heartbeat.ts';

export type TableGuard = {
  readonly baselines: Pick<BaselineStore, 'keepCopies'>;
  readonly holds: Pick<WindowStore, 'list'>;
  readonly tamperings: TamperEventStore;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly now: () => Date;
};

/** What `current` was seen to say at the last look: while a version is stored it says something else for a moment. */
let lags: ReadonlySet<string> = new Set();

/** What is kept and could not be said: it is said at the next look. */
const untold = new Set<string>();

/**
 * Looks at what the state table itself says: keeps a copy of each version in force, and tells what is not as those who may
 * approve have signed it, once a day.
 */
export async function checkTable(guarded: readonly Guarded[], guard: TableGuard): Promise<void> {
  const { baselines, holds, tamperings, bus, logger, now } = guard;
  // First of all: what is in force outlives whatever else is wrong. And where that fails the rest is told all the same.
  const kept = await baselines.keepCopies().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const before = lags;
  lags = new Set(guarded.flatMap(({ lag }) => lag ?? []));
  const looked = now();
  const at = looked.toISOString();
  const faults = [
    ...guarded.flatMap((one) => one.faults),
    ...[...lags].filter((lag) => before.has(lag)),
    ...(await holdFaults(holds, looked).catch((error: unknown) => [
      escapeControlChars(`the Holds can not be read: ${messageOf(error)}`),
    ])),
  ];
  countTableFaults(faults.length);
  if (faults.length > 0) {
    logger.error('the state table is not as those who may approve left it', { faults });
    const midnight = `${at.slice(0, 10)}T00:00:00.000Z`;
    const id = fingerprint(faults.toSorted().join('\n'));
    await tell({ id, at: midnight, foundAt: at, cause: null, faults, changes: [] });
  }
  if (kept !== null) throw kept.error;

  async function tell(tampering: TamperEvent): Promise<void> {
    if ((await tamperings.isKept(tampering)) && !untold.has(tampering.id)) return;
    untold.add(tampering.id);
    const incident = await tamperings.keep(tampering);
    const [problem] = (await bus.put([{ event: 'Guard Tampered', detail: { incident } }])).values();
    if (problem !== undefined) throw problem;
    untold.delete(tampering.id);
  }
}

/** Holds that would count if somebody had signed them; those that are over are nobody's concern. */
async function holdFaults(holds: TableGuard['holds'], at: Date): Promise<readonly string[]> {
  return (await holds.list(at)).flatMap((one) => {
    if (!('error' in one)) return [];
    return escapeControlChars(
      `the Hold ${one.key} is not kept: ${one.error.message}. Delete the row with pk "hold" and that sk from the state table, and find out who wrote it`,
    );
  });
}
