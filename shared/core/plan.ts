import { type Change, diff, type Json } from './diff.ts';
import type { Trail, TrailArn } from './trail.ts';

/** One write that repairs drift: the API operation and its input, as data. */
export type Step = {
  readonly action: string;
  readonly input: object;
};

/** What a drift kind saw of a live trail; a null state is a trail that does not exist. */
export type Observation =
  | { readonly status: 'observed'; readonly state: object | null }
  | { readonly status: 'unknown'; readonly reason: string; readonly retryable: boolean };

/** The verdict on one drift kind. *Unknown* is not absent: it is told and never repaired. */
export type Finding = { readonly kind: string } & (
  | { readonly status: 'in-sync' }
  | { readonly status: 'unmanaged' }
  | { readonly status: 'unknown'; readonly reason: string; readonly retryable: boolean }
  | {
      readonly status: 'drifted';
      readonly changes: readonly Change[];
      readonly steps: readonly Step[];
    }
);

/** What is wrong with one trail and the steps that put it right, in the order of repair. */
export type Plan = {
  readonly trail: TrailArn;
  readonly version: number;
  readonly findings: readonly Finding[];
};

/** What planning asks of a drift kind: its name and its pure repair. */
export type Repair = {
  readonly name: string;
  repair(desired: object, actual: object | null, trail: Trail): readonly Step[];
};

/** Compares one kind's desired state with what was observed of it. */
export function findingOf(
  kind: Repair,
  desired: object,
  observation: Observation,
  trail: Trail,
): Finding {
  if (observation.status === 'unknown') return { kind: kind.name, ...observation };
  const changes = diff(desired as Json, observation.state as Json);
  if (changes.length === 0) return { kind: kind.name, status: 'in-sync' };
  const steps = kind.repair(desired, observation.state, trail);
  return { kind: kind.name, status: 'drifted', changes, steps };
}

/** The steps that a plan has for one kind. */
export const stepsOf = (plan: Plan, kind: string): readonly Step[] =>
  plan.findings.flatMap((finding) =>
    finding.kind === kind && finding.status === 'drifted' ? finding.steps : [],
  );
