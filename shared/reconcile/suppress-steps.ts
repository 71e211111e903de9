import { endOf, isActive, type MaintenanceWindow } from './maintenance-window.ts';
import { type Finding, isOfMissingTrail, type Plan, type Suppression } from './plan.ts';
import { fieldName, lately } from './recent-repairs.ts';

/** What may keep a repair back. */
export type SuppressionInputs = {
  readonly holds: readonly MaintenanceWindow[];
  /** When each field, as `kind.path`, was restored lately; null for a sweep, whose pace is what the others fall back to. */
  readonly restores: Readonly<Record<string, readonly string[]>> | null;
};

export type SuppressionRules = {
  /** In hours: for how long a Hold counts at most. */
  readonly maxWindowHours: number;
  /** How often a field whose drift loses no events is restored in ten minutes before it waits for the sweep. */
  readonly repairsBeforeBackoff: number;
};

/**
 * A plan without the steps that a maintenance window or the backoff suppresses. A trail that is gone comes back whole, and what
 * loses events is never paced, so that no one wins by writing faster.
 */
export function suppressSteps(
  plan: Plan,
  windows: SuppressionInputs,
  rules: SuppressionRules,
  now: Date,
): Plan {
  const holds = windows.holds.filter((hold) => isActive(hold, now, rules.maxWindowHours));
  return {
    ...plan,
    findings: plan.findings.map((finding): Finding => {
      if (finding.status !== 'drifted' || finding.steps.length === 0) return finding;
      if (isOfMissingTrail(plan, finding.kind)) return finding;
      const withheld = heldBy(holds, finding.kind, rules) ?? pacedBy(windows, finding, rules, now);
      return withheld === null ? finding : { ...finding, steps: [], withheld };
    }),
  };
}

/** The Hold that ends last, of those that name a kind. */
function heldBy(
  holds: readonly MaintenanceWindow[],
  kind: string,
  { maxWindowHours }: SuppressionRules,
): Suppression | null {
  const [last] = holds
    .filter(({ kinds }) => kinds.includes(kind))
    .map(({ id, by, ...hold }) => ({ id, askedBy: by, until: endOf(hold, maxWindowHours) }))
    .toSorted((one, other) => (one.until > other.until ? -1 : 1));
  if (last === undefined) return null;
  const { id, until, askedBy } = last;
  return { by: 'hold', hold: id, until, askedBy };
}

function pacedBy(
  { restores }: SuppressionInputs,
  { kind, changes }: Extract<Finding, { status: 'drifted' }>,
  { repairsBeforeBackoff }: SuppressionRules,
  now: Date,
): Suppression | null {
  if (restores === null) return null;
  const since = new Date(now.getTime() - lately * 60_000).toISOString();
  const isWorn = (path: string) =>
    (restores[fieldName(kind, path)] ?? []).filter((at) => at > since).length >=
    repairsBeforeBackoff;
  const isPaced = changes
    .filter(({ treatment }) => treatment === 'restore')
    .every(({ path, impact }) => !impact.losesCoverage && isWorn(path));
  return isPaced ? { by: 'pace' } : null;
}
