import * as z from 'zod';
import type { World } from '../world.ts';
import type { CloudTrailRecord } from './record-type.ts';

/** The body of `/_sandbox/event-history`. */
export const historyChange = z
  .strictObject({
    /** The delay after which later records appear in event history. */
    lagMs: z.int().nonnegative(),
    /** Moves all existing records this far into the past. */
    agedMs: z.int().nonnegative(),
    /** Records to add. */
    records: z.array(
      z.looseObject({
        eventID: z.string(),
        eventName: z.string(),
        eventTime: z.iso.datetime(),
        awsRegion: z.string(),
        recipientAccountId: z.string(),
      }),
    ),
  })
  .partial();

/** Changes event history, so that a test does not wait for weeks to pass. */
export function changeHistory(
  { history, historyLag }: World,
  { lagMs, agedMs = 0, records = [] }: z.infer<typeof historyChange>,
): void {
  const aged = history.map((record): CloudTrailRecord => {
    const eventTime = new Date(Date.parse(record.eventTime) - agedMs).toISOString();
    return { ...record, eventTime: eventTime.replace(/\.\d+Z$/, 'Z') };
  });
  history.splice(0, history.length, ...aged, ...records);
  historyLag.ms = lagMs ?? historyLag.ms;
}
