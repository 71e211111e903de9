import { endOf, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { openWindows } from '#reconcile/maintenance-window-store.ts';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import { paint, principalName } from './terminal.ts';

/** A maintenance window that is open, and until when. */
export type ActiveWindow = { readonly window: MaintenanceWindow; readonly until: string };

/** The open maintenance windows of one trail, or of all. */
export async function activeWindows(
  { windows, now, maxWindowHours }: Context,
  trail?: TrailArn,
): Promise<readonly ActiveWindow[]> {
  return openWindows(await windows.list(now(), trail), now(), maxWindowHours).map((window) => ({
    window,
    until: endOf(window, maxWindowHours),
  }));
}

export const windowLine = ({ window: { id, kinds, by, reason }, until }: ActiveWindow): string =>
  `${paint('yellow', 'maintenance')} until ${shortTime(until)}: ${kinds.join(', ')}, by ${principalName(by)} (${escapeControlChars(reason)}), id ${escapeControlChars(id)}`;
