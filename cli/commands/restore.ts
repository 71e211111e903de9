import type { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import { approvedPolicy } from '#baseline/policy.ts';
import { type AppliedStep, verdict } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { escapeControlChars } from '#text/escape.ts';
import { type ActiveWindow, activeWindows, windowLine } from '../active-windows.ts';
import { action, type Context } from '../context.ts';
import { exitCodeOf, resultOf } from '../exit-code.ts';
import { examples, yesOption } from '../options.ts';
import { optionsFor } from '../plan/observe-trail.ts';
import { hasSteps, planLines } from '../plan/plan-lines.ts';
import { streams } from '../session.ts';
import { confirm, note, paint } from '../terminal.ts';
import { currentBaseline, trailHelp } from '../trails.ts';

type Options = { readonly yes?: true };

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .addOption(yesOption())
    .addHelpText('after', examples('restore org-trail'))
    .action(
      action<Options>(async (context, [text], { yes = false }) => {
        refuseUnverified(context);
        const baseline = approved(await currentBaseline(context, text));
        const windows = await activeWindows(context, baseline.trail);
        const options = optionsFor(context, baseline, windows);
        const planned = await reconcile(baseline, { ...options, mode: 'observe' });
        context.info(...planLines(planned.plan), ...windows.map(windowLine));

        if (!hasSteps(planned.plan)) {
          context.answer({ ...planned, verdict: verdict(planned), windows }, () =>
            whyNothing(planned.plan, windows),
          );
          return exitCodeOf([resultOf(planned.verified.findings)]);
        }
        await confirm('Restore it?', { yes });
        const outcome = await reconcile(baseline, {
          ...options,
          mode: 'enforce',
          onStep: reportStep,
        });
        context.answer({ ...outcome, verdict: verdict(outcome), windows }, () =>
          planLines(outcome.verified),
        );
        return exitCodeOf([resultOf(outcome.verified.findings)]);
      }),
    );

/** The one who restores a trail approves it. */
const approved = (baseline: Baseline): Baseline => ({
  ...baseline,
  policy: approvedPolicy(baseline.policy),
});

/** Refuses a baseline that cannot be verified, because an attacker may have written it. */
function refuseUnverified({ isTrustKnown, table }: Context): void {
  if (isTrustKnown) return;
  throw new Error(
    `nothing was restored: the approver keys are unknown, so anyone who can write to ${table} may have written this baseline. Run restore where the stack can be read, or in a directory whose cdk.json has signing.keys; npx --no -- trailkeeper show prints the baseline`,
  );
}

/** Why there is drift that is not restored. */
function whyNothing(
  { trail, findings }: Plan,
  windows: readonly ActiveWindow[],
): readonly string[] {
  const drifted = findings.filter(({ status }) => status === 'drifted');
  if (drifted.length === 0) return [];
  const isSuspended = drifted.some((finding) => 'suppressed' in finding);
  return isSuspended
    ? [
        `Nothing was restored: maintenance window ${windows.map(({ window }) => window.id).join(', ')} suspends it. To restore now, end it: npx --no -- trailkeeper window end ${trail}`,
      ]
    : ['Nothing was restored: trailkeeper cannot restore this drift, or its policy is alert.'];
}

function reportStep(step: AppliedStep): void {
  const { action: name } = step;
  if (step.status === 'applied') {
    note(`${paint('green', 'applied', streams().stderr)} ${name}`);
    return;
  }
  const remedy = step.remedy === null ? '' : `: ${step.remedy}`;
  note(
    `${paint('red', 'failed', streams().stderr)} ${name}: ${escapeControlChars(step.message)}${remedy}`,
  );
}
