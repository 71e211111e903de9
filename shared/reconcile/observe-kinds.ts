import type { Aws } from '#aws/clients.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Observation, observe, unknownFor } from '#drift/observe.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Approval } from './approval.ts';
import { findingOf, type Plan } from './plan.ts';
import type { Reading, Readings } from './read-back.ts';

/** The parts of a run that an observation needs. */
export type ObservedRun = {
  readonly baseline: Baseline;
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly now: () => Date;
  /** Observes one kind of the live trail; from AWS itself, with `read`, once what was known of it is doubted. */
  readonly observe?: (
    kind: DriftKind,
    isDoubted: boolean,
    read: () => Promise<Observation>,
  ) => Promise<Observation>;
  /** Removes steps from a plan: those that a maintenance window or the backoff suppresses. */
  readonly suppress?: (plan: Plan) => Promise<Plan>;
  /** The approvals of the trail's drift. */
  readonly approvals?: () => Promise<readonly Approval[]>;
};

/** Observes kinds, compares them with the baseline, and removes the steps that are suppressed. */
export async function observeKinds(
  run: ObservedRun,
  kinds: readonly DriftKind[],
  doubted: ReadonlySet<string> = new Set(),
): Promise<Readings> {
  const at = run.now().getTime();
  const readings = await Promise.all(
    kinds.map((kind) => readingOf(run, kind, { at, isDoubted: doubted.has(kind.name) })),
  );
  const plan = planIn(run, new Map(readings.map((reading) => [reading.finding.kind, reading])));
  const { findings } = (await run.suppress?.(plan)) ?? plan;
  return new Map(
    readings.map((reading) => {
      const { kind } = reading.finding;
      const finding = findings.find((one) => one.kind === kind) ?? reading.finding;
      return [kind, { ...reading, finding }];
    }),
  );
}

async function readingOf(
  run: ObservedRun,
  kind: DriftKind,
  { at, isDoubted }: { readonly at: number; readonly isDoubted: boolean },
): Promise<Reading> {
  const { baseline, aws, now } = run;
  const { name } = kind;
  if (baseline.states[name] === undefined) {
    return { finding: { kind: name, status: 'unmanaged' }, at, since: null };
  }
  const trail = parseTrailArn(baseline.trail);
  const read = () => observe(kind, aws, trail, now(), baseline.states);
  const observed = run.observe?.(kind, isDoubted, read) ?? read();
  try {
    const observation = await observed;
    const approvals = (await run.approvals?.()) ?? [];
    const finding = findingOf(kind, baseline, observation, trail, { approvals, now: now() });
    return { finding, at, since: sinceOf(kind, observation) };
  } catch (error) {
    // A kind that cannot judge what it observes must not block the repair of the others.
    return { finding: { kind: name, ...unknownFor(error) }, at, since: null };
  }
}

function sinceOf(kind: DriftKind, observation: Observation): number | null {
  if (observation.status === 'unknown' || observation.state === null) return null;
  const since = kind.since?.(observation.state) ?? null;
  return since === null ? null : Date.parse(since);
}

/** The findings of readings as a plan, in the order of the kinds. */
export const planIn = (
  { baseline: { trail, version }, kinds }: Pick<ObservedRun, 'baseline' | 'kinds'>,
  readings: Readings,
): Plan => ({
  trail: parseTrailArn(trail).arn,
  version,
  findings: kinds.flatMap(({ name }) => readings.get(name)?.finding ?? []),
});
