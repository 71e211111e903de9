import type { Command } from 'commander';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { liveStates, storeVersion } from '../baselines/store-version.ts';
import { action } from '../context.ts';
import { examples, reasonOption, wholeNumber, yesOption } from '../options.ts';
import { baselineAt, knownTrail, trailHelp } from '../trails.ts';

type Options = { readonly reason: string; readonly yes?: true };

export const configure = (command: Command): Command =>
  command
    .argument('<version>', 'its number in history', wholeNumber)
    .argument('[trail]', trailHelp)
    .addOption(reasonOption('why').makeOptionMandatory())
    .addOption(yesOption())
    .addHelpText('after', examples('rollback 1 org-trail --reason "CHG-1234: undone"'))
    .action(
      action<Options, readonly [number, string?]>(async (context, [version, text], options) => {
        const trail = parseTrailArn((await knownTrail(context, text)).trail);
        const { states, policy } = await baselineAt(context, trail.arn, version);
        const live = await liveStates(context, trail, states);
        const { reason, yes = false } = options;
        return storeVersion(context, { trail: trail.arn, states, policy, reason, live, yes });
      }),
    );
