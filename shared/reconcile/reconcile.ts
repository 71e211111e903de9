import type { Aws } from '#aws/clients.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Observation, observe, unknownFor } from '#drift/observe.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Applied, apply } from './apply.ts';
import type { AppliedStep, Mode, Outcome } from './outcome.ts';
import { type Finding, findingOf, type Plan, planOf, stepsOf } from './plan.ts';
import {
  type Attempt,
  foundSoFar,
  freshIn,
  pathsIn,
  pendingIn,
  type Readings,
  readingsOf,
} from './read-back.ts';

export type Reconcile = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly mode: Mode;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** For how long a read may miss a write, in milliseconds. */
  readonly readLagMs: number;
  /** The write that triggered this run: reads may not show it yet. */
  readonly expected?: Expected | null;
  /** The kinds of a plan that another function is restoring; `isLater`: not asked at the first look. */
  readonly claimed?: (plan: Plan, isLater: boolean) => Promise<ReadonlySet<string>>;
  /** Reported what each kind sees, each time that it looks. */
  readonly onObservation?: (kind: string, observation: Observation) => void;
  /** Keeps steps of a plan back: what a Hold or a pace asks for. */
  readonly suppress?: (plan: Plan) => Promise<Plan>;
  /** Reported each step once attempted. */
  readonly onStep?: (step: AppliedStep) => void;
  /** Applies the steps that are due, given all that was found so far; `apply` unless the caller does more beside it. */
  readonly repair?: (due: Plan, found: Plan) => Promise<Applied>;
};

/** A write that reads may not show yet. */
export type Expected = {
  /** The kinds that it can have changed. */
  readonly kinds: ReadonlySet<string>;
  /** Until when reads may miss it, in milliseconds. */
  readonly until: number;
  /** Whether a plan holds what it can have done. */
  isIn(plan: Plan): boolean;
};

/**
 * Brings one trail to its baseline: observe, plan, apply, verify. An event decides for how long to look, never what is found.
 *
 * Reads lag behind writes. So a write is verified by reading until it shows, and is not sent again meanwhile; and nothing counts as
 * in sync before an expected write had the time to show. The first write waits for none of that.
 */
export async function reconcile(baseline: Baseline, options: Reconcile): Promise<Outcome> {
  const { mode, now, sleep, expected = null } = options;
  const applied: AppliedStep[] = [];
  const longestWaitEnds = now().getTime() + longestWait * options.readLagMs;
  let readings = await look();
  let plan = planIn(readings);
  const attempts = await claims(plan, options);

  for (let rounds = 0, looks = 0; ; ) {
    const fresh = freshIn(readings, attempts);
    if (mode === 'enforce' && fresh.size > 0 && rounds < mostRounds) {
      const due = planOf(planIn(readings), fresh);
      const others = await claims(planOf(due, toAskFor(fresh, looks)), options, true);
      if (others.size > 0) {
        for (const [kind, attempt] of others) attempts.set(kind, attempt);
        continue;
      }
      plan = foundSoFar(plan, due);
      applied.push(...(await write(due, plan)));
      readings = await readBack();
      rounds += 1;
      looks = 0;
      continue;
    }
    const open = openKinds();
    if (open.size === 0) break;
    await sleep(pauses[Math.min(looks, pauses.length - 1)] ?? 0);
    looks += 1;
    readings = new Map([...readings, ...(await look(open))]);
    const isNew = freshIn(readings, attempts).size > 0;
    const isSettled = attempts.size > 0 && openKinds().size < open.size;
    // What changed in one kind may have changed in the others, which were not read again.
    if (isNew || isSettled) readings = await look();
    plan = foundSoFar(plan, planIn(readings));
  }
  return { mode, plan, applied, verified: planIn(readings) };

  async function look(only?: ReadonlySet<string>): Promise<Readings> {
    const at = now().getTime();
    return readingsOf(await planFor(baseline, options, only), at);
  }

  /** Reads again what was written or was not in sync; everything, if there is drift that was not there before. */
  async function readBack(): Promise<Readings> {
    const again = [...readings].filter(
      ([kind, { finding }]) => attempts.has(kind) || finding.status !== 'in-sync',
    );
    const latest = new Map([...readings, ...(await look(new Set(again.map(([kind]) => kind))))]);
    return freshIn(latest, attempts).size > 0 ? look() : latest;
  }

  function planIn(all: Readings): Plan {
    const { trail, version } = baseline;
    const findings = [...all.values()].map(({ finding }) => finding);
    return { trail: parseTrailArn(trail).arn, version, findings };
  }

  /** The kinds that another function may have begun to restore since the first look, or may still be restoring. */
  function toAskFor(fresh: ReadonlySet<string>, looks: number): ReadonlySet<string> {
    const mayWait = now().getTime() < longestWaitEnds;
    return new Set(
      [...fresh].filter((kind) => {
        const attempt = attempts.get(kind);
        return attempt === undefined ? looks > 0 : attempt.result === 'elsewhere' && mayWait;
      }),
    );
  }

  async function write(due: Plan, found: Plan): Promise<readonly AppliedStep[]> {
    const { repair = (one) => apply(one, options) } = options;
    const { steps, attempts: made } = await repair(due, found);
    const until = now().getTime() + options.readLagMs;
    for (const [kind, attempt] of made) {
      const paths = new Set([...(attempts.get(kind)?.paths ?? []), ...attempt.paths]);
      attempts.set(kind, { ...attempt, paths, until });
    }
    return steps;
  }

  /** The kinds whose readings are not the last word. */
  function openKinds(): ReadonlySet<string> {
    const pending = pendingIn(readings, attempts);
    if (expected === null || expected.isIn(plan)) return pending;
    const early = [...expected.kinds].filter(
      (kind) => (readings.get(kind)?.at ?? Number.POSITIVE_INFINITY) < expected.until,
    );
    return new Set([...pending, ...early]);
  }
}

