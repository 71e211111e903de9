import { Command } from 'commander';
import { action } from '../context.ts';
import { wholeNumber } from '../options.ts';
import { currentBaseline, knownTrail, trailHelp } from '../trails.ts';
import { baselineAt } from '../versions.ts';

type Options = { readonly at?: number };

export const exportCommand = new Command('export')
  .description('print a baseline as a file that import takes')
  .argument('[trail]', trailHelp)
  .option('--at <version>', 'an earlier version', wholeNumber)
  .action(
    action<Options>(async (context, [text], { at }) => {
      const baseline =
        at === undefined
          ? await currentBaseline(context, text)
          : await baselineAt(context, (await knownTrail(context, text)).trail, at);
      context.answer(baseline, () => [JSON.stringify(baseline, null, 2)]);
      return 0;
    }),
  );
