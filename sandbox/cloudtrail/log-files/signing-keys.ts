import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../../service.ts';

/** The keys with which CloudTrail signs digest files, one for each Region, made when first used. */
const pairs = new Map<string, ReturnType<typeof newPair>>();

const newPair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  // PKCS #1 (API reference, PublicKey).
  const value = publicKey.export({ type: 'pkcs1', format: 'der' });
  return { privateKey, value, fingerprint: createHash('md5').update(value).digest('hex') };
};

export function signingKeyOf(region: string) {
  const pair = pairs.get(region) ?? newPair();
  pairs.set(region, pair);
  return pair;
}

/** The signature of a digest file. Source: CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation". */
export const signDigest = (region: string, lines: readonly string[]): string =>
  sign('sha256', Buffer.from(lines.join('\n')), signingKeyOf(region).privateKey).toString('hex');

/** The public keys of the Region. In AWS they change; here one is valid for all time. */
export const listPublicKeys = ({ region, at }: Call): ListPublicKeysResponse => {
  const { value, fingerprint } = signingKeyOf(region);
  const year = 365 * 24 * 3_600_000;
  return {
    PublicKeyList: [
      {
        // The wire format is base64.
        Value: value.toString('base64') as never,
        ValidityStartTime: new Date(at.getTime() - year),
        ValidityEndTime: new Date(at.getTime() + year),
        Fingerprint: fingerprint,
      },
    ],
  };
};
