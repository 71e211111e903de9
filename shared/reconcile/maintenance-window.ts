import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';

/**
 * A truce on one trail: until it ends, drift of the named kinds is told and not restored. Logging and a trail's existence
 * can not be held.
 */
export type MaintenanceWindow = {
  readonly schema: 1;
  readonly id: string;
  readonly trail: TrailArn;
  readonly kinds: readonly string[];
  /** ISO 8601. */
  readonly from: string;
  /** ISO 8601; what counts is at most the configured length after `from`, and never later. */
  readonly until: string;
  readonly by: string;
  readonly reason: string;
};

/** Thrown for a Hold that can not be used; the message names each bad field. */
export class InvalidWindowError extends Error {
  override readonly name = 'InvalidWindowError' as const;
}

/** What a Hold has to know of a drift kind. */
export type SuspendableKind = { readonly name: string; readonly alwaysEnforced?: boolean };

/** The schema of a Hold over the kinds that can be held. */
export function windowSchema(kinds: readonly SuspendableKind[]): z.ZodType<MaintenanceWindow> {
  const names = kinds.filter(({ alwaysEnforced }) => !alwaysEnforced).map(({ name }) => name);
  const time = z.iso.datetime(must('be an ISO 8601 time, as 2026-01-31T12:00:00Z'));
  return z
    .strictObject({
      schema: z.literal(1, must('be 1: a newer trailkeeper wrote this Hold')),
      // It stands in the keys of rows.
      id: z.string(must('be text')).regex(/^[\w-]{1,64}$/, must('be letters, digits, _ and -')),
      trail: trailArn,
      kinds: z
        .array(z.enum(names, must(`be a kind that can be held: ${names.join(', ')}`)))
        .min(1, must('name a kind')),
      from: time,
      until: time,
      by: z.string(must('be text')).min(1, must('not be empty')),
      reason: z.string(must('be text')).min(1, must('say why')),
    })
    .refine(({ from, until }) => from < until, {
      path: ['until'],
      error: 'must be later than from',
    }) as unknown as z.ZodType<MaintenanceWindow>;
}

/** Until when a Hold counts: as it says, but for no longer than the given number of hours. ISO 8601. */
export function endOf(
  { from, until }: Pick<MaintenanceWindow, 'from' | 'until'>,
  maxHours: number,
): string {
  const latest = Date.parse(from) + maxHours * 3_600_000;
  return new Date(Math.min(Date.parse(until), latest)).toISOString();
}

/** Whether a Hold is in force at a time. One that begins later is not. */
export const isActive = (hold: MaintenanceWindow, now: Date, maxHours: number): boolean =>
  new Date(hold.from) <= now && now < new Date(endOf(hold, maxHours));
