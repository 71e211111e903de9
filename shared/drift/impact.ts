/** The impact of a change: a description, a severity, and whether events are lost. */
export type Impact = {
  readonly description: string;
  readonly severity: Severity;
  /** Events are lost, or the owner can no longer read them. Restored at once, even during backoff. */
  readonly losesCoverage: boolean;
};

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Highest severity first. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export const compareSeverity = (one: Severity, other: Severity): number =>
  severities.indexOf(one) - severities.indexOf(other);

/** The impact of a trail that does not exist. */
export const trailIsGone: Impact = {
  description: 'the trail does not exist: nothing is recorded',
  severity: 'critical',
  losesCoverage: true,
};
