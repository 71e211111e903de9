/** What a change costs, for people: in words, how bad it is, and whether it costs record. */
export type Impact = {
  readonly words: string;
  readonly severity: Severity;
  /** The record is lost, or its owners can no longer read it: restored at once, whatever the pace. */
  readonly losesCoverage: boolean;
};

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** The gravest first. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export const compareSeverity = (one: Severity, other: Severity): number =>
  severities.indexOf(one) - severities.indexOf(other);

/** A trail that does not exist, whatever else was wanted of it. */
export const trailIsGone: Impact = {
  words: 'the trail does not exist: nothing is recorded',
  severity: 'critical',
  losesCoverage: true,
};
