import * as z from 'zod';
import { type Of, text } from '#text/schema-parts.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Highest severity first. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export const compareSeverity = (one: Severity, other: Severity): number =>
  severities.indexOf(one) - severities.indexOf(other);

/** The impact of a change: a description, a severity, and whether events are lost. */
export const impact = z.strictObject({
  description: text,
  severity: z.enum(severities),
  /** Events are lost, or the owner can no longer read them. Restored at once, even during backoff. */
  losesCoverage: z.boolean(),
});

export type Impact = Of<typeof impact>;

/** The impact of a trail that does not exist. */
export const trailIsGone: Impact = {
  description: 'the trail does not exist: nothing is recorded',
  severity: 'critical',
  losesCoverage: true,
};
