import { endOf, isActive, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { escapeControlChars } from '#text/escape.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import { paint, second, who } from './terminal.ts';

/** A Hold that counts now, and until when it does. */
export type HoldInForce = { readonly hold: MaintenanceWindow; readonly until: string };

/** The Holds in force: of one trail, or of all. */
export async function activeHolds(
  { windows, now, maxHoldHours }: Context,
  trail?: TrailArn,
): Promise<readonly HoldInForce[]> {
  return (await windows.list(now(), trail))
    .flatMap((stored) => ('window' in stored && stored.ended === null ? [stored.window] : []))
    .filter((hold) => isActive(hold, now(), maxHoldHours))
    .map((hold) => ({ hold, until: endOf(hold, maxHoldHours) }));
}

export const holdLine = ({ hold: { id, kinds, by, reason }, until }: HoldInForce): string =>
  `${paint('yellow', 'held')} until ${second(until)}: ${kinds.join(', ')}, by ${who(by)} (${escapeControlChars(reason)}), id ${escapeControlChars(id)}`;
