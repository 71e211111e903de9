import { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { activeHolds, holdLine } from '../active-holds.ts';
import { unarmedKinds, unarmedLines } from '../armed.ts';
import { action } from '../context.ts';
import { wholeNumber } from '../options.ts';
import { stateLines, weaknessesOf, weaknessLines } from '../store-version.ts';
import { paint, second, who } from '../terminal.ts';
import { currentBaseline, knownTrail, titleOf, trailHelp } from '../trails.ts';
import { baselineAt } from '../versions.ts';

type Options = { readonly at?: number };

export const show = new Command('show')
  .description('what the baseline of a trail asks for')
  .argument('[trail]', trailHelp)
  .option('--at <version>', 'an earlier version', wholeNumber)
  .action(
    action<Options>(async (context, [text], { at }) => {
      const baseline =
        at === undefined
          ? await currentBaseline(context, text)
          : await baselineAt(context, (await knownTrail(context, text)).trail, at);
      const holds = at === undefined ? await activeHolds(context, baseline.trail) : [];
      const unarmed = at === undefined ? await unarmedKinds(context, baseline) : [];
      const weaknesses = weaknessesOf(baseline);
      context.answer({ baseline, holds, unarmed, weaknesses }, () => {
        const { trail, version, capturedAt, capturedBy, reason } = baseline;
        return [
          `${paint('bold', titleOf(trail))} ${paint('dim', trail)}`,
          `version ${version}, ${second(capturedAt)} by ${who(capturedBy)}: ${escapeControlChars(reason)}`,
          ...holds.map(holdLine),
          ...unarmedLines(unarmed),
          ...stateLines(baseline),
          ...weaknessLines(weaknesses),
        ];
      });
      return 0;
    }),
  );
