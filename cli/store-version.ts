import type { Baseline } from '#baseline/baseline.ts';
import {
  type Capture,
  type Captured,
  MissingTrailError,
  proposeBaseline,
  readStates,
  type Unread,
} from '#baseline/capture.ts';
import { captureWarnings } from '#baseline/capture-warnings.ts';
import { type LandingZone, landingZoneOf } from '#baseline/landing-zone.ts';
import { destinations } from '#drift/destinations.ts';
import { kinds } from '#drift/index.ts';
import { renderChange, renderValue } from '#reconcile/render-plan.ts';
import { type Change, diffReported, type Json, without } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { parseTrailArn, type Trail } from '#trail/trail-arn.ts';
import { modeOf, restorable } from './armed.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { streams } from './session.ts';
import { columns, confirm, note, paint } from './terminal.ts';
import { titleOf } from './trails.ts';

type States = Baseline['states'];

/** A version that a person means to make current. */
export type Proposal = Omit<Capture, 'schema' | 'capturedAt' | 'capturedBy' | 'armed'> & {
  /** The live states where they could be read; null for a trail that does not exist. */
  readonly live: States | null;
  readonly yes: boolean;
  /** The tool that manages the trail, if more than its name is known of that. */
  readonly landingZone?: LandingZone | null;
};

/** Shows what a version changes and what follows from it, asks, and stores it. */
export async function storeVersion(
  context: Context,
  { live, yes, landingZone: known, ...content }: Proposal,
): Promise<ExitCode> {
  const [capturedBy, capturedAt] = [await context.caller(), context.now().toISOString()];
  const isArmed = modeOf(context) === 'enforce' && live !== null && isInSync(live, content.states);
  const capture = { ...content, schema: 1, capturedAt, capturedBy, armed: isArmed } as const;
  const key = content.reason === null ? null : ((await context.signer?.publicKey()) ?? null);
  const prepared = await proposeBaseline(context.baselines, capture, key?.id);
  const landingZone = known ?? landingZoneOf(parseTrailArn(content.trail).name, []);
  const warnings = captureWarnings({ ...content, live, landingZone });
  if (prepared.status !== 'prepared') return end(context, prepared, warnings);

  const { before, next, changes } = prepared;
  const title = titleOf(next.trail);
  context.tell(
    ...(before === null
      ? [`${title} is to be:`, ...stateLines(next)]
      : replaced(title, before, changes)),
    ...weaknessLines(weaknessesOf(next)),
    ...warnings.map((words) => `${paint('yellow', 'warning')} ${escapeControlChars(words)}`),
    ...pending(live, next.states),
  );
  await confirm(before === null ? 'Guard it from now on?' : 'Make this the baseline?', { yes });
  return end(context, await prepared.store(), warnings);
}

function end(context: Context, captured: Captured, warnings: readonly string[]): ExitCode {
  const { status, baseline, changes } = captured;
  const title = titleOf(baseline.trail);
  const isDone = status !== 'differs';
  context.answer({ ...captured, weaknesses: weaknessesOf(baseline), warnings }, () =>
    isDone ? storedLines({ status, trail: baseline.trail, version: baseline.version }) : [],
  );
  if (isDone) return 0;
  note(
    `${paint('yellow', 'not captured', streams().stderr)} ${title} differs from version ${baseline.version}:`,
    ...changeLines(changes),
    'If that is how it must be, say why: --reason "…". If not, undo it first; where the trail is guarded, npx trailkeeper restore does.',
  );
  return 2;
}

type Stored = {
  readonly status: string;
  readonly trail: string;
  readonly version: number;
};

/** What became of a version that was to be stored. */
export function storedLines({ status, trail, version }: Stored): readonly string[] {
  return [`${paint('green', status)} ${titleOf(trail)}, version ${version}`];
}

const replaced = (title: string, { version }: Baseline, changes: readonly Change[]) =>
  changes.length === 0
    ? [`${title} is as version ${version} says, and is signed anew.`]
    : [`${title} changes from version ${version}:`, ...changeLines(changes)];

