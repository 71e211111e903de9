import * as z from 'zod';
import type { DriftKind } from '#drift/kind.ts';
import { must, mustBeByKind } from '#text/schema-messages.ts';

/**
 * How drift is treated: restored, restored after approval, only reported, or ignored. With `approve`, drift that loses events is restored at
 * once; with `approve-coverage-loss` it waits, too.
 */
export type Treatment = (typeof treatments)[number];

const treatments = ['restore', 'approve', 'approve-coverage-loss', 'alert', 'ignore'] as const;

/** How the drift of a trail is treated, by kind, or by kind and field. The default is that of the kind. */
export type Policy = {
  readonly [kind: string]: Treatment | { readonly [field: string]: Treatment };
};

/** How drift of one field is treated. */
export function treatmentOf(
  policy: Policy,
  kind: Pick<BaselineKind, 'name' | 'defaultTreatment'>,
  field: string,
): Treatment {
  const { name, defaultTreatment: unlessNamed = 'restore' } = kind;
  const ofKind = own(policy, name) ?? unlessNamed;
  return typeof ofKind === 'string' ? ofKind : (own(ofKind, field) ?? unlessNamed);
}

const own = <Value>(values: { readonly [name: string]: Value }, name: string): Value | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

/** Whether drift of one field is ignored: no kind is by default. */
export const isIgnored = (policy: Policy, name: string, field: string): boolean =>
  treatmentOf(policy, { name }, field) === 'ignore';

/** Whether a treatment restores drift, at once or after approval. */
const restores = (treatment: Treatment): boolean =>
  treatment === 'restore' || asksForApproval(treatment);

/** Whether drift with this treatment waits for a decision. */
export const asksForApproval = (treatment: Treatment): boolean =>
  treatment === 'approve' || treatment === 'approve-coverage-loss';

/** Whether a policy restores a kind, or one of these fields of it, at once or after approval. */
export const isRestored = (
  policy: Policy,
  kind: Parameters<typeof treatmentOf>[1] & { readonly state: { readonly shape: object } },
  fields: readonly string[] = Object.keys(kind.state.shape),
): boolean => fields.some((field) => restores(treatmentOf(policy, kind, field)));

/** What a baseline needs from a drift kind. */
export type BaselineKind = Pick<
  DriftKind,
  'name' | 'state' | 'coupledFields' | 'alwaysEnforced' | 'defaultTreatment'
>;

/** The schema of a policy for these kinds and the fields of their states. */
export function policySchema(kinds: readonly BaselineKind[]): z.ZodType<Policy> {
  const schemas = kinds.map((kind) => [kind.name, kindSchema(kind).optional()]);
  return z.strictObject(Object.fromEntries(schemas), mustBeByKind) as z.ZodType<Policy>;
}

function kindSchema(kind: BaselineKind): z.ZodType {
  const { state, coupledFields = [], alwaysEnforced = false } = kind;
  const { defaultTreatment: unlessNamed = 'restore' } = kind;
  if (alwaysEnforced)
    return z.literal('restore', must('be "restore": nothing is recorded without it'));
  const treatment = z.enum(treatments);
  const fields = Object.keys(state.shape).map((field) => [field, treatment.optional()]);
  const byField = coupledFields.reduce<z.ZodType<Readonly<Record<string, Treatment>>>>(
    (schema, group) =>
      schema.refine(
        (treatments) => new Set(group.map((field) => treatments[field] ?? unlessNamed)).size === 1,
        must(`treat ${group.join(' and ')} alike: they can only be written together`),
      ),
    z.strictObject(Object.fromEntries(fields)) as z.ZodType<Readonly<Record<string, Treatment>>>,
  );
  const rule = must(`be ${treatmentList}, for the kind or for each field named`);
  return z.union([treatment, byField], rule);
}

const treatmentList = treatments
  .map((one) => `"${one}"`)
  .join(', ')
  .replace(/, ("ignore")$/, ' or $1');

/** A policy whose every approval is given, for a person who restores a trail. */
export const approvedPolicy = (policy: Policy): Policy =>
  Object.fromEntries(
    Object.entries(policy).map(([kind, treatment]) => [
      kind,
      typeof treatment === 'string'
        ? approved(treatment)
        : Object.fromEntries(
            Object.entries(treatment).map(([field, one]) => [field, approved(one)]),
          ),
    ]),
  );

const approved = (treatment: Treatment): Treatment =>
  asksForApproval(treatment) ? 'restore' : treatment;
