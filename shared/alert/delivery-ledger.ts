import type { Rows } from '#aws/state-table.ts';
import { deliveryKeys, type RowKey } from '#aws/state-table-keys.ts';
import type { Thread } from './channel.ts';
import type { NotifiedState } from './notification-policy.ts';

/** What was delivered about a record through one channel, and the thread that it started. */
type DeliveryRecord = { readonly known: NotifiedState; readonly thread: Thread | null };

/** A delivery record as it was read; null if nothing was delivered. */
type StoredDelivery = {
  readonly key: RowKey;
  readonly delivered: DeliveryRecord | null;
  /** Whether a delivery since then has no result: it failed, or its function was cut short. */
  readonly isUnfinished: boolean;
};

export type DeliveryLedger = {
  read(record: RowKey, channel: string): Promise<StoredDelivery>;
  /**
   * Sends under a lease and records what was delivered. False if another invocation holds the lease, or has delivered since that
   * was read. An expired lease is free: its holder was cut short, and what it did not deliver is delivered by the next one.
   */
  deliver(
    stored: StoredDelivery,
    lease: { readonly now: Date; readonly until: Date },
    send: () => Promise<DeliveryRecord>,
  ): Promise<boolean>;
};

/**
 * Deliveries in the state table, a row for each record and channel: `{pk: "delivery#" + pk of the record, sk: its sk + "#" +
 * channel, delivered, leaseHolder, leaseUntil}`, `delivered` as JSON text, `leaseUntil` empty after a delivery.
 */
export function deliveryLedger(rows: Rows, newId: () => string): DeliveryLedger {
  return { read, deliver };

  async function read({ pk, sk }: RowKey, channel: string): Promise<StoredDelivery> {
    const key = { pk: `${deliveryKeys}${pk}`, sk: `${sk}#${channel}` };
    const { delivered, leaseUntil = '' } = (await rows.get(key.pk, key.sk)) ?? {};
    const known = typeof delivered === 'string' ? JSON.parse(delivered) : null;
    return { key, delivered: known, isUnfinished: leaseUntil !== '' };
  }

  async function deliver(
    { key, delivered }: StoredDelivery,
    { now, until }: { readonly now: Date; readonly until: Date },
    send: () => Promise<DeliveryRecord>,
  ): Promise<boolean> {
    const before = JSON.stringify(delivered);
    const row = { ...key, delivered: before, leaseHolder: newId(), leaseUntil: '' };
    const isOurs = await rows.putIf(
      { ...row, leaseUntil: until.toISOString() },
      {
        expression: 'attribute_not_exists(pk) OR (delivered = :delivered AND leaseUntil < :now)',
        values: { ':delivered': before, ':now': now.toISOString() },
      },
    );
    if (!isOurs) return false;
    const release = (text: string, leaseUntil: string) =>
      rows.putIf(
        { ...row, delivered: text, leaseUntil },
        { expression: 'leaseHolder = :holder', values: { ':holder': row.leaseHolder } },
      );
    try {
      await release(JSON.stringify(await send()), '');
      return true;
    } catch (error) {
      await release(before, now.toISOString());
      throw error;
    }
  }
}
