import type { CallResult } from '../history-model.ts';
import { PolicyError } from './policy-document.ts';
import { comparable, isPart, type PolicyParts, partsOf, type SeenParts } from './policy-parts.ts';
import type { Request } from './statement-evaluation.ts';

/**
 * The parts of a policy after a call that wrote it, as text, compared with those of the baseline; all that are protected are indeterminate if
 * the record does not show it.
 */
export function policyAfter(
  written: unknown,
  desired: SeenParts,
  requests: readonly Request[],
): CallResult<SeenParts> {
  const protectedParts = Object.entries(desired).flatMap(([field, value]) =>
    isPart(field) && value !== null ? [field] : [],
  );
  const unclear = { set: {}, indeterminate: protectedParts };
  if (typeof written !== 'string') return unclear;
  try {
    return { set: protectedOnly(partsOf(written, requests, comparable(desired)), protectedParts) };
  } catch (error) {
    if (error instanceof PolicyError) return unclear;
    throw error;
  }
}

const protectedOnly = (parts: PolicyParts, fields: readonly string[]): Partial<SeenParts> =>
  Object.fromEntries(Object.entries(parts).filter(([field]) => fields.includes(field)));
