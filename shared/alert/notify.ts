import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { RowKey } from '#aws/state-table-keys.ts';
import { compareSeverity } from '#drift/impact.ts';
import type { IncidentRecord, RecordReader } from '#incident/incident-records.ts';
import { cloudFormation } from '#trail/api-call.ts';
import type { Alert, AlertOptions } from './alert.ts';
import { alertOf } from './alert-of.ts';
import type { ChannelRuntime, Target } from './channel.ts';
import type { ConfiguredChannel } from './channels/load.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import {
  afterNotification,
  type NotifiedState,
  nextNotification,
  notifiedState,
} from './notification-policy.ts';
import { testAlert } from './test-alert.ts';

/** What was done about a record in one channel. */
export type Delivery = {
  readonly channel: string;
  readonly status: Status;
};

type Status = 'notified' | 'updated' | 'skipped' | 'not-for-channel' | 'no-record';

export type NotifierDeps = {
  readonly channels: readonly ConfiguredChannel[];
  readonly options: AlertOptions;
  readonly incidents: RecordReader;
  readonly ledger: DeliveryLedger;
  readonly logger: Pick<Logger, 'error'>;
  readonly runtime: ChannelRuntime;
  /** When the function ends: its leases expire then. */
  readonly endsAt: Date;
};

/** Thrown after every channel was tried, if one of them failed. */
export class NotificationError extends Error {
  override readonly name = 'NotificationError' as const;
}

/**
 * Notifies people through every channel of what is new about a record; null if there is no such record. The stored record
 * decides, whatever event led here, so events may arrive twice, late or out of order. Throws `NotificationError`.
 */
export async function notify(key: RowKey, deps: NotifierDeps): Promise<readonly Delivery[] | null> {
  const deliveries = await throughEach(deps, (channel) => deliver(channel, key, deps));
  return deliveries.some(({ status }) => status === 'no-record') ? null : deliveries;
}

/** Sends a test message through the given channels, whatever their minimum severity. Throws `NotificationError`. */
export function notifyTest(
  deps: Pick<NotifierDeps, 'channels' | 'logger' | 'runtime'>,
): Promise<readonly Delivery[]> {
  const alert = testAlert(deps.runtime.now().toISOString());
  return throughEach(deps, async (channel) => {
    await sendNew(alert, channel, deps.runtime);
    return 'notified';
  });
}

/** Sends an alert that no record is behind, as a new message. */
export async function sendNew(
  alert: Alert,
  channel: ConfiguredChannel,
  runtime: ChannelRuntime,
): Promise<void> {
  const id = hashOf(`${alert.id} ${runtime.now().toISOString()}`);
  const sender = await channel.open(runtime);
  const target = { key: id, id, isFirst: true, mayHaveArrived: false, isAcknowledgement: false };
  await sender.send(alert, { ...target, thread: null, isUpdate: false });
}

async function throughEach(
  { channels, logger }: Pick<NotifierDeps, 'channels' | 'logger'>,
  deliverBy: (channel: ConfiguredChannel) => Promise<Status>,
): Promise<readonly Delivery[]> {
  const results = await Promise.allSettled(
    channels.map(
      async (channel): Promise<Delivery> => ({
        channel: channel.name,
        status: await deliverBy(channel),
      }),
    ),
  );
  const failures = results.flatMap((result, i) =>
    result.status === 'rejected'
      ? [`${channels[i]?.name}: ${nameOf(result.reason)}: ${messageOf(result.reason)}`]
      : [],
  );
  for (const failure of failures) logger.error('a notification failed', { failure });
  if (failures.length > 0) throw new NotificationError(failures.join('; '));
  return results.flatMap((result) => ('value' in result ? [result.value] : []));
}

async function deliver(
  channel: ConfiguredChannel,
  key: RowKey,
  deps: NotifierDeps,
): Promise<Status> {
  const { ledger, runtime, options, endsAt } = deps;
  const sender = await channel.open(runtime);
  const waitUntil = Math.min(runtime.now().getTime() + longestWait, runtime.until.getTime());
  for (;;) {
    // In this order: an invocation that delivers in between has read an older record, or the lease is refused.
    const stored = await ledger.read(key, channel.name);
    const record = await deps.incidents(key);
    if (record === null) return 'no-record';
    const alert = alertOf(record, options);
    if (compareSeverity(alert.severity, channel.minSeverity) > 0) return 'not-for-channel';
    if (isSentByRule(record) && !sender.receivesTamperAlerts) return 'not-for-channel';
    // The result of a repair in flight is published, too: without edits it is the first message.
    if (!sender.canEdit && isRepairInFlight(record)) return 'skipped';
    const { known = null, thread = null } = stored.delivered ?? {};
    const state = notifiedState(record);
    const notification = nextNotification(known, state);
    const isUpdate = notification === 'update';
    if (notification === 'skip' || (isUpdate && !sender.canEdit)) return 'skipped';
    const lease = { now: runtime.now(), until: endsAt };
    const isAcknowledgement = state.isAcknowledged === true && known?.isAcknowledged !== true;
    const news = { isFirst: known === null, isAcknowledgement, isUpdate };
    const earlier = { thread, mayHaveArrived: stored.isUnfinished };
    const target = { ...idsOf(key, state), ...news, ...earlier };
    const isSent = await ledger.deliver(stored, lease, async () => ({
      thread: await sender.send(alert, target),
      known: afterNotification(known, state, notification),
    }));
    if (isSent) return isUpdate ? 'updated' : 'notified';
    if (runtime.now().getTime() >= waitUntil) {
      throw new Error('another invocation is still delivering this alert');
    }
    await setTimeout(pollMs);
  }
}

const isRepairInFlight = (record: IncidentRecord): boolean =>
  'incident' in record && record.incident.state === 'detected';

/** Rules send changes of trailkeeper to the topic themselves, except writes to the state table and calls of CloudFormation. */
const isSentByRule = (record: IncidentRecord): boolean =>
  'tampering' in record &&
  record.tampering.changes === undefined &&
  record.tampering.cause?.via !== cloudFormation;

/** What a record, and an alert about it in a state, are known by elsewhere. */
const idsOf = ({ pk, sk }: RowKey, state: NotifiedState): Pick<Target, 'key' | 'id'> => ({
  key: hashOf(`${pk} ${sk}`),
  id: hashOf(`${pk} ${sk} ${JSON.stringify(state)}`),
});

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * How long to wait for another invocation that is delivering, in milliseconds. Lambda's last retry comes three minutes later, when
 * no lease of now is left; waiting longer would keep other functions of the account from running.
 */
const longestWait = 5000;

const pollMs = 250;
