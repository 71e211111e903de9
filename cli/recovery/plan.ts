import type { KnownTrail } from '#baseline/known-trail.ts';
import type { Settings } from '#drift/settings-table.ts';
import { planRecovery } from '#recovery/plan.ts';
import type { Recovery, RecoveryInput } from '#recovery/recovery.ts';
import type { TimeRange } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import { gapsToRecover } from '../incident-lines.ts';
import { incidentNamed, readTrails, type Subject } from '../report/read-evidence.ts';
import { protectedTrail } from '../trails.ts';
import { readOrganization } from './organization.ts';

type Place = Pick<Recovery, 'bucket' | 'prefix'>;

/** Plans the recovery of what an incident, or a trail in a time range, lost. */
export async function planned(
  context: Context,
  subject: Subject,
  { destination, allowed }: { readonly destination: Place; readonly allowed: Place },
): Promise<RecoveryInput> {
  const { known, ranges, incidents } = await lossOf(context, subject);
  if (!('baseline' in known)) {
    throw new Error(`${known.trail} has no baseline in force, which says what it recorded`);
  }
  const { states } = known.baseline;
  const trail = parseTrailArn(known.trail);
  const { IsOrganizationTrail = false } = (states.settings ?? {}) as Partial<Settings>;
  const covered = IsOrganizationTrail
    ? await readOrganization(await context.awsOf(trail.region).organizations)
    : { organization: null, accounts: [trail.accountId] };
  return planRecovery({
    ...{ trail, states, ranges, incidents, destination, allowed, now: context.now() },
    ...covered,
  });
}

type Loss = {
  readonly known: KnownTrail;
  readonly ranges: readonly TimeRange[];
  readonly incidents: readonly string[];
};

async function lossOf(context: Context, subject: Subject): Promise<Loss> {
  if ('window' in subject) {
    const known = await protectedTrail(context, subject.trail);
    return { known, ranges: [subject.window], incidents: [] };
  }
  const all = await readTrails(context, subject);
  const { trail, incident } = await incidentNamed(context, subject.incident, all);
  const gaps = gapsToRecover(incident, context.now());
  return {
    known: trail.known,
    ranges: gaps.map(({ from, to }) => ({ from, to })),
    incidents: [incident.id],
  };
}
