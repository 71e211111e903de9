import { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import type { Captured } from '#baseline/capture.ts';
import { type AppliedStep, verdict } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { escapeControlChars } from '#text/escape.ts';
import { activeHolds, holdLine } from '../active-holds.ts';
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
  .description('bring a trail back to its baseline now, with your own rights')
  .argument('[trail]', trailHelp)
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { yes = false }) => {
      refuseAnybodys(context);
      const baseline = await currentBaseline(context, text);
      const holds = await activeHolds(context, baseline.trail);
      const unarmed = await unarmedKinds(context, baseline);
      const options = optionsFor(context, baseline, holds);
      const planned = await reconcile(baseline, { ...options, mode: 'observe' });
      context.tell(...planLines(planned.plan), ...holds.map(holdLine), ...unarmedLines(unarmed));

      const isRepair = hasSteps(planned.plan);
      const isArming = unarmed.length > 0;
      if (!isRepair && !isArming) {
        context.answer({ ...planned, verdict: verdict(planned), holds }, () => []);
        return exitCodeOf([endingOf(planned.verified.findings)]);
      }
      if (isArming) context.tell('This arms it: whatever differs later is restored.');
      await confirm(isRepair ? 'Restore it?' : 'Arm it?', { yes });
      const outcome = isRepair
        ? await reconcile(baseline, { ...options, mode: 'enforce', onStep: tellStep })
        : planned;
      const armed = isArming ? await arm(context, baseline) : null;
      context.answer(
        { ...outcome, verdict: verdict(outcome), holds, ...(armed && { armed }) },
        () => [
          ...(isRepair ? planLines(outcome.verified) : []),
          ...(armed ? armedLines(armed) : []),
        ],
      );
      return exitCodeOf([endingOf(outcome.verified.findings)]);
    }),
  );

/** What nobody can verify may be what an attacker wants the trail to be. */
function refuseAnybodys({ isTrustKnown, table }: Context): void {
  if (isTrustKnown) return;
  throw new Error(
    `nothing was restored: whoever writes to ${table} may have written this baseline, as nobody says whose signatures count. Run it where the stack can be read, or with signing.keys in the cdk.json of this directory; npx trailkeeper export shows what is in the table`,
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
