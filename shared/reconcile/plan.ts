import * as z from 'zod';
import { dependencyTitle } from '#baseline/named-dependencies.ts';
import { type Policy, treatmentOf } from '#baseline/policy.ts';
import { type Impact, impact, trailIsGone } from '#drift/impact.ts';
import type { DriftKind, States, Step } from '#drift/kind.ts';
import type { Observation } from '#drift/observe.ts';
import { type Change, change, diffReported, fieldOf, type Json } from '#text/diff.ts';
import { count, type Of, text, textOf, time } from '#text/schema-parts.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import type { Trail, TrailArn } from '#trail/trail-arn.ts';
import { type ApprovalInputs, noApprovals, resolveApproval } from './approval.ts';

/** A change as it is reported: its impact, and whether it is restored, waits for approval, or is only reported. */
const drift = change.extend({ impact, treatment: z.enum(['restore', 'approve', 'alert']) });

export type Drift = Of<typeof drift>;

export type KindDrift = Drift & { readonly kind: string };

/** The members of a `Step`. */
export const step = {
  action: text.describe('The operation of the AWS API.'),
  input: z.looseObject({}) as unknown as z.ZodType<Step['input']>,
};

/** What suppresses a repair: a maintenance window, until it ends; the backoff, until the next sweep; or that AWS lately refused it. */
const suppression = z.union([
  z.strictObject({
    by: z.literal('maintenance-window'),
    window: text,
    until: time,
    requestedBy: text,
  }),
  z.strictObject({ by: z.enum(['backoff', 'refusal']) }),
]);

export type Suppression = Of<typeof suppression>;

/** The verdict on one drift kind. *Unknown* is not absent: it is reported and never repaired. */
const finding = z.union([
  z.strictObject({ kind: text, status: z.enum(['in-sync', 'unmanaged']) }),
  z.strictObject({
    kind: text,
    status: z.literal('unknown'),
    reason: text,
    retryable: z.boolean(),
  }),
  z.strictObject({
    kind: text,
    status: z.literal('drifted'),
    changes: z.array(drift),
    steps: z.array(z.strictObject(step)),
    /** Why the steps were removed. */
    suppressed: suppression.exactOptional(),
  }),
]);

export type Finding = Of<typeof finding>;

/** What is wrong with one trail and the steps that put it right, in the order of the kinds in `shared/drift/index.ts`. */
export const plan = z.strictObject({
  trail: textOf<TrailArn>().describe('The ARN of a trail.'),
  version: count,
  findings: z.array(finding),
});

export type Plan = Of<typeof plan>;

type Findings = Pick<Plan, 'findings'>;

/** What planning asks of a drift kind: its name, and its pure judgement and repair. */
export type Planner = Pick<
  DriftKind,
  'name' | 'defaultTreatment' | 'coupledFields' | 'destinations' | 'impact' | 'repair'
>;

/**
 * Compares one kind's desired state with what was observed of it, as far as the policy asks. A trail that is gone comes back
 * whole, whatever the policy says of its parts.
 */
export function findingOf(
  kind: Planner,
  { states, policy }: { readonly states: States; readonly policy: Policy },
  observation: Observation,
  trail: Trail,
  approvals: ApprovalInputs = noApprovals,
): Finding {
  const { name } = kind;
  const desired = states[name];
  if (desired === undefined) return { kind: name, status: 'unmanaged' };
  if (observation.status === 'unknown') return { kind: name, ...observation };

  const actual = observation.state;
  const resourceOf = (field: string) =>
    dependencyTitle(trail.arn, states, kind.destinations?.[field] ?? name);
  const found = diffReported(desired as Json, actual as Json).flatMap((change): Drift[] => {
    if (actual === null) return [{ ...change, impact: trailIsGone, treatment: 'restore' }];
    const field = fieldOf(change);
    const asked = treatmentOf(policy, kind, field);
    if (asked === 'ignore') return [];
    const impact = withName(resourceOf(field), kind.impact(change, desired, actual));
    return [
      {
        ...change,
        impact,
        treatment: resolveApproval({ kind: name, asked, change, impact }, approvals),
      },
    ];
  });
  const changes = treatedByField(kind, found);
  if (changes.length === 0) return { kind: name, status: 'in-sync' };
  if (!changes.some(({ treatment }) => treatment === 'restore')) {
    return { kind: name, status: 'drifted', changes, steps: [] };
  }
  const restored = actual === null ? desired : overlaid(kind, desired, actual, policy, changes);
  return {
    kind: name,
    status: 'drifted',
    changes,
    steps: kind.repair(restored, actual, trail, states),
  };
}

/** An impact that begins with the name of what the trail depends on. */
const withName = (resource: string | null, impact: Impact): Impact =>
  resource === null ? impact : { ...impact, description: `${resource}: ${impact.description}` };

/** A field, and the fields that are written with it, are restored as a whole: what is approved there restores the rest. */
function treatedByField(
  { coupledFields = [] }: Planner,
  changes: readonly Drift[],
): readonly Drift[] {
  const unitOf = (change: Change): string => {
    const field = fieldOf(change);
    return coupledFields.find((group) => group.includes(field))?.[0] ?? field;
  };
  const restored = new Set(changes.filter(({ treatment }) => treatment === 'restore').map(unitOf));
  return changes.map((change) =>
    restored.has(unitOf(change)) ? { ...change, treatment: 'restore' } : change,
  );
}

/** The desired state, with the actual value, if it was reported, in each field that is not restored. */
function overlaid(
  kind: Planner,
  desired: object,
  actual: object,
  policy: Policy,
  changes: readonly Drift[],
): object {
  const left = new Set(changes.filter(({ treatment }) => treatment !== 'restore').map(fieldOf));
  const isIgnored = (field: string) => treatmentOf(policy, kind, field) === 'ignore';
  const fields = Object.entries(desired).map(([field, value]) => [
    field,
    (left.has(field) || isIgnored(field)) && Object.hasOwn(actual, field)
      ? Reflect.get(actual, field)
      : value,
  ]);
  return Object.fromEntries(fields);
}

/** The steps that a plan has for one kind. */
export const stepsOf = (plan: Plan, kind: string): readonly Step[] =>
  plan.findings.flatMap((finding) =>
    finding.kind === kind && finding.status === 'drifted' ? finding.steps : [],
  );

/** What drifted, with its kind. A stored list of changes may be truncated. */
export const driftIn = ({ findings }: Findings): readonly KindDrift[] =>
  findings.flatMap((finding) =>
    finding.status === 'drifted'
      ? finding.changes.filter(isNotTruncated).map((drift) => ({ kind: finding.kind, ...drift }))
      : [],
  );

/** What drifted in one kind. */
export const changesOf = (plan: Findings, name: string): readonly Drift[] =>
  driftIn(plan).filter(({ kind }) => kind === name);

/** A plan as far as it is about some kinds. */
export const planOf = (plan: Plan, kinds: ReadonlySet<string>): Plan => ({
  ...plan,
  findings: plan.findings.filter(({ kind }) => kinds.has(kind)),
});

/** Whether a kind was seen to have no trail to be a state of. */
export const isOfMissingTrail = (plan: Plan, kind: string): boolean =>
  changesOf(plan, kind).some(({ path }) => path === '');

/** Whether a kind waits for approval, and nothing of it is restored meanwhile. */
export const awaitsApproval = (finding: Finding): boolean =>
  finding.status === 'drifted' &&
  finding.steps.length === 0 &&
  finding.changes.some(({ treatment }) => treatment === 'approve');
