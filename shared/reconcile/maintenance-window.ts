import * as z from 'zod';
import { itself } from '#aws/state-table-keys.ts';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { trailArn } from '#trail/trail-arn.ts';

/**
 * Planned work on one trail: until the window ends, drift of the named kinds is reported and not restored. Logging and existence cannot be
 * suspended. A window on trailkeeper itself is a deployment.
 */
export type MaintenanceWindow = Of<ReturnType<typeof windowSchema>>;

/** The kind of a window on trailkeeper itself. */
export const deploymentKind = 'deployment';

/** Thrown for an invalid window; the message names each invalid field. */
export class InvalidWindowError extends Error {
  override readonly name = 'InvalidWindowError' as const;
}

/** What a window needs from a drift kind. */
export type SuspendableKind = { readonly name: string; readonly alwaysEnforced?: boolean };

/** The schema of a window for the kinds that can be suspended. */
export function windowSchema(kinds: readonly SuspendableKind[]) {
  const names = kinds.filter(({ alwaysEnforced }) => !alwaysEnforced).map(({ name }) => name);
  const time = z.iso.datetime(must('be an ISO 8601 time, for example 2026-01-31T12:00:00Z'));
  return z
    .strictObject({
      schema: z.literal(1, must('be 1: a newer trailkeeper wrote this maintenance window')),
      // It is part of row keys.
      id: z.string(must('be text')).regex(/^[\w-]{1,64}$/, must('be letters, digits, _ and -')),
      trail: z.union([trailArn, z.literal(itself)], must(`be the ARN of a trail, or ${itself}`)),
      kinds: z
        .array(
          z.enum(
            [...names, deploymentKind],
            must(`be a kind that can be suspended: ${names.join(', ')}`),
          ),
        )
        .min(1, must('name at least one kind')),
      from: time,
      /** The window ends earlier if it is longer than the configured maximum. */
      until: time,
      by: z.string(must('be text')).min(1, must('not be empty')),
      reason: z.string(must('be text')).min(1, must('say why')),
    })
    .refine(
      ({ trail, kinds }) => kinds.every((kind) => (kind === deploymentKind) === (trail === itself)),
      {
        path: ['kinds'],
        error: `must be only ${deploymentKind} on ${itself}, and cannot be it on a trail`,
      },
    )
    .refine(({ from, until }) => from < until, {
      path: ['until'],
      error: 'must be later than from',
    });
}

/** When a window ends: as planned, or after the maximum number of hours. ISO 8601. */
export function endOf(
  { from, until }: Pick<MaintenanceWindow, 'from' | 'until'>,
  maxHours: number,
): string {
  const latest = Date.parse(from) + maxHours * 3_600_000;
  return new Date(Math.min(Date.parse(until), latest)).toISOString();
}

/** Whether a window is open at a time. */
export const isActive = (window: MaintenanceWindow, now: Date, maxHours: number): boolean =>
  new Date(window.from) <= now && now < new Date(endOf(window, maxHours));
