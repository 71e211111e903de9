import type { Mode } from '#reconcile/outcome.ts';
import type { Context } from './context.ts';

/** The mode that is deployed. What is not known to enforce does not. */
export const modeOf = ({ outputs }: Pick<Context, 'outputs'>): Mode =>
  outputs.Mode === 'enforce' ? 'enforce' : 'observe';
