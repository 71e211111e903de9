import * as z from 'zod';
import type { World } from '../world.ts';
import type { CloudTrailRecord } from './record-type.ts';

/** What `/_sandbox/event-history` takes. */
export const historyChange = z
  .strictObject({
    /** How much later event history hears of what was recorded, from now on. */
    lagMs: z.int().nonnegative(),
    /** By how much all that was recorded so far was earlier than it was. */
    agedMs: z.int().nonnegative(),
    /** More of what was recorded, as records. */
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

/** Makes a past: what lies weeks back cannot be waited for. */
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
