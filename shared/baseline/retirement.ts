import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { type Baseline, envelope, InvalidBaselineError, parseBaseline } from './baseline.ts';
import type { BaselineKind } from './policy.ts';

/**
 * Ends the protection of a trail. It is a version that follows the baselines before it: deleting a row does not undo it, and a later
 * capture continues the chain.
 */
export type Retirement = Of<typeof retirement>;

/** A retirement to store: the store assigns its number and its place in the chain. */
export type NewRetirement = Omit<Retirement, 'version' | 'previous'>;

/** The content of a version. */
export type Version = Baseline | Retirement;

export const isRetirement = (version: Version): version is Retirement => 'retiredAt' in version;

/** Reads a version from its JSON text, or throws `InvalidBaselineError`. */
export function parseVersion(document: string, kinds: readonly BaselineKind[]): Version {
  const { success: isRetired } = jsonText(z.object({ retiredAt: z.json() })).safeParse(document);
  if (!isRetired) return parseBaseline(document, kinds);
  const result = jsonText(retirement).safeParse(document);
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error));
  return result.data;
}

const { capturedAt: retiredAt, capturedBy: retiredBy, ...common } = envelope;
const retirement = z.strictObject({ ...common, retiredAt, retiredBy });
