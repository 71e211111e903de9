import { kinds } from '#drift/index.ts';
import type { Finding } from '#reconcile/plan.ts';
import { foreignRemedy } from './foreign-dependencies.ts';

type Unknown = Extract<Finding, { readonly status: 'unknown' }>;

/** What lets a kind be read, if it could not be read because the caller may not; else null. */
export function readRemedy({ kind, reason }: Pick<Unknown, 'kind' | 'reason'>): string | null {
  const foreign = foreignRemedy(reason);
  if (foreign !== null) return foreign;
  if (!/AccessDenied|Authorization|Unauthorized|Forbidden|not authorized/i.test(reason))
    return null;
  const permissions = kinds.find(({ name }) => name === kind)?.permissions.observe ?? [];
  const actions = permissions.flatMap((one) => one.actions).join(', ');
  return `grant ${actions} to yourself; if an alert says the same, to the role of trailkeeper, too`;
}
