import { z } from 'zod';
import { must } from './grammar.ts';

/** What becomes of a drift: it is put back, only told, or passed over. */
export type Treatment = 'restore' | 'alert' | 'ignore';

/** How a trail's drifts are treated, by kind, or by kind and field; `restore` where nothing is said. */
export type Policy = {
  readonly [kind: string]: Treatment | { readonly [field: string]: Treatment };
};

/** How a drift of one field is treated. The empty field is the whole state: the trail does not exist. */
export function treatmentOf(policy: Policy, kind: string, field: string): Treatment {
  const ofKind = Object.hasOwn(policy, kind) ? (policy[kind] ?? 'restore') : 'restore';
  if (typeof ofKind === 'string') return ofKind;
  return Object.hasOwn(ofKind, field) ? (ofKind[field] ?? 'restore') : 'restore';
}

/** The schema of a policy over kinds and the fields of their states. */
export function policySchema(
  kinds: readonly { readonly name: string; readonly state: { readonly shape: object } }[],
): z.ZodType<Policy> {
  const treatment = z.enum(['restore', 'alert', 'ignore']);
  const rule = must('be "restore", "alert" or "ignore", for the kind or for each field named');
  const schemas = kinds.map(({ name, state }) => {
    const fields = Object.keys(state.shape).map((field) => [field, treatment.optional()]);
    const byField = z.strictObject(Object.fromEntries(fields));
    return [name, z.union([treatment, byField], rule).optional()];
  });
  return z.strictObject(Object.fromEntries(schemas)) as z.ZodType<Policy>;
}
