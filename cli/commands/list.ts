import { Command } from 'commander';
import type { Known } from '#aws/baseline-store.ts';
import { renderText } from '#core/text.ts';
import { activeHolds, type HoldInForce } from '../active-holds.ts';
import { unarmedKinds } from '../armed.ts';
import { action } from '../context.ts';
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
      const unarmedOf = ({ trail }: Known) => unarmed.get(trail) ?? [];
      context.answer({ trails: told.map((one) => entry(one, holds, unarmedOf(one))) }, () => {
        if (told.length === 0) return [`no trail is guarded: ${capture('TRAIL_ARN')}`];
        const rows = told.map((one) => row(one, holds, unarmedOf(one)));
        return [columns(['TRAIL', 'VERSION', 'SINCE', 'BY', 'REASON', 'STATUS'], rows)];
      });
      return told.some((one) => 'error' in one) ? 1 : 0;
    }),
  );

function row(one: Known, holds: readonly HoldInForce[], unarmed: readonly string[]): string[] {
  const title = titleOf(one.trail);
  if ('error' in one) {
    const problem = `${paint('red', 'broken')} ${renderText(one.error.message)}`;
    return [title, String(one.version ?? '?'), '', '', '', problem];
  }
  if ('retirement' in one) {
    const { version, retiredAt, retiredBy, reason } = one.retirement;
    const since = [second(retiredAt), who(retiredBy), renderText(reason)];
    return [title, String(version), ...since, 'retired'];
  }
  const { version, capturedAt, capturedBy, reason } = one.baseline;
  const since = [second(capturedAt), who(capturedBy), renderText(reason)];
  return [title, String(version), ...since, status(one.trail, holds, unarmed)];
}

function status(trail: string, holds: readonly HoldInForce[], unarmed: readonly string[]): string {
  const until = holds.filter(({ hold }) => hold.trail === trail).map((one) => one.until);
  const last = until.toSorted().at(-1);
  if (last !== undefined) return paint('yellow', `held until ${second(last)}`);
  if (unarmed.length > 0) return paint('yellow', `not armed: ${unarmed.join(', ')}`);
  return paint('green', 'guarded');
}

function entry(one: Known, holds: readonly HoldInForce[], unarmed: readonly string[]): object {
  if ('error' in one) {
    const { trail, version, error } = one;
    return { trail, version: version ?? null, status: 'broken', error: error.message };
  }
  if ('retirement' in one) return { ...one.retirement, status: 'retired' };
  const { states: _, policy: __, ...envelope } = one.baseline;
  const held = holds.filter(({ hold }) => hold.trail === one.trail);
  return { ...envelope, status: held.length === 0 ? 'guarded' : 'held', holds: held, unarmed };
}
