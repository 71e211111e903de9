import type { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { windowLine } from '../active-windows.ts';
import { action } from '../context.ts';
import { exitCodeOf, resultOf } from '../exit-code.ts';
import { examples } from '../options.ts';
import { waitingLines } from '../plan/approvals.ts';
import { observeTrail, type TrailPlan } from '../plan/observe-trail.ts';
import { hasSteps, planLines } from '../plan/plan-lines.ts';
import { modeOf } from '../stack.ts';
import { paint } from '../terminal.ts';
import { noneProtected, protectedTrail } from '../trails.ts';

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', 'its ARN or name; default: every protected trail')
    .addHelpText('after', examples('plan', 'plan org-trail --json'))
    .action(
      action(async (context, [text]) => {
        const protectedTrails =
          text === undefined
            ? await context.baselines.list()
            : [await protectedTrail(context, text)];
        if (protectedTrails.length === 0) throw noneProtected();
        const plans = await Promise.all(protectedTrails.map((one) => observeTrail(context, one)));
        const next =
          plans.some((one) => 'plan' in one && hasSteps(one.plan)) &&
          modeOf(context.outputs) === 'observe'
            ? [firstRepair]
            : [];
        context.answer({ trails: plans }, () => [...plans.flatMap(lines), ...next]);
        return exitCodeOf(
          plans.map((one) =>
            'plan' in one ? resultOf(one.plan.findings) : { hasDrift: false, hasError: true },
          ),
        );
      }),
    );

const firstRepair =
  'The mode is observe: nothing is restored. Once it is enforce, the next sweep does what is listed above.';

function lines(one: TrailPlan): readonly string[] {
  if ('error' in one) {
    return [`${paint('red', 'broken')} ${titleOf(one.trail)}: ${escapeControlChars(one.error)}`];
  }
  return [
    ...planLines(one.plan),
    ...(one.waiting === null ? [] : waitingLines(one.waiting)),
    ...one.windows.map((open) => `  ${windowLine(open)}`),
  ];
}
