import { Option } from 'commander';
import { outOfScope } from '#baseline/protected-scope.ts';
import { titleOf } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import { namedTrails } from './stack.ts';
import { note } from './terminal.ts';

export const forceOption = (): Option =>
  new Option('--force', 'store it even if the deployment does not protect the trail yet');

/** Why the deployment cannot protect a trail; null if it can, or if the stack was not read. */
export function scopeProblem({ outputs }: Pick<Context, 'outputs'>, trail: string): string | null {
  const { HomeRegions, ReconcileRoleArn } = outputs;
  if (HomeRegions === undefined || ReconcileRoleArn === undefined) return null;
  return outOfScope(trail, {
    account: ReconcileRoleArn.split(':')[4] ?? '',
    homeRegions: HomeRegions.split(','),
    trails: namedTrails(outputs),
  });
}

/** Refuses a trail that the deployment cannot protect, unless it is forced. */
export function requireScope(context: Context, trail: string, isForced: boolean): void {
  const problem = scopeProblem(context, trail);
  if (problem === null) return;
  const what = `${titleOf(trail)} cannot be protected: ${problem}`;
  if (!isForced) throw new Error(`${what}, then run this again. --force stores it for later`);
  note(what);
}
