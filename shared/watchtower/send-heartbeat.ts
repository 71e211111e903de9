import { changeField } from '#aws/change-field.ts';
import { type EventBus, putOne } from '#aws/event-bus.ts';
import { numberIn, type Rows } from '#aws/state-table.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import { firstNumber, heartbeatEvent, heartbeatOf, isPossible } from './heartbeat.ts';
import { inTime } from './in-time.ts';

export type HeartbeatSender = {
  readonly rows: Rows;
  /** Signs with the key in the watchtower's account. */
  readonly signer: Signer;
  /** The bus in the watchtower's account. */
  readonly bus: EventBus;
  readonly now: () => Date;
};

/** Sends the heartbeat of a finished sweep. Throws if it was not accepted, or takes too long. */
export const sendHeartbeat = (
  reports: readonly TrailReport[],
  sender: HeartbeatSender,
): Promise<void> => inTime(patienceSeconds, 'the heartbeat was not sent', send(reports, sender));

async function send(
  reports: readonly TrailReport[],
  { rows, signer, bus, now }: HeartbeatSender,
): Promise<void> {
  const at = now();
  const document = JSON.stringify(
    heartbeatOf(reports, { at, sequence: await nextNumber(rows, at) }),
  );
  const signature = await signer.sign('heartbeat', document);
  await putOne(bus, heartbeatEvent, { document, signature });
}

/** The trails are finished by now; the function ends no later than it must. */
const patienceSeconds = 15;

/** The row that holds the number of the last heartbeat. */
const counter = { pk: 'incident#heartbeat', sk: 'sequence' };

/**
 * The next number. If the row was deleted, or has a number that no sweep can have, it goes on from the time in seconds: sweeps do not count
 * as fast, so no number is used twice, and the watchtower sees a gap.
 */
const nextNumber = (rows: Rows, now: Date): Promise<number> =>
  changeField(rows, counter, 'lastNumber', (stored) => {
    const last = numberIn(stored);
    return last === null || !isPossible(last + 1, now) ? firstNumber(now) : last + 1;
  });
