import * as z from 'zod';
import { asksForApproval, type Treatment } from '#baseline/policy.ts';
import type { Impact } from '#drift/impact.ts';
import type { Change } from '#text/diff.ts';
import { type Of, text, time } from '#text/schema-parts.ts';
import { changeKey, kindKey } from './change-key.ts';

/** To restore the drift, or to leave it and only report it. */
const decided = z.enum(['restore', 'alert']);

export type Decided = Of<typeof decided>;

/** Who decided, and where; both null if the deadline did. */
const decision = z.strictObject({
  treatment: decided,
  at: time,
  by: text.nullable().describe('null: the deadline decided.'),
  via: z.enum(['cli', 'slack']).nullable(),
  reason: text.nullable(),
});

export type Decision = Of<typeof decision>;

/** One change: the kind and field for people, and a key that only the same change has, or that of every change of the kind. */
export const changeRef = z.strictObject({ key: text, kind: text, path: text });

export type ChangeRef = Of<typeof changeRef>;

/** Drift whose restore waits, or waited, for a person. */
export const approval = z.strictObject({
  id: text,
  changes: z.array(changeRef),
  requestedAt: time,
  until: time.describe('The deadline.'),
  otherwise: decided.describe('What happens at the deadline.'),
  decision: decision.nullable(),
  /** The decision is used up then, and the same drift waits for another one. */
  endedAt: time.nullable().describe('When the drift was gone.'),
});

export type Approval = Of<typeof approval>;

/** Whether a change of a kind is the one that is meant. */
export const isMeant = (
  { key }: Pick<ChangeRef, 'key'>,
  change: Pick<ChangeRef, 'key' | 'kind'>,
): boolean => key === change.key || key === kindKey(change.kind);

/** How long drift waits for a decision, and what happens then. */
export type ApprovalRules = { readonly minutes: number; readonly otherwise: Decided };

/** The approvals of a trail as of a time. */
export type ApprovalInputs = { readonly approvals: readonly Approval[]; readonly now: Date };

export const noApprovals: ApprovalInputs = { approvals: [], now: new Date(0) };

/** How a change is treated now that the policy asks for a treatment, which is not `ignore`. */
export function resolveApproval(
  {
    kind,
    asked,
    change,
    impact,
  }: {
    readonly kind: string;
    readonly asked: Exclude<Treatment, 'ignore'>;
    readonly change: Change;
    readonly impact: Impact;
  },
  { approvals, now }: ApprovalInputs,
): Decided | 'approve' {
  if (!asksForApproval(asked)) return asked as Decided;
  if (asked === 'approve' && impact.losesCoverage) return 'restore';
  const key = changeKey(kind, change);
  const active = approvals.filter(({ endedAt }) => endedAt === null);
  const found =
    active.find(({ changes }) => changes.some((one) => one.key === key)) ??
    // Another change must not postpone a deadline that is over.
    active.find((one) => one.decision === null && resultOf(one, now) !== null);
  return found === undefined ? 'approve' : (resultOf(found, now) ?? 'approve');
}

/** What was decided, or happens because the deadline is over; null while the drift waits. */
export const resultOf = ({ decision, until, otherwise }: Approval, now: Date): Decided | null =>
  decision?.treatment ?? (now.getTime() >= Date.parse(until) ? otherwise : null);

export const isPending = (approval: Approval, now: Date): boolean =>
  approval.endedAt === null && resultOf(approval, now) === null;
