import { Option } from 'commander';
import { parseTrailArn, titleOf, trailArn } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import { namedTrails } from './stack.ts';
import { note } from './terminal.ts';

export const forceOption = (): Option =>
  new Option('--force', 'store it even if the deployment does not protect the trail yet');

/**
 * Why the deployment cannot protect a trail, and the remedy; null if it can, or if the stack was not read. Text that is not a trail ARN
 * counts as in scope.
 */
export function scopeProblem({ outputs }: Pick<Context, 'outputs'>, arn: string): string | null {
  const { HomeRegions, ReconcileRoleArn } = outputs;
  const identity = trailArn.safeParse(arn);
  if (HomeRegions === undefined || ReconcileRoleArn === undefined || !identity.success) return null;
  const { region, accountId } = parseTrailArn(identity.data);
  if (!HomeRegions.split(',').includes(region)) {
    return `${region} is not in homeRegions: add it to cdk.json and deploy`;
  }
  const named = namedTrails(outputs);
  if (named.length > 0) {
    return named.includes(identity.data)
      ? null
      : 'trails does not name it: add it to cdk.json and deploy';
  }
  const [, , , , account] = ReconcileRoleArn.split(':');
  return accountId === account
    ? null
    : `it is in account ${accountId}, and trailkeeper protects trails of ${account}: deploy trailkeeper there`;
}

/** Refuses a trail that the deployment cannot protect, unless it is forced. */
export function requireScope(context: Context, trail: string, isForced: boolean): void {
  const problem = scopeProblem(context, trail);
  if (problem === null) return;
  const what = `${titleOf(trail)} cannot be protected: ${problem}`;
  if (!isForced) throw new Error(`${what}, then run this again. --force stores it for later`);
  note(what);
}
