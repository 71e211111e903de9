import { isNeverStored } from '#baseline/known-trail.ts';
import { type Episode, hasRepair, type Incident } from '#incident/incident.ts';
import type { IncidentState } from '#incident/lifecycle/states.ts';
import { driftIn } from '#reconcile/plan.ts';
import { formatDuration, formatTime } from '#text/time.ts';
import { describeTool, nameIn } from './actor.ts';
import { type AlertOptions, printable, type Wording } from './alert.ts';
import { undecidedIn } from './approval-lines.ts';
import { acceptCommand, command, restoreCommand, wordOf } from './commands.ts';
import { acceptedFindings } from './drift-lines.ts';

type WordsOf = (
  name: string,
  incident: Incident,
  options: Pick<AlertOptions, 'omitActors'>,
) => Wording;

/** What an alert says of an incident in each state. */
export const wordingOfState: Readonly<Record<IncidentState, WordsOf>> = {
  detected: (name) => ({
    title: `${name} has drifted; restoring it now`,
    callToAction: 'The result follows within seconds.',
  }),
  restored: (name, { episodes }) => ({
    title: `${name} restored and verified`,
    callToAction:
      notRestoredBy(episodes) ?? 'The trail needs no repair. Find out who changed it and why.',
  }),
  resolved: (name, incident, { omitActors }) => {
    const last = incident.episodes.at(-1);
    const by = (who: string | null | undefined) =>
      omitActors || who == null ? '' : printable(` by ${nameIn(who)}`);
    if (last?.resolution === 'accepted') {
      const version = `version ${last.outcome.plan.version}${by(last.acceptedBy)}`;
      const callToAction = 'The trail is in sync with that version of its baseline.';
      const kinds = [...new Set(acceptedFindings(incident).map(({ kind }) => kind))];
      const ofKinds = kinds.length === 0 ? '' : ` of ${kinds.join(' and ')}`;
      return incident.episodes.some(hasRepair)
        ? {
            title: `${name} restored and verified; the drift${ofKinds} was accepted as ${version}`,
            callToAction: `${callToAction} Find out who made the changes that were restored, and why.`,
          }
        : { title: `${name}: the drift was accepted as ${version}`, callToAction };
    }
    const call = incident.calls.findLast(({ effect }) => effect === 'restored')?.call;
    if (call === undefined) {
      return {
        title: `${name} is in sync again`,
        callToAction:
          'trailkeeper did not restore it, and received no event of a call that did. A dependency may work again, or the event is late.',
      };
    }
    const tool = omitActors ? null : describeTool(call);
    return {
      title: `${name} was restored${by(call.principal.name)}`,
      callToAction: printable(
        `The call was ${call.eventName}${tool === null ? '' : `, with ${tool}`}. The trail needs no repair.`,
      ),
    };
  },
  degraded: (name, incident) => ({
    title: `${name} is only partly restored`,
    needsAction: true,
    ...(isLeftToPeople(incident.episodes)
      ? {
          callToAction: `${notRestoredBy(incident.episodes) ?? 'No events are being lost.'} Undo by hand what trailkeeper does not restore, or accept it.`,
          commands: acceptCommand(incident),
        }
      : {
          callToAction: `${notRestoredBy(incident.episodes) ?? 'No events are being lost.'} Fix the following; trailkeeper retries at every sweep.`,
          commands: command('Then restore it at once', 'trailkeeper restore', incident.trail),
        }),
  }),
  failed: (name, incident) => ({
    title: `${name} is NOT restored`,
    callToAction:
      `Events are being lost. Fix the following now; trailkeeper retries at every sweep. ${notRestoredBy(incident.episodes) ?? ''}`.trimEnd(),
    needsAction: true,
    commands: command('Then restore it at once', 'trailkeeper restore', incident.trail),
  }),
  drifted(name, incident) {
    const urgency = losesEvents(incident.episodes) ? 'Events are being lost. ' : '';
    return isObserved(incident.episodes)
      ? {
          title: `${name} has drifted; remediation is off (observe mode)`,
          callToAction: `${urgency}Restore the trail, or accept the change.`,
          needsAction: true,
          commands: [...restoreCommand(incident), ...acceptCommand(incident)],
        }
      : {
          title: `${name} has drifted; trailkeeper does not restore this drift`,
          callToAction: `${urgency}Undo the change by hand, or accept it.`,
          needsAction: true,
          commands: acceptCommand(incident),
        };
  },
  unknown: (name, { trail }) => ({
    title: `${name} cannot be checked`,
    callToAction:
      'It may have drifted unnoticed. Make it readable again; trailkeeper retries at every sweep.',
    needsAction: true,
    commands: command('Check it with your own credentials', 'trailkeeper plan', trail),
  }),
  suspended: (name, { episodes }) => ({
    title: `${name} has drifted; a maintenance window suspends its restore`,
    callToAction: isObserved(episodes)
      ? 'In observe mode trailkeeper does not restore it when the window ends, either.'
      : 'The first sweep after the window restores it.',
  }),
  'backing-off': (name) => ({
    title: `${name} has drifted; the next sweep restores it`,
    callToAction:
      'Its last repairs were reverted within minutes, so trailkeeper slowed down. No events are being lost.',
  }),
  'awaiting-approval': (name, { id, approvals, episodes }) => {
    const [first] = undecidedIn(approvals);
    const end =
      first?.otherwise === 'alert' ? 'trailkeeper leaves it as it is' : 'trailkeeper restores it';
    const deadline =
      first === undefined
        ? 'The next sweep carries out the decision.'
        : `Approve or reject the restore by ${formatTime(first.until)}. Without a decision ${end} then.`;
    return {
      title: `${name} has drifted; its restore waits for approval`,
      callToAction: losesEvents(episodes) ? `Events are being lost. ${deadline}` : deadline,
      needsAction: first !== undefined,
      commands:
        first === undefined
          ? []
          : [
              ...command('Restore it', 'trailkeeper approve', wordOf(id)),
              ...command('Leave it as it is', 'trailkeeper reject', wordOf(id)),
            ],
    };
  },
  'baseline-invalid': (name, { trail, baselineError }) => {
    if (isNeverStored(baselineError)) {
      return {
        title: `${name} is NOT protected: it has no baseline`,
        callToAction:
          'Capture it. If it was captured before, someone deleted its baseline: restore the state table first.',
        needsAction: true,
        commands: command('Capture it', 'trailkeeper capture', trail),
      };
    }
    return {
      title: `${name} is NOT protected: its baseline cannot be used`,
      callToAction:
        'Nothing is restored until the baseline is fixed. It may have been damaged on purpose.',
      needsAction: true,
      commands: command('See its versions and who signed them', 'trailkeeper history', trail),
    };
  },
  attempted: (name, { callCount }) => ({
    title: `${callCount === 1 ? 'A call' : `${callCount} calls`} to change ${name} failed`,
    callToAction: `The trail did not change. If you do not expect ${callCount === 1 ? 'this call' : 'these calls'}, ask the caller why.`,
  }),
  reverted: (name, { interruptions }) => ({
    title:
      interruptions.length === 0
        ? `${name} was changed and changed back before it was checked`
        : `${name} did not log for ${lengthOf(interruptions)}; it logs again`,
    callToAction:
      'The trail is in sync, but events in between may be missing. Find out who changed it and why.',
  }),
};

