import { type CloudTrailClient, paginateListPublicKeys } from '@aws-sdk/client-cloudtrail';
import type { TimeRange } from '#text/time.ts';
import type { PublicKeys } from './digest.ts';

/** The keys with which CloudTrail signed digest files in a Region during a period. Throws the errors of ListPublicKeys. */
export async function publicKeysOf(
  client: CloudTrailClient,
  { from, to }: TimeRange,
): Promise<PublicKeys> {
  const input = { StartTime: new Date(from), EndTime: new Date(to) };
  const pages = await Array.fromAsync(paginateListPublicKeys({ client }, input));
  const keys = pages.flatMap(({ PublicKeyList = [] }) => PublicKeyList);
  return new Map(
    keys.flatMap(({ Fingerprint, Value }) =>
      Fingerprint === undefined || Value === undefined ? [] : [[Fingerprint, Value] as const],
    ),
  );
}
