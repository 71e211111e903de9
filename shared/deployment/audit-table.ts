import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf } from '#aws/errors.ts';
import { type EventBus, putOne } from '#aws/event-bus.ts';
import { windowPk } from '#aws/state-table-keys.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { faultsOfDay, type TamperEvent, type TamperEventStore } from '#incident/tamper-event.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import { escapeControlChars } from '#text/escape.ts';
import { publishMetrics } from './metrics.ts';

export type TableAudit = {
  readonly baselines: Pick<BaselineStore, 'backUpInForce'>;
  readonly windows: Pick<WindowStore, 'list'>;
  readonly tamperings: TamperEventStore;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly now: () => Date;
};

/** Backs up each version in force, and reports once a day what the state table contains that no approver signed. */
export async function checkTable(
  protectedTrails: readonly ProtectedTrail[],
  audit: TableAudit,
): Promise<void> {
  const [backUp] = await Promise.allSettled([audit.baselines.backUpInForce()]);
  const now = audit.now();
  const faults = [
    ...protectedTrails.flatMap((trail) => trail.faults),
    ...(await windowFaults(audit.windows, now)),
  ];
  publishMetrics({ tableFaults: faults.length });
  if (faults.length > 0) {
    audit.logger.error('the state table was changed by no approver', { faults });
    await report({ ...faultsOfDay(faults, now), changes: [] }, audit);
  }
  if (backUp.status === 'rejected') throw backUp.reason;
}

async function report(event: TamperEvent, { tamperings, bus }: TableAudit): Promise<void> {
  if (await tamperings.isPublished(event)) return;
  await putOne(bus, 'Trailkeeper Tampered', { incident: await tamperings.keep(event) });
  await tamperings.markPublished(event);
}

/** The current windows that are not valid, and a failure to read them. */
async function windowFaults(windows: TableAudit['windows'], at: Date): Promise<readonly string[]> {
  try {
    return (await windows.list(at)).flatMap((one) =>
      'error' in one
        ? escapeControlChars(
            `maintenance window ${one.key} is ignored: ${one.error.message}. Delete the row with pk "${windowPk}" and that sk from the state table, and find out who wrote it`,
          )
        : [],
    );
  } catch (error) {
    return [escapeControlChars(`cannot read the maintenance windows: ${messageOf(error)}`)];
  }
}
