import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { LogBucket } from '#log-files/log-bucket.ts';
import type { RecoveryBucket } from './bucket.ts';
import type { RecoverConfig } from './recover-config.ts';

/** What the tasks of a recovery use. */
export type RecoverDeps = {
  readonly config: RecoverConfig;
  readonly bucket: RecoveryBucket;
  readonly logBucket: (name: string) => LogBucket;
  /** A client for the event history of an account and Region, which keeps to the quota. */
  readonly historyOf: (account: string) => (region: string) => CloudTrailClient;
  readonly now: () => number;
  /** Whether there is time to go on in this invocation. */
  readonly hasTime: () => boolean;
};
