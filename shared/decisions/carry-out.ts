import { isOnlyObserved } from '#alert/actions.ts';
import { nameIn } from '#alert/actor.ts';
import { resultText } from '#alert/approval-lines.ts';
import type { Incident } from '#incident/incident.ts';
import { recordAction, recordRestore } from '#incident/lifecycle/record-action.ts';
import { recordDecision } from '#incident/lifecycle/record-decision.ts';
import type { TrailStatusRow } from '#incident/trail-status-store.ts';
import type { Decided } from '#reconcile/approval.ts';
import { formatTime } from '#text/time.ts';
import { actionOf, type DecisionDeps, nameOf, quotable, record } from './decision.ts';
import type { Interaction, Request, Subject } from './interaction.ts';
import { listTrails } from './list-trails.ts';
import { endWindow, startWindow } from './windows.ts';

/** Who asks, as it is recorded: the principal, and the Slack user. Null if they may not decide. */
export const callerOf = (
  { user }: Pick<Interaction, 'user'>,
  { approvers }: Pick<DecisionDeps, 'approvers'>,
): string | null => {
  const principal = Object.hasOwn(approvers, user) ? approvers[user] : undefined;
  return principal === undefined ? null : `${principal} (Slack user ${user})`;
};

/** Does what a person asks for, and says to that person what came of it. What others see is in the incident. */
export async function carryOut(asked: Interaction, deps: DecisionDeps): Promise<string> {
  const by = callerOf(asked, deps);
  if (by === null) {
    return `Nothing was done: Slack user ${asked.user} is not in channels.slack.approvers of trailkeeper.`;
  }
  return perform(asked.request, by, deps);
}

function perform(request: Request, by: string, deps: DecisionDeps): Promise<string> {
  switch (request.does) {
    case 'acknowledge':
      return acknowledge(request.on, by, deps);
    case 'approve':
      return decide(request.on, 'restore', by, deps);
    case 'reject':
      return decide(request.on, 'alert', by, deps);
    case 'restore':
      return restore(request.on, by, deps);
    case 'accept':
      return accept(request, by, deps);
    case 'start-window':
      return startWindow(request, by, deps);
    case 'end-window':
      return endWindow(request.on, by, deps);
    case 'plan':
      return deps.planOf(request.on.trail).then((lines) => lines.join('\n'));
    case 'status':
    case 'incidents':
      return listTrails(request.does, deps);
    default:
      return Promise.resolve(
        'Usage: /trailkeeper status, /trailkeeper incidents or /trailkeeper window',
      );
  }
}

async function acknowledge({ trail, incident = '' }: Subject, by: string, deps: DecisionDeps) {
  const row = deps.statuses.of(trail);
  const isNew = await record(row, (status) =>
    recordAction(status, incident, actionOf('acknowledged', by, null, deps)),
  );
  if (isNew) return `You acknowledged the incident of ${nameOf(trail)}.`;
  const open = row.status?.open?.incident;
  const first =
    open?.id === incident ? open.actions.find(({ type }) => type === 'acknowledged') : undefined;
  return first === undefined
    ? isOver(trail)
    : `${nameIn(first.by)} acknowledged it already, at ${formatTime(first.at)}.`;
}

async function decide(
  { trail, approvals = [] }: Subject,
  treatment: Decided,
  by: string,
  deps: DecisionDeps,
): Promise<string> {
  const at = deps.now().toISOString();
  const decision = { treatment, at, by, via: 'slack', reason: null } as const;
  const row = deps.statuses.of(trail);
  const isNew = await record(row, (status) => recordDecision(status, approvals, decision).status);
  if (!isNew) {
    const known = row.status?.open?.approvals.find(({ id }) => approvals.includes(id));
    return known === undefined
      ? isOver(trail)
      : `Nothing was done: ${resultText(known, { omitActors: false })}.`;
  }
  await deps.checkSoon(trail);
  return treatment === 'restore'
    ? `You approved: ${nameOf(trail)} is restored now.`
    : `You rejected the restore: the drift of ${nameOf(trail)} stays.`;
}

async function restore({ trail, incident = '' }: Subject, by: string, deps: DecisionDeps) {
  const at = deps.now().toISOString();
  const decision = { treatment: 'restore', at, by, via: 'slack', reason: null } as const;
  const row = deps.statuses.of(trail);
  const isNew = await record(row, (status) => recordRestore(status, incident, decision));
  if (!isNew) {
    const open = row.status?.open?.incident;
    if (open?.id === incident && isOnlyObserved(open)) return askToRestore(row, open, by, deps);
    return `Nothing was done: nothing of ${nameOf(trail)} waits for the end of a maintenance window, or someone was faster.`;
  }
  await deps.checkSoon(trail);
  return `${nameOf(trail)} is restored now, in spite of the maintenance window.`;
}

/** In mode observe only a person may change the trail. */
async function askToRestore(
  row: TrailStatusRow,
  { id, trail }: Pick<Incident, 'id' | 'trail'>,
  by: string,
  deps: DecisionDeps,
): Promise<string> {
  await record(row, (status) => recordAction(status, id, actionOf('restore', by, null, deps)));
  return [
    `You asked to restore ${nameOf(trail)}. In mode observe trailkeeper may not change it. Someone who may restores it:`,
    `npx --no -- trailkeeper restore ${trail}`,
  ].join('\n');
}

async function accept(
  { on: { trail, incident = '' }, reason }: Extract<Request, { does: 'accept' }>,
  by: string,
  deps: DecisionDeps,
): Promise<string> {
  const isNew = await record(deps.statuses.of(trail), (status) =>
    recordAction(status, incident, actionOf('accept', by, reason, deps)),
  );
  if (!isNew) return isOver(trail);
  return [
    `You asked to make the live state of ${nameOf(trail)} its baseline. An approver completes it:`,
    `npx --no -- trailkeeper capture ${trail} --reason "${quotable(reason)}"`,
  ].join('\n');
}

const isOver = (trail: string): string =>
  `Nothing was done: that incident of ${nameOf(trail)} is over, or its drift is gone.`;
