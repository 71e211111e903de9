import { changeField } from '#aws/change-field.ts';
import { eventBus, putOne } from '#aws/event-bus.ts';
import { requestHandler } from '#aws/request-handler.ts';
import type { AccountRegion } from '#aws/resource-names.ts';
import { numberIn, type Rows } from '#aws/state-table.ts';
import { watchtowerArns } from '#aws/watchtower-arns.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import { firstNumber, heartbeatEvent, heartbeatOf, isPossible } from './heartbeat.ts';
import { inTime } from './in-time.ts';

/** Sends the heartbeat of a finished sweep. Throws if it was not accepted, or takes too long. */
export type SendHeartbeat = (reports: readonly TrailReport[], now: Date) => Promise<void>;

/** Sends heartbeats to the watchtower in another account, signed with the key there. */
export function heartbeatSender(rows: Rows, watchtower: AccountRegion): SendHeartbeat {
  const { bus, key } = watchtowerArns(watchtower);
  const events = eventBus(bus);
  let signer: Promise<Signer> | null = null;
  return (reports, now) =>
    inTime(patienceSeconds, 'the heartbeat was not sent', send(reports, now));

  async function send(reports: readonly TrailReport[], now: Date): Promise<void> {
    const sequence = await nextNumber(rows, now);
    const document = JSON.stringify(heartbeatOf(reports, { at: now, sequence }));
    signer ??= kmsSignerOf(watchtower.region, key);
    const signature = await (await signer).sign('heartbeat', document);
    await putOne(events, heartbeatEvent, { document, signature });
  }
}

/** The code of KMS is loaded only then: most processes send no heartbeat. */
async function kmsSignerOf(region: string, key: string): Promise<Signer> {
  const [{ KMSClient }, { kmsSigner }] = await Promise.all([
    import('@aws-sdk/client-kms'),
    import('#baseline/signing/kms-signer.ts'),
  ]);
  return kmsSigner(new KMSClient({ region, requestHandler }), key);
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
