import type { Verdict } from '#reconcile/outcome.ts';

/** A state in which something is left that differs from the baseline, or may. */
export type Unresolved = Exclude<Verdict, 'in-sync' | 'restored'> | 'detected' | 'baseline-invalid';

/** A state in which nothing is left: the incident closes once the trail stays quiet. */
export type Quiet = 'restored' | 'resolved' | 'reverted' | 'attempted';

export type IncidentState = Unresolved | Quiet;

/** What each state means, for people. */
export const meanings: Readonly<Record<IncidentState, string>> = {
  detected: 'drift was detected and its repair is in flight',
  drifted: 'drift is left as it is: in observe mode, or because only a person can undo it',
  failed: 'the repair failed and events are lost',
  degraded: 'the repair failed, and what is left loses no events',
  unknown: 'the trail cannot be read',
  suspended: 'the repair waits for the end of a maintenance window',
  'backing-off': 'the repair waits for the next sweep',
  'awaiting-approval': 'the repair waits for a decision, until a deadline',
  'baseline-invalid': 'the baseline cannot be used',
  restored: 'trailkeeper restored the trail and verified it',
  resolved: 'the trail is in sync again, but not by trailkeeper',
  reverted: 'a change was undone before trailkeeper observed it',
  attempted: 'calls that would change the trail failed',
};

/** What moves an incident: a finding, named as the state that it leads to, or one of the others. */
export type Signal = Unresolved | Verdict | 'call-failed' | 'change-reverted' | 'quiet';

/** Where a signal leads. A closed incident is history: what happens next opens another one. */
type Next = Readonly<Partial<Record<Signal, IncidentState | 'closed'>>>;

/** What the last look at the trail found. */
const verified: Next = {
  drifted: 'drifted',
  failed: 'failed',
  degraded: 'degraded',
  unknown: 'unknown',
  suspended: 'suspended',
  'backing-off': 'backing-off',
  'awaiting-approval': 'awaiting-approval',
  'baseline-invalid': 'baseline-invalid',
  restored: 'restored',
};

/** A repair in flight moves no incident whose drift is known: it takes the repair's result. */
const unresolved: Next = { ...verified, 'in-sync': 'resolved' };

/** Known drift stays known while the trail cannot be read. */
const { unknown: _, ...knownDrift } = unresolved;

/** What a repair left stays what it left, if a later run has nothing to do about it. */
const partlyRestored: Next = { ...knownDrift, drifted: 'degraded' };

const quiet: Next = { ...verified, detected: 'detected', quiet: 'closed' };

/** The state that follows from a state and a signal. A pair that is not listed changes nothing. */
export const transitions: Readonly<Record<IncidentState | 'none', Next>> = {
  none: {
    ...verified,
    detected: 'detected',
    'call-failed': 'attempted',
    'change-reverted': 'reverted',
  },
  detected: unresolved,
  unknown: unresolved,
  'baseline-invalid': unresolved,
  drifted: knownDrift,
  failed: knownDrift,
  degraded: partlyRestored,
  suspended: knownDrift,
  'backing-off': knownDrift,
  'awaiting-approval': knownDrift,
  restored: quiet,
  resolved: quiet,
  reverted: quiet,
  attempted: { ...quiet, 'change-reverted': 'reverted' },
};

/** The next state; null if the signal changes nothing. */
export const nextState = (
  state: IncidentState | 'none',
  signal: Signal,
): IncidentState | 'closed' | null => transitions[state][signal] ?? null;

export const isQuiet = (state: IncidentState): state is Quiet => 'quiet' in transitions[state];

export const isUnresolved = (state: IncidentState): state is Unresolved => !isQuiet(state);
