import type { Gap } from '#gaps/gap.ts';
import { renderRecoverability } from '#gaps/render-gap.ts';
import type { Episode, Incident, IncidentCall } from '#incident/incident.ts';
import { isQuiet, isUnresolved } from '#incident/lifecycle/states.ts';
import { formatBetween, formatDuration, formatTime } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { actionSection, incidentActions } from './actions.ts';
import { byActor, callFacts, describePrincipal } from './actor.ts';
import {
  type Alert,
  type AlertOptions,
  type Fact,
  fact,
  optionalParts,
  printable,
  type Section,
} from './alert.ts';
import { approvalSection } from './approval-lines.ts';
import { driftSection, impactSection, repairSection, todoSection } from './drift-lines.ts';
import { linksOf, runbookFacts, runbookLinks } from './links.ts';
import { incidentWording, kindOf } from './wording.ts';

/** The alert of an incident as it is now. */
export function incidentAlert(incident: Incident, options: AlertOptions): Alert {
  const { id, trail, state, severity, openedAt, updatedAt, gaps } = incident;
  const { name, accountId, region } = parseTrailArn(trail);
  const lead = leadCall(incident);
  const kind = kindOf(incident);
  return {
    id: printable(id),
    about: { kind, trail, startedAt: openedAt, updatedAt },
    severity,
    ...optionalParts,
    isOver: isQuiet(state),
    ...incidentWording(incident, options),
    impacts: withDigestDeadline(impactSection(incident), gaps),
    todo: todoSection(incident, options),
    drift: driftSection(incident),
    facts: [
      ...fact('Severity', severity),
      ...actorFacts(incident, lead, options),
      ...timeFacts(incident, lead),
      ...gapFacts(incident),
      ...countFacts(incident),
      ...fact('Trail', `${name} (account ${accountId}, ${region})`),
      ...runbookFacts(kind, options.runbook),
    ],
    sections: [
      recoverySection(gaps),
      approvalSection(incident, options),
      actionSection(incident, options),
      repairSection(incident),
      episodeSection(incident, options),
      callSection(incident, lead, options),
    ].filter(({ lines }) => lines.length > 0),
    actions: incidentActions(incident),
    links: [
      ...runbookLinks(kind, options.runbook),
      ...linksOf(lead, options.logs, { id, from: openedAt, to: updatedAt }),
    ],
  };
}

/** The call that the alert is about: the cause, or the first of the calls that failed or were reverted. */
function leadCall({ cause, calls, episodes }: Incident): ApiCall | null {
  if (cause !== null) return cause;
  return episodes.length === 0 ? (calls[0]?.call ?? null) : null;
}

/** Whether the drift that is shown, which is that of the last episode, began after the call. */
function isEarlier({ at }: ApiCall, { state, episodes }: Incident): boolean {
  const resolvedAt = episodes.at(-2)?.resolvedAt;
  if (at === null || resolvedAt == null) return false;
  return isUnresolved(state) && Date.parse(at) < Date.parse(resolvedAt);
}

function actorFacts(
  incident: Incident,
  lead: ApiCall | null,
  options: AlertOptions,
): readonly Fact[] {
  const { calls, state } = incident;
  if (lead !== null) return callFacts(lead, options, { isEarlier: isEarlier(lead, incident) });
  if (state === 'baseline-invalid') return [];
  return fact(
    'Actor',
    calls.length === 0
      ? 'unknown: found by a sweep, no event was received'
      : 'unknown: none of the calls below explains the drift',
  );
}

function timeFacts(incident: Incident, lead: ApiCall | null): readonly Fact[] {
  const { openedAt, closedAt, episodes } = incident;
  const called = lead?.at ?? null;
  const begun =
    called === null
      ? `detected ${formatTime(openedAt)}`
      : `${formatTime(called)}, detected ${formatBetween(called, openedAt)} later`;
  const [first] = episodes;
  const ended = first?.resolvedAt == null ? '' : `, ${endOf(first, called ?? openedAt)}`;
  return [...fact('Time', `${begun}${ended}`), ...fact('Closed', closedAt && formatTime(closedAt))];
}

const ends = { restored: 'restored', accepted: 'accepted', external: 'in sync again' };

function endOf({ resolution, resolvedAt }: Episode, since: string): string {
  const end = { ...ends, restored: 'restored and verified' }[resolution ?? 'external'];
  return `${end} after ${formatBetween(since, resolvedAt ?? since)}`;
}

const countFacts = ({ episodeCount, callCount, reminders }: Incident): readonly Fact[] => [
  ...fact('Episodes', episodeCount > 1 ? String(episodeCount) : null),
  ...fact('Calls', callCount > 1 ? String(callCount) : null),
  ...fact('Reminder', reminders > 0 ? String(reminders) : null),
];

/** Each time that the trail drifted, if it was more than once. */
function episodeSection({ episodes, episodeCount }: Incident, options: AlertOptions): Section {
  const lines = episodeCount < 2 ? [] : episodes.map((one) => episodeLine(one, options));
  return { heading: 'Episodes', lines: withOmitted(lines, episodeCount), isCode: false };
}

function episodeLine(
  { detectedAt, resolvedAt, resolution, trigger }: Episode,
  options: AlertOptions,
): string {
  const end = ends[resolution ?? 'external'];
  const result =
    resolvedAt === null ? 'not resolved' : `${end} after ${formatBetween(detectedAt, resolvedAt)}`;
  const call = trigger === null ? '' : `: ${trigger.eventName}${byActor(trigger, options)}`;
  return printable(`${formatTime(detectedAt)}, ${result}${call}`);
}

