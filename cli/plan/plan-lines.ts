import { delivery } from '#drift/delivery.ts';
import { dependencyKinds } from '#drift/index.ts';
import { settings } from '#drift/settings.ts';
import { type Drift, type Finding, type Plan, stepsOf } from '#reconcile/plan.ts';
import { renderChange, renderFinding } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { paint, principalName, wrappable } from '../terminal.ts';
import { readRemedy } from './unread-kinds.ts';

/** A plan as text: what differs, and the steps to restore it. */
export function planLines(plan: Plan): readonly string[] {
  const { trail, version, findings } = plan;
  const title = `${paint('bold', titleOf(trail))}, version ${version}`;
  const reported = findings.filter(({ status }) => status !== 'in-sync');
  if (reported.length === 0) return [`${paint('green', 'in sync')} ${title}`];
  const steps = findings.flatMap(({ kind }) => stepsOf(plan, kind)).map(({ action }) => action);
  return [
    `${wordOf(findings)} ${title}`,
    ...eachOnce(reported.map((finding) => findingLines(finding, plan))),
    ...(steps.length === 0 ? [] : [`  to restore: ${[...new Set(steps)].join(', ')}`]),
  ];
}

/** Whether something can be restored. */
export const hasSteps = ({ findings }: Plan): boolean =>
  findings.some((finding) => finding.status === 'drifted' && finding.steps.length > 0);

/** Every kind reports a missing trail with the same text. */
const eachOnce = (findings: readonly (readonly string[])[]): readonly string[] =>
  [...new Map(findings.map((lines) => [lines.join('\n'), lines])).values()].flat();

const wordOf = (findings: readonly Finding[]): string => {
  const has = (status: Finding['status']) => findings.some((one) => one.status === status);
  if (has('drifted')) return paint('red', 'drifted');
  return has('unknown') ? paint('red', 'unknown') : paint('yellow', 'not all protected');
};

function findingLines(finding: Finding, plan: Plan): readonly string[] {
  if (finding.status !== 'drifted') {
    const remedy = finding.status === 'unknown' ? readRemedy(finding) : null;
    return [
      ...renderFinding(finding).map((line) => `  ${line}`),
      ...(remedy === null ? [] : [`    ${remedy}`]),
    ];
  }
  const { kind, changes, suppressed } = finding;
  const lines = changes.flatMap((change, i) => {
    const line = `  ${wrappable(renderChange(kind, change))}${paint('dim', noteOf(change, finding, plan))}`;
    const isShared = changes[i + 1]?.impact.description === change.impact.description;
    return isShared ? [line] : [line, impactLine(change)];
  });
  if (suppressed?.by !== 'maintenance-window') return lines;
  const { until, window, requestedBy } = suppressed;
  return [
    ...lines,
    `    not restored until ${shortTime(until)}: maintenance window ${escapeControlChars(window)}, by ${principalName(requestedBy)}`,
  ];
}

const impactLine = ({ impact: { severity, description } }: Drift): string =>
  `    ${paint(colors[severity], severity)}: ${escapeControlChars(description)}`;

type Drifted = Extract<Finding, { readonly status: 'drifted' }>;

/** Who decides on a change that no sweep restores; empty for the others. */
function noteOf(
  { path, treatment }: Drift,
  { kind, steps, suppressed }: Drifted,
  plan: Plan,
): string {
  if (treatment !== 'restore') return notes[treatment];
  // A trail may deliver again once where it delivers to is restored.
  const isConsequence =
    kind === delivery.name && destinations.some(({ name }) => stepsOf(plan, name).length > 0);
  if (path === '' || steps.length > 0 || suppressed !== undefined || isConsequence) return '';
  return ' (only a person can restore it)';
}

const destinations = [settings, ...dependencyKinds];

const notes = { approve: ' (needs approval)', alert: ' (left alone: policy)' } as const;

const colors = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' } as const;
