import { compareSeverity, type Severity, severities } from '#drift/impact.ts';
import { type Outcome, outcomeOf } from '#reconcile/outcome.ts';
import { type Finding, isOfMissingTrail, type Plan } from '#reconcile/plan.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';

/** One thing that is wrong with a trail. */
export type Problem = {
  readonly kind: string;
  readonly fingerprint: string;
  readonly severity: Severity;
};

/** Everything that is wrong with a trail. Only what is the same in every detail has the same fingerprint. */
export function dedupeKeys(
  problem: string | null,
  plan: Plan | undefined,
  hash: (text: string) => string,
): readonly Problem[] {
  const symptom = (kind: string, severity: Severity, details: unknown): Problem => ({
    kind,
    severity,
    fingerprint: hash(JSON.stringify([kind, details])),
  });
  if (problem !== null) return [symptom(ofBaseline, 'critical', problem)];
  return (plan?.findings ?? []).flatMap((finding) => {
    if (finding.status === 'unknown') return [symptom(finding.kind, 'high', 'unknown')];
    if (finding.status !== 'drifted') return [];
    return finding.changes.map(({ path, desired, actual, impact }) =>
      symptom(finding.kind, impact.severity, [path, desired, actual]),
    );
  });
}

/** The kind of what is wrong with the baseline itself. */
const ofBaseline = 'baseline';

export const highestSeverity = (symptoms: readonly Problem[]): Severity =>
  symptoms.map(({ severity }) => severity).toSorted(compareSeverity)[0] ?? 'low';

/** Whether a look could have seen a symptom of a kind: the kind was read, and had a trail to be a state of. */
export function wasObservable(
  kind: string,
  problem: string | null,
  plan: Plan | undefined,
): boolean {
  if (kind === ofBaseline) return problem === null;
  if (plan === undefined) return false;
  const finding = plan.findings.find((one) => one.kind === kind);
  return finding === undefined || (finding.status !== 'unknown' && !isOfMissingTrail(plan, kind));
}

/** The findings of a plan that hold the gravest of its changes. */
export function worstFindings(plan: Plan): Plan {
  const gradeOf = (finding: Finding) =>
    Math.min(...changesIn(finding).map(({ impact }) => severities.indexOf(impact.severity)));
  const worst = Math.min(...plan.findings.map(gradeOf));
  const isWorst = (finding: Finding) => finding.status === 'drifted' && gradeOf(finding) === worst;
  return { ...plan, findings: plan.findings.filter(isWorst) };
}

const changesIn = (finding: Finding) =>
  finding.status === 'drifted' ? finding.changes.filter(isNotTruncated) : [];

/** What of an outcome waits for the next sweep. */
export const backedOffPart = (outcome: Outcome | null): Outcome | null =>
  outcome &&
  outcomeOf(outcome, new Set(outcome.verified.findings.filter(inBackoff).map(({ kind }) => kind)));

export const gravestPaced = ({ findings }: Plan): Severity =>
  findings
    .filter(inBackoff)
    .flatMap(changesIn)
    .map(({ impact }) => impact.severity)
    .toSorted(compareSeverity)[0] ?? 'low';

export const inBackoff = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.withheld?.by === 'pace';
