import { Option } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { escapeControlChars } from '#text/escape.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { paint } from './terminal.ts';
import { guardedTrail, guardedTrails, titleOf } from './trails.ts';

export const allOption = (): Option => new Option('--all', 'every guarded trail');

/** The result for one of several trails, or why it failed. */
type Done<Value> =
  | { readonly trail: string; readonly done: Value }
  | { readonly trail: string; readonly status: 'failed'; readonly error: string };

/** The named trail, or every guarded one, whether or not their baselines are valid. */
export async function selectTrails(
  context: Context,
  text: string | undefined,
  all: boolean,
): Promise<readonly KnownTrail[]> {
  if (!all) return [await guardedTrail(context, text)];
  if (text !== undefined) throw new Error(`use either ${text} or --all`);
  return guardedTrails(context);
}

/** Applies `act` to each trail. A failure is the result of its trail, and affects no other. */
export const mapTrails = <One extends { readonly trail: string }, Value>(
  each: readonly One[],
  act: (one: One) => Promise<Value>,
): Promise<readonly Done<Value>[]> =>
  Promise.all(
    each.map(async (one): Promise<Done<Value>> => {
      const { trail } = one;
      try {
        return { trail, done: await act(one) };
      } catch (error) {
        return { trail, status: 'failed', error: explain(error) };
      }
    }),
  );

/** Prints the result for each trail; in JSON, as an array under `name`. */
export function answerEach<Value extends object>(
  { answer }: Context,
  name: string,
  each: readonly Done<Value>[],
  linesOf: (value: Value) => readonly string[],
): ExitCode {
  answer({ [name]: each.map((one) => ('done' in one ? one.done : one)) }, () =>
    each.flatMap((one) =>
      'done' in one
        ? linesOf(one.done)
        : [`${paint('red', 'failed')} ${titleOf(one.trail)}: ${escapeControlChars(one.error)}`],
    ),
  );
  return each.every((one) => 'done' in one) ? 0 : 1;
}
