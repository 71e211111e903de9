import type { BucketLoss } from '#drift/bucket-loss.ts';
import { destinations } from '#drift/destinations.ts';
import { type Logging, logging } from '#drift/logging.ts';
import type { Observation } from '#drift/observe.ts';
import type { LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import type { ObservedLogging } from './lifecycle/report.ts';

/** What one drift kind observed in a run, and when; ISO 8601. */
export type ObservedKind = {
  readonly kind: string;
  readonly at: string;
  readonly observation: Observation;
};

/** What a run observed of the trail's logging, in the times that its drift kind reads beside the state. */
export function observedLogging(
  observed: readonly ObservedKind[],
  capturedAt: string,
): ObservedLogging {
  const ofLogging = observed.filter(({ kind }) => kind === logging.name);
  const last = ofLogging.at(-1)?.observation;
  return {
    readings: ofLogging.map(({ observation }) => checkpointIn(observation)),
    isGone: last?.status === 'observed' && last.state === null,
    capturedAt,
  };
}

/** Null if there is no trail, or it could not be read. */
function checkpointIn(observation: Observation): LoggingCheckpoint | null {
  if (observation.status === 'unknown' || observation.state === null) return null;
  const {
    IsLogging,
    StartLoggingTime = null,
    StopLoggingTime = null,
  } = observation.state as Logging;
  return { IsLogging, StartLoggingTime, StopLoggingTime };
}

/** That a run saw the trail's bucket missing; null if it did not. */
export function bucketLossIn(
  observed: readonly ObservedKind[],
  version: number,
): BucketLoss | null {
  const lost = observed.findLast(({ kind, observation }) => {
    if (kind !== destinations.name || observation.status === 'unknown') return false;
    const state = observation.state as { readonly BucketRegion?: string | null } | null;
    return state?.BucketRegion === null;
  });
  return lost === undefined ? null : { version, at: lost.at };
}
