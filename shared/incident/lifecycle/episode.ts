import { isIgnored } from '#baseline/policy.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import { type Change, fieldOf, isSame, type Json } from '#text/diff.ts';
import { append, type Episode, type Incident } from '../incident.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';
import type { Signal } from './states.ts';

/** The episodes of an incident that a signal changes: one more, or the last one continued or resolved. */
export function recordEpisode(
  { episodes, episodeCount }: Incident,
  signal: Signal,
  report: ReconcileReport,
): Partial<Pick<Incident, 'episodes' | 'episodeCount'>> {
  const { at, outcome, call } = report;
  const last = episodes.at(-1);
  const ongoing = last?.resolvedAt === null ? last : null;
  if (outcome === null || (signal === 'in-sync' && ongoing === null)) return {};
  const episode: Episode = {
    ...(ongoing === null
      ? { detectedAt: at, trigger: call, outcome }
      : { ...ongoing, outcome: continued(ongoing.outcome, outcome) }),
    ...resolutionOf(signal, ongoing, report),
  };
  return ongoing === null
    ? { episodes: append(episodes, episode), episodeCount: episodeCount + 1 }
    : { episodes: [...episodes.slice(0, -1), episode], episodeCount };
}

function resolutionOf(
  signal: Signal,
  ongoing: Episode | null,
  { at, baseline }: ReconcileReport,
): Pick<Episode, 'resolvedAt' | 'resolution' | 'acceptedBy'> {
  if (signal === 'restored') return { resolvedAt: at, resolution: 'restored', acceptedBy: null };
  if (signal !== 'in-sync') return { resolvedAt: null, resolution: null, acceptedBy: null };
  return baseline !== null && isAccepted(ongoing?.outcome.verified.findings ?? [], baseline)
    ? { resolvedAt: at, resolution: 'accepted', acceptedBy: baseline.capturedBy }
    : { resolvedAt: at, resolution: 'external', acceptedBy: null };
}

/** Whether there was drift, and all of it is none from this version of the baseline. */
function isAccepted(
  found: readonly Finding[],
  { states, policy }: NonNullable<ReconcileReport['baseline']>,
): boolean {
  const drifted = found.filter((finding) => finding.status === 'drifted');
  const isDrift = (kind: string, state: object, change: Change): boolean =>
    !isIgnored(policy, kind, fieldOf(change)) &&
    !isSame(valueAt(state as Json, change.path), change.actual);
  return (
    drifted.length > 0 &&
    !drifted.some(({ kind, changes }) => {
      const state = states[kind];
      return state !== undefined && changes.some((change) => isDrift(kind, state, change));
    })
  );
}

const valueAt = (state: Json, path: string): Json =>
  path.split('.').reduce<Json>((value, key) => Reflect.get(Object(value), key) ?? null, state);

/** Repairs count as being reverted once drift keeps coming back after them. */
export function isFlapping(
  { episodes, episodeCount }: Incident,
  signal: Signal,
  { flappingAfter }: LifecycleRules,
): boolean {
  const isAgain = episodes.at(-1)?.resolution === 'restored' && signal === 'detected';
  return signal === 'backing-off' || (isAgain && episodeCount + 1 >= flappingAfter);
}

/** Everything that was found and done, and what was last read back. */
const continued = (earlier: Outcome, latest: Outcome): Outcome => ({
  mode: latest.mode,
  plan: withEarlierDrift(earlier.plan, latest.plan),
  applied: latestSteps([
    ...earlier.applied.filter((step) => !isRepeated(step, latest.applied)),
    ...latest.applied,
  ]),
  verified: latest.verified,
});

/** How many steps an episode lists, because an attacker may change things again and again. */
const mostSteps = 50;

/** The latest steps. The last one of each action is kept: only a created bucket says that log files are gone. */
function latestSteps(steps: readonly AppliedStep[]): readonly AppliedStep[] {
  const isLast = (step: AppliedStep, i: number): boolean =>
    !steps
      .slice(i + 1)
      .some(
        ({ kind, action, status }) =>
          kind === step.kind && action === step.action && status === step.status,
      );
  const spare = steps.flatMap((step, i) => (isLast(step, i) ? [] : [i]));
  const dropped = new Set(spare.slice(0, Math.max(0, steps.length - mostSteps)));
  return steps.filter((_, i) => !dropped.has(i));
}

/** Whether a step was sent again later. A step that failed is out of date once its kind was attempted again. */
const isRepeated = (step: AppliedStep, later: readonly AppliedStep[]): boolean =>
  later.some((one) =>
    step.status === 'failed' ? one.kind === step.kind : isSameRepair(one, step),
  );

const isSameRepair = (one: AppliedStep, other: AppliedStep): boolean =>
  one.kind === other.kind &&
  one.action === other.action &&
  one.status === other.status &&
  isSame(one.input as Json, other.input as Json);

/** Whether a step succeeded that the last episode does not list. */
export const hasNewRepair = ({ episodes }: Incident, outcome: Outcome | null): boolean =>
  outcome?.applied.some(
    (step) =>
      step.status === 'applied' &&
      !episodes.at(-1)?.outcome.applied.some((known) => isSameRepair(known, step)),
  ) ?? false;

const withEarlierDrift = (earlier: Plan, latest: Plan): Plan => ({
  ...latest,
  findings: latest.findings.map((finding): Finding => {
    const before = earlier.findings.find(({ kind }) => kind === finding.kind);
    if (before?.status !== 'drifted') return finding;
    if (finding.status !== 'drifted') return before;
    const paths = new Set(finding.changes.map(({ path }) => path));
    const gone = before.changes.filter(({ path }) => !paths.has(path));
    return { ...finding, changes: [...gone, ...finding.changes] };
  }),
});
