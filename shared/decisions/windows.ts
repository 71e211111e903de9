import { recordAction } from '#incident/lifecycle/record-action.ts';
import { InvalidWindowError, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { openWindows } from '#reconcile/maintenance-window-store.ts';
import { formatTime, later } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { actionOf, type DecisionDeps, nameOf, quotable, record } from './decision.ts';
import type { Request, Subject } from './interaction.ts';

export async function startWindow(
  {
    on: { trail, incident = '' },
    kinds,
    minutes,
    reason,
  }: Extract<Request, { does: 'start-window' }>,
  by: string,
  deps: DecisionDeps,
): Promise<string> {
  const { isSigned, maxWindowHours, statuses, windows, now, newId } = deps;
  if (minutes > maxWindowHours * 60) {
    return `Nothing was done: a maintenance window lasts at most ${maxWindowHours} hours.`;
  }
  const text = `${reason} (${kinds.join(', ')}, ${minutes} minutes)`;
  if (isSigned) {
    await record(statuses.of(trail), (status) =>
      recordAction(status, incident, actionOf('window', by, text, deps)),
    );
    return [
      'You asked for a maintenance window. It has to be signed, so an approver starts it:',
      `npx --no -- trailkeeper window start ${trail} --kinds ${kinds.join(',')} --for ${minutes}m --reason "${quotable(reason)}"`,
    ].join('\n');
  }
  const known = (await openWindowsOf(trail, deps)).find(
    (one) => one.by === by && one.reason === reason && `${one.kinds}` === `${kinds}`,
  );
  if (known !== undefined) {
    // Submitted twice, or a failed invocation that Lambda repeats.
    await deps.checkSoon(trail);
    return windowIsOpen(known);
  }
  const from = now().toISOString();
  const until = later(from, { minutes });
  const id = newId().slice(0, 8);
  try {
    await windows.add({
      schema: 1,
      id,
      trail: parseTrailArn(trail).arn,
      kinds,
      from,
      until,
      by,
      reason,
    });
  } catch (error) {
    if (error instanceof InvalidWindowError) return `Nothing was done: ${error.message}.`;
    throw error;
  }
  await deps.checkSoon(trail);
  return windowIsOpen({ trail, until });
}

const windowIsOpen = ({ trail, until }: Pick<MaintenanceWindow, 'trail' | 'until'>): string =>
  `A maintenance window of ${nameOf(trail)} is open until ${formatTime(until)}.`;

export async function endWindow(
  { trail, window: id = '' }: Subject,
  by: string,
  deps: DecisionDeps,
) {
  const { windows, now } = deps;
  const found = (await openWindowsOf(trail, deps)).find((one) => one.id === id);
  if (found === undefined) return `Nothing was done: maintenance window ${id} is not open.`;
  await windows.end(found, { at: now().toISOString(), by, reason: 'ended in Slack' });
  await deps.checkSoon(trail);
  return `You ended maintenance window ${id} of ${nameOf(trail)}.`;
}

async function openWindowsOf(
  trail: string,
  { windows, now, maxWindowHours }: DecisionDeps,
): Promise<readonly MaintenanceWindow[]> {
  const at = now();
  return openWindows(await windows.list(at, parseTrailArn(trail).arn), at, maxWindowHours);
}
