import * as z from 'zod';
import { must, mustBeByKind } from '#text/schema-messages.ts';

/** What becomes of a drift: it is put back, only told, or passed over. */
export type Treatment = 'restore' | 'alert' | 'ignore';

/** How a trail's drifts are treated, by kind, or by kind and field; `restore` where nothing is said. */
export type Policy = {
  readonly [kind: string]: Treatment | { readonly [field: string]: Treatment };
};

/** How a drift of one field is treated. */
export function treatmentOf(policy: Policy, kind: string, field: string): Treatment {
  const ofKind = Object.hasOwn(policy, kind) ? (policy[kind] ?? 'restore') : 'restore';
  if (typeof ofKind === 'string') return ofKind;
  return Object.hasOwn(ofKind, field) ? (ofKind[field] ?? 'restore') : 'restore';
}

/** What a policy has to know of a drift kind. */
export type PolicyKind = {
  readonly name: string;
  readonly state: { readonly shape: object };
  /** Fields that are written only together: a policy treats them alike. */
  readonly coupledFields?: readonly (readonly string[])[];
  /** Nothing is recorded without it: a policy can not leave it alone. */
  readonly alwaysEnforced?: boolean;
};

/** The schema of a policy over kinds and the fields of their states. */
export function policySchema(kinds: readonly PolicyKind[]): z.ZodType<Policy> {
  const schemas = kinds.map((kind) => [kind.name, kindSchema(kind).optional()]);
  return z.strictObject(Object.fromEntries(schemas), mustBeByKind) as z.ZodType<Policy>;
}

function kindSchema({ state, coupledFields = [], alwaysEnforced = false }: PolicyKind): z.ZodType {
  if (alwaysEnforced)
    return z.literal('restore', must('be "restore": nothing is recorded without it'));
  const treatment = z.enum(['restore', 'alert', 'ignore']);
  const fields = Object.keys(state.shape).map((field) => [field, treatment.optional()]);
  const byField = coupledFields.reduce<z.ZodType<Readonly<Record<string, Treatment>>>>(
    (schema, group) =>
      schema.refine(
        (treatments) => new Set(group.map((field) => treatments[field] ?? 'restore')).size === 1,
        must(`treat ${group.join(' and ')} alike: they are written only together`),
      ),
    z.strictObject(Object.fromEntries(fields)) as z.ZodType<Readonly<Record<string, Treatment>>>,
  );
  const rule = must('be "restore", "alert" or "ignore", for the kind or for each field named');
  return z.union([treatment, byField], rule);
}
