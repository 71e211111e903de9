import { Command } from 'commander';
import { capturedStates, readLiveState } from '#baseline/capture.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { action } from '../context.ts';
import { reasonOption, yesOption } from '../options.ts';
import { noteUnread, storeVersion } from '../store-version.ts';
import { guardedTrail, trailHelp } from '../trails.ts';

type Options = { readonly reason: string; readonly yes?: true };

export const accept = new Command('accept')
  .description('make the live state of a guarded trail the next version of its baseline')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why it changed').makeOptionMandatory())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { reason, yes = false }) => {
      const guarded = await guardedTrail(context, text);
      const trail = parseTrailArn(guarded.trail);
      const aws = context.awsOf(trail.region);
      const known = 'baseline' in guarded ? guarded.baseline.states : {};
      const { live, written } = await readLiveState(kinds, aws, trail, context.now(), {
        known,
        onUnread: noteUnread,
      });
      const states = capturedStates(kinds, live, written, known, noteUnread);
      return storeVersion(context, { trail: trail.arn, states, policy: null, reason, live, yes });
    }),
  );
