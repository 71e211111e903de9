import { Command } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import type { Retirement } from '#baseline/retirement.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { allOption, answerEach, mapTrails, selectTrails } from '../batch.ts';
import { action } from '../context.ts';
import { reasonOption, yesOption } from '../options.ts';
import { storedLines } from '../store-version.ts';
import { confirm } from '../terminal.ts';
import { capture, titleOf, trailHelp } from '../trails.ts';

type Options = { readonly all?: true; readonly reason: string; readonly yes?: true };

export const retire = new Command('retire')
  .description('stop guarding a trail; its versions stay, and capture guards it again')
  .argument('[trail]', trailHelp)
  .addOption(allOption())
  .addOption(reasonOption('why').makeOptionMandatory())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { all = false, reason, yes = false }) => {
      const trails = await selectTrails(context, text, all);
      const titles = trails.map(({ trail }) => titleOf(trail)).join(', ');
      context.report(`Changes to ${titles} will be neither reported nor reverted.`);
      await confirm(`Stop guarding ${titles}?`, { yes });
      const [retiredBy, retiredAt] = [await context.caller(), context.now().toISOString()];
      const retireOne = async (known: KnownTrail): Promise<Retired> => {
        const trail = parseTrailArn(known.trail).arn;
        const content = { schema: 1, trail, retiredAt, retiredBy, reason } as const;
        const retirement = await context.baselines.retire(content, known);
        return { status: 'retired', retirement };
      };
      const lines = ({ status, retirement: { trail, version } }: Retired) => [
        ...storedLines({ status, trail, version }),
        `${capture(trail)} guards it again`,
      ];
      if (all) return answerEach(context, 'trails', await mapTrails(trails, retireOne), lines);
      const [only] = trails as [KnownTrail];
      const retired = await retireOne(only);
      context.answer(retired, () => lines(retired));
      return 0;
    }),
  );

type Retired = { readonly status: string; readonly retirement: Retirement };
