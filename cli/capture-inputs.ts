import { parsePolicy } from '#baseline/baseline.ts';
import { type StatesToCapture, withFoundOwner } from '#baseline/bucket-owner.ts';
import { type LandingZone, landingZoneOf } from '#baseline/landing-zone.ts';
import type { Policy } from '#baseline/policy.ts';
import type { LiveTrail } from '#baseline/read-states.ts';
import { creatorsOf } from '#baseline/trail-creators.ts';
import { kinds } from '#drift/index.ts';
import { explain } from './explain.ts';
import { readJson } from './json-file.ts';
import { note } from './terminal.ts';

/** The options of a capture that replace live states, or say how to treat drift. */
export type CaptureInputs = {
  readonly states?: string;
  readonly policy?: string;
  readonly bucketOwner?: string;
};

export function policyIn({ policy }: CaptureInputs): Policy | null {
  return policy === undefined ? null : parsePolicy(readJson(`--policy ${policy}`, policy), kinds);
}

export function statesIn({ states, bucketOwner }: CaptureInputs): object {
  const given = states === undefined ? {} : readJson(`--states ${states}`, states);
  if (bucketOwner === undefined) return given as object;
  const { destinations, ...others } = given as { readonly destinations?: object };
  return { ...others, destinations: { ...destinations, BucketOwner: bucketOwner } };
}

export async function withOwner(live: LiveTrail, read: StatesToCapture): Promise<StatesToCapture> {
  try {
    return await withFoundOwner(live, read);
  } catch (error) {
    note(`cannot find the owner of the bucket: ${explain(error)}`);
    return read;
  }
}

/** The policy for a landing zone, whose updates change its trails: drift is reported until an operator sets another policy. */
export const reportOnly: Policy = Object.fromEntries(
  kinds
    .filter(({ alwaysEnforced, permissions }) => !alwaysEnforced && permissions.repair.length > 0)
    .map(({ name }) => [name, 'alert' as const]),
);

export async function landingZoneOfTrail({ aws, trail }: LiveTrail): Promise<LandingZone | null> {
  const byName = landingZoneOf(trail.name, []);
  if (byName !== null) return byName;
  try {
    return landingZoneOf(trail.name, await creatorsOf(aws.cloudtrail, trail));
  } catch (error) {
    note(`cannot look up who created the trail: ${explain(error)}`);
    return null;
  }
}
