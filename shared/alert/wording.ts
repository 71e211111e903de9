import {
  type Incident,
  type IncidentStatus,
  isCutShort,
  type TamperEvent,
} from '#incident/incident.ts';
import { gatedIn } from '#reconcile/plan.ts';

/** What people are told of an incident by what it has come to: what it is, and what that asks of them. */
export type AlertWords = {
  readonly icon: string;
  readonly title: string;
  readonly callToAction: string;
  /** Whether it asks something of a person now. */
  readonly needsAction: boolean;
};

/** The words for an incident of the trail with this name. */
export function wordsOf(incident: Incident, name: string): AlertWords {
  const { status, reminders, endedAt } = incident;
  const { needsAction = false, ...words } = table[status](name, incident);
  const isStill = reminders > 0 && endedAt === null;
  return {
    ...words,
    title: `${isStill ? 'Still: ' : ''}${words.title}`,
    needsAction: needsAction || isStill,
  };
}

/** The words for what was done to trailkeeper itself. */
export function tamperingWords({ cause, faults, changes }: TamperEvent): AlertWords {
  if (changes === undefined) {
    return {
      icon: '🚨',
      title:
        cause === null
          ? 'trailkeeper is not wired as it was deployed'
          : 'Somebody changed a part of trailkeeper, or tried to',
      callToAction:
        'If this was not a deployment of yours: npx cdk diff, then npx cdk deploy --all --revert-drift. Until then trails may not be guarded.',
      needsAction: true,
    };
  }
  if (faults.length > 0) {
    return {
      icon: '🚨',
      title: 'Somebody has written to the state table what nobody has signed',
      callToAction:
        'It is not acted on: what was signed last stays in force. Find out who may write to the table, and what else they did.',
      needsAction: true,
    };
  }
  return {
    icon: '✍️',
    title: 'What a trail must be was changed by somebody who may approve',
    callToAction:
      'It is signed, and in force. If nobody you know did it, somebody else has their key: npx trailkeeper history.',
    needsAction: false,
  };
}

type Words = Omit<AlertWords, 'needsAction'> & { readonly needsAction?: true };

const table: Readonly<Record<IncidentStatus, (name: string, incident: Incident) => Words>> = {
  detected: (name) => ({
    icon: '🔎',
    title: `${name} is weakened, and is being restored`,
    callToAction: 'What becomes of it follows.',
  }),
  restored: (name) => ({
    icon: '✅',
    title: `${name} was weakened, and is restored`,
    callToAction:
      'It was read back. Nothing more has to be done about this: find out who did it, and why.',
  }),
  recovered: (name) => ({
    icon: '✅',
    title: `What was wrong with ${name} is over`,
    callToAction: `trailkeeper did not restore it: somebody else did, or what was broken works again. Find out which. Whether anything else is wrong: npx trailkeeper plan ${name}.`,
  }),
  degraded: (name) => ({
    icon: '🟠',
    title: `${name} records, but is not whole`,
    callToAction:
      'What is left costs no record. What to do about it stands below; every sweep tries again.',
    needsAction: true,
  }),
  failed: (name) => ({
    icon: '🚨',
    title: `${name} is NOT restored`,
    callToAction: 'What is left costs record. Do what stands below now; every sweep tries again.',
    needsAction: true,
  }),
  drifted: (name, { outcome, severity }) => ({
    icon: ['critical', 'high'].includes(severity) ? '🚨' : '⚠️',
    title: `${name} is weakened, and is left so`,
    callToAction:
      outcome?.mode === 'observe'
        ? `trailkeeper only observes: nothing was written. Undo it (npx trailkeeper restore ${name}), or if it is meant to be so, accept it (npx trailkeeper capture ${name} --reason "…").`
        : `Only a person may undo this, or the policy of the baseline says to tell it only. Undo it by hand, or if it is meant to be so, accept it (npx trailkeeper capture ${name} --reason "…").`,
    needsAction: true,
  }),
  unknown: (name) => ({
    icon: '❓',
    title: `${name} can not be read`,
    callToAction:
      'Whether it is as it must be is not known. Find out why it can not be read; every sweep tries again.',
    needsAction: true,
  }),
  held: (name, { outcome }) =>
    outcome !== null && gatedIn(outcome.verified).length > 0
      ? {
          icon: '✋',
          title: `${name} is not as it must be, and is left so until a person decides`,
          callToAction: `It stood there before trailkeeper first enforced this version, and whatever is done to the same part since is left, too. Decide once: put it back (npx trailkeeper restore ${name}), or take it as it is (npx trailkeeper capture ${name} --reason "…"). From then on whatever differs is restored. What is done to the other parts is restored meanwhile.`,
          needsAction: true,
        }
      : {
          icon: '⏸️',
          title: `${name} has drifted, and a Hold leaves it so`,
          callToAction:
            outcome?.mode === 'observe'
              ? 'trailkeeper only observes: after the end of the Hold it is left so, too.'
              : 'The first sweep after the end of the Hold restores it.',
        },
  deferred: (name) => ({
    icon: '⏳',
    title: `${name} has drifted, and waits for the next sweep`,
    callToAction:
      'It was restored often in a short time, and somebody undid that each time. What waits costs no record.',
  }),
  attempted: (name, { count }) => ({
    icon: '🛡️',
    title: `${count === 1 ? 'A call' : `${count} calls`} to change ${name} failed`,
    callToAction: 'Nothing was changed. If you do not know why it was tried, ask who did it.',
  }),
  touched: (name, { flip }) => ({
    icon: '👁️',
    title:
      flip === null
        ? `${name} was changed, and changed back before trailkeeper looked`
        : `${name} did not record for a while, and did again before trailkeeper looked`,
    callToAction:
      'It is as it must be. What was done in between may not be on record: find out who did it, and why.',
  }),
  digest: (name, { count, endedAt }) => ({
    icon: '🌊',
    title: `${count} incidents of ${name} in a short time`,
    callToAction:
      endedAt === null
        ? `They are told as one until it is quiet for ten minutes. Each is kept: npx trailkeeper incidents ${name}.`
        : 'It has been quiet for ten minutes: what comes now is told by itself again.',
  }),
  war: (name, { endedAt }) => ({
    icon: '⚔️',
    title:
      endedAt === null
        ? `Somebody undoes what is restored of ${name}`
        : `What is restored of ${name} is no longer undone`,
    callToAction:
      endedAt === null
        ? 'Find who does it, a pipeline or an attacker, and stop it. What costs record is restored at once each time; the rest waits for each sweep.'
        : 'It has been quiet for ten minutes. Find out who did it, and why.',
    needsAction: true,
  }),
  'hold-began': (name) => ({
    icon: '⏸️',
    title: `A Hold on ${name} has begun`,
    callToAction: `Until it ends, drift of its kinds is told and not restored. If nobody you know asked for it, end it: npx trailkeeper window end ${name}.`,
    needsAction: true,
  }),
  'hold-ended': (name, incident) => ({
    icon: '▶️',
    title: `The Hold on ${name} ${isCutShort(incident) ? 'was ended early' : 'has ended'}`,
    callToAction: 'In mode enforce the next sweep restores what drifted meanwhile.',
  }),
  broken: (name) => ({
    icon: '🚨',
    title: `${name} is NOT guarded: its baseline can not be used`,
    callToAction:
      'Nothing is restored until that is mended. Somebody may have done this on purpose.',
    needsAction: true,
  }),
};
