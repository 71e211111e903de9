import { type CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import type { PublicKeys } from './digest.ts';
import type { Period } from './digest-chain.ts';

/** The keys with which CloudTrail signed digest files in a Region during a period. Throws the errors of ListPublicKeys. */
export async function publicKeysOf(
  client: CloudTrailClient,
  { from, to }: Period,
): Promise<PublicKeys> {
  const keys = new Map<string, Uint8Array>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListPublicKeysCommand({
        StartTime: new Date(from),
        EndTime: new Date(to),
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    for (const { Fingerprint, Value } of page.PublicKeyList ?? []) {
      if (Fingerprint !== undefined && Value !== undefined) keys.set(Fingerprint, Value);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return keys;
}
