import * as z from 'zod';
import type { States } from '#drift/kind.ts';
import { describeIssues, must, mustBeByKind } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { trailArn } from '#trail/trail-arn.ts';
import { type BaselineKind, type Policy, policySchema } from './policy.ts';

/** The desired state of a trail, one canonical state per drift kind, as an immutable version. */
export type Baseline = Of<z.ZodObject<typeof envelope>> & {
  readonly states: States;
  readonly policy: Policy;
};

/** A baseline to store: the store assigns its number and its place in the chain. */
export type NewBaseline = Omit<Baseline, 'version' | 'previous'>;

/** Thrown for an invalid baseline; the message names each invalid field. */
export class InvalidBaselineError extends Error {
  override readonly name = 'InvalidBaselineError' as const;
}

/** Reads a baseline from its JSON text, or throws `InvalidBaselineError`. */
export function parseBaseline(document: string, kinds: readonly BaselineKind[]): Baseline {
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch (cause) {
    throw new InvalidBaselineError('the document is not JSON', { cause });
  }
  const schemas = kinds.map(({ name, state }) => [name, state.optional()]);
  const states = z
    .strictObject(Object.fromEntries(schemas), mustBeByKind)
    .refine((named) => Object.keys(named).length > 0, must('name at least one kind'));
  const policy = policySchema(kinds);
  return parse(z.strictObject({ ...envelope, states, policy }), json, []) as Baseline;
}

/** Reads the states of all given kinds. Throws `InvalidBaselineError`. */
export const parseStates = (
  value: unknown,
  kinds: readonly { readonly name: string; readonly state: z.ZodType<object> }[],
): States =>
  parse(
    z.strictObject(Object.fromEntries(kinds.map(({ name, state }) => [name, state])), mustBeByKind),
    value,
    ['states'],
  ) as States;

/** Reads a policy, or throws `InvalidBaselineError`. */
export const parsePolicy = (value: unknown, kinds: readonly BaselineKind[]): Policy =>
  parse(policySchema(kinds), value, ['policy']) as Policy;

function parse(schema: z.ZodType, value: unknown, root: readonly string[]): unknown {
  const result = schema.safeParse(value, { error: explain });
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error, root));
  return result.data;
}

/** The fields that every version has. */
export const envelope = {
  schema: z.literal(1, must('be 1: a newer trailkeeper wrote this baseline')),
  trail: trailArn,
  version: z.int(must('be a whole number')).min(1, must('be 1 or more')),
  /** The SHA-256, in hex, of the document of the version that was in force before; null for the first. */
  previous: z
    .string(must('be a SHA-256 in hex, or null'))
    .regex(/^[0-9a-f]{64}$/, must('be a SHA-256 in hex, or null'))
    .nullable(),
  capturedAt: z.iso.datetime(must('be an ISO 8601 time, for example 2026-01-31T12:00:00Z')),
  capturedBy: z.string(must('be text')).min(1, must('not be empty')),
  reason: z.string(must('be text')).min(1, must('not be empty')),
};

/** Says "is missing" for an absent field, which zod reports as a wrong type. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  if (issue.code === 'unrecognized_keys') {
    return `has fields that this version of trailkeeper does not know: ${issue.keys.join(', ')}`;
  }
  return undefined;
}
