import type { Incident } from '#incident/incident.ts';
import { type IncidentState, isQuiet } from '#incident/lifecycle/states.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { nameIn } from './actor.ts';
import { type AlertOptions, printable, type Wording } from './alert.ts';
import type { AlertKind } from './alert-kinds.ts';
import { wordingOfState } from './state-wording.ts';

/** The wording for an incident. */
export function incidentWording(
  incident: Incident,
  options: Pick<AlertOptions, 'omitActors'>,
): Wording {
  const { state, closedAt, reminders, retired } = incident;
  const { name } = parseTrailArn(incident.trail);
  if (retired !== undefined) {
    return {
      title: `${name} is no longer protected`,
      callToAction: `The trail was ${retirement(retired, options)}. Its drift was not restored.`,
    };
  }
  const words = kindOf(incident) === 'flapping' ? flappingWords : wordingOfState[state];
  const wording = words(name, incident, options);
  if (reminders === 0 || closedAt !== null || isQuiet(state)) return wording;
  return { ...wording, title: `Reminder: ${wording.title}`, needsAction: true };
}

/** The kind of alert that an incident is. */
export function kindOf({ state, flapping, retired }: Incident): AlertKind {
  if (retired !== undefined) return 'retired';
  return flapping && !mustBeNamed.has(state) ? 'flapping' : state;
}

/** The states whose own wording is more urgent than that repairs keep being reverted. */
const mustBeNamed: ReadonlySet<IncidentState> = new Set(['failed', 'unknown', 'baseline-invalid']);

function flappingWords(name: string, { closedAt, episodes, state }: Incident): Wording {
  const isOurs = episodes.some(({ resolution }) => resolution === 'restored');
  if (closedAt !== null) {
    return {
      title: `${name}: ${isOurs ? 'repairs are no longer reverted' : 'drift no longer comes back'}`,
      callToAction:
        'The trail is in sync and has been quiet for ten minutes. Find out who changed it and why.',
    };
  }
  return {
    title: `${name}: ${isOurs || state === 'backing-off' ? 'repairs keep being reverted' : 'drift keeps coming back'}`,
    callToAction:
      'Find the pipeline or attacker that changes the trail, and stop it. Changes that lose events are restored at once; other changes wait for the next sweep.',
    needsAction: true,
  };
}

/** `retired by alice: moved to the lake`. */
export const retirement = (
  { by, reason }: { readonly by: string; readonly reason: string },
  { omitActors }: Pick<AlertOptions, 'omitActors'>,
): string => printable(`retired${omitActors ? '' : ` by ${nameIn(by)}`}: ${reason}`);
