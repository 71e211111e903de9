import type { ProtectedTrail } from '#baseline/known-trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Gap, gapOfInterruption, gapsOfDrift } from '#gaps/gap.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { couldHaveCaused } from './attribution.ts';
import { worstFindings } from './finding-key.ts';
import type { Episode, Incident } from './incident.ts';

/** The gaps that an incident left in the record by a time. If the baseline cannot be used, it is unknown what should be recorded. */
export const incidentGaps =
  (protectedTrail: ProtectedTrail, kinds: readonly DriftKind[]) =>
  (incident: Incident, at: string): readonly Gap[] => {
    if ('error' in protectedTrail) return [];
    const { trail, states } = protectedTrail.baseline;
    const history = { trail: parseTrailArn(trail), states };
    const ofEpisodes = incident.episodes.flatMap((episode, i) => {
      const since = incident.episodes[i - 1]?.resolvedAt ?? incident.lastInSyncAt;
      const { detectedAt, resolvedAt, resolution, outcome } = episode;
      const cause = causeOf(episode, since, incident, kinds);
      const drift = { cause, from: detectedAt, to: resolvedAt ?? at, outcome };
      return gapsOfDrift(
        { ...drift, isOver: resolution === 'external' || resolution === 'accepted' },
        history,
        kinds,
      );
    });
    const ofInterruptions = incident.interruptions.flatMap((interruption) =>
      gapOfInterruption(interruption, history, kinds),
    );
    return [...ofEpisodes, ...ofInterruptions];
  };

/** The gaps that are stored with an incident. One that is open lasts until the incident closed, or until now. */
export const gapsUntil = (now: string, { gaps, closedAt }: Incident): readonly Gap[] =>
  gaps.map((gap) =>
    gap.isOpen ? { ...gap, isOpen: closedAt === null, to: closedAt ?? now } : gap,
  );

/** The first known call since the episode before that could have caused the worst of an episode. */
function causeOf(
  { detectedAt, outcome, trigger }: Episode,
  since: string | null,
  { cause, calls }: Incident,
  kinds: readonly DriftKind[],
): ApiCall | null {
  const known = [trigger, cause, ...calls.map(({ call }) => call)].filter((call) => call !== null);
  const isCandidate = (call: ApiCall): boolean =>
    call.at !== null &&
    Date.parse(call.at) <= Date.parse(detectedAt) &&
    (since === null || Date.parse(call.at) + 999 >= Date.parse(since)) &&
    couldHaveCaused(kinds)(worstFindings(outcome.plan), call);
  const [first = null] = known
    .filter(isCandidate)
    .toSorted((one, other) => Date.parse(one.at ?? '') - Date.parse(other.at ?? ''));
  return first;
}
