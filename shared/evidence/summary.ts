import { compareSeverity, type Severity, severities } from '#drift/impact.ts';
import { formatDuration, formatTime } from '#text/time.ts';
import type { Share } from './coverage.ts';
import type { Evidence, GapEvidence, IncidentEvidence, TrailEvidence } from './evidence.ts';

/** How many incidents there are. */
export type IncidentCounts = {
  readonly incidents: number;
  readonly unresolved: number;
  readonly bySeverity: readonly { readonly severity: Severity; readonly count: number }[];
};

/** The numbers of a report. */
export type Summary = IncidentCounts & {
  /** In milliseconds, of all trails together. */
  readonly missing: number;
  /** The earliest time at which event history drops something that is missing and not recovered; null if there is nothing. */
  readonly recoverableUntil: string | null;
  /** The gaps that event history has events of, and those that were recovered. */
  readonly recoverable: number;
  readonly recovered: number;
  /** The kinds of events that are lost. */
  readonly lost: readonly string[];
};

export const countIncidents = (incidents: readonly IncidentEvidence[]): IncidentCounts => ({
  incidents: incidents.length,
  unresolved: incidents.filter(({ isUnresolved }) => isUnresolved).length,
  bySeverity: severities.flatMap((severity) => {
    const count = incidents.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [{ severity, count }];
  }),
});

export function summaryOf({ trails }: Pick<Evidence, 'trails'>): Summary {
  const incidents = trails.flatMap((trail) => trail.incidents);
  const gaps = incidents.flatMap((incident) => incident.gaps);
  const recoverable = gaps.filter(({ recovery }) => recovery !== null);
  const isRecovered = ({ recovery }: GapEvidence): boolean => recovery?.extent === 'all';
  const until = gaps
    .filter((gap) => !isRecovered(gap))
    .flatMap(({ recoverability }) => recoverability?.recoverable?.until ?? []);
  return {
    ...countIncidents(incidents),
    missing: trails.reduce((sum, { coverage }) => sum + coverage.missing.milliseconds, 0),
    recoverable: recoverable.length,
    recovered: recoverable.filter(isRecovered).length,
    recoverableUntil: until.toSorted().at(0) ?? null,
    lost: [...new Set(gaps.flatMap(({ recoverability }) => recoverability?.lost ?? []))],
  };
}

/** The report in sentences, the most important first. */
export function summaryLines(evidence: Pick<Evidence, 'trails'>): readonly string[] {
  const { incidents, unresolved, missing, recoverableUntil, lost, ...gaps } = summaryOf(evidence);
  return [
    incidents === 0
      ? 'No incidents.'
      : `${incidents === 1 ? 'One incident' : `${incidents} incidents`}, ${unresolvedText(unresolved, incidents)}.`,
    missing === 0
      ? 'No management events are known to be missing.'
      : `${capitalized(formatDuration(missing))} of management events are missing${recoverableUntil === null ? '' : `; event history keeps the first of them until ${formatTime(recoverableUntil)}`}.`,
    ...(gaps.recovered === 0
      ? []
      : [`Recovered from event history: ${gaps.recovered} of ${gaps.recoverable} gaps.`]),
    ...(lost.length === 0 ? [] : [`Lost: ${lost.map((kind) => `${kind} events`).join(', ')}.`]),
  ];
}

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function unresolvedText(unresolved: number, incidents: number): string {
  if (unresolved === 0) return incidents === 1 ? 'resolved' : 'all resolved';
  return unresolved === incidents ? 'NOT resolved' : `${unresolved} NOT resolved`;
}

/** The shares of a trail in one line: `recorded 99.2 %, missing 0.5 % (4 s), unknown 0.3 % (2 s)`. */
export function coverageLine({ coverage }: TrailEvidence): string {
  const { problem, recorded, missing, unknown } = coverage;
  if (problem !== null) return `coverage is not known: ${problem}`;
  return [
    `recorded ${recorded.percent} %`,
    shareText('missing', missing),
    shareText('unknown', unknown),
  ].join(', ');
}

/** A share in words: `missing 0.5 % (4 s)`. */
export const shareText = (name: string, { percent, milliseconds }: Share): string =>
  `${name} ${percent} %${milliseconds === 0 ? '' : ` (${formatDuration(milliseconds)})`}`;

/** What an incident was about: the worst drift or the failed calls, in words. */
export function headlineOf({ episodes, interruptions, calls, title }: IncidentEvidence): string {
  const [worst] = episodes
    .flatMap(({ changes }) => changes)
    .toSorted((one, other) => compareSeverity(one.severity, other.severity));
  if (worst !== undefined) return worst.description;
  const [first] = calls;
  return interruptions.length > 0 || first === undefined
    ? title
    : `${first.eventName} ${first.error === null ? 'was undone before it was checked' : 'failed'}`;
}

/** How an incident ended: what restored it and when that was read back. */
export function endingOf(incident: IncidentEvidence): string {
  const last = incident.episodes.at(-1);
  const calls = [
    ...new Set(
      incident.episodes
        .flatMap(({ repairs }) => repairs)
        .filter(({ status }) => status === 'applied')
        .map(({ action }) => action),
    ),
  ].join(', ');
  if (last === undefined || last.resolvedAt === null) return endingByState(incident);
  const by = {
    restored: `trailkeeper restored it with ${calls}`,
    accepted: `accepted as a new version by ${last.acceptedBy ?? 'an approver'}`,
    external: 'restored by someone else',
  }[last.resolution ?? 'external'];
  return `${by}, read back at ${formatTime(last.resolvedAt)}`;
}

function endingByState({ state, interruptions }: IncidentEvidence): string {
  if (state === 'attempted') return 'nothing changed: the calls failed';
  const to = interruptions.at(-1)?.to;
  if (state === 'reverted') {
    return to === undefined
      ? 'undone before it was checked'
      : `logging resumed at ${formatTime(to)}`;
  }
  return 'not resolved';
}
