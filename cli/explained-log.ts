import type { Gap } from '#gaps/gap.ts';
import { gapsUntil } from '#incident/incident-gaps.ts';
import { incidentLog } from '#incident/incident-records.ts';
import type { Period, Uncovered } from '#log-files/digest-chain.ts';
import type { VerifiedLog } from '#log-files/verify-log.ts';
import type { Context } from './context.ts';

/** A gap that an incident left in the record. */
export type IncidentGap = { readonly incident: string; readonly gap: Gap };

/** A period without digest files, and the gaps that may explain it. */
export type Explained = Uncovered & { readonly gaps: readonly IncidentGap[] };

/** The log of one account and Region, with what explains the periods that no digest file vouches for. */
export type ExplainedLog = Omit<VerifiedLog, 'uncovered'> & {
  readonly uncovered: readonly Explained[];
};

/** The gaps of a trail's incidents. */
export async function gapsOfIncidents(
  { state, table, now }: Context,
  trail: string,
): Promise<readonly IncidentGap[]> {
  const at = now().toISOString();
  return (await incidentLog(state, table, trail)).flatMap((entry) =>
    'incident' in entry
      ? gapsUntil(at, entry.incident).map((gap) => ({ incident: entry.incident.id, gap }))
      : [],
  );
}

/** The gaps that stop digest files and overlap a period. */
export const explainPeriod = (uncovered: Uncovered, gaps: readonly IncidentGap[]): Explained => ({
  ...uncovered,
  gaps: gaps.filter(
    ({ gap }) => gap.recoverability?.digests != null && areOverlapping(gap, uncovered),
  ),
});

const areOverlapping = (one: Period, other: Period): boolean =>
  Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
