import { isOnlyObserved } from '#alert/actions.ts';
import { nameIn } from '#alert/actor.ts';
import { resultText } from '#alert/approval-lines.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { Incident, PersonAction } from '#incident/incident.ts';
import { recordAction, recordRestore } from '#incident/lifecycle/record-action.ts';
import { recordDecision } from '#incident/lifecycle/record-decision.ts';
import type { TrailStatus } from '#incident/trail-status.ts';
import type { StatusStore, TrailStatusRow } from '#incident/trail-status-store.ts';
import type { Decided } from '#reconcile/approval.ts';
import { InvalidWindowError, isActive } from '#reconcile/maintenance-window.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import { formatTime, later } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Interaction, Request, Subject } from './interaction.ts';
import { listTrails } from './list-trails.ts';

export type DecisionDeps = {
  /** The principal that each Slack user is. */
  readonly approvers: Readonly<Record<string, string>>;
  readonly statuses: StatusStore;
  readonly windows: WindowStore;
  readonly baselines: Pick<BaselineStore, 'list'>;
  /** Whether documents need the signature of a person, which only the command line can give. */
  readonly isSigned: boolean;
  readonly maxWindowHours: number;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Checks a trail soon. */
  readonly checkSoon: (trail: string) => Promise<void>;
  /** The plan of a trail as lines of text. */
  readonly planOf: (trail: string) => Promise<readonly string[]>;
};

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

async function startWindow(
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
  return `A maintenance window of ${nameOf(trail)} is open until ${formatTime(until)}.`;
}

async function endWindow({ trail, window: id = '' }: Subject, by: string, deps: DecisionDeps) {
  const { windows, now, maxWindowHours } = deps;
  const at = now();
  const open = (await windows.list(at, parseTrailArn(trail).arn)).flatMap((one) =>
    'window' in one && one.ended === null && isActive(one.window, at, maxWindowHours)
      ? [one.window]
      : [],
  );
  const found = open.find((one) => one.id === id);
  if (found === undefined) return `Nothing was done: maintenance window ${id} is not open.`;
  await windows.end(found, { at: at.toISOString(), by, reason: 'ended in Slack' });
  await deps.checkSoon(trail);
  return `You ended maintenance window ${id} of ${nameOf(trail)}.`;
}

/** Saves a change of a trail's status and publishes it. False if it changes nothing. */
async function record(
  row: TrailStatusRow,
  change: (status: TrailStatus) => TrailStatus,
): Promise<boolean> {
  let isNew = false;
  await row.save((status) => {
    const after = change(status);
    isNew = after !== status;
    return after;
  });
  if (isNew) await row.publish();
  return isNew;
}

const actionOf = (
  type: PersonAction['type'],
  by: string,
  reason: string | null,
  { now }: DecisionDeps,
): PersonAction => ({ type, at: now().toISOString(), by, via: 'slack', reason });

const nameOf = (trail: string): string => parseTrailArn(trail).name;

const isOver = (trail: string): string =>
  `Nothing was done: that incident of ${nameOf(trail)} is over, or its drift is gone.`;

/** A reason that can stand between double quotes in a shell. */
const quotable = (reason: string): string => reason.replace(/["$`\\!\p{C}]/gu, ' ');
