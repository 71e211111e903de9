import type { Baseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import type { Mode } from '#reconcile/outcome.ts';
import type { Context } from './context.ts';
import { paint } from './terminal.ts';

/** The mode that is deployed. What is not known to enforce does not. */
export const modeOf = ({ outputs }: Pick<Context, 'outputs'>): Mode =>
  outputs.Mode === 'enforce' ? 'enforce' : 'observe';

/** The kinds that trailkeeper restores. */
export const restorable: readonly string[] = kinds
  .filter(({ permissions }) => permissions.repair.length > 0)
  .map(({ name }) => name);

export const unarmedLines = (unarmed: readonly string[]): string[] =>
  unarmed.length === 0
    ? []
    : [
        `${paint('yellow', 'not armed')} ${unarmed.join(', ')}: what differed before trailkeeper first enforced this version is told, and left as it is`,
      ];

/** The kinds of a guarded trail whose drift is told and left to a person, where trailkeeper enforces. */
export async function unarmedKinds(
  { outputs, gates }: Pick<Context, 'outputs' | 'gates'>,
  baseline: Baseline,
): Promise<readonly string[]> {
  if (baseline.armed || modeOf({ outputs }) !== 'enforce') return [];
  const armed = await gates.read(baseline.trail, baseline.version);
  return restorable.filter((name) => name in baseline.states && !armed.includes(name));
}
