import { Command } from 'commander';
import type { Baseline } from '#core/baseline.ts';
import { type AppliedStep, type Outcome, verdict } from '#core/outcome.ts';
import { isOfMissingTrail, type Plan } from '#core/plan.ts';
import { renderText } from '#core/text.ts';
import { kinds } from '#drift/index.ts';
import { reconcile } from '#shared/reconcile.ts';
import { activeHolds, type HoldInForce, holdLine } from '../active-holds.ts';
import { action, type ExitCode } from '../context.ts';
import { optionsFor } from '../look.ts';
import { yesOption } from '../options.ts';
import { planLines } from '../plan-lines.ts';
import { confirm, note, paint } from '../terminal.ts';
import { currentBaseline, trailHelp } from '../trails.ts';

type Options = { readonly yes?: true };

export const restore = new Command('restore')
  .description('bring a trail back to its baseline now, with your own rights')
  .argument('[trail]', trailHelp)
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { yes = false }) => {
      const current = await currentBaseline(context, text);
      const holds = await activeHolds(context, current.trail);
      const options = optionsFor(context, current);
      const observed = await reconcile(current, { ...options, mode: 'observe' });
      const baseline = isMissing(observed.plan) ? current : withoutHeld(current, holds);
      const planned = await reconcile(baseline, { ...options, mode: 'observe' });
      context.tell(...planLines(planned.plan), ...holds.map(holdLine));

      if (!hasSteps(planned.plan)) {
        context.answer({ ...planned, verdict: verdict(planned), holds }, () => []);
        return exitCode(planned);
      }
      await confirm('Restore it?', { yes });
      const outcome = await reconcile(baseline, { ...options, mode: 'enforce', onStep: tellStep });
      context.answer({ ...outcome, verdict: verdict(outcome), holds }, () =>
        planLines(outcome.verified),
      );
      return exitCode(outcome);
    }),
  );

/** No Hold covers the existence of a trail. */
const isMissing = (plan: Plan): boolean => kinds.some(({ name }) => isOfMissingTrail(plan, name));

/** A Hold is kept by whoever restores by hand, too: what it names is left as it is. */
function withoutHeld(baseline: Baseline, holds: readonly HoldInForce[]): Baseline {
  const held = new Set(holds.flatMap(({ hold }) => hold.kinds));
  const states = Object.entries(baseline.states).filter(([kind]) => !held.has(kind));
  return { ...baseline, states: Object.fromEntries(states) };
}

const hasSteps = ({ findings }: Plan): boolean =>
  findings.some((finding) => finding.status === 'drifted' && finding.steps.length > 0);

function tellStep(step: AppliedStep): void {
  const { action: name } = step;
  if (step.status === 'applied') {
    note(`${paint('green', 'applied', process.stderr)} ${name}`);
    return;
  }
  const remedy = step.remedy === null ? '' : `: ${step.remedy}`;
  note(`${paint('red', 'failed', process.stderr)} ${name}: ${renderText(step.message)}${remedy}`);
}

function exitCode({ verified }: Outcome): ExitCode {
  const has = (status: string) => verified.findings.some((finding) => finding.status === status);
  if (has('drifted')) return 2;
  return has('unknown') ? 1 : 0;
}