/** Calls that belong to the incident, other than the one that the alert is about. */
function callSection(
  { calls, callCount }: Incident,
  lead: ApiCall | null,
  options: AlertOptions,
): Section {
  const others = calls
    .filter(({ call }) => call !== lead && !isSameEvent(call, lead))
    .toSorted((one, other) => timeOf(one) - timeOf(other));
  const lines = others.map((one) => callLine(one, options));
  const count = callCount - (calls.length - others.length);
  return { heading: 'Further calls', lines: withOmitted(lines, count), isCode: false };
}

const timeOf = ({ call }: IncidentCall): number => (call.at === null ? 0 : Date.parse(call.at));

const isSameEvent = ({ eventId }: ApiCall, other: ApiCall | null): boolean =>
  eventId !== null && eventId === other?.eventId;

function callLine({ call, effect }: IncidentCall, { omitActors }: AlertOptions): string {
  const { eventName, at, principal, error } = call;
  const when = at === null ? '' : ` at ${formatTime(at)}`;
  const actor = omitActors ? '' : ` by ${describePrincipal(principal)}`;
  const result = {
    caused: '',
    related: '',
    restored: ': restored the trail',
    reverted: ': reverted before the trail was checked',
    failed: `: failed${error === null ? '' : `: ${error.code}`}`,
  }[effect];
  return printable(`${eventName}${when}${actor}${result}`);
}

/** A list of which only the first and the latest entries are kept, with how many are missing. */
export function withOmitted(lines: readonly string[], count: number): readonly string[] {
  const [first, ...latest] = lines;
  const omitted = count - lines.length;
  if (first === undefined || omitted <= 0) return lines;
  return [first, `… ${omitted} more …`, ...latest];
}

/** How long the trail did not record everything: `4 s, from 2026-11-22 03:12:07 UTC to 2026-11-22 03:12:11 UTC`. */
function gapFacts({ gaps, cause, interruptions }: Incident): readonly Fact[] {
  const intervals = merged(gaps);
  const [first] = intervals;
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return [];
  if (last.isOpen) return fact('Gap', `since ${formatTime(first.from)}, not over yet`);
  const span = `from ${formatTime(first.from)} to ${formatTime(last.to)}`;
  const isAtMost = interruptions.some(({ isFromKnown }) => !isFromKnown);
  const isAtLeast = cause === null && interruptions.length === 0;
  const prefix = isAtMost ? 'up to ' : isAtLeast ? 'at least ' : '';
  const total = intervals.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);
  const parts = intervals.length === 1 ? '' : ` in ${intervals.length} intervals`;
  return fact('Gap', `${prefix}${formatDuration(total)}${parts}, ${span}`);
}

/** What can be recovered of the events that are not in the log. A line that is not true of every gap names the field. */
function recoverySection(gaps: readonly Gap[]): Section {
  const first = new Map(gaps.toReversed().map((gap) => [fieldOf(gap), gap]));
  const all = [...first.values()]
    .toReversed()
    .flatMap((gap) => recoveryLines(gap).map((line) => ({ line, field: fieldOf(gap) })));
  const lines = [...Map.groupBy(all, ({ line }) => line)].map(([line, of]) =>
    of.length === first.size ? line : `${of.map(({ field }) => field).join(', ')}: ${line}`,
  );
  const isRecorded = gaps.every(({ recoverability }) => recoverability?.elsewhere != null);
  const heading = isRecorded
    ? 'Events that are late or elsewhere'
    : 'Events that were not recorded';
  return { heading, lines: lines.map(printable), isCode: false };
}

const fieldOf = ({ kind, path }: Gap): string => [kind, path].filter(Boolean).join('.');

const recoveryLines = ({ recoverability }: Gap): readonly string[] =>
  recoverability === null
    ? ['it is not known which events are missing']
    : renderRecoverability(recoverability);

/** While a gap lasts, the time at which the chain of digest files breaks is part of the impact. */
function withDigestDeadline(section: Section, gaps: readonly Gap[]): Section {
  const [first] = gaps
    .filter(({ isOpen }) => isOpen)
    .flatMap(({ recoverability }) => recoverability?.digests ?? [])
    .filter(({ status }) => status === 'whole')
    .toSorted((one, other) => Date.parse(one.breaksAt) - Date.parse(other.breaksAt));
  if (first === undefined) return section;
  const line = `the chain of digest files will break at ${formatTime(first.breaksAt)} unless the trail is restored by then`;
  return { ...section, lines: [...section.lines, line] };
}

type Interval = Pick<Gap, 'from' | 'to' | 'isOpen'>;

/** The gaps as intervals that share no time, the earliest first. */
function merged(gaps: readonly Gap[]): readonly Interval[] {
  const intervals: Interval[] = [];
  for (const { from, to, isOpen } of gaps.toSorted(byBegin)) {
    const last = intervals.at(-1);
    if (last === undefined || Date.parse(from) > Date.parse(last.to)) {
      intervals.push({ from, to, isOpen });
    } else {
      const end = Date.parse(to) > Date.parse(last.to) ? to : last.to;
      intervals.splice(-1, 1, { ...last, to: end, isOpen: last.isOpen || isOpen });
    }
  }
  return intervals;
}

const byBegin = (one: Gap, other: Gap): number => Date.parse(one.from) - Date.parse(other.from);
