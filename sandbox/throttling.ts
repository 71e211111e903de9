import * as z from 'zod';
import { isWrite } from './cloudtrail/record.ts';
import { AwsError, type Call } from './service.ts';

/** CloudTrail's quotas, and the times of the calls that used them, by account, Region and kind of call. */
export type Throttling = z.infer<typeof throttling> & {
  readonly taken: Map<string, readonly number[]>;
};

const perSecond = z.int().positive().nullable();

/** The body of `/_sandbox/throttling`; null means no quota. */
export const throttling = z.strictObject({
  writesPerSecond: perSecond,
  readsPerSecond: perSecond.default(null),
  lookupsPerSecond: perSecond.default(2),
});

export const unlimited = (): Throttling => ({
  writesPerSecond: null,
  readsPerSecond: null,
  lookupsPerSecond: null,
  taken: new Map(),
});

/**
 * Throws `ThrottlingException` if a quota of the account and Region is exceeded. All writes share one quota, all other
 * reads share another, and LookupEvents has its own. AWS documents "all other APIs: 1 TPS"; that they share it is not
 * verified. A refused call does not count.
 */
export function checkQuota({ taken, ...quotas }: Throttling, call: Call): void {
  if (call.service !== 'cloudtrail') return;
  const kind = call.operation === 'LookupEvents' ? 'lookups' : isWrite(call) ? 'writes' : 'reads';
  const quota = quotas[`${kind}PerSecond`];
  if (quota === null) return;
  const key = `${call.principal.accountId} ${call.region} ${kind}`;
  const now = call.at.getTime();
  const recent = (taken.get(key) ?? []).filter((time) => time > now - 1000);
  if (recent.length >= quota) throw new AwsError('ThrottlingException', 'Rate exceeded');
  taken.set(key, [...recent, now]);
}
