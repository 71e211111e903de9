import type { Command } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { type ActiveWindow, activeWindows } from '../active-windows.ts';
import { action } from '../context.ts';
import { examples } from '../options.ts';
import { scopeProblem } from '../scope.ts';
import { columns, paint, principalName } from '../terminal.ts';
import { noneProtected } from '../trails.ts';

type Options = { readonly all?: true };

export const configure = (command: Command): Command =>
  command
    .option('--all', 'list retired trails, too')
    .addHelpText('after', examples('list --all'))
    .action(
      action<Options, readonly []>(async (context, _, { all = false }) => {
        const known = await context.baselines.known();
        const listed = known.filter((one) => all || !('retirement' in one));
        const windows = await activeWindows(context);
        const stateOf = (one: KnownTrail): State => ({
          windows: windows.filter(({ window }) => window.trail === one.trail),
          problem: scopeProblem(context, one.trail),
        });
        context.answer({ trails: listed.map((one) => entry(one, stateOf(one))) }, () => {
          if (listed.length === 0) return [noneProtected().message];
          const rows = listed.map((one) => row(one, stateOf(one)));
          return columns(['TRAIL', 'VERSION', 'SINCE', 'BY', 'REASON', 'STATUS'], rows);
        });
        return listed.some((one) => 'error' in one) ? 1 : 0;
      }),
    );

/** The state of a trail apart from its baseline. */
type State = {
  readonly windows: readonly ActiveWindow[];
  /** Why the deployment cannot protect it; null if it can. */
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
    const since = [shortTime(retiredAt), principalName(retiredBy), escapeControlChars(reason)];
    return [title, String(version), ...since, 'retired'];
  }
  const { version, capturedAt, capturedBy, reason } = one.baseline;
  const since = [shortTime(capturedAt), principalName(capturedBy), escapeControlChars(reason)];
  return [title, String(version), ...since, status(state)];
}

function status({ windows, problem }: State): string {
  if (problem !== null) return `${paint('red', 'not protected')} ${problem}`;
  const last = windows
    .map((one) => one.until)
    .toSorted()
    .at(-1);
  if (last !== undefined) return paint('yellow', `maintenance until ${shortTime(last)}`);
  return paint('green', 'protected');
}

function entry(one: KnownTrail, { windows, problem }: State): object {
  if ('error' in one) {
    const { trail, error } = one;
    return { trail, status: 'broken', error: error.message };
  }
  if ('retirement' in one) return { ...one.retirement, status: 'retired' };
  const { states: _, policy: __, ...envelope } = one.baseline;
  const status =
    problem !== null ? 'out-of-scope' : windows.length === 0 ? 'protected' : 'maintenance';
  return { ...envelope, status, problem, windows };
}
