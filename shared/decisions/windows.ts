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
    form,
    kinds,
    minutes,
    reason,
  }: Extract<Request, { does: 'start-window' }>,
  by: string,
  deps: DecisionDeps,
): Promise<string> {
  const { isSigned, maxWindowHours, statuses, windows, now } = deps;
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
  const from = now().toISOString();
  const until = later(from, { minutes });
  const { arn } = parseTrailArn(trail);
  const asked = { schema: 1, id: form, trail: arn, kinds, from, until, by, reason } as const;
  const refusal = await windows.add(asked).catch((error) => {
    if (error instanceof InvalidWindowError) return error;
    throw error;
  });
  // The id is taken if the form was submitted twice, or if Lambda repeats an invocation that failed.
  const started = refusal === undefined ? asked : await openWindow(trail, form, deps);
  if (started === undefined) return `Nothing was done: ${refusal?.message}.`;
  await deps.checkSoon(trail);
  return `A maintenance window of ${nameOf(trail)} is open until ${formatTime(started.until)}.`;
}

export async function endWindow(
  { trail, window: id = '' }: Subject,
  by: string,
  deps: DecisionDeps,
) {
  const { windows, now } = deps;
  const found = await openWindow(trail, id, deps);
  if (found === undefined) return `Nothing was done: maintenance window ${id} is not open.`;
  await windows.end(found, { at: now().toISOString(), by, reason: 'ended in Slack' });
  await deps.checkSoon(trail);
  return `You ended maintenance window ${id} of ${nameOf(trail)}.`;
}

async function openWindow(
  trail: string,
  id: string,
  { windows, now, maxWindowHours }: DecisionDeps,
): Promise<MaintenanceWindow | undefined> {
  const at = now();
  const stored = await windows.list(at, parseTrailArn(trail).arn);
  return openWindows(stored, at, maxWindowHours).find((one) => one.id === id);
}
