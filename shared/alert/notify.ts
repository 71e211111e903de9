import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf, nameOf } from '#aws/errors.ts';
import { byGravity } from '#drift/impact.ts';
import type { IncidentReader, IncidentRow } from '#incident/incident-reader.ts';
import type { RowKey } from '#incident/incident-store.ts';
import { endOf } from '#reconcile/maintenance-window.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Alert, alertOf, type Logs, tamperingAlertOf } from './alert.ts';
import type { AlertConfig, Channel, Outside, Way } from './channel.ts';
import type { ToldStore } from './delivery-ledger.ts';
import {
  newsSince,
  type Phase,
  phaseOf,
  tablePhase,
  tamperingPhase,
} from './notification-policy.ts';
import { type Pseudonym, redacted } from './redact.ts';

/** What became of an incident in one channel. */
export type Telling = {
  readonly channel: string;
  readonly status: 'told' | 'changed' | 'nothing-new' | 'not-for-it' | 'not-configured';
};

export type Teller = {
  readonly channels: readonly Channel[];
  readonly config: AlertConfig;
  readonly logs: Logs;
  /** In hours: for how long a Hold counts at most, whatever it says. */
  readonly maxHold: number;
  readonly incidents: IncidentReader;
  readonly told: ToldStore;
  /** Null where principals are told by their names. */
  readonly pseudonym: Pseudonym | null;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly outside: Outside;
  /** When the function is over: what it claimed is free by then. */
  readonly ends: Date;
};

/** Thrown after every channel was tried, where people were not told through one of them. */
export class PeopleNotToldError extends Error {
  override readonly name = 'PeopleNotToldError' as const;
}

/**
 * Tells people what is new of an incident, through every channel, each by itself; null where there is no such incident. What is
 * told is the row as it is, whatever led here, so that an event may come twice, late, or in another order than the next.
 */
export async function tellPeople(key: RowKey, teller: Teller): Promise<readonly Telling[] | null> {
  const { channels, incidents, logger } = teller;
  if ((await incidents.read(key)) === null) return null;
  const tellings = await Promise.allSettled(
    channels.map(async (channel): Promise<Telling> => {
      const status = await tellThrough(channel, key, teller);
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
  throw new PeopleNotToldError(problems.join('; '));
}

async function tellThrough(
  channel: Channel,
  key: RowKey,
  teller: Teller,
): Promise<Telling['status']> {
  const { told, outside, config } = teller;
  const way = await channel.open(config, outside);
  if (way === null) return 'not-configured';
  if (!way.canChange) await ended(key, teller);
  const patience = outside.now().getTime() + longestWait;
  for (;;) {
    // In this order: whoever tells meanwhile has told what was there before we read the row, or the claim fails.
    const seen = await told.read(key, channel.name);
    const { alert, phase } = await currentOf(key, teller);
    if (!isFor(way, alert, phase)) return 'not-for-it';
    const news = newsSince(seen.told?.phase ?? null, phase);
    if (news === 'nothing' || (news === 'detail' && !way.canChange)) return 'nothing-new';

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
      const thread = await way.tell(alert as Alert, { thread: seen.told?.thread ?? null, isNews });
      await claim.release({ phase, thread });
      return isNews ? 'told' : 'changed';
    } catch (error) {
      await claim.release();
      throw error;
    }
  }
}

/** An incident as it is told now; no alert where a digest tells it. */
type Current = { readonly alert: Alert | null; readonly phase: Phase };

async function currentOf(
  key: RowKey,
  { incidents, logs, maxHold, pseudonym }: Teller,
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
  const incident = { ...told, hold: hold && { ...hold, until: endOf(hold, maxHold) } };
  const alert = incident.isFolded ? null : alertOf(incident, logs);
  return { alert, phase: phaseOf(incident) };
}

function isFor(way: Way, alert: Alert | null, { status }: Phase): boolean {
  if (alert === null) return false;
  if (status === tamperingPhase.status && !way.tellsTampering) return false;
  return byGravity(alert.severity, way.from) <= 0;
}

/**
 * Waits for the end of a repair that is under way, which takes a second or two, and as long as reads lag: so the usual attack is one
 * message where a message can not be changed.
 */
async function ended(key: RowKey, { incidents, outside }: Teller): Promise<void> {
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
