import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import {
  type Baseline,
  envelope,
  InvalidBaselineError,
  parseBaseline,
  type StateSchema,
} from './baseline.ts';

/**
 * Ends the protection of a trail. It is a version that follows the baselines before it: deleting a row does not undo it, and a later
 * capture continues the chain.
 */
export type Retirement = {
  readonly schema: 1;
  readonly trail: TrailArn;
  readonly version: number;
  /** The SHA-256, in hex, of the document of the version that this one retires. */
  readonly previous: string | null;
  readonly retiredAt: string;
  readonly retiredBy: string;
  readonly reason: string;
};

/** A retirement to store: the store assigns its number and its place in the chain. */
export type NewRetirement = Omit<Retirement, 'version' | 'previous'>;

/** The content of a version. */
export type Version = Baseline | Retirement;

export const isRetirement = (version: Version): version is Retirement => 'retiredAt' in version;

/** Reads a version from its JSON text, or throws `InvalidBaselineError`. */
export function parseVersion(document: string, kinds: readonly StateSchema[]): Version {
  const { success: isRetired } = jsonText(z.object({ retiredAt: z.json() })).safeParse(document);
  if (!isRetired) return parseBaseline(document, kinds);
  const result = jsonText(retirement).safeParse(document);
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error));
  return result.data;
}

const { capturedAt: retiredAt, capturedBy: retiredBy, ...common } = envelope;
const retirement = z.strictObject({ ...common, retiredAt, retiredBy });
