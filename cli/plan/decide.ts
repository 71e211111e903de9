import type { Command } from 'commander';
import { eventBus } from '#aws/event-bus.ts';
import { names } from '#aws/resource-names.ts';
import { recordDecision } from '#incident/lifecycle/record-decision.ts';
import { statusStore } from '#incident/trail-status-store.ts';
import type { Approval, Decided, Decision } from '#reconcile/approval.ts';
import { escapeControlChars } from '#text/escape.ts';
import { action, type Context } from '../context.ts';
import { examples, reasonOption, yesOption } from '../options.ts';
import { confirm, note, paint } from '../terminal.ts';
import { allWaiting, approvalLine, type Waiting, waitingTitle } from './approvals.ts';

type Options = { readonly reason?: string; readonly yes?: true };

/** Adds a command that decides what waits for approval. */
export const configureDecision = (
  command: Command,
  { treatment, question, done, next }: DecisionWords,
): Command =>
  command
    .argument(
      '[incident]',
      "the beginning of its id, or a trail's name; optional if only one waits",
    )
    .addOption(reasonOption('why'))
    .addOption(yesOption())
    .addHelpText('after', examples(`${command.name()} 5cfd2e71 --reason "CHG-1234"`))
    .action(
      action<Options>(async (context, [text], { reason = null, yes = false }) => {
        const waiting = meant(await allWaiting(context), text);
        context.info(
          `${waitingTitle(waiting)}:`,
          ...waiting.drift.map((line) => `  ${escapeControlChars(line)}`),
          ...waiting.approvals.map(approvalLine),
        );
        await confirm(question, { yes });
        const by = await context.caller();
        const at = context.now().toISOString();
        const decision: Decision = { treatment, at, by, via: 'cli', reason };
        const decided = await decide(context, waiting, decision);
        const { trail, incident } = waiting;
        context.answer({ trail, incident, decided }, () => [
          `${paint('green', done)} ${waitingTitle(waiting)}. ${next}`,
        ]);
        return 0;
      }),
    );

export type DecisionWords = {
  readonly treatment: Decided;
  readonly question: string;
  readonly done: string;
  readonly next: string;
};

/** The incident with something to decide that the argument names. */
function meant(all: readonly Waiting[], text: string | undefined): Waiting {
  const named = all.filter(
    ({ trail, incident }) =>
      text === undefined ||
      incident.startsWith(text) ||
      trail === text ||
      trail.endsWith(`:trail/${text}`),
  );
  const [found, ...others] = named;
  if (found !== undefined && others.length === 0) return found;
  const list = all.map(waitingTitle).join('; ') || 'nothing';
  if (found !== undefined) throw new Error(`several incidents wait, name one: ${list}`);
  throw new Error(
    text === undefined
      ? 'no incident waits for a decision'
      : `no incident that waits for a decision is named ${JSON.stringify(text)}. Waiting: ${list}`,
  );
}

/** Records the decision, if nothing was decided meanwhile. The next run of a function publishes it. */
async function decide(
  { rows }: Context,
  { trail, approvals }: Waiting,
  decision: Decision,
): Promise<readonly Approval[]> {
  const logger = { warn: (...[message]: readonly unknown[]) => note(String(message)) };
  const store = statusStore({ rows, bus: eventBus(names.bus), logger });
  let decided: readonly Approval[] = [];
  await store.of(trail).save((status) => {
    const ids = approvals.map(({ id }) => id);
    const recorded = recordDecision(status, ids, decision);
    decided = recorded.decided;
    return recorded.status;
  });
  if (decided.length > 0) return decided;
  throw new Error(
    'nothing was decided: someone else decided first, the deadline is over, or the drift is gone. See npx --no -- trailkeeper incidents',
  );
}