/** Whether what was left at last loses events. */
const losesEvents = (episodes: readonly Episode[]): boolean =>
  episodes
    .slice(-1)
    .flatMap(({ outcome }) => driftIn(outcome.verified))
    .some(({ impact }) => impact.losesCoverage);

/** What the repairs of a log bucket do not undo, the worst first; null for nothing. */
function notRestoredBy(episodes: readonly Episode[]): string | null {
  const applied = episodes
    .flatMap(({ outcome }) => outcome.applied)
    .filter(({ status }) => status === 'applied');
  const made = new Set(applied.map(({ action }) => action));
  return leftAfter.find(([action]) => made.has(action))?.[1] ?? null;
}

const leftAfter: readonly (readonly [action: string, left: string])[] = [
  [
    'CreateBucket',
    'The log bucket was created again, but the log files that it held are gone: look for copies. Find out who deleted it and why.',
  ],
  [
    'DeleteBucketReplication',
    'Log files that were written meanwhile may have been copied to another bucket. Find out who owns it, and who added the replication.',
  ],
  [
    'PutBucketReplication',
    'Log files that were written meanwhile may lack their second copy: replicate them with S3 Batch Replication. Find out who changed the replication and why.',
  ],
];

const isObserved = (episodes: readonly Episode[]): boolean =>
  episodes.slice(-1).some(({ outcome }) => outcome.mode === 'observe');

/** Whether trailkeeper restored all that it can, so that trying again does not help. */
const isLeftToPeople = (episodes: readonly Episode[]): boolean =>
  episodes
    .slice(-1)
    .every(
      ({ outcome: { applied, verified } }) =>
        applied.every(({ status }) => status === 'applied') &&
        verified.findings.every(
          (one) => one.status !== 'unknown' && !('steps' in one && one.steps.length > 0),
        ),
    );

/** How long logging was off: at most so long, if the begin of an interruption is not known. */
function lengthOf(interruptions: Incident['interruptions']): string {
  const total = interruptions.reduce(
    (sum, { from, to }) => sum + Date.parse(to) - Date.parse(from),
    0,
  );
  const isKnown = interruptions.every(({ isFromKnown }) => isFromKnown);
  return `${isKnown ? '' : 'up to '}${formatDuration(Math.max(0, total))}`;
}
