import { Command } from 'commander';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { activeHolds, holdLine } from '../active-holds.ts';
import { allOption } from '../batch.ts';
import { action } from '../context.ts';
import { reasonOption, yesOption } from '../options.ts';
import { confirm, paint } from '../terminal.ts';
import { knownTrail, titleOf, trailHelp } from '../trails.ts';

type Options = {
  readonly all?: true;
  readonly id?: string;
  readonly reason: string;
  readonly yes?: true;
};

export const release = new Command('release')
  .description('end the Holds of a trail before their time')
  .argument('[trail]', trailHelp)
  .addOption(allOption())
  .option('--id <id>', 'this Hold alone')
  .addOption(reasonOption('why').default('the work is done'))
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { all = false, id, reason, yes = false }) => {
      if (all && text !== undefined) throw new Error(`${text} or --all: say one of them`);
      const arn = all ? undefined : parseTrailArn((await knownTrail(context, text)).trail).arn;
      const active = await activeHolds(context, arn);
      const meant = active.filter(({ hold }) => id === undefined || hold.id === id);
      const title = arn === undefined ? 'every trail' : titleOf(arn);
      if (id !== undefined && meant.length === 0) {
        const ids = active.map(({ hold }) => hold.id).join(', ') || 'none';
        throw new Error(`no Hold ${id} of ${title} is in force: ${ids}`);
      }
      if (meant.length === 0) {
        context.answer({ status: 'none', released: [] }, () => [
          arn === undefined ? 'no trail is held' : `${title} is not held`,
        ]);
        return 0;
      }
      context.tell(
        ...meant.map((one) =>
          all ? `${titleOf(one.hold.trail)} ${holdLine(one)}` : holdLine(one),
        ),
        `In mode enforce the next sweep restores what differs of ${title}.`,
      );
      await confirm(meant.length === 1 ? 'End it now?' : `End these ${meant.length} now?`, { yes });
      const release = { at: context.now().toISOString(), by: await context.caller(), reason };
      for (const { hold } of meant) await context.windows.end(hold, release);
      const ids = meant.map(({ hold }) => hold.id);
      context.answer({ status: 'released', released: ids, release }, () =>
        ids.map((one) => `${paint('green', 'released')} ${one}`),
      );
      return 0;
    }),
  );
