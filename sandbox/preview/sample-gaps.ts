import { totalLoss } from '#drift/history-model.ts';
import { gapOfInterruption, gapsOfDrift } from '#gaps/gap.ts';
import type { KindHistory } from '#gaps/history.ts';
import type { Incident } from '#incident/incident.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { minute, stopped, trail } from './sample-parts.ts';

/** With the gaps of a trail that records everything. */
export function withGaps(incident: Incident): Incident {
  const { cause, episodes, interruptions } = incident;
  const recorded = { trail: parseTrailArn(trail), states: { logging: { IsLogging: true } } };
  const ofEpisodes = episodes.flatMap(({ detectedAt, resolvedAt, resolution, outcome }, i) => {
    const times = { from: detectedAt, to: resolvedAt ?? minute(1) };
    const drift = { ...times, cause: i === 0 ? cause : null, outcome };
    return gapsOfDrift({ ...drift, isOver: resolution === 'external' }, recorded, [recorder]);
  });
  const ofInterruptions = interruptions.flatMap((one) =>
    gapOfInterruption(one, recorded, [recorder]),
  );
  return { ...incident, gaps: [...ofEpisodes, ...ofInterruptions] };
}

/** Nothing is recorded while logging is off. */
const recorder: KindHistory = {
  name: 'logging',
  impact: () => stopped.impact,
  historyModel: {
    applyCall: () => null,
    coverageLoss: () => totalLoss,
    coverage: () => ({
      ...{ events: ['management', 'data'], hasDigestFiles: true },
      ...{ isMultiRegion: true, isOrganization: true },
    }),
  },
};
