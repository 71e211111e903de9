import type { CloudTrailRecord } from '../record-type.ts';

/** What trails have yet to deliver, by the trail's ARN, and the ends of their chains of digest files. */
export type LogFiles = {
  readonly pending: Map<string, CloudTrailRecord[]>;
  readonly chains: Map<string, ChainEnd>;
  /** When a chain was broken, by the trail's ARN, account and Region. */
  readonly broken: Map<string, Date>;
};

/** The last digest file of a trail in one account and Region. */
export type ChainEnd = {
  readonly key: string;
  readonly endTime: string;
  readonly hash: string;
  readonly signature: string;
};
