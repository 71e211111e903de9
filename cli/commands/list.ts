import { Command } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { escapeControlChars } from '#text/escape.ts';
import { activeHolds, type HoldInForce } from '../active-holds.ts';
import { unarmedKinds } from '../armed.ts';
import { action } from '../context.ts';
import { scopeProblem } from '../scope.ts';
import { columns, paint, second, who } from '../terminal.ts';
import { capture, titleOf } from '../trails.ts';

type Options = { readonly all?: true };

export const list = new Command('list')
  .description('the trails that are guarded, with the version in force')
  .option('--all', 'trails that were retired, too')
  .action(
    action<Options, readonly []>(async (context, _, { all = false }) => {
      const known = await context.baselines.known();
      const told = known.filter((one) => all || !('retirement' in one));
      const holds = await activeHolds(context);
      const unarmed = new Map<string, readonly string[]>();
      for (const one of told) {
        if ('baseline' in one) unarmed.set(one.trail, await unarmedKinds(context, one.baseline));
      }
      const stateOf = (one: KnownTrail): State => ({
        holds: holds.filter(({ hold }) => hold.trail === one.trail),
        unarmed: unarmed.get(one.trail) ?? [],
        problem: scopeProblem(context, one.trail),
      });
      context.answer({ trails: told.map((one) => entry(one, stateOf(one))) }, () => {
        if (told.length === 0) return [`no trail is guarded: ${capture('TRAIL_ARN')}`];
        const rows = told.map((one) => row(one, stateOf(one)));
        return [columns(['TRAIL', 'VERSION', 'SINCE', 'BY', 'REASON', 'STATUS'], rows)];
      });
      return told.some((one) => 'error' in one) ? 1 : 0;
    }),
  );

/** What is known of a trail beside its baseline. */
type State = {
  readonly holds: readonly HoldInForce[];
  readonly unarmed: readonly string[];
  /** Why the deployment cannot guard it. */
  readonly problem: string | null;
};

function row(one: KnownTrail, state: State): string[] {
  const title = titleOf(one.trail);
  if ('error' in one) {
    const problem = `${paint('red', 'broken')} ${escapeControlChars(one.error.message)}`;
    return [title, '', '', '', '', problem];
  }
  if ('retirement' in one) {
    const { version, retiredAt, retiredBy, reason } = one.retirement;
    const since = [second(retiredAt), who(retiredBy), escapeControlChars(reason)];
    return [title, String(version), ...since, 'retired'];
  }
  const { version, capturedAt, capturedBy, reason } = one.baseline;
  const since = [second(capturedAt), who(capturedBy), escapeControlChars(reason)];
  return [title, String(version), ...since, status(state)];
}

function status({ holds, unarmed, problem }: State): string {
  if (problem !== null) return `${paint('red', 'not guarded')} ${problem}`;
  const last = holds
    .map((one) => one.until)
    .toSorted()
    .at(-1);
  if (last !== undefined) return paint('yellow', `held until ${second(last)}`);
  if (unarmed.length > 0) return paint('yellow', `not armed: ${unarmed.join(', ')}`);
  return paint('green', 'guarded');
}

function entry(one: KnownTrail, { holds, unarmed, problem }: State): object {
  if ('error' in one) {
    const { trail, error } = one;
    return { trail, status: 'broken', error: error.message };
  }
  if ('retirement' in one) return { ...one.retirement, status: 'retired' };
  const { states: _, policy: __, ...envelope } = one.baseline;
  const status = problem !== null ? 'out-of-scope' : holds.length === 0 ? 'guarded' : 'held';
  return { ...envelope, status, problem, holds, unarmed };
}
