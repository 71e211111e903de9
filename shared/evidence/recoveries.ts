import type { Gap } from '#gaps/gap.ts';
import type { TimeRange } from '#text/time.ts';
import type { GapRecovery, Recoveries, RecoveryEvidence } from './evidence.ts';
import { intervalsIn, subtract } from './intervals.ts';

/** Whether event history may have events of a gap. */
export const isRecoverable = ({ recoverability }: Gap): boolean =>
  recoverability?.recoverable !== null;

/** How much of the events of a gap the recoveries of its trail wrote. A manifest proves nothing if its signature is not verified. */
export function recoveryOfGap(
  { from, to }: TimeRange,
  trail: string,
  { found, unread }: Recoveries,
): GapRecovery {
  // Both ends of a gap belong to it.
  const gap = { from, to: new Date(Date.parse(to) + 1).toISOString() };
  const overlapping = found.filter((one) => one.trail === trail && isAbout(one, gap));
  const proven = overlapping.filter(({ signatureProblem }) => signatureProblem === null);
  const whole = proven.filter(({ missing }) => missing.length === 0);
  const left = subtract(intervalsIn([gap], gap), coveredBy(whole, gap));
  return {
    extent: extentOf({
      isWhole: left.length === 0,
      isProven: proven.length > 0,
      isUnclear: overlapping.length > 0 || unread.length > 0,
    }),
    manifests: overlapping.map(({ manifest }) => manifest),
  };
}

/** Whether a recovery read events of a time range. */
export const isAbout = ({ intervals }: RecoveryEvidence, { from, to }: TimeRange): boolean =>
  intervals.some(
    (one) => Date.parse(one.from) <= Date.parse(to) && Date.parse(one.to) > Date.parse(from),
  );

const coveredBy = (recoveries: readonly RecoveryEvidence[], window: TimeRange) =>
  intervalsIn(
    recoveries.flatMap(({ intervals }) => intervals),
    window,
  );

function extentOf(known: {
  readonly isWhole: boolean;
  readonly isProven: boolean;
  readonly isUnclear: boolean;
}): GapRecovery['extent'] {
  if (known.isWhole) return 'all';
  if (known.isProven) return 'some';
  return known.isUnclear ? 'unknown' : 'none';
}

/** The extent in words. */
export const extentText: Readonly<Record<GapRecovery['extent'], string>> = {
  all: 'recovered, as far as event history has the events',
  some: 'recovered in part',
  none: 'not recovered yet',
  unknown: 'not known whether it was recovered',
};

/** A recovery in sentences: what was written and where, who vouches for it, and what is not there. */
export const renderRecovery = (recovery: RecoveryEvidence): readonly string[] => [
  `events: ${recovery.recovered}, of accounts: ${recovery.accounts}, Regions: ${recovery.regions}`,
  `log files: ${recovery.files}, below ${recovery.folder}`,
  ...extrasOf(recovery),
  `manifest ${recovery.manifest}, ${signatureText(recovery)}`,
  ...lacksOf(recovery),
];

export const signatureText = ({ signedBy, signatureProblem }: RecoveryEvidence): string =>
  signatureProblem === null
    ? `signed by key ${signedBy?.slice(0, 16)}`
    : `not trusted: ${signatureProblem}`;

/** Event history has every management event. */
export const extrasOf = ({ excludedByTrail }: RecoveryEvidence): readonly string[] =>
  excludedByTrail.map((events) => `recovered, although the trail excludes them: ${events}`);

/** What a recovery does not have, and what it may have twice. */
export const lacksOf = ({
  missing,
  notCompared,
  unrecoverable,
}: RecoveryEvidence): readonly string[] => [
  ...groupedReasons(missing).map((text) => `missing: ${text}`),
  ...groupedReasons(notCompared).map((text) => `not compared with the log of the trail: ${text}`),
  ...unrecoverable.map((text) => `not recoverable: ${text}`),
];

type Reason = { readonly account: string; readonly region: string; readonly reason: string };

/** One text for each reason, with the accounts and Regions that it holds for. */
export const groupedReasons = (reasons: readonly Reason[]): readonly string[] =>
  [...Map.groupBy(reasons, ({ reason }) => reason)].map(([reason, of]) => {
    const accounts = new Set(of.map(({ account }) => account));
    const regions = new Set(of.map(({ region }) => region));
    return `${listed([...regions])} of ${listed([...accounts])}: ${reason}`;
  });

/** The first of many names, and how many more there are. */
export const listed = (all: readonly string[]): string =>
  all.length <= 5 ? all.join(', ') : `${all.slice(0, 4).join(', ')} and ${all.length - 4} more`;
