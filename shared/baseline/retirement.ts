import * as z from 'zod';
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
 * The end of guarding a trail: a version that follows the baselines before it, so that these stay, nobody can end it by taking
 * a row away, and a later capture is the version after it.
 */
export type Retirement = {
  readonly schema: 1;
  readonly trail: TrailArn;
  readonly version: number;
  /** The SHA-256, in hex, of the document of the version whose guarding this one ends. */
  readonly previous: string | null;
  readonly retiredAt: string;
  readonly retiredBy: string;
  readonly reason: string;
};

/** The end of guarding that is to become a version. */
export type NewRetirement = Omit<Retirement, 'version' | 'previous'>;

/** What is stored as one version: what a trail must be, or that it is no longer guarded. */
export type Version = Baseline | Retirement;

export const isRetirement = (version: Version): version is Retirement => 'retiredAt' in version;

/** Reads a version from its JSON text, or throws `InvalidBaselineError`. */
export function parseVersion(document: string, kinds: readonly StateSchema[]): Version {
  if (!isOfRetirement(document)) return parseBaseline(document, kinds);
  const result = retirement.safeParse(JSON.parse(document));
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error));
  return result.data;
}

function isOfRetirement(document: string): boolean {
  try {
    return Object.hasOwn(JSON.parse(document), 'retiredAt');
  } catch {
    return false;
  }
}

const { capturedAt: retiredAt, capturedBy: retiredBy, ...common } = envelope;
const retirement = z.strictObject({ ...common, retiredAt, retiredBy });
