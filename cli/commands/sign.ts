import { Command } from 'commander';
import type { Baseline } from '#core/baseline.ts';
import { isRetirement, type Retirement } from '#core/retirement.ts';
import { renderText } from '#core/text.ts';
import { parseTrailArn } from '#core/trail.ts';
import { differences } from '#shared/capture.ts';
import { action, type Context } from '../context.ts';
import { explain } from '../explain.ts';
import { yesOption } from '../options.ts';
import {
  changeLines,
  liveStates,
  pending,
  stateLines,
  storedLines,
  weaknessesOf,
  weaknessLines,
} from '../store-version.ts';
import { confirm, second, who } from '../terminal.ts';
import { anyTrail, titleOf, trailHelp } from '../trails.ts';

type Options = { readonly yes?: true };

const retirementLines = ({ trail, version, ...rest }: Retirement): readonly string[] => [
  `version ${version}, ${second(rest.retiredAt)} by ${who(rest.retiredBy)}: ${renderText(rest.reason)}`,
  `What is done to ${titleOf(trail)} will be neither told nor undone.`,
];

/** All that a signature is put under, and what follows from it. */
async function baselineLines(context: Context, version: Baseline): Promise<readonly string[]> {
  const { trail, states, armed } = version;
  const known = await context.baselines.find(trail);
  const before = await context.baselines.newestValid(trail);
  const isRetired = known !== null && 'retirement' in known;
  return [
    `version ${version.version}, ${second(version.capturedAt)} by ${who(version.capturedBy)}: ${renderText(version.reason)}`,
    ...(isRetired
      ? [
          `${titleOf(trail)} is not guarded since ${second(known.retirement.retiredAt)}: this guards it again.`,
        ]
      : []),
    ...(before === null ? stateLines(version) : changeLines(differences(before, version))),
    armed
      ? 'It is armed: in mode enforce whatever differs from it is restored.'
      : 'It is not armed: what differs from it when trailkeeper first enforces it is told, and left as it is.',
    ...weaknessLines(weaknessesOf(states)),
    ...(await liveLines(context, version)),
  ];
}

/** Who signs without the right to read the trail is told that they do not see it. */
async function liveLines(
  context: Context,
  { trail, states, armed }: Baseline,
): Promise<readonly string[]> {
  try {
    return pending(await liveStates(context, parseTrailArn(trail), states), states, armed);
  } catch (error) {
    return [`How the live trail differs is not known: ${renderText(explain(error))}`];
  }
}

export const sign = new Command('sign')
  .description('sign a version that waits for a second signature, with a key of your own')
  .argument('[trail]', trailHelp)
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { yes = false }) => {
      const trail = parseTrailArn((await anyTrail(context, text)).arn).arn;
      const waiting = await context.baselines.pending(trail);
      const title = titleOf(trail);
      if (waiting === null) throw new Error(`no version of ${title} waits for a signature`);

      const { version } = waiting;
      context.tell(
        ...(isRetirement(version)
          ? retirementLines(version)
          : await baselineLines(context, version)),
      );
      await confirm('Sign it?', { yes });
      const { missing } = await context.baselines.cosign(trail, waiting);
      const status = missing === 0 ? 'signed' : 'pending';
      context.answer({ status, version, missing }, () =>
        storedLines({ status, trail, version: version.version }),
      );
      return 0;
    }),
  );
