import { setTimeout } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { logBucket } from '#log-files/log-bucket.ts';
import { recoveryBucket } from '#recovery/bucket.ts';
import { checkAccess } from '#recovery/check-access.ts';
import { checkDestination } from '#recovery/destination.ts';
import { finish } from '#recovery/finish.ts';
import { historyClients, lookupsPerSecond } from '#recovery/history-clients.ts';
import { recoverAccount } from '#recovery/recover-account.ts';
import { parseRecoverConfig } from '#recovery/recover-config.ts';
import { recoverTask } from '#recovery/task.ts';

/**
 * Recovers events from event history, one task of the state machine at a time: `{"task": "recover", recovery, account}` answers whether
 * the account is done, and `{"task": "finish", recovery, accounts}` the key of the manifest. `doctor` asks `{"task": "check", accounts,
 * region}` what the function can reach.
 */
export function createHandler() {
  const config = parseRecoverConfig(process.env);
  const s3 = new S3Client({ followRegionRedirects: true });
  const now = () => Date.now();
  // Both are for tests only.
  const perSecond = Number(process.env.TRAILKEEPER_LOOKUPS_PER_SECOND ?? lookupsPerSecond);
  const workMs = Number(process.env.TRAILKEEPER_RECOVER_WORK_MS ?? 4 * 60_000);
  const common = {
    config,
    bucket: recoveryBucket(s3, config.bucket),
    logBucket: (name: string) => logBucket(s3, name),
    historyOf: historyClients({
      account: config.account,
      perSecond,
      now,
      sleep: (ms) => setTimeout(ms),
    }),
    now,
  };
  return (payload: unknown, { getRemainingTimeInMillis }: Context): Promise<object> => {
    const task = recoverTask.parse(payload);
    if (task.task === 'check') return checkAccess({ ...task, prefix: config.prefix }, common);
    checkDestination(task.recovery, config);
    if (task.task === 'finish') return finish(task, common);
    const end = Math.min(now() + workMs, now() + getRemainingTimeInMillis() - reserveMs);
    return recoverAccount(task, { ...common, hasTime: () => now() < end });
  };
}

export const handler = createHandler();

/** In milliseconds: as long as it may take to end the part that is being read. */
const reserveMs = 120_000;
