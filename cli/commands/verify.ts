import { type Command, Option } from 'commander';
import { action } from '../context.ts';
import { accountId, examples, pastTime, timeRange, wholeMinute } from '../options.ts';
import { protectedTrail, trailHelp } from '../trails.ts';
import { isProven, verifyLines } from '../verify-lines.ts';
import { verifyTrail } from '../verify-trail.ts';

type Options = { readonly from: string; readonly to?: string; readonly account?: string };

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .addOption(
      new Option('--from <time>', 'the start: a time, or a duration ago such as 2h or 7d')
        .argParser(pastTime)
        .makeOptionMandatory(),
    )
    .option('--to <time>', 'the end; default: now', pastTime)
    .option('--account <id>', 'only the log of this account', accountId)
    .addHelpText(
      'after',
      examples('verify org-trail --from 2d', 'verify --from 3h --account 111122223333'),
    )
    .action(
      action<Options>(async (context, [text], { from, account, ...options }) => {
        const found = await protectedTrail(context, text);
        if ('error' in found) throw found.error;
        const to = options.to ?? wholeMinute(context.now().getTime(), Math.floor);
        const window = timeRange(from, to);
        const verified = await verifyTrail(context, found, window, account);
        const { logs, problems } = verified;
        context.answer({ trail: found.trail, ...window, ...verified }, () =>
          verifyLines(logs, problems),
        );
        if (!logs.every(isProven)) return 2;
        return problems.length > 0 ? 1 : 0;
      }),
    );
