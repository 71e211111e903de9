import { Option } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { escapeControlChars } from '#text/escape.ts';
import { titleOf } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { paint } from './terminal.ts';
import { protectedTrail, protectedTrails } from './trails.ts';

export const allOption = (): Option => new Option('--all', 'every protected trail');

/** The named trail, or every protected one, whether or not their baselines are valid. */
export async function selectTrails(
  context: Context,
  text: string | undefined,
  all: boolean,
): Promise<readonly KnownTrail[]> {
  if (!all) return [await protectedTrail(context, text)];
  if (text !== undefined) throw new Error(`use either ${text} or --all`);
  return protectedTrails(context);
}

/** Applies `apply` to each trail and prints the results. A failure for one trail does not affect the others. */
export async function forEachTrail<Result extends object>(
  { answer }: Context,
  trails: readonly KnownTrail[],
  apply: (trail: KnownTrail) => Promise<Result>,
  linesOf: (result: Result) => readonly string[],
): Promise<ExitCode> {
  const settled = await Promise.allSettled(trails.map(apply));
  const results = settled.map((one, i) => {
    if (one.status === 'fulfilled') return { json: one.value, lines: () => linesOf(one.value) };
    const { trail } = trails[i] as KnownTrail;
    const error = explain(one.reason);
    return {
      json: { trail, status: 'failed', error },
      lines: () => [`${paint('red', 'failed')} ${titleOf(trail)}: ${escapeControlChars(error)}`],
    };
  });
  answer({ trails: results.map(({ json }) => json) }, () =>
    results.flatMap(({ lines }) => lines()),
  );
  return settled.every(({ status }) => status === 'fulfilled') ? 0 : 1;
}
