import { Command } from 'commander';
import { parseTrailArn } from '#core/trail.ts';
import { kinds } from '#drift/index.ts';
import { capturedStates, readStates } from '#shared/capture.ts';
import { action } from '../context.ts';
import { reasonOption, yesOption } from '../options.ts';
import { storeVersion } from '../store-version.ts';
import { guardedTrail, trailHelp } from '../trails.ts';

type Options = { readonly reason: string; readonly yes?: true };

export const accept = new Command('accept')
  .description('make the live state of a guarded trail the next version of its baseline')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why it changed').makeOptionMandatory())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { reason, yes = false }) => {
      const trail = parseTrailArn((await guardedTrail(context, text)).trail);
      const live = await readStates(kinds, context.awsOf(trail.region), trail, context.now());
      const states = capturedStates(kinds, live);
      return storeVersion(context, { trail: trail.arn, states, policy: null, reason, live, yes });
    }),
  );
