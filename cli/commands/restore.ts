import { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import type { Captured } from '#baseline/propose-baseline.ts';
import { type AppliedStep, verdict } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { escapeControlChars } from '#text/escape.ts';
import { activeWindows, windowLine } from '../active-windows.ts';
import { unarmedKinds, unarmedLines } from '../armed.ts';
import { action, type Context } from '../context.ts';
import { endingOf, exitCodeOf } from '../exit-code.ts';
import { explain } from '../explain.ts';
import { optionsFor } from '../observe-trail.ts';
import { yesOption } from '../options.ts';
import { planLines } from '../plan-lines.ts';
import { streams } from '../session.ts';
import { storedLines } from '../store-version.ts';
import { confirm, note, paint } from '../terminal.ts';
import { currentBaseline, trailHelp } from '../trails.ts';

type Options = { readonly yes?: true };

export const restore = new Command('restore')
  .description('restore a trail to its baseline now, with your own credentials')
  .argument('[trail]', trailHelp)
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { yes = false }) => {
      refuseUnverified(context);
      const baseline = await currentBaseline(context, text);
      const windows = await activeWindows(context, baseline.trail);
      const unarmed = await unarmedKinds(context, baseline);
      const options = optionsFor(context, baseline, windows);
      const planned = await reconcile(baseline, { ...options, mode: 'observe' });
      context.tell(
        ...planLines(planned.plan),
        ...windows.map(windowLine),
        ...unarmedLines(unarmed),
      );

      const isRepair = hasSteps(planned.plan);
      const isArming = unarmed.length > 0;
      if (!isRepair && !isArming) {
        context.answer({ ...planned, verdict: verdict(planned), windows }, () => []);
        return exitCodeOf([endingOf(planned.verified.findings)]);
      }
      if (isArming) context.tell('This arms it: whatever differs later is restored.');
      await confirm(isRepair ? 'Restore it?' : 'Arm it?', { yes });
      const outcome = isRepair
        ? await reconcile(baseline, { ...options, mode: 'enforce', onStep: tellStep })
        : planned;
      const armed = isArming ? await arm(context, baseline) : null;
      context.answer(
        { ...outcome, verdict: verdict(outcome), windows, ...(armed && { armed }) },
        () => [
          ...(isRepair ? planLines(outcome.verified) : []),
          ...(armed ? armedLines(armed) : []),
        ],
      );
      return exitCodeOf([endingOf(outcome.verified.findings)]);
    }),
  );

/** Refuses a baseline that cannot be verified, because an attacker may have written it. */
function refuseUnverified({ isTrustKnown, table }: Context): void {
  if (isTrustKnown) return;
  throw new Error(
    `nothing was restored: the approver keys are unknown, so anyone who can write to ${table} may have written this baseline. Run restore where the stack can be read, or in a directory whose cdk.json has signing.keys; npx trailkeeper show prints the baseline`,
  );
}

/** What became of the version that says that the trail is armed. */
type Armed = Pick<Captured, 'status' | 'baseline'> | { readonly problem: string };

/** Signs the baseline anew, as armed. A trail that was restored is restored, whether or not that can be signed. */
async function arm(context: Context, read: Baseline): Promise<Armed> {
  const { trail, version, states, policy } = read;
  try {
    const capturedBy = await context.caller();
    const current = await context.baselines.find(trail);
    if (current === null || !('baseline' in current) || current.baseline.version !== version) {
      return {
        problem: `version ${version} is no longer in force: look at what is, and restore again`,
      };
    }
    const capturedAt = context.now().toISOString();
    const baseline = await context.baselines.add(
      {
        ...{ schema: 1, trail, states, policy, capturedAt, capturedBy },
        armed: true,
        reason: 'armed by restore',
      },
      current,
    );
    return { status: 'captured', baseline };
  } catch (error) {
    return { problem: explain(error) };
  }
}

const armedLines = (armed: Armed): readonly string[] =>
  'problem' in armed
    ? [
        `${paint('yellow', 'not armed')} ${escapeControlChars(armed.problem)}`,
        'In mode enforce the next sweep arms what it sees in sync.',
      ]
    : storedLines({ ...armed.baseline, status: 'armed' });

const hasSteps = ({ findings }: Plan): boolean =>
  findings.some((finding) => finding.status === 'drifted' && finding.steps.length > 0);

function tellStep(step: AppliedStep): void {
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
