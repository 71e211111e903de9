import type { Baseline } from '#baseline/baseline.ts';
import { type Treatment, treatmentOf } from '#baseline/policy.ts';
import type { Unread } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import type { States } from '#drift/kind.ts';
import {
  renderCaptured,
  renderChange,
  renderRevision,
  renderValue,
} from '#reconcile/render-plan.ts';
import { type Change, diffReported, fieldOf, type Json, without } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { streams } from '../session.ts';
import { note, paint, wrappable } from '../terminal.ts';

/** The states and the policy of a baseline, a field a line. */
export function stateLines({ states, policy }: Pick<Baseline, 'states' | 'policy'>): string[] {
  const fields = Object.entries({ ...states, policy }).flatMap(([kind, state]) =>
    Object.entries(state as Record<string, Json>).map(
      ([field, value]) => [`${kind}.${field}`, wrappable(renderCaptured(kind, value))] as const,
    ),
  );
  const longest = Math.max(...fields.map(([field]) => field.length));
  return fields.map(([field, value]) => `  ${field.padEnd(longest)}  ${value}`);
}

/** The changes between two baselines: the new and the old value; of a list, the removed and the added items. */
export const changeLines = (changes: readonly Change[]): string[] =>
  changes.flatMap((change) => {
    const { path, desired, actual } = change;
    if (!Array.isArray(desired) || !Array.isArray(actual))
      return [`  ${wrappable(renderRevision(change))}`];
    return [
      `  ${escapeControlChars(path)}`,
      ...without(desired, actual).map(
        (item) => `    ${paint('red', `- ${wrappable(renderValue(item))}`)}`,
      ),
      ...without(actual, desired).map(
        (item) => `    ${paint('green', `+ ${wrappable(renderValue(item))}`)}`,
      ),
    ];
  });

/** What would make a trail with these states more secure, one sentence each. */
export const hardeningAdviceFor = ({
  states,
  trail,
}: Pick<Baseline, 'states' | 'trail'>): readonly string[] =>
  kinds.flatMap(({ name, hardeningAdvice }) => {
    const state = states[name];
    return state === undefined ? [] : (hardeningAdvice?.(state, parseTrailArn(trail)) ?? []);
  });

export const adviceLines = (advice: readonly string[]): string[] =>
  advice.map((words) => `${paint('yellow', 'advice')} ${escapeControlChars(words)}`);

/** How the live trail differs from a new baseline, and what happens to the difference. */
export function liveDriftLines(live: States | null, baseline: Content): string[] {
  if (live === null) {
    return ['The trail does not exist: in enforce mode the next sweep creates it.'];
  }
  const drift = Object.groupBy(liveDrift(live, baseline), ({ treatment }) => treated[treatment]);
  return Object.entries(drift).flatMap(([consequence, found = []]) => [
    `The live trail differs. ${consequence}:`,
    ...found.map(({ text }) => `  ${wrappable(text)}`),
  ]);
}

const treated: Readonly<Record<Treatment, string>> = {
  restore: 'In enforce mode the next sweep restores what it can',
  approve: 'This needs approval to be restored, unless events are lost by it',
  'approve-coverage-loss': 'This needs approval to be restored',
  alert: 'This is only reported',
  ignore: 'This is ignored',
};

type Content = Pick<Baseline, 'states' | 'policy'>;
type LiveDrift = { readonly text: string; readonly treatment: Treatment };

/** The differences of the kinds that were read. A field of a kind outside the trail that is null is not protected. */
const liveDrift = (live: States, { states, policy }: Content): readonly LiveDrift[] =>
  kinds.flatMap((kind) => {
    const [desired, actual] = [states[kind.name], live[kind.name]];
    if (desired === undefined || actual === undefined) return [];
    const isRepaired = kind.permissions.repair.length > 0;
    return diffReported(desired as Json, actual as Json)
      .filter((change) => !kind.isOutsideTrail || change.desired !== null)
      .map((change) => ({
        text: renderChange(kind.name, change),
        treatment: isRepaired ? treatmentOf(policy, kind, fieldOf(change)) : 'alert',
      }));
  });

/** Says which kind cannot be read, and what that means for the baseline. */
export const noteUnread = ({ kind, reason }: Unread): void =>
  note(
    `${paint('yellow', 'not read', streams().stderr)} ${kind}: ${escapeControlChars(reason)}. The baseline keeps its state from the version before, or does not protect it if there is none: capture again when it can be read`,
  );
