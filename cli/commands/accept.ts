import { Command } from 'commander';
import type { Guarded } from '#aws/baseline-store.ts';
import type { Baseline } from '#core/baseline.ts';
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
      const guarded = await guardedTrail(context, text);
      const trail = parseTrailArn(guarded.trail);
      const aws = context.awsOf(trail.region);
      const live = await readStates(kinds, aws, trail, context.now(), whoseBucket(guarded));
      const states = capturedStates(kinds, live);
      return storeVersion(context, { trail: trail.arn, states, policy: null, reason, live, yes });
    }),
  );

/** S3 tells nobody whose a bucket is: it is asked whether the owner is still the one that was captured. */
function whoseBucket(guarded: Guarded): Baseline['states'] {
  const { sink } = 'baseline' in guarded ? guarded.baseline.states : {};
  const owner: unknown = sink && Reflect.get(sink, 'BucketOwner');
  return typeof owner === 'string' ? { sink: { BucketOwner: owner } } : {};
}
