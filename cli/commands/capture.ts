import { Command } from 'commander';
import { parsePolicy } from '#core/baseline.ts';
import { kinds } from '#drift/index.ts';
import { capturedStates, readToCapture, resolveStates } from '#shared/capture.ts';
import { action } from '../context.ts';
import { readJson } from '../json-file.ts';
import { reasonOption, yesOption } from '../options.ts';
import { storeVersion } from '../store-version.ts';
import { anyTrail, trailHelp } from '../trails.ts';

type Options = {
  readonly states?: string;
  readonly policy?: string;
  readonly reason?: string;
  readonly yes?: true;
};

export const capture = new Command('capture')
  .description('make the live state of a trail its baseline: what it is held to from now on')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why; needed to replace a baseline that differs'))
  .option('--states <file>', 'take the states that a JSON file has, by kind, from there')
  .option('--policy <file>', 'what becomes of a drift, as JSON; else as in the version before')
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], options) => {
      const trail = await anyTrail(context, text);
      const given = read(options);
      const keyArnOf = context.keyArnOf(trail.region);
      const aws = context.awsOf(trail.region);
      const { live, written } = await readToCapture(kinds, aws, trail, context.now(), {
        known: (await context.baselines.newestValid(trail.arn))?.states ?? {},
        written: await resolveStates(kinds, trail, given.states, keyArnOf),
      });
      return storeVersion(context, {
        trail: trail.arn,
        states: capturedStates(kinds, live, written),
        policy: given.policy === undefined ? null : parsePolicy(given.policy, kinds),
        reason: options.reason ?? null,
        live,
        yes: options.yes ?? false,
      });
    }),
  );

const read = ({ states, policy }: Options) => ({
  states: states === undefined ? {} : readJson(`--states ${states}`, states),
  policy: policy === undefined ? undefined : readJson(`--policy ${policy}`, policy),
});
