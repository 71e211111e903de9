import * as z from 'zod';
import { detectInterruption, type LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import { recentMinutes } from '#reconcile/suppress-steps.ts';
import { formatTime, later } from '#text/time.ts';
import type { Alarm } from './alarm.ts';

const time = z.iso.datetime();

/** The logging of a trail at the last check that saw it, and the last interruption that was over before a check. */
export const loggingMemory = z.object({
  lastSeen: z
    .object({
      IsLogging: z.boolean(),
      StartLoggingTime: time.nullable(),
      StopLoggingTime: time.nullable(),
    })
    .nullable(),
  interruption: z
    .object({ how: z.enum(['stopped', 'made-again']), from: time, to: time, seenAt: time })
    .nullable(),
});
export type LoggingMemory = z.infer<typeof loggingMemory>;
export const noLogging: LoggingMemory = { lastSeen: null, interruption: null };

/** The memory after a check; `seen` is null if the trail was gone or could not be read. */
export function loggingAfter(
  { lastSeen, interruption }: LoggingMemory,
  seen: LoggingCheckpoint | null,
  now: Date,
): LoggingMemory {
  const found = lastSeen && seen && detectInterruption(lastSeen, seen, []);
  return {
    lastSeen: seen ?? lastSeen,
    interruption: found
      ? { how: found.how, from: found.from, to: found.to, seenAt: now.toISOString() }
      : interruption,
  };
}

/** An interruption that no check saw: one alarm for those that follow within ten minutes, so that a loop is one message. */
export function interruptionAlarms(
  trail: string,
  { interruption }: LoggingMemory,
  account: string,
  now: Date,
): readonly Alarm[] {
  if (interruption === null) return [];
  const { how, from, to, seenAt } = interruption;
  if (seenAt <= later(now.toISOString(), { minutes: -recentMinutes })) return [];
  const what = how === 'stopped' ? 'stopped' : 'deleted and created again, or stopped';
  return [
    {
      key: `interrupted ${trail}`,
      severity: 'high',
      title: `${trail} was interrupted: it was ${what}, and logs again since ${formatTime(to)}. Events from ${formatTime(from)} until then may be missing`,
      remedy: `If trailkeeper did not report it, too, its alerts are cut. With credentials of account ${account}: npx --no -- trailkeeper incidents --since 2h`,
    },
  ];
}
