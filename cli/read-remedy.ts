import { kinds } from '#drift/index.ts';
import type { Finding } from '#reconcile/plan.ts';

type Unknown = Extract<Finding, { readonly status: 'unknown' }>;

/** The IAM actions that let a kind be read, if it could not be read because one is missing; else null. */
export function readRemedy({ kind, reason }: Pick<Unknown, 'kind' | 'reason'>): string | null {
  if (!/AccessDenied|Authorization|Unauthorized|Forbidden|not authorized/i.test(reason))
    return null;
  const permissions = kinds.find(({ name }) => name === kind)?.permissions.observe ?? [];
  const actions = permissions.flatMap((one) => one.actions).join(', ');
  return `grant ${actions} to yourself; if an alert says the same, to the role of trailkeeper, too`;
}
