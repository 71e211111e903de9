import { isNeverStored } from '#baseline/known-trail.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import { isUnresolved } from '#incident/lifecycle/states.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import { driftIn, type Finding, type KindDrift, type Plan } from '#reconcile/plan.ts';
import { renderImpacts, renderValue } from '#reconcile/render-plan.ts';
import { type Json, without } from '#text/diff.ts';
import { formatTime } from '#text/time.ts';
import {
  type AlertOptions,
  clip,
  longest,
  noSection,
  pastImpact,
  printable,
  type Section,
} from './alert.ts';

/** What drifted and was accepted as a version, if the last episode ended so: without what steps had restored. */
export function acceptedFindings({ state, episodes }: Incident): readonly Finding[] {
  if (state !== 'resolved' || episodes.at(-1)?.resolution !== 'accepted') return [];
  return episodes
    .filter(({ resolution }) => resolution === 'accepted')
    .flatMap(({ outcome: { plan, applied } }) => {
      const restored = applied.filter(({ status }) => status === 'applied');
      const kinds = new Set(restored.map(({ kind }) => kind));
      return plan.findings.filter(({ kind, status }) => status === 'drifted' && !kinds.has(kind));
    });
}

/** The effects of what is left, of what was accepted, or of what had drifted; the reason if only the baseline is invalid. */
export function impactSection(incident: Incident): Section {
  const { baselineError, state, episodes } = incident;
  const isOver = !isUnresolved(state);
  const isAboutBaseline = state === 'baseline-invalid' || episodes.length === 0;
  const accepted = acceptedFindings(incident);
  const all = plansOf(incident).flatMap((plan) => plan.findings);
  const findings = accepted.length > 0 ? accepted : all;
  const impacts =
    isAboutBaseline && baselineError !== null
      ? [isOver && isNeverStored(baselineError) ? 'it had no baseline' : printable(baselineError)]
      : renderImpacts({ findings });
  return {
    heading: isOver ? pastImpact : 'Impact',
    lines: impacts.map((line) => clip(line, longest)),
    isCode: false,
  };
}

/** What to do about what is left, one line per drift kind: the remedy, or the reason why it is not restored. */
export function todoSection(incident: Incident, options: AlertOptions): Section {
  const outcome = incident.episodes.at(-1)?.outcome;
  const { state } = incident;
  if (outcome === undefined || !isUnresolved(state) || state === 'detected') return noSection;
  const lines = outcome.verified.findings.flatMap((finding) =>
    todoLines(finding, outcome, options),
  );
  return {
    heading: todoHeadings[state] ?? 'Not restored',
    lines: [...new Set(lines)],
    isCode: false,
  };
}

/** Of states in which a person has to repair something first. */
const todoHeadings: Partial<Record<Incident['state'], string>> = {
  failed: 'What to do',
  degraded: 'What to do',
  unknown: 'Why',
};

/** Each field that differs or differed: what the baseline says, and what was found. */
export function driftSection(incident: Incident): Section {
  const plans = plansOf(incident);
  const drifts = new Map(
    plans.flatMap(driftIn).map((drift) => [`${drift.kind}.${drift.path}`, drift] as const),
  );
  const [gone] = plans.flatMap(driftIn).filter(isGone);
  const lines = [...drifts.values()].flatMap(driftLines);
  return {
    heading: 'Drift',
    lines: gone === undefined ? lines : ['the trail does not exist', ...lines],
    isCode: true,
  };
}

/** The steps that succeeded, each once, and when the result was last read back in sync. */
export function repairSection({ episodes }: Incident): Section {
  const steps = episodes
    .flatMap(({ outcome }) => outcome.applied)
    .filter(({ status }) => status === 'applied')
    .map(({ kind, action }) => printable(`${action} (${kind})`));
  const verified = episodes.findLast(({ resolution }) => resolution === 'restored')?.resolvedAt;
  const readBack = verified == null ? [] : [`verified at ${formatTime(verified)}`];
  const lines = steps.length === 0 ? [] : [...new Set(steps), ...readBack];
  return { heading: 'Restored by trailkeeper', lines, isCode: false };
}

/** What is left of the last episode while it is unresolved; afterwards, what was found in every episode. */
function plansOf({ state, episodes }: Pick<Incident, 'state' | 'episodes'>): readonly Plan[] {
  const last = episodes.at(-1);
  if (last === undefined) return [];
  return isUnresolved(state) ? [unresolvedPlan(last)] : episodes.map(({ outcome }) => outcome.plan);
}

const unresolvedPlan = ({ outcome: { plan, verified } }: Episode): Plan =>
  driftIn(verified).length > 0 ? verified : plan;

const isGone = ({ path, actual }: KindDrift): boolean => path === '' && actual === null;

/** A change as lines to compare: the field, the value of the baseline, the value that was found. */
function driftLines(drift: KindDrift): readonly string[] {
  if (isGone(drift)) return [];
  const { kind, path, desired, actual } = drift;
  const field = printable([kind, path].filter(Boolean).join('.'));
  const lines =
    isList(desired) && isList(actual)
      ? [
          ...without(desired, actual).map((item) => `missing   ${value(item)}`),
          ...without(actual, desired).map((item) => `extra     ${value(item)}`),
        ]
      : [`baseline  ${value(desired)}`, `found     ${value(actual)}`];
  return [field, ...lines.map((line) => `  ${line}`)];
}

const value = (json: Json): string => clip(renderValue(json), longest);
const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

function todoLines(
  finding: Finding,
  { mode, applied }: Outcome,
  { omitActors }: AlertOptions,
): readonly string[] {
  if (finding.status === 'unknown') {
    return [printable(`${finding.kind} cannot be read: ${finding.reason}`)];
  }
  if (finding.status !== 'drifted') return [];
  const { kind, suppressed, changes, steps } = finding;
  const fields = printable(`${kind}: ${changes.map(({ path }) => path || 'the trail').join(', ')}`);
  if (suppressed?.by === 'maintenance-window') {
    const requested = omitActors ? '' : `, requested by ${printable(suppressed.requestedBy)}`;
    return [
      `${fields}: suspended until ${formatTime(suppressed.until)} by maintenance window ${printable(suppressed.window)}${requested}`,
    ];
  }
  if (suppressed?.by === 'backoff') return [`${fields}: the next sweep restores it`];
  const failures = applied.filter((step) => step.kind === kind).flatMap(failureLines);
  if (failures.length > 0) return failures;
  if (steps.length === 0 && changes.some(({ treatment }) => treatment === 'approve')) {
    return mode === 'observe'
      ? [`${fields}: in mode enforce, its restore waits for approval`]
      : [`${fields}: its restore waits for approval`];
  }
  if (changes.every(({ treatment }) => treatment === 'alert')) {
    return [`${fields}: the policy of the baseline reports it without restoring it`];
  }
  const actions = [...new Set(steps.map(({ action }) => action))].join(', ');
  if (mode === 'observe' && actions !== '') return [printable(`${fields}: ${actions} restores it`)];
  return [`${fields}: only a person can restore it`];
}

/** The remedy if one is known, and why the step failed. */
function failureLines(step: AppliedStep): readonly string[] {
  if (step.status !== 'failed') return [];
  const { action, error, message, remedy } = step;
  const failure = `${action} failed: ${error}: ${message}`;
  if (remedy === null) return [printable(failure)];
  return [printable(`${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)} (${failure})`)];
}
