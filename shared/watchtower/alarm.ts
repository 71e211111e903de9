import type { Severity } from '#drift/impact.ts';

/** Something that is wrong, as it is seen from outside the account. */
export type Alarm = {
  /** The same as long as the same is wrong. */
  readonly key: string;
  readonly severity: Severity;
  /** What is wrong. */
  readonly title: string;
  /** What to do. */
  readonly remedy: string;
  /** It happened once: people are notified, and not of an end. */
  readonly hasNoEnd?: true;
};
