import { severities } from '#drift/impact.ts';
import type { Incident } from '#incident/incident.ts';
import { type IncidentState, isQuiet } from '#incident/lifecycle/states.ts';
import { formatBetween, formatDuration } from '#text/time.ts';
import { type Alert, type AlertOptions, printable } from './alert.ts';

/** What happened, and what to do about it. */
export type Wording = Pick<Alert, 'icon' | 'title' | 'callToAction' | 'needsAction'>;

/** The wording for an incident of the trail with this name. */
export function incidentWording(
  incident: Incident,
  name: string,
  options: Pick<AlertOptions, 'omitActors'>,
): Wording {
  const { state, flapping, closedAt, reminders } = incident;
  const isReminder = reminders > 0 && closedAt === null && !isQuiet(state);
  const { needsAction = false, ...words } = (
    flapping && !mustBeNamed.has(state) ? flappingWords : byState[state]
  )(name, incident, options);
  return {
    ...words,
    title: `${isReminder ? 'Reminder: ' : ''}${words.title}`,
    needsAction: needsAction || isReminder,
  };
}

type Words = Omit<Wording, 'needsAction'> & { readonly needsAction?: true };

/** The states whose own wording is more urgent than that repairs keep being reverted. */
const mustBeNamed: ReadonlySet<IncidentState> = new Set(['failed', 'unknown', 'baseline-invalid']);

function flappingWords(name: string, { closedAt, episodes, state }: Incident): Words {
  const isOurs = episodes.some(({ resolution }) => resolution === 'restored');
  if (closedAt !== null) {
    return {
      icon: '✅',
      title: `${name}: ${isOurs ? 'repairs are no longer reverted' : 'drift no longer comes back'}`,
      callToAction:
        'The trail is in sync and has been quiet for ten minutes. Find out who changed it and why.',
    };
  }
  return {
    icon: '🔁',
    title: `${name}: ${isOurs || state === 'backing-off' ? 'repairs keep being reverted' : 'drift keeps coming back'}`,
    callToAction:
      'Find the pipeline or attacker that changes the trail, and stop it. Changes that lose events are restored at once; other changes wait for the next sweep.',
    needsAction: true,
  };
}

/** The name at the end of the ARN of a principal. */
const nameIn = (arn: string): string => arn.split('/').at(-1) ?? arn;

type WordsOf = (
  name: string,
  incident: Incident,
  options: Pick<AlertOptions, 'omitActors'>,
) => Words;

const byState: Readonly<Record<IncidentState, WordsOf>> = {
  detected: (name) => ({
    icon: '🔎',
    title: `${name} has drifted; restoring it now`,
    callToAction: 'The result follows within seconds.',
  }),
  restored: (name) => ({
    icon: '✅',
    title: `${name} restored and verified`,
    callToAction: 'The trail needs no repair. Find out who changed it and why.',
  }),
  resolved: (name, { episodes }, { omitActors }) => {
    const last = episodes.at(-1);
    if (last?.resolution !== 'accepted') {
      return {
        icon: '✅',
        title: `${name} is in sync again`,
        callToAction:
          'trailkeeper did not restore it: someone else did, or a dependency works again. Find out which.',
      };
    }
    const who = omitActors || last.acceptedBy === null ? '' : ` by ${nameIn(last.acceptedBy)}`;
    return {
      icon: '✅',
      title: `${name} is in sync with a new version of its baseline`,
      callToAction: `The drift was accepted as version ${last.outcome.plan.version} of the baseline${printable(who)}.`,
    };
  },
  degraded: (name) => ({
    icon: '🟠',
    title: `${name} is only partly restored`,
    callToAction:
      'No events are being lost. Fix the following; trailkeeper retries at every sweep.',
    needsAction: true,
  }),
  failed: (name) => ({
    icon: '🚨',
    title: `${name} is NOT restored`,
    callToAction:
      'Events are being lost. Fix the following now; trailkeeper retries at every sweep.',
    needsAction: true,
  }),
  drifted: (name, { episodes, severity }) => {
    const icon = severities.indexOf(severity) < severities.indexOf('medium') ? '🚨' : '⚠️';
    const accept = `If the change is wanted, accept it: npx --no trailkeeper capture ${name} --reason "…".`;
    return episodes.at(-1)?.outcome.mode === 'observe'
      ? {
          icon,
          title: `${name} has drifted; remediation is off (observe mode)`,
          callToAction: `Restore it: npx --no trailkeeper restore ${name}. ${accept}`,
          needsAction: true,
        }
      : {
          icon,
          title: `${name} has drifted; trailkeeper does not restore this drift`,
          callToAction: `Undo the change by hand. ${accept}`,
          needsAction: true,
        };
  },
  unknown: (name) => ({
    icon: '❓',
    title: `${name} cannot be checked`,
    callToAction:
      'It may have drifted unnoticed. Make it readable again; trailkeeper retries at every sweep.',
    needsAction: true,
  }),
  suspended: (name, { episodes }) => ({
    icon: '⏸️',
    title: `${name} has drifted; a maintenance window suspends its restore`,
    callToAction:
      episodes.at(-1)?.outcome.mode === 'observe'
        ? 'In observe mode trailkeeper does not restore it when the window ends, either.'
        : 'The first sweep after the window restores it.',
  }),
  'backing-off': (name) => ({
    icon: '⏳',
    title: `${name} has drifted; the next sweep restores it`,
    callToAction:
      'Its last repairs were reverted within minutes, so trailkeeper slowed down. No events are being lost.',
  }),
  'baseline-invalid': (name) => ({
    icon: '🚨',
    title: `${name} is NOT protected: its baseline cannot be used`,
    callToAction:
      'Nothing is restored until the baseline is fixed. It may have been damaged on purpose.',
    needsAction: true,
  }),
  attempted: (name, { callCount }) => ({
    icon: '🛡️',
    title: `${callCount === 1 ? 'A call' : `${callCount} calls`} to change ${name} failed`,
    callToAction: 'The trail did not change. If you do not expect this call, ask the caller why.',
  }),
  reverted: (name, { interruptions }) => ({
    icon: '👁️',
    title:
      interruptions.length === 0
        ? `${name} was changed and changed back before it was checked`
        : `${name} did not log for ${lengthOf(interruptions)}; it logs again`,
    callToAction:
      'The trail is in sync, but events in between may be missing. Find out who changed it and why.',
  }),
};

/** How long logging was off: at most so long, if the begin of an interruption is not known. */
function lengthOf(interruptions: Incident['interruptions']): string {
  const isKnown = interruptions.every(({ isFromKnown }) => isFromKnown);
  const [only, ...others] = interruptions;
  if (only === undefined) return '';
  const total = interruptions.reduce(
    (sum, { from, to }) => sum + Date.parse(to) - Date.parse(from),
    0,
  );
  const length = others.length === 0 ? formatBetween(only.from, only.to) : formatDuration(total);
  return isKnown ? length : `up to ${length}`;
}
