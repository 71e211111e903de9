import { Command } from 'commander';
import { type AppliedStep, verdict } from '#core/outcome.ts';
import type { Plan } from '#core/plan.ts';
import { renderText } from '#core/text.ts';
import { reconcile } from '#shared/reconcile.ts';
import { activeHolds, holdLine } from '../active-holds.ts';
import { action } from '../context.ts';
import { endingOf, exitCodeOf } from '../exit-code.ts';
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
      const baseline = await currentBaseline(context, text);
      const holds = await activeHolds(context, baseline.trail);
      const options = optionsFor(context, baseline, holds);
      const planned = await reconcile(baseline, { ...options, mode: 'observe' });
      context.tell(...planLines(planned.plan), ...holds.map(holdLine));

      if (!hasSteps(planned.plan)) {
        context.answer({ ...planned, verdict: verdict(planned), holds }, () => []);
        return exitCodeOf([endingOf(planned.verified.findings)]);
      }
      await confirm('Restore it?', { yes });
      const outcome = await reconcile(baseline, { ...options, mode: 'enforce', onStep: tellStep });
      context.answer({ ...outcome, verdict: verdict(outcome), holds }, () =>
        planLines(outcome.verified),
      );
      return exitCodeOf([endingOf(outcome.verified.findings)]);
    }),
  );

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
