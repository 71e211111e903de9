import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf, nameOf } from '#aws/errors.ts';
import { compareSeverity } from '#drift/impact.ts';
import type { IncidentReader, IncidentRow } from '#incident/incident-reader.ts';
import type { RowKey } from '#incident/incident-store.ts';
import { endOf } from '#reconcile/maintenance-window.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Alert, alertOf, type Logs, tamperingAlertOf } from './alert.ts';
import type { AlertConfig, Channel, ChannelRuntime, Sender } from './channel.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import {
  type NotifiedState,
  nextNotification,
  phaseOf,
  tablePhase,
  tamperingPhase,
} from './notification-policy.ts';
import { type Pseudonym, redacted } from './redact.ts';

/** What became of an incident in one channel. */
export type Delivery = {
  readonly channel: string;
  readonly status: 'told' | 'changed' | 'nothing-new' | 'not-for-it' | 'not-configured';
};

export type NotifierDeps = {
  readonly channels: readonly Channel[];
  readonly config: AlertConfig;
  readonly logs: Logs;
  /** In hours: for how long a Hold counts at most, whatever it says. */
  readonly maxWindowHours: number;
  readonly incidents: IncidentReader;
  readonly told: DeliveryLedger;
  /** Null where principals are told by their names. */
  readonly pseudonym: Pseudonym | null;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly outside: ChannelRuntime;
  /** When the function is over: what it claimed is free by then. */
  readonly ends: Date;
};

/** Thrown after every channel was tried, where people were not told through one of them. */
export class NotificationError extends Error {
  override readonly name = 'NotificationError' as const;
}

/**
 * Tells people what is new of an incident, through every channel, each by itself; null where there is no such incident. What is
 * told is the row as it is, whatever led here, so that an event may come twice, late, or in another order than the next.
 */
export async function notify(
  key: RowKey,
  teller: NotifierDeps,
): Promise<readonly Delivery[] | null> {
  const { channels, incidents, logger } = teller;
  if ((await incidents.read(key)) === null) return null;
  const tellings = await Promise.allSettled(
    channels.map(async (channel): Promise<Delivery> => {
      const status = await deliver(channel, key, teller);
      return { channel: channel.name, status };
    }),
  );
  const problems = tellings.flatMap((telling, i) =>
    telling.status === 'rejected'
      ? [`${channels[i]?.name}: ${nameOf(telling.reason)}: ${messageOf(telling.reason)}`]
      : [],
  );
  if (problems.length === 0) return tellings.flatMap((one) => ('value' in one ? [one.value] : []));
  for (const problem of problems) logger.error('people were not told', { problem });
  throw new NotificationError(problems.join('; '));
}

async function deliver(
  channel: Channel,
  key: RowKey,
  teller: NotifierDeps,
): Promise<Delivery['status']> {
  const { told, outside, config } = teller;
  const way = await channel.open(config, outside);
  if (way === null) return 'not-configured';
  if (!way.canEdit) await awaitRepair(key, teller);
  const patience = outside.now().getTime() + longestWait;
  for (;;) {
    // In this order: whoever tells meanwhile has told what was there before we read the row, or the claim fails.
    const seen = await told.read(key, channel.name);
    const { alert, phase } = await currentOf(key, teller);
    if (!isFor(way, alert, phase)) return 'not-for-it';
    const news = nextNotification(seen.told?.phase ?? null, phase);
    if (news === 'nothing' || (news === 'detail' && !way.canEdit)) return 'nothing-new';

    const claim = await told.claim(seen, teller.ends, outside.now());
    if (claim === null) {
      if (outside.now().getTime() >= Math.min(patience, outside.until.getTime())) {
        throw new Error('somebody else is telling, and takes long');
      }
      await setTimeout(busyPause);
      continue;
    }
    try {
      const isNews = news === 'news';
      const thread = await way.send(alert as Alert, { thread: seen.told?.thread ?? null, isNews });
      await claim.release({ phase, thread });
      return isNews ? 'told' : 'changed';
    } catch (error) {
      await claim.release();
      throw error;
    }
  }
}

/** An incident as it is told now; no alert where a digest tells it. */
type Current = { readonly alert: Alert | null; readonly phase: NotifiedState };

async function currentOf(
  key: RowKey,
  { incidents, logs, maxWindowHours, pseudonym }: NotifierDeps,
): Promise<Current> {
  const row = await incidents.read(key);
  if (row === null) throw new Error(`the row ${key.pk} ${key.sk} is gone`);
  const clean: IncidentRow = pseudonym === null ? row : redacted(row, pseudonym);
  if ('tampering' in clean) {
    const { tampering } = clean;
    const phase = tampering.changes === undefined ? tamperingPhase : tablePhase;
    return { alert: tamperingAlertOf(tampering, logs), phase };
  }
  const { hold, ...told } = clean.incident;
  const incident = { ...told, hold: hold && { ...hold, until: endOf(hold, maxWindowHours) } };
  const alert = incident.isFolded ? null : alertOf(incident, logs);
  return { alert, phase: phaseOf(incident) };
}

function isFor(way: Sender, alert: Alert | null, { status }: NotifiedState): boolean {
  if (alert === null) return false;
  if (status === tamperingPhase.status && !way.receivesTamperAlerts) return false;
  return compareSeverity(alert.severity, way.minSeverity) <= 0;
}

/**
 * Waits for the end of a repair that is under way, which takes a second or two, and as long as reads lag: so the usual attack is one
 * message where a message can not be changed.
 */
async function awaitRepair(key: RowKey, { incidents, outside }: NotifierDeps): Promise<void> {
  const latest = Math.min(outside.now().getTime() + longestRepair, outside.until.getTime());
  while (outside.now().getTime() < latest) {
    const row = await incidents.read(key);
    if (row === null || !('incident' in row) || row.incident.status !== 'detected') return;
    await setTimeout(busyPause);
  }
}

/**
 * For how long a claim of somebody else is waited for, in milliseconds. What lasts longer is left to Lambda's retries: the last one
 * comes three minutes later, when no claim of now is left. A function that waits keeps others of the account from running.
 */
const longestWait = 5000;

/** In milliseconds. */
const longestRepair = 5000 + readLagMs;
const busyPause = 250;