/**
 * For how long to leave drift to another function that says that it is restoring it, in lags of reads. It says so in the state table,
 * which an attacker may have written.
 */
const longestWait = 4;

/** How often to write at most, where the trail changes while we do. */
const mostRounds = 3;

/** Between two looks, in milliseconds; the last one again and again. */
const pauses = [500, 1000, 2000];

/** Drift that another function is restoring: it is ours again where it does not go away. */
async function claims(
  plan: Plan,
  { claimed, mode, now, readLagMs }: Reconcile,
  isLater = false,
): Promise<Map<string, Attempt>> {
  const hasSteps = plan.findings.some(({ kind }) => stepsOf(plan, kind).length > 0);
  const kinds = mode === 'enforce' && hasSteps ? await claimed?.(plan, isLater) : undefined;
  const until = now().getTime() + readLagMs;
  return new Map(
    plan.findings
      .filter(({ kind }) => kinds?.has(kind))
      .map((finding) => [
        finding.kind,
        {
          ...({ result: 'elsewhere', failed: [], until } as const),
          ...{ paths: new Set(pathsIn(finding)), steps: stepsOf(plan, finding.kind) },
        },
      ]),
  );
}

async function planFor(
  baseline: Baseline,
  { kinds, aws, now, suppress, onObservation }: Reconcile,
  only?: ReadonlySet<string>,
): Promise<Plan> {
  const trail = parseTrailArn(baseline.trail);
  const looked = kinds.filter(({ name }) => only?.has(name) ?? true);
  const findings = looked.map(async (kind): Promise<Finding> => {
    if (baseline.states[kind.name] === undefined) return { kind: kind.name, status: 'unmanaged' };
    const observation = await observe(kind, aws, trail, now(), baseline.states);
    onObservation?.(kind.name, observation);
    try {
      return findingOf(kind, baseline, observation, trail);
    } catch (error) {
      // A kind that cannot judge what it observes must not block the repair of the others.
      return { kind: kind.name, ...unknownFor(error) };
    }
  });
  const plan = {
    trail: trail.arn,
    version: baseline.version,
    findings: await Promise.all(findings),
  };
  return suppress?.(plan) ?? plan;
}
