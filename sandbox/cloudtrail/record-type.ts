/** A record of a call, as CloudTrail writes it. Source: published records of version 1.11. */
export type CloudTrailRecord = {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly [field: string]: unknown;
};
