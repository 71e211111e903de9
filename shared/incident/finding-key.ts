import { compareSeverity, type Severity, severities } from '#drift/impact.ts';
import { changeKey, fingerprintOf } from '#reconcile/change-key.ts';
import { changesOf, type Plan } from '#reconcile/plan.ts';

/** One thing that is wrong with a trail. */
export type Problem = {
  readonly kind: string;
  readonly fingerprint: string;
  readonly severity: Severity;
};

/** Every problem of a trail; without a plan that the baseline cannot be used, and why. Only problems that are the same in every detail have the same fingerprint. */
export function problemsIn(
  baselineError: string | null,
  plan: Pick<Plan, 'findings'> | undefined,
): readonly Problem[] {
  const problem = (kind: string, severity: Severity, details: unknown): Problem => ({
    kind,
    severity,
    fingerprint: fingerprintOf(JSON.stringify([kind, details])),
  });
  if (plan === undefined) return [problem('baseline', 'critical', baselineError)];
  return plan.findings.flatMap((finding) => {
    if (finding.status === 'unknown') return [problem(finding.kind, 'high', null)];
    if (finding.status !== 'drifted') return [];
    return finding.changes.map((change) => ({
      kind: finding.kind,
      severity: change.impact.severity,
      fingerprint: changeKey(finding.kind, change),
    }));
  });
}

export const highestSeverity = (problems: readonly Problem[]): Severity =>
  problems.map(({ severity }) => severity).toSorted(compareSeverity)[0] ?? 'low';

/** The findings of a plan that hold its most severe changes. */
export function worstFindings(plan: Plan): Plan {
  const gradeOf = ({ kind }: { readonly kind: string }) =>
    Math.min(...changesOf(plan, kind).map(({ impact }) => severities.indexOf(impact.severity)));
  const worst = Math.min(...plan.findings.map(gradeOf));
  return { ...plan, findings: plan.findings.filter((finding) => gradeOf(finding) === worst) };
}
