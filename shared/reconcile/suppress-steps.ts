import type { Step } from '#drift/kind.ts';
import { later } from '#text/time.ts';
import { type Approval, isMeant } from './approval.ts';
import { changeKey } from './change-key.ts';
import { endOf, isActive, type MaintenanceWindow } from './maintenance-window.ts';
import type { Outcome } from './outcome.ts';
import { changesOf, type Finding, isOfMissingTrail, type Plan, type Suppression } from './plan.ts';

/** What may suppress a repair. */
export type SuppressionInputs = {
  readonly windows: readonly MaintenanceWindow[];
  /** Null for a sweep, to which no backoff applies. */
  readonly repairs: Repairs | null;
  /** Whether AWS lately refused a step, and a person has to act before it can succeed. */
  readonly isRefused?: (kind: string, step: Step) => boolean;
  /** What people decided about drift: to restore it in spite of a maintenance window. */
  readonly approvals?: readonly Approval[];
};

export type SuppressionRules = {
  /** In hours: a maintenance window ends after so long, whatever it says. */
  readonly maxWindowHours: number;
  /** How often a field whose drift loses no events is repaired in `recentMinutes` before it waits for the next sweep. */
  readonly repairsBeforeBackoff: number;
};

/** When each field, by `fieldName`, was repaired. ISO 8601. */
export type Repairs = Readonly<Record<string, readonly string[]>>;

/** The period in which the backoff counts repairs. */
export const recentMinutes = 10;

export function recentOnly(times: readonly string[], at: string): string[] {
  const since = later(at, { minutes: -recentMinutes });
  return times.filter((one) => one > since);
}

/** The repairs of each field in the last minutes, at most the latest so many. */
export const recentRepairs = (
  repairs: Repairs,
  at: string,
  most = Number.POSITIVE_INFINITY,
): Repairs =>
  Object.fromEntries(
    Object.entries(repairs)
      .map(([field, times]) => [field, recentOnly(times, at).slice(-most)] as const)
      .filter(([, times]) => times.length > 0),
  );

/** The key under which the repairs of a field are counted. */
const fieldName = (kind: string, path: string): string => `${kind}.${path}`;

/** The keys of the fields that a run repaired. */
export function repairedFields({ applied, plan }: Pick<Outcome, 'applied' | 'plan'>): string[] {
  const written = applied.filter(({ status }) => status === 'applied').map(({ kind }) => kind);
  return [...new Set(written)].flatMap((kind) =>
    changesOf(plan, kind).map(({ path }) => fieldName(kind, path)),
  );
}

/**
 * A plan without the steps that a maintenance window or the backoff suppresses. A missing trail is created again as a whole, and
 * no backoff applies to what loses events: otherwise an attacker could win by writing faster. A step that AWS lately refused is not
 * sent again; others of its kind are.
 */
export function suppressSteps(
  plan: Plan,
  { windows, repairs, isRefused = () => false, approvals = [] }: SuppressionInputs,
  rules: SuppressionRules,
  now: Date,
): Plan {
  const active = windows.filter((window) => isActive(window, now, rules.maxWindowHours));
  return {
    ...plan,
    findings: plan.findings.map((finding): Finding => {
      if (finding.status !== 'drifted' || finding.steps.length === 0) return finding;
      if (isOfMissingTrail(plan, finding.kind)) return finding;
      const suppressed =
        (isWanted(finding, approvals) ? null : suspension(active, finding.kind, rules)) ??
        backoff(repairs, finding, rules, now);
      if (suppressed !== null) return { ...finding, steps: [], suppressed };
      const steps = finding.steps.filter((step) => !isRefused(finding.kind, step));
      return { ...finding, steps, ...(steps.length === 0 && { suppressed: { by: 'refusal' } }) };
    }),
  };
}

/** Whether a person decided to restore everything that the steps restore. */
const isWanted = (
  { kind, changes }: Extract<Finding, { status: 'drifted' }>,
  approvals: readonly Approval[],
): boolean => {
  const wanted = approvals
    .filter(({ endedAt, decision }) => endedAt === null && decision?.treatment === 'restore')
    .filter(({ decision }) => decision?.by !== null)
    .flatMap((approval) => approval.changes);
  return changes
    .filter(({ treatment }) => treatment === 'restore')
    .map((change) => ({ kind, key: changeKey(kind, change) }))
    .every((change) => wanted.some((one) => isMeant(one, change)));
};

/** The suspension by the window that ends last, of those that name a kind. */
function suspension(
  windows: readonly MaintenanceWindow[],
  kind: string,
  { maxWindowHours }: SuppressionRules,
): Suppression | null {
  const [last] = windows
    .filter(({ kinds }) => kinds.includes(kind))
    .map((window) => ({ ...window, until: endOf(window, maxWindowHours) }))
    .toSorted((one, other) => (one.until > other.until ? -1 : 1));
  if (last === undefined) return null;
  const { id, until, by } = last;
  return { by: 'maintenance-window', window: id, until, requestedBy: by };
}

function backoff(
  repairs: SuppressionInputs['repairs'],
  { kind, changes }: Extract<Finding, { status: 'drifted' }>,
  { repairsBeforeBackoff }: SuppressionRules,
  now: Date,
): Suppression | null {
  if (repairs === null) return null;
  const countOf = (path: string) =>
    recentOnly(repairs[fieldName(kind, path)] ?? [], now.toISOString()).length;
  const isBackingOff = changes
    .filter(({ treatment }) => treatment === 'restore')
    .every(({ path, impact }) => !impact.losesCoverage && countOf(path) >= repairsBeforeBackoff);
  return isBackingOff ? { by: 'backoff' } : null;
}
