import type { Baseline } from '#baseline/baseline.ts';
import { captureWarnings } from '#baseline/capture-warnings.ts';
import { type LandingZone, landingZoneOf } from '#baseline/landing-zone.ts';
import {
  type Capture,
  type Captured,
  type Proposal,
  proposeBaseline,
} from '#baseline/propose-baseline.ts';
import { MissingTrailError, readStates, type Unread } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import type { States } from '#drift/kind.ts';
import { escapeControlChars } from '#text/escape.ts';
import { parseTrailArn, type Trail, type TrailArn, titleOf } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { streams } from '../session.ts';
import { confirm, note, paint } from '../terminal.ts';
import {
  adviceLines,
  changeLines,
  hardeningAdviceFor,
  liveDriftLines,
  noteUnread,
  stateLines,
} from './baseline-lines.ts';

/** A version that an operator wants to store. */
export type NewVersion = Omit<Capture, 'schema' | 'capturedAt' | 'capturedBy'> & {
  /** The live states that could be read; null if the trail does not exist. */
  readonly live: States | null;
  readonly yes: boolean;
  /** The tool that manages the trail, if it is known by more than the name of the trail. */
  readonly landingZone?: LandingZone | null;
  /** The kinds that could not be read. */
  readonly unread?: readonly Unread[];
};

/** What `--json` says beside the version. */
type Notes = { readonly warnings: readonly string[]; readonly unread: readonly Unread[] };

/** Shows what a version changes and its consequences, asks, and stores it. */
export async function storeVersion(
  context: Context,
  { live, yes, landingZone: known, unread = [], ...content }: NewVersion,
): Promise<ExitCode> {
  const [capturedBy, capturedAt] = [await context.caller(), context.now().toISOString()];
  const capture = { ...content, schema: 1, capturedAt, capturedBy } as const;
  const key = content.reason === null ? null : ((await context.signer?.publicKey()) ?? null);
  const proposed = await proposeBaseline(context.baselines, capture, key?.id);
  const landingZone = known ?? landingZoneOf(parseTrailArn(content.trail).name, []);
  const dependencyAccounts = context.dependencyAccounts.map(({ account }) => account);
  const warnings = captureWarnings({ ...content, live, landingZone, dependencyAccounts });
  const notes = { warnings, unread };
  if (proposed.status !== 'proposed') return finish(context, proposed, notes);

  const { before, next } = proposed;
  context.info(
    ...proposalLines(proposed, await isRetired(context, capture.trail)),
    ...adviceLines(hardeningAdviceFor(next)),
    ...warnings.map((words) => `${paint('yellow', 'warning')} ${escapeControlChars(words)}`),
    ...liveDriftLines(live, next),
  );
  await confirm(before === null ? 'Protect this trail?' : 'Make this the baseline?', { yes });
  return finish(context, await proposed.store(), notes);
}

async function isRetired({ baselines }: Context, trail: TrailArn): Promise<boolean> {
  const known = (await baselines.known()).find((one) => one.trail === trail);
  return known !== undefined && 'retirement' in known;
}

function proposalLines(
  { before, next, changes }: Proposal,
  wasRetired: boolean,
): readonly string[] {
  const title = titleOf(next.trail);
  if (before === null) return [`The first baseline of ${title}:`, ...stateLines(next)];
  const effect = wasRetired ? [`${title} is retired: storing this version protects it again.`] : [];
  if (changes.length > 0) {
    return [...effect, `${title} changes from version ${before.version}:`, ...changeLines(changes)];
  }
  const same = `${title} is the same as in version ${before.version}.`;
  return wasRetired ? [same, ...effect] : [`${same} Storing it renews only its signature.`];
}

function finish(context: Context, captured: Captured, notes: Notes): ExitCode {
  const { status, baseline, changes } = captured;
  const isStored = status !== 'differs';
  const answer = { ...captured, hardeningAdvice: hardeningAdviceFor(baseline), ...notes };
  context.answer(answer, () => (isStored ? storedLines({ ...baseline, status }) : []));
  if (isStored) return 0;
  note(
    `${paint('yellow', 'not captured', streams().stderr)} ${titleOf(baseline.trail)} differs from version ${baseline.version}:`,
    ...changeLines(changes),
    'If the live trail is right, capture it with --reason "…". If not, run npx --no -- trailkeeper restore.',
  );
  return 2;
}

/** The result for a stored version. */
export const storedLines = ({
  status,
  trail,
  version,
}: Pick<Baseline, 'trail' | 'version'> & { readonly status: string }): readonly string[] => [
  `${paint('green', status)} ${titleOf(trail)}, version ${version}`,
];

/** The live states of a trail to compare with `desired`; null if the trail does not exist. */
export async function liveStates(
  { awsOf, now }: Context,
  trail: Trail,
  desired: States,
): Promise<States | null> {
  try {
    const aws = awsOf(trail.region);
    return await readStates({ kinds, aws, trail, now: now(), onUnread: noteUnread }, desired);
  } catch (error) {
    if (error instanceof MissingTrailError) return null;
    throw error;
  }
}
