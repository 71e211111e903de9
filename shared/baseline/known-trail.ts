import { escapeControlChars } from '#text/escape.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';
import { type Baseline, InvalidBaselineError } from './baseline.ts';
import { isRetirement, type Retirement, type Version } from './retirement.ts';
import type { SignedVersion } from './signing/version-chain.ts';

/** What the state table says about the versions of a trail. */
type VersionStatus = {
  readonly trail: string;
  /** What was changed in the table without a valid signature, one sentence with its remedy each. */
  readonly faults: readonly string[];
  /** The id of the approver key that signed the version in force; null if there is none. */
  readonly signedBy: string | null;
};

/** A protected trail: its baseline in force, or why there is none. */
export type ProtectedTrail = VersionStatus &
  ({ readonly baseline: Baseline } | { readonly error: Error });

/** A trail that is no longer protected. */
export type Retired = VersionStatus & { readonly retirement: Retirement };

export type KnownTrail = ProtectedTrail | Retired;

/** A trail with a version in force. */
export function withVersion(
  trail: TrailArn,
  { version, signedBy }: SignedVersion,
  faults: readonly string[],
): KnownTrail {
  const status = { trail, signedBy, faults: faults.map((fault) => withRemedy(fault, trail)) };
  return isRetirement(version)
    ? { ...status, retirement: version }
    : { ...status, baseline: version };
}

/** A trail without a version in force. */
export const withoutVersion = (trail: string, cause: unknown): ProtectedTrail => ({
  ...{ trail, faults: [], signedBy: null },
  error: explained(cause, trail),
});

/** A trail of which no row is stored, although the configuration names it. */
export const neverStored = (trail: TrailArn): ProtectedTrail => ({
  ...{ trail, faults: [], signedBy: null },
  error: new InvalidBaselineError(
    `trails in cdk.json names it, and ${noBaseline}: capture it (npx --no -- trailkeeper capture ${trail}). If it was captured before, its rows were deleted: restore the table first (docs/operations.md)`,
  ),
});

const noBaseline = 'it has no baseline';

/** Whether this is why a baseline cannot be used. */
export const isNeverStored = (baselineError: string | null): boolean =>
  baselineError?.includes(noBaseline) ?? false;

/** A trail whose rows cannot be read, with the version that this process last verified. */
export function fromMemory(trail: TrailArn, last: SignedVersion, cause: unknown): KnownTrail {
  const fault = `${trail}: cannot read the state table: ${explained(cause, trail).message}. Version ${last.version.version}, the last one verified, is used`;
  return { ...withVersion(trail, last, []), faults: [escapeControlChars(fault)] };
}

/** The protected trail that a known trail is, if any. A retired trail that the configuration names must have a baseline. */
export function protectedIn(
  known: KnownTrail,
  named: readonly TrailArn[],
): readonly ProtectedTrail[] {
  if (!('retirement' in known)) return [known];
  const { retirement, ...status } = known;
  if (!named.includes(retirement.trail)) return [];
  const problem = `version ${retirement.version} retired it, but the deployed trails name it: remove it from trails in cdk.json and deploy, or capture it again`;
  return [{ ...status, error: new InvalidBaselineError(problem) }];
}

/** The number of the version in force; 0 if there is none. */
export function versionInForce(known: KnownTrail | null): number {
  if (known === null || 'error' in known) return 0;
  const version: Version = 'retirement' in known ? known.retirement : known.baseline;
  return version.version;
}

const withRemedy = (fault: string, trail: string): string =>
  escapeControlChars(`${trail}: ${fault}. ${captureAgain(trail)}`);

const captureAgain = (trail: string): string =>
  `Compare the live trail with the last signed version, then sign it again: npx --no -- trailkeeper capture ${trail}`;

function explained(cause: unknown, trail: string): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  if (!(cause instanceof InvalidBaselineError)) {
    return new Error(`cannot read the baseline: ${cause.name}: ${cause.message}`, { cause });
  }
  const remedy = trailArn.safeParse(trail).success
    ? captureAgain(trail)
    : `Delete the row with pk "incident#in-force" and sk ${JSON.stringify(trail)} from the state table`;
  return new InvalidBaselineError(escapeControlChars(`${cause.message}. ${remedy}`), { cause });
}
