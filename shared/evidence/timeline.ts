import type { Gap } from '#gaps/gap.ts';
import type { TimeRange } from '#text/time.ts';
import { describeApiCall } from '#trail/api-call.ts';
import type { EpisodeEvidence, IncidentEvidence, TrailEvidence } from './evidence.ts';
import { type Lane, laneOf, lanes } from './lanes.ts';

/** Something in a lane of the timeline. A moment begins when it ends. */
export type Span = TimeRange & {
  readonly lane: Lane;
  /** How it is drawn: events are missing, or may be; drift without that; what trailkeeper did; planned work. */
  readonly look: 'missing' | 'uncertain' | 'drift' | 'action' | 'window';
  readonly title: string;
  /** Who or what is behind it; empty if that is not known. */
  readonly by: string;
  /** Whether it lasts beyond the window. */
  readonly isOpen: boolean;
  /** The id of its incident; null for planned work. */
  readonly incident: string | null;
};

/** Everything in the lanes of one trail, the earliest first. */
export const spansOf = ({ incidents, windows }: TrailEvidence): readonly Span[] =>
  [
    ...incidents.flatMap(spansOfIncident),
    ...windows.flatMap((window): readonly Span[] => {
      if ('problem' in window) return [];
      const { from, until, kinds, by, reason } = window;
      const title = `maintenance window for ${kinds.join(', ')}: ${reason}`;
      return [
        {
          ...{ from, to: until, title, by },
          ...{ lane: 'windows', look: 'window', isOpen: false, incident: null },
        },
      ];
    }),
  ].toSorted(
    (one, other) => Date.parse(one.from) - Date.parse(other.from) || order(one) - order(other),
  );

const order = ({ lane }: Span): number => Object.keys(lanes).indexOf(lane);

function spansOfIncident(incident: IncidentEvidence): readonly Span[] {
  const { gaps, episodes } = incident;
  return [
    ...gaps.map((gap) => gapSpan(gap, incident)),
    ...episodes.flatMap((episode) => [
      ...driftSpans(episode, incident),
      actionSpan(episode, incident),
    ]),
  ];
}

function gapSpan(gap: Gap, { id, cause }: IncidentEvidence): Span {
  const { kind, path, from, to, description, isCertain, isOpen, startedBy } = gap;
  const caller = startedBy === null ? '' : `${startedBy.eventName} by ${startedBy.by}`;
  return {
    ...{ from, to, isOpen, incident: id },
    lane: laneOf(kind, path),
    look: isCertain ? 'missing' : 'uncertain',
    title: description,
    by: caller || callerOf(cause),
  };
}

/** Drift that left no gap. */
function driftSpans(episode: EpisodeEvidence, incident: IncidentEvidence): readonly Span[] {
  const { detectedAt, resolvedAt, changes } = episode;
  const to = resolvedAt ?? incident.closedAt ?? incident.updatedAt;
  return changes
    .filter(
      ({ kind, path }) => !incident.gaps.some((gap) => gap.kind === kind && gap.path === path),
    )
    .filter(({ path }) => path !== '')
    .map(({ kind, path, lane, description }) => ({
      ...{ from: detectedAt, to, isOpen: resolvedAt === null && incident.closedAt === null },
      ...{ lane, incident: incident.id, look: 'drift' },
      title: `${kind}.${path}: ${description}`,
      by: callerOf(incident.cause),
    }));
}

/** From the detection until the result was read back. */
function actionSpan(
  { detectedAt, resolvedAt, repairs }: EpisodeEvidence,
  { id, updatedAt }: IncidentEvidence,
): Span {
  const applied = repairs.filter(({ status }) => status === 'applied');
  const failed = repairs.length - applied.length;
  const actions = [...new Set(applied.map(({ action }) => action))].join(', ');
  const title = [
    actions === '' ? 'detected' : `detected, restored with ${actions}`,
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'call' : 'calls'} failed`]),
    ...(resolvedAt === null ? [] : ['read back']),
  ].join(', ');
  return {
    ...{ from: detectedAt, to: resolvedAt ?? updatedAt, isOpen: resolvedAt === null },
    ...{ lane: 'actions', look: 'action', incident: id, title, by: 'trailkeeper' },
  };
}

const callerOf = (call: IncidentEvidence['cause']): string =>
  call === null ? '' : `${call.eventName} by ${describeApiCall(call)}`;
