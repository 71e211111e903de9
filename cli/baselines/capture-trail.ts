import { parsePolicy } from '#baseline/baseline.ts';
import {
  readWithKnownOwner,
  type StatesToCapture,
  withFoundOwner,
} from '#baseline/bucket-owner.ts';
import { capturedStates, resolveStates } from '#baseline/captured-states.ts';
import { type LandingZone, landingZoneOf } from '#baseline/landing-zone.ts';
import type { Policy } from '#baseline/policy.ts';
import type { LiveTrail, Unread } from '#baseline/read-states.ts';
import { creatorsOf } from '#baseline/trail-creators.ts';
import { kinds } from '#drift/index.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { explain } from '../explain.ts';
import { readJson } from '../json-file.ts';
import { note } from '../terminal.ts';
import { noteUnread } from './baseline-lines.ts';
import { storeVersion } from './store-version.ts';

/** The options of a capture: those that replace live states, and how to treat drift. */
export type CaptureOptions = {
  readonly states?: string;
  readonly policy?: string;
  readonly restore?: readonly string[];
  readonly bucketOwner?: string;
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
  const base = policy ?? (landingZone && reportOnly);
  return storeVersion(context, {
    trail: trail.arn,
    states: capturedStates(kinds, captured, before?.states, onUnread),
    policy: options.restore ? restoring(options.restore, base ?? before?.policy) : base,
    reason: options.reason ?? null,
    live: captured.live,
    yes: options.yes ?? false,
    landingZone,
    unread,
  });
}

function policyIn({ policy }: CaptureOptions): Policy | null {
  return policy === undefined ? null : parsePolicy(readJson(`--policy ${policy}`, policy), kinds);
}

const restoring = (kinds: readonly string[], policy: Policy = {}): Policy => ({
  ...policy,
  ...Object.fromEntries(kinds.map((kind) => [kind, 'restore' as const])),
});

function statesIn({ states, bucketOwner }: CaptureOptions): object {
  const given = states === undefined ? {} : readJson(`--states ${states}`, states);
  if (bucketOwner === undefined) return given as object;
  const { bucket, ...others } = given as { readonly bucket?: object };
  return { ...others, bucket: { ...bucket, Owner: bucketOwner } };
}

async function withOwner(live: LiveTrail, read: StatesToCapture): Promise<StatesToCapture> {
  try {
    return await withFoundOwner(live, read);
  } catch (error) {
    note(`cannot find the owner of the bucket: ${explain(error)}`);
    return read;
  }
}

/** The policy for a landing zone, whose updates change its trails: drift is reported until an operator sets another policy. */
const reportOnly: Policy = Object.fromEntries(
  kinds
    .filter(({ alwaysEnforced, permissions }) => !alwaysEnforced && permissions.repair.length > 0)
    .map(({ name }) => [name, 'alert' as const]),
);

async function landingZoneOfTrail({ aws, trail }: LiveTrail): Promise<LandingZone | null> {
  const byName = landingZoneOf(trail.name, []);
  if (byName !== null) return byName;
  try {
    return landingZoneOf(trail.name, await creatorsOf(aws.cloudtrail, trail));
  } catch (error) {
    note(`cannot look up who created the trail: ${explain(error)}`);
    return null;
  }
}
