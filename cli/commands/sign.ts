import { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import { differences } from '#baseline/capture.ts';
import { isRetirement, type Retirement, type Version } from '#baseline/retirement.ts';
import type { Signed } from '#baseline/version-chain.ts';
import { escapeControlChars } from '#text/escape.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { allOption, answerEach, mapTrails, meantTrails } from '../batch.ts';
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

type Options = { readonly all?: true; readonly yes?: true };

const retirementLines = ({ trail, version, ...rest }: Retirement): readonly string[] => [
  `${titleOf(trail)}, version ${version}, ${second(rest.retiredAt)} by ${who(rest.retiredBy)}: ${escapeControlChars(rest.reason)}`,
  `What is done to ${titleOf(trail)} will be neither told nor undone.`,
];

/** All that a signature is put under, and what follows from it. */
async function baselineLines(context: Context, version: Baseline): Promise<readonly string[]> {
  const { trail, armed } = version;
  const known = await context.baselines.find(trail);
  const before = await context.baselines.newestValid(trail);
  const isRetired = known !== null && 'retirement' in known;
  return [
    `${titleOf(trail)}, version ${version.version}, ${second(version.capturedAt)} by ${who(version.capturedBy)}: ${escapeControlChars(version.reason)}`,
    ...(isRetired
      ? [
          `${titleOf(trail)} is not guarded since ${second(known.retirement.retiredAt)}: this guards it again.`,
        ]
      : []),
    ...(before === null ? stateLines(version) : changeLines(differences(before, version))),
    armed
      ? 'It is armed: in mode enforce whatever differs from it is restored.'
      : 'It is not armed: what differs from it when trailkeeper first enforces it is told, and left as it is.',
    ...weaknessLines(weaknessesOf(version)),
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
    return [`How the live trail differs is not known: ${escapeControlChars(explain(error))}`];
  }
}

type Waiting = { readonly trail: TrailArn; readonly pending: Signed };
type Cosigned = { readonly status: string; readonly version: Version; readonly missing: number };

async function linesOf(context: Context, { pending: { version } }: Waiting) {
  return isRetirement(version) ? retirementLines(version) : baselineLines(context, version);
}

export const sign = new Command('sign')
  .description('sign a version that waits for a second signature, with a key of your own')
  .argument('[trail]', trailHelp)
  .addOption(allOption())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { all = false, yes = false }) => {
      const meant = all
        ? (await meantTrails(context, text, all)).map(({ trail }) => trail)
        : [(await anyTrail(context, text)).arn];
      const waiting = await waitingOf(context, meant);
      if (waiting.length === 0) {
        throw new Error(`no version of ${meant.map(titleOf).join(', ')} waits for a signature`);
      }

      for (const one of waiting) context.tell(...(await linesOf(context, one)));
      await confirm(waiting.length === 1 ? 'Sign it?' : `Sign these ${waiting.length}?`, { yes });
      const signOne = async ({ trail, pending }: Waiting): Promise<Cosigned> => {
        const { missing } = await context.baselines.cosign(trail, pending);
        return { status: missing === 0 ? 'signed' : 'pending', version: pending.version, missing };
      };
      const lines = ({ status, version: { trail, version } }: Cosigned) =>
        storedLines({ status, trail, version });
      if (all) return answerEach(context, 'versions', await mapTrails(waiting, signOne), lines);
      const signed = await signOne(waiting[0] as Waiting);
      context.answer(signed, () => lines(signed));
      return 0;
    }),
  );

/** What waits for a signature, of the trails that have such a version. */
async function waitingOf({ baselines }: Context, trails: readonly string[]) {
  const asked = trails.map(async (text): Promise<readonly Waiting[]> => {
    const trail = parseTrailArn(text).arn;
    const pending = await baselines.pending(trail);
    return pending === null ? [] : [{ trail, pending }];
  });
  return (await Promise.all(asked)).flat();
}
