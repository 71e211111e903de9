import * as z from 'zod';
import { gap } from '#gaps/gap.ts';
import { gapsUntil } from '#incident/incident-gaps.ts';
import { incidentLog } from '#incident/incident-records.ts';
import { type Uncovered, uncovered } from '#log-files/digest-chain.ts';
import { verifiedLog } from '#log-files/verify-log.ts';
import { type Of, text } from '#text/schema-parts.ts';
import type { TimeRange } from '#text/time.ts';
import type { Context } from '../context.ts';

/** A gap that an incident left in the record. */
const incidentGap = z.strictObject({ incident: text, gap });

type IncidentGap = Of<typeof incidentGap>;

/** A period without digest files, and the gaps that may explain it. */
const explained = uncovered.extend({ gaps: z.array(incidentGap) });

export type Explained = Of<typeof explained>;

/** The log of one account and Region, with what explains the periods that no digest file vouches for. */
export const explainedLog = verifiedLog.extend({ uncovered: z.array(explained) });

export type ExplainedLog = Of<typeof explainedLog>;

/** The gaps of a trail's incidents. */
export async function gapsOfIncidents(
  { rows, now }: Context,
  trail: string,
): Promise<readonly IncidentGap[]> {
  const at = now().toISOString();
  return (await incidentLog(rows, trail)).flatMap((entry) =>
    'incident' in entry
      ? gapsUntil(at, entry.incident).map((one) => ({ incident: entry.incident.id, gap: one }))
      : [],
  );
}

/** The gaps that stop digest files and overlap a period. */
export const explainPeriod = (period: Uncovered, gaps: readonly IncidentGap[]): Explained => ({
  ...period,
  gaps: gaps.filter(
    (one) => one.gap.recoverability?.digests != null && areOverlapping(one.gap, period),
  ),
});

const areOverlapping = (one: TimeRange, other: TimeRange): boolean =>
  Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
