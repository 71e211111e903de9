import type { KnownTrail } from '#baseline/known-trail.ts';
import { versionInForce } from '#baseline/known-trail.ts';
import { isRetirement, type Version } from '#baseline/retirement.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { Reading, SignedVersion } from '#baseline/signing/version-chain.ts';
import { isWithin, type TimeRange } from '#text/time.ts';
import type { TrailEvidence, VersionEvidence } from './evidence.ts';

/** The baseline in force; why there is none; or null for a trail that is no longer protected. */
export function baselineEvidence(
  known: KnownTrail,
  history: readonly Reading[],
): TrailEvidence['baseline'] {
  if ('retirement' in known) return null;
  if ('error' in known) return { problem: known.error.message };
  const { baseline, signedBy, faults } = known;
  const stored = history.find(({ number }) => number === versionInForce(known));
  const version: VersionEvidence =
    stored !== undefined && 'version' in stored
      ? storedVersion(stored)
      : { ...describe(baseline), sha256: null, signature: null, signedBy };
  return { ...version, faults };
}

/** The versions that were stored in a window. */
export const versionsIn = (
  history: readonly Reading[],
  window: TimeRange,
): readonly VersionEvidence[] =>
  history
    .flatMap((one) => ('version' in one ? [storedVersion(one)] : []))
    .filter(({ at }) => isWithin(at, window));

const storedVersion = ({
  version,
  document,
  signature,
  signedBy,
}: SignedVersion): VersionEvidence => ({
  ...describe(version),
  sha256: hashOf(document),
  signature,
  signedBy,
});

function describe(version: Version): Omit<VersionEvidence, 'sha256' | 'signature' | 'signedBy'> {
  const { reason, previous } = version;
  const facts = { version: version.version, reason, previous };
  return isRetirement(version)
    ? { ...facts, type: 'retirement', at: version.retiredAt, by: version.retiredBy }
    : { ...facts, type: 'baseline', at: version.capturedAt, by: version.capturedBy };
}
