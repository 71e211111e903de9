import * as z from 'zod';
import type { TrailReport } from '#incident/controller-deps.ts';
import { jsonText } from '#text/json-text.ts';

/** With more, the event and the row of the last heartbeats would become too large. */
const mostTrails = 100;

/** What a finished sweep reports to the watchtower. It is signed as JSON text. */
const heartbeat = z.object({
  schema: z.literal(1),
  /** Each sweep has the next number. */
  sequence: z.int().min(1),
  at: z.iso.datetime().max(30),
  trails: z
    .array(
      z.object({
        trail: z.string().max(300),
        verdict: z.string().max(30),
        /** The version of the baseline that it was compared with; null if none can be used. */
        version: z.int().nullable(),
      }),
    )
    .max(mostTrails),
});

export type Heartbeat = z.infer<typeof heartbeat>;

/** The `detail-type` of the event. */
export const heartbeatEvent = 'Trailkeeper Heartbeat';

export const heartbeatOf = (
  reports: readonly TrailReport[],
  { sequence, at }: { readonly sequence: number; readonly at: Date },
): Heartbeat => ({
  schema: 1,
  sequence,
  at: at.toISOString(),
  trails: reports
    .map((report) => ({
      trail: report.trail,
      verdict: report.verdict,
      version: 'outcome' in report ? report.outcome.plan.version : null,
    }))
    // Rows that someone else wrote name trails without a baseline, and may be many.
    .toSorted((one, other) => Number(one.version === null) - Number(other.version === null))
    .slice(0, mostTrails),
});

/**
 * Whether a sweep can have a number. The first one is the time in seconds, and the next ones follow at a slower rate; the hour leaves room
 * for sweeps that were started by hand.
 */
export const isPossible = (sequence: number, now: Date): boolean =>
  sequence <= firstNumber(now) + 3600;

/** The number of the first heartbeat. */
export const firstNumber = (now: Date): number => Math.floor(now.getTime() / 1000);

/** Reads a heartbeat from its JSON text; null if it is malformed. */
export const parseHeartbeat = (document: string): Heartbeat | null =>
  jsonText(heartbeat).safeParse(document).data ?? null;

/** Whether a verdict means that the trail is protected and in sync, or on purpose is not. */
export const isGood = (verdict: string): boolean =>
  ['in-sync', 'restored', 'suspended'].includes(verdict);
