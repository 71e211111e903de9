import * as z from 'zod';
import { type Alert, clip, optionalParts, printable } from '#alert/alert.ts';
import { runbookFacts } from '#alert/links.ts';
import { names } from '#aws/resource-names.ts';
import { compareSeverity, type Severity, severities } from '#drift/impact.ts';
import { formatTime } from '#text/time.ts';
import type { Alarm } from './alarm.ts';

/** An alarm, and through which channels people know of it. */
const entry = z.object({
  key: z.string(),
  severity: z.enum(severities as [Severity, ...Severity[]]),
  title: z.string(),
  remedy: z.string(),
  since: z.iso.datetime(),
  isOver: z.boolean(),
  hasNoEnd: z.boolean(),
  /** When people were last notified, by channel. */
  notified: z.record(z.string(), z.iso.datetime()),
});

type Entry = z.infer<typeof entry>;

/** What is wrong, and what no longer is, until people know. */
export const activeAlarms = z.array(entry);
export type ActiveAlarms = z.infer<typeof activeAlarms>;

/** The active alarms after a check. */
export function updated(before: ActiveAlarms, alarms: readonly Alarm[], now: Date): ActiveAlarms {
  const found = worstOf(alarms).map((alarm): Entry => {
    const known = before.find(({ key, isOver }) => key === alarm.key && !isOver);
    const { since = now.toISOString(), notified = {} } = known ?? {};
    const title = clip(alarm.title, longestTitle);
    return { ...alarm, title, since, notified, isOver: false, hasNoEnd: alarm.hasNoEnd ?? false };
  });
  const isFound = ({ key }: Entry) => found.some((one) => one.key === key);
  const others = before.filter((one) => !isFound(one));
  const withoutEnd = others.filter(
    ({ hasNoEnd, since }) => hasNoEnd && now.getTime() - Date.parse(since) < retryMs,
  );
  const over = others
    .filter(({ hasNoEnd, notified }) => !hasNoEnd && Object.keys(notified).length > 0)
    .map((one) => ({ ...one, isOver: true }));
  return [...found, ...withoutEnd, ...over];
}

/** Someone may raise as many alarms as they like: people get so many, and titles of so many characters. */
const mostAlarms = 50;
const longestTitle = 1500;

function worstOf(alarms: readonly Alarm[]): readonly Alarm[] {
  if (alarms.length <= mostAlarms) return alarms;
  const sorted = alarms.toSorted((one, other) => compareSeverity(one.severity, other.severity));
  const more: Alarm = {
    key: 'more alarms',
    severity: 'high',
    title: `${alarms.length - mostAlarms} more alarms are not in a message`,
    remedy: `They are in the log of the function ${names.watchtower}`,
  };
  return [...sorted.slice(0, mostAlarms), more];
}

/** For so long an alarm without an end is due in a channel that fails, in milliseconds. */
const retryMs = 3_600_000;

/** What is due in a channel: what is new, what lasts although people were notified long ago, and what is over. */
export const dueIn = (
  now: ActiveAlarms,
  channel: string,
  at: Date,
  remindMs: number,
): ActiveAlarms =>
  now.filter(({ notified, isOver }) => {
    const last = notified[channel];
    if (isOver) return last !== undefined;
    return last === undefined || at.getTime() - Date.parse(last) >= remindMs;
  });

/** The active alarms once a channel has taken what was due. */
export const notifiedIn = (
  now: ActiveAlarms,
  channel: string,
  due: ActiveAlarms,
  at: Date,
): ActiveAlarms =>
  now.flatMap((one) => {
    if (!due.includes(one)) return [one];
    const { [channel]: _, ...others } = one.notified;
    if (!one.isOver) return [{ ...one, notified: { ...others, [channel]: at.toISOString() } }];
    return Object.keys(others).length === 0 ? [] : [{ ...one, notified: others }];
  });

/** What is due as one message. */
export function alertOfAlarms(due: ActiveAlarms, account: string): Alert {
  const open = due
    .filter(({ isOver }) => !isOver)
    .toSorted((one, other) => compareSeverity(one.severity, other.severity));
  const over = due.filter(({ isOver }) => isOver);
  const [worst] = open;
  const last = over[0];
  const more = Math.max(open.length, worst === undefined ? over.length : 0) - 1;
  const { since = '' } = worst ?? last ?? {};
  const title = worst?.title ?? `over: ${last?.title ?? ''}`;
  return {
    ...optionalParts,
    id: 'watchtower',
    about: { kind: 'watchtower', trail: null, startedAt: since, updatedAt: since },
    severity: worst?.severity ?? last?.severity ?? 'low',
    title: printable(`Watchtower: ${title}${more > 0 ? `, and ${more} more` : ''}`),
    callToAction:
      worst === undefined
        ? 'Nothing is to be done, unless no one knows why it happened.'
        : printable(worst.remedy),
    needsAction: worst !== undefined,
    isOver: worst === undefined,
    facts: [{ label: 'Account', value: account }, ...runbookFacts('watchtower', null)],
    sections: [
      section(
        'Wrong',
        open.map(
          ({ title, since: at, remedy }) =>
            `${printable(title)}, since ${formatTime(at)}. ${printable(remedy)}`,
        ),
      ),
      section(
        'Over',
        over.map((one) => `${printable(one.title)}, since ${formatTime(one.since)}`),
      ),
    ].filter(({ lines }) => lines.length > 0),
  };
}

const section = (heading: string, lines: readonly string[]) => ({
  heading,
  lines,
  isCode: false,
});
