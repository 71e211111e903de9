import type { Incident } from '#incident/incident.ts';
import type { Approval, Decided } from '#reconcile/approval.ts';
import { formatTime } from '#text/time.ts';
import { nameIn } from './actor.ts';
import { type AlertOptions, printable, type Section } from './alert.ts';

/** What waits for a decision, and who decided what. */
export const approvalSection = (
  { approvals }: Pick<Incident, 'approvals'>,
  options: Pick<AlertOptions, 'omitActors'>,
): Section => ({
  heading: 'Approval',
  lines: approvals.map((one) => printable(`${fieldsOf(one)}: ${resultText(one, options)}`)),
  isCode: false,
});

export const fieldsOf = ({ changes }: Pick<Approval, 'changes'>): string =>
  changes.map(({ kind, path }) => `${kind}.${path}`).join(', ');

/** The approvals that no one, and no deadline, has decided yet. */
export const undecidedIn = (approvals: readonly Approval[]): readonly Approval[] =>
  approvals.filter(({ decision, endedAt }) => decision === null && endedAt === null);

/** What became of an approval, or what will at its deadline. */
export function resultText(
  { decision, endedAt, until, otherwise }: Approval,
  { omitActors }: Pick<AlertOptions, 'omitActors'>,
): string {
  if (decision === null) {
    return endedAt === null
      ? `waits for a decision until ${formatTime(until)}, then ${atDeadline[otherwise]}`
      : `the drift was gone at ${formatTime(endedAt)}, before a decision`;
  }
  const { treatment, by, via, at, reason } = decision;
  if (by === null) return `no decision until ${formatTime(until)}: ${atDeadline[treatment]}`;
  const who = omitActors ? '' : ` by ${nameIn(by)}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `${words[treatment]}${who} at ${formatTime(at)}${via === null ? '' : ` (${places[via]})`}${why}`;
}

const words: Readonly<Record<Decided, string>> = { restore: 'approved', alert: 'rejected' };
const places = { cli: 'command line', slack: 'Slack' } as const;

const atDeadline: Readonly<Record<Decided, string>> = {
  restore: 'it is restored',
  alert: 'it is left as it is',
};
