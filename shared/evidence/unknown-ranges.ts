import { isRetirement } from '#baseline/retirement.ts';
import type { Reading } from '#baseline/signing/version-chain.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import type { TimeRange } from '#text/time.ts';
import { mayMissManagement, type UnknownRange } from './coverage.ts';
import { mayChangeCoverage, mayLoseEvents } from './lanes.ts';

/** The times in which a trail was not protected, by its versions, newest first. Times are ISO 8601. */
export function unprotectedRanges(
  versions: readonly Reading[],
  window: TimeRange,
): readonly UnknownRange[] {
  const valid = versions.toReversed().flatMap((one) => ('version' in one ? [one.version] : []));
  const [first] = valid;
  const reason = 'the trail was not protected';
  const firstAt =
    first === undefined ? window.to : isRetirement(first) ? first.retiredAt : first.capturedAt;
  const retired = valid.flatMap((one, i): readonly UnknownRange[] => {
    if (!isRetirement(one)) return [];
    const next = valid.slice(i + 1).find((later) => 'capturedAt' in later);
    return [{ from: one.retiredAt, to: next?.capturedAt ?? window.to, reason }];
  });
  return [{ from: window.from, to: firstAt, reason }, ...retired];
}

/** An incident, and whether its stored record is truncated, so that gaps may be missing in it. */
export type KnownIncident = {
  readonly incident: Incident;
  readonly isTruncated: boolean;
  /** Its gaps; those that are open last until the end. */
  readonly gaps: readonly Gap[];
  /** When it closed, or the end of what is known of it. */
  readonly end: string;
};

/** The times of an incident in which it is not known whether events were recorded. */
export function unknownInIncident(
  known: KnownIncident,
  window: TimeRange,
): readonly UnknownRange[] {
  const { incident, isTruncated, gaps, end } = known;
  const since = incident.lastInSyncAt ?? window.from;
  const whole = (reason: string): UnknownRange => ({ from: since, to: end, reason });
  return [
    ...(incident.baselineError === null ? [] : [whole('the baseline could not be used')]),
    ...(isTruncated
      ? [whole('the record of the incident was truncated, so gaps may be missing')]
      : []),
    ...gaps.flatMap((gap) => unknownInGap(gap, incident, window)),
    ...incident.episodes.flatMap((episode) => unreadRange(episode, known, window)),
    ...omittedEpisodes(incident),
    ...revertedCalls(incident, end),
  ];
}

/** A gap that is uncertain; the time before a gap whose beginning is only known by its detection. */
function unknownInGap(gap: Gap, incident: Incident, window: TimeRange): readonly UnknownRange[] {
  const { from, to, startedBy, isCertain, recoverability } = gap;
  if (mayMissManagement(gap))
    return [{ from, to, reason: 'it is not certain which events are missing' }];
  const isInterruption = incident.interruptions.some((one) => one.from === from && one.to === to);
  if (!isCertain || isInterruption || startedBy !== null) return [];
  if (recoverability === null || recoverability.recoverable === null) return [];
  const reason = 'drift was found, and when it began is not known';
  return [{ from: lastGoodBefore(from, incident) ?? window.from, to: from, reason }];
}

/** When the trail was last known to be in sync before a time; null if it is not known. */
function lastGoodBefore(at: string, { lastInSyncAt, episodes }: Incident): string | null {
  const times = [lastInSyncAt, ...episodes.map(({ resolvedAt }) => resolvedAt)];
  const before = times.filter((time) => time !== null && Date.parse(time) <= Date.parse(at));
  return (
    before.toSorted((one, other) => Date.parse(String(one)) - Date.parse(String(other))).at(-1) ??
    null
  );
}

/** The time of an episode in which something could not be read that decides what is recorded. */
function unreadRange(
  { detectedAt, resolvedAt, outcome }: Episode,
  { incident, end }: KnownIncident,
  window: TimeRange,
): readonly UnknownRange[] {
  const findings = [...outcome.plan.findings, ...outcome.verified.findings];
  const isUnread = findings.some(({ kind, status }) => status === 'unknown' && mayLoseEvents(kind));
  if (!isUnread) return [];
  const from = lastGoodBefore(detectedAt, incident) ?? window.from;
  return [{ from, to: resolvedAt ?? end, reason: 'the trail could not be read' }];
}

/** Of many episodes, the first and the latest are stored. */
function omittedEpisodes({ episodes, episodeCount, openedAt }: Incident): readonly UnknownRange[] {
  const [first, second] = episodes;
  if (episodeCount <= episodes.length || second === undefined) return [];
  const reason = 'the incident had more episodes than its record holds';
  return [{ from: first?.resolvedAt ?? openedAt, to: second.detectedAt, reason }];
}

/** From a call that was undone before the trail was observed until the trail was observed in sync. */
function revertedCalls(
  { calls, openedAt, episodes, updatedAt }: Incident,
  end: string,
): readonly UnknownRange[] {
  const detected = episodes.map(({ detectedAt }) => detectedAt);
  const good = [
    ...(detected.includes(openedAt) ? [] : [openedAt]),
    ...episodes.flatMap(({ resolvedAt }) => resolvedAt ?? []),
    updatedAt,
    end,
  ].map((time) => Date.parse(time));
  return calls.flatMap(({ call: { at, eventName }, effect }): readonly UnknownRange[] => {
    if (effect !== 'reverted' || at === null || !mayChangeCoverage(eventName)) return [];
    const to = Math.min(...good.filter((time) => time >= Date.parse(at)));
    if (!Number.isFinite(to)) return [];
    const reason = `${eventName} was undone before the trail was checked`;
    return [{ from: at, to: new Date(to).toISOString(), reason }];
  });
}