/** What a baseline asks for, a field a line. */
export function stateLines({ states, policy }: Pick<Baseline, 'states' | 'policy'>): string[] {
  const fields = Object.entries(states).flatMap(([kind, state]) =>
    Object.entries(state as Record<string, Json>).map(([field, value]) => [
      `  ${kind}.${field}`,
      renderValue(value),
    ]),
  );
  const treatments = Object.entries(policy).map(([kind, treatment]) => [
    `  policy.${kind}`,
    renderValue(treatment as Json),
  ]);
  return [columns([], [...fields, ...treatments])];
}

/** How versions differ: what is, and what was; of a list, what left it and what came. */
export const changeLines = (changes: readonly Change[]): string[] =>
  changes.flatMap(({ path, desired, actual }) => {
    const field = `  ${escapeControlChars(path)}`;
    if (!Array.isArray(desired) || !Array.isArray(actual)) {
      return [`${field} is ${renderValue(actual)}, was ${renderValue(desired)}`];
    }
    return [
      field,
      ...without(desired, actual).map((item) => `    ${paint('red', `- ${renderValue(item)}`)}`),
      ...without(actual, desired).map((item) => `    ${paint('green', `+ ${renderValue(item)}`)}`),
    ];
  });

/** What a trail of these states leaves open, in words. */
export const weaknessesOf = ({
  states,
  trail,
}: Pick<Baseline, 'states' | 'trail'>): readonly string[] =>
  kinds.flatMap(({ name, hardeningAdvice }) => {
    const state = states[name];
    return state === undefined ? [] : (hardeningAdvice?.(state, parseTrailArn(trail)) ?? []);
  });

export const weaknessLines = (weaknesses: readonly string[]): string[] =>
  weaknesses.map((words) => `${paint('yellow', 'weak')} ${escapeControlChars(words)}`);

/** What waits for a person once the states are a baseline, or what is done about it by itself. */
export function pending(live: States | null, states: States, isRestored = false): string[] {
  if (live === null) {
    return ['The trail does not exist: in mode enforce the next sweep creates it.'];
  }
  const changes = pendingIn(live, states);
  if (changes.length === 0) return [];
  return [
    isRestored
      ? 'The live trail differs. In mode enforce the next sweep restores what trailkeeper can:'
      : 'The live trail differs. That is told, and left as it is until somebody runs npx trailkeeper restore:',
    ...changes.map((change) => `  ${renderChange('', change)}`),
  ];
}

/** The differences of the kinds that can be read. What a trail delivers to is not guarded if its field is null. */
const pendingIn = (live: States, states: States): readonly Change[] =>
  Object.entries(states).flatMap(([kind, state]) => {
    const seen = live[kind];
    if (seen === undefined) return [];
    return diffReported(state as Json, seen as Json)
      .filter(({ desired }) => kind !== destinations.name || desired !== null)
      .map((change) => ({ ...change, path: `${kind}.${change.path}` }));
  });

/** Says which kind cannot be read, and what becomes of it. */
export const noteUnread = ({ kind, reason }: Unread): void =>
  note(
    `${paint('yellow', 'not read', streams().stderr)} ${kind}: ${escapeControlChars(reason)}. It stays as the version before has it, and is not guarded if that has none: capture again once it can be read`,
  );

/** Whether nothing would be restored: what only people can mend arms nothing, and disarms nothing. */
const isInSync = (live: States, states: States): boolean =>
  restorable
    .filter((name) => name in states)
    .every(
      (name) =>
        diffReported((states[name] ?? null) as Json, (live[name] ?? null) as Json).length === 0,
    );

/** The live states of a trail to compare with; null where it does not exist. */
export const liveStates = (
  { awsOf, now }: Context,
  trail: Trail,
  desired: States,
): Promise<States | null> =>
  readStates(kinds, awsOf(trail.region), trail, now(), desired, noteUnread).catch(
    (error: unknown) => {
      if (error instanceof MissingTrailError) return null;
      throw error;
    },
  );
