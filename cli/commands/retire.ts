import type { Command } from 'commander';
import { parseTrailArn, titleOf } from '#trail/trail-arn.ts';
import { storedLines } from '../baselines/store-version.ts';
import { allOption, forEachTrail, selectTrails } from '../batch.ts';
import { action } from '../context.ts';
import { examples, reasonOption, yesOption } from '../options.ts';
import { namedTrails } from '../stack.ts';
import { confirm } from '../terminal.ts';
import { capture, trailHelp } from '../trails.ts';

const removal =
  'Next: remove it from trails in cdk.json and deploy. Until then trailkeeper reports that it has no baseline.';

type Options = { readonly all?: true; readonly reason: string; readonly yes?: true };

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .addOption(allOption())
    .addOption(reasonOption('why').makeOptionMandatory())
    .addOption(yesOption())
    .addHelpText('after', examples('retire org-trail --reason "CHG-1234: replaced"'))
    .action(
      action<Options>(async (context, [text], { all = false, reason, yes = false }) => {
        const trails = await selectTrails(context, text, all);
        const titles = trails.map(({ trail }) => titleOf(trail)).join(', ');
        context.info(`Changes to ${titles} will be neither reported nor reverted.`);
        await confirm(`Stop protecting ${titles}?`, { yes });
        const [retiredBy, retiredAt] = [await context.caller(), context.now().toISOString()];
        return forEachTrail(
          context,
          trails,
          async (known) => {
            const trail = parseTrailArn(known.trail).arn;
            const content = { schema: 1, trail, retiredAt, retiredBy, reason } as const;
            const retirement = await context.baselines.retire(content, known);
            return { status: 'retired', retirement };
          },
          ({ status, retirement: { trail, version } }) => [
            ...storedLines({ status, trail, version }),
            ...(namedTrails(context.outputs).includes(trail) ? [removal] : []),
            `To protect it again: ${capture(trail)}`,
          ],
        );
      }),
    );
