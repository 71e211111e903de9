import type { KnownTrail } from '#baseline/known-trail.ts';
import type { Trust } from '#baseline/signing/signature.ts';
import { titleOf } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';

/** A trail with a version in force that no key of a configuration signed. */
type Untrusted = Exclude<KnownTrail, { readonly error: Error }>;

/** The trails that would be unprotected once these keys are deployed. */
export async function untrustedVersions(
  { baselines }: Context,
  { keys }: Trust,
): Promise<readonly Untrusted[]> {
  if (keys.length === 0) return [];
  const isTrusted = ({ signedBy }: KnownTrail) => keys.some(({ id }) => id === signedBy);
  return (await baselines.known()).flatMap((one) =>
    'error' in one || isTrusted(one) ? [] : [one],
  );
}

export const signAgainLines = (untrusted: readonly Untrusted[]): readonly string[] =>
  untrusted.map(
    (one) =>
      `Signs version ${versionOf(one).version} of ${titleOf(one.trail)}, by ${authorOf(one)}, again with the new key.`,
  );

/** Signs and stores the content of each version again. */
export async function signAgain(
  { baselines, signer }: Context,
  untrusted: readonly Untrusted[],
): Promise<void> {
  if (untrusted.length > 0 && signer === null) {
    throw new Error(
      'the versions in force are not signed with a key of cdk.json: pass --signing-key with the KMS key ARN or the private key file of one',
    );
  }
  for (const one of untrusted) {
    const { version: _, previous: __, ...content } = versionOf(one);
    if ('retiredAt' in content) await baselines.retire(content, one);
    else await baselines.add(content, one);
  }
}

const versionOf = (one: Untrusted) => ('retirement' in one ? one.retirement : one.baseline);

const authorOf = (one: Untrusted): string =>
  'retirement' in one ? one.retirement.retiredBy : one.baseline.capturedBy;
