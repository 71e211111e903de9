import { readWithKnownOwner } from '#baseline/bucket-owner.ts';
import { capturedStates, resolveStates } from '#baseline/captured-states.ts';
import type { Unread } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { noteUnread } from './baseline-lines.ts';
import {
  type CaptureInputs,
  landingZoneOfTrail,
  policyIn,
  reportOnly,
  statesIn,
  withOwner,
} from './capture-inputs.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { storeVersion } from './store-version.ts';

export type CaptureOptions = CaptureInputs & {
  readonly reason?: string;
  readonly yes?: true;
};

/** Reads a trail, shows what its baseline becomes, asks, and stores it. States that are written down replace the live ones. */
export async function captureTrail(
  context: Context,
  trail: Trail,
  options: CaptureOptions,
  written: object = statesIn(options),
): Promise<ExitCode> {
  const policy = policyIn(options);
  const keyArnOf = context.keyArnOf(trail.region);
  const given = await resolveStates(kinds, trail, written, keyArnOf);
  const before = await context.baselines.newestValid(trail.arn);
  const aws = context.awsOf(trail.region);
  const unread: Unread[] = [];
  const onUnread = (one: Unread): void => {
    unread.push(one);
    noteUnread(one);
  };
  const live = { kinds, aws, trail, now: context.now(), onUnread };
  const read = await readWithKnownOwner(live, before?.states ?? {}, given);
  const isNew = before === null || options.reason !== undefined;
  const captured = isNew ? await withOwner(live, read) : read;
  const landingZone = before === null ? await landingZoneOfTrail(live) : null;
  return storeVersion(context, {
    trail: trail.arn,
    states: capturedStates(kinds, captured, before?.states, onUnread),
    policy: policy ?? (landingZone && reportOnly),
    reason: options.reason ?? null,
    live: captured.live,
    yes: options.yes ?? false,
    landingZone,
    unread,
  });
}
