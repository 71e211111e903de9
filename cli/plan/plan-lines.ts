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
    ...eachOnce(reported.map(findingLines)),
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

function findingLines(finding: Finding): readonly string[] {
  if (finding.status !== 'drifted') {
    const remedy = finding.status === 'unknown' ? readRemedy(finding) : null;
    return [
      ...renderFinding(finding).map((line) => `  ${line}`),
      ...(remedy === null ? [] : [`    ${remedy}`]),
    ];
  }
  const { kind, changes, steps, suppressed } = finding;
  const isLeft = steps.length === 0 && suppressed === undefined;
  const lines = changes.flatMap((change) => changeLines(kind, change, isLeft));
  if (suppressed?.by !== 'maintenance-window') return lines;
  const { until, window, requestedBy } = suppressed;
  return [
    ...lines,
    `    not restored until ${shortTime(until)}: maintenance window ${escapeControlChars(window)}, by ${principalName(requestedBy)}`,
  ];
}

function changeLines(kind: string, change: Drift, isLeft: boolean): readonly string[] {
  const { impact, treatment } = change;
  const isByPeople = isLeft && treatment === 'restore' && change.path !== '';
  const note = isByPeople ? byPeople : notes[treatment];
  const left = paint('dim', note);
  return [
    `  ${wrappable(renderChange(kind, change))}${left}`,
    `    ${paint(colors[impact.severity], impact.severity)}: ${escapeControlChars(impact.description)}`,
  ];
}

const notes: Readonly<Record<Drift['treatment'], string>> = {
  restore: '',
  approve: ' (needs approval)',
  alert: ' (left alone: policy)',
};

const byPeople = ' (only a person can restore it)';

const colors = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' } as const;
