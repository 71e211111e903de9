import type { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { activeWindows, windowLine } from '../active-windows.ts';
import { adviceLines, hardeningAdviceFor, stateLines } from '../baselines/baseline-lines.ts';
import { action } from '../context.ts';
import { examples, wholeNumber } from '../options.ts';
import { paint, principalName } from '../terminal.ts';
import { baselineAt, currentBaseline, knownTrail, trailHelp } from '../trails.ts';

type Options = { readonly at?: number };

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .option('--at <version>', 'an earlier version', wholeNumber)
    .addHelpText(
      'after',
      examples('show org-trail --at 1', 'show org-trail --json > baseline.json'),
    )
    .action(
      action<Options>(async (context, [text], { at }) => {
        const baseline =
          at === undefined
            ? await currentBaseline(context, text)
            : await baselineAt(context, (await knownTrail(context, text)).trail, at);
        const windows = at === undefined ? await activeWindows(context, baseline.trail) : [];
        const hardeningAdvice = hardeningAdviceFor(baseline);
        context.answer({ baseline, windows, hardeningAdvice }, () => {
          const { trail, version, capturedAt, capturedBy, reason } = baseline;
          return [
            `${paint('bold', titleOf(trail))} ${paint('dim', trail)}`,
            `version ${version}, ${shortTime(capturedAt)} by ${principalName(capturedBy)}: ${escapeControlChars(reason)}`,
            ...windows.map(windowLine),
            ...stateLines(baseline),
            ...adviceLines(hardeningAdvice),
          ];
        });
        return 0;
      }),
    );
