import type { Baseline } from '#baseline/baseline.ts';
import { observedDependencies } from '#baseline/named-dependencies.ts';
import { accessDenied } from '#drift/dependencies/dependency.ts';
import { kinds } from '#drift/index.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import type { Context } from '../context.ts';

/**
 * A plan without drift that is only a lack of permission of the caller: the functions read an account of `dependencyAccounts` with their
 * role there, and the command line with a profile of --dependency-profile.
 */
export function withoutForeignDrift(
  plan: Plan,
  { trail, states }: Pick<Baseline, 'trail' | 'states'>,
  { dependencyAccounts }: Pick<Context, 'dependencyAccounts'>,
): Plan {
  const listed = dependencyAccounts.map(({ account }) => account);
  const named = observedDependencies(trail, states);
  return {
    ...plan,
    findings: plan.findings.map((finding): Finding => {
      const { title, account } = named.find(({ kind }) => kind === finding.kind) ?? {};
      if (!listed.includes(account ?? '') || !isUnread(finding)) return finding;
      const reason = `${unreadPrefix}${title} of account ${account}`;
      return { kind: finding.kind, status: 'unknown', reason, retryable: false };
    }),
  };
}

const isUnread = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.changes.every(({ actual }) => actual === accessDenied);

const unreadPrefix = 'your credentials may not read the ';

/** What to do to read it, too; null for another reason. */
export function foreignRemedy(reason: string): string | null {
  const [, account] = /of account (\d{12})$/.exec(reason) ?? [];
  if (account === undefined || !reason.startsWith(unreadPrefix)) return null;
  return `the functions read it with their role there; to see it here, add --dependency-profile NAME, a profile of account ${account}`;
}

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
