import { fieldsOf, resultText } from '#alert/approval-lines.ts';
import { driftSection } from '#alert/drift-lines.ts';
import type { TrailStatus } from '#incident/trail-status.ts';
import { type Approval, isPending } from '#reconcile/approval.ts';
import { escapeControlChars } from '#text/escape.ts';
import { titleOf } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import { paint } from '../terminal.ts';

/** What waits for a decision in the open incident of a trail. */
export type Waiting = {
  readonly trail: string;
  readonly incident: string;
  readonly approvals: readonly Approval[];
  /** What differs from the baseline. */
  readonly drift: readonly string[];
};

/** What waits on every protected trail. */
export async function allWaiting(context: Context): Promise<readonly Waiting[]> {
  const known = (await context.baselines.known()).filter((one) => !('retirement' in one));
  const now = context.now();
  const each = known.map(async ({ trail }) => waitingIn(trail, await context.statuses(trail), now));
  return (await Promise.all(each)).filter((one) => one !== null);
}

export function waitingIn(trail: string, { open }: TrailStatus, now: Date): Waiting | null {
  const approvals = open?.approvals.filter((one) => isPending(one, now)) ?? [];
  return open === null || approvals.length === 0
    ? null
    : {
        trail,
        incident: open.incident.id,
        approvals,
        drift: driftSection(open.incident).lines,
      };
}

/** What waits, until when, and the commands that decide. */
export const waitingLines = ({ incident, approvals }: Waiting): readonly string[] => [
  ...approvals.map(approvalLine),
  `  to decide: npx --no -- trailkeeper approve ${escapeControlChars(incident.slice(0, 8))}, or reject`,
];

export const approvalLine = (one: Approval): string =>
  `  ${paint('yellow', 'approval')} ${escapeControlChars(fieldsOf(one))}: ${escapeControlChars(resultText(one, { omitActors: false }))}`;

export const waitingTitle = ({ trail, incident }: Waiting): string =>
  `${titleOf(trail)}, incident ${escapeControlChars(incident.slice(0, 8))}`;
