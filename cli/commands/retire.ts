import { Command } from 'commander';
import { parseTrailArn } from '#core/trail.ts';
import { action } from '../context.ts';
import { reasonOption, yesOption } from '../options.ts';
import { storedLines } from '../store-version.ts';
import { confirm } from '../terminal.ts';
import { capture, guardedTrail, titleOf, trailHelp } from '../trails.ts';

type Options = { readonly reason: string; readonly yes?: true };

export const retire = new Command('retire')
  .description('stop guarding a trail; its history stays, and capture guards it again')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why').makeOptionMandatory())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { reason, yes = false }) => {
      const guarded = await guardedTrail(context, text);
      const title = titleOf(guarded.trail);
      context.tell(`What is done to ${title} will be neither told nor undone.`);
      await confirm(`Stop guarding ${title}?`, { yes });
      const { version: retirement, missing } = await context.baselines.retire(
        {
          schema: 1,
          trail: parseTrailArn(guarded.trail).arn,
          retiredAt: context.now().toISOString(),
          retiredBy: await context.caller(),
          reason,
        },
        guarded,
      );
      const status = missing === 0 ? 'retired' : 'pending';
      const { trail, version } = retirement;
      context.answer({ status, retirement }, () => [
        ...storedLines({ status, trail, version }),
        `${capture(trail)} guards it again`,
      ]);
      return 0;
    }),
  );
