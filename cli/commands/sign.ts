import { Command } from 'commander';
import { isRetirement } from '#core/retirement.ts';
import { renderText } from '#core/text.ts';
import { parseTrailArn } from '#core/trail.ts';
import { differences } from '#shared/capture.ts';
import { action } from '../context.ts';
import { yesOption } from '../options.ts';
import { changeLines, stateLines, storedLines } from '../store-version.ts';
import { confirm, second, who } from '../terminal.ts';
import { anyTrail, titleOf, trailHelp } from '../trails.ts';

type Options = { readonly yes?: true };

export const sign = new Command('sign')
  .description('sign a version that waits for a second signature, with a key of your own')
  .argument('[trail]', trailHelp)
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], { yes = false }) => {
      const trail = parseTrailArn((await anyTrail(context, text)).arn).arn;
      const pending = await context.baselines.pending(trail);
      const title = titleOf(trail);
      if (pending === null) throw new Error(`no version of ${title} waits for a signature`);

      const { version } = pending;
      const before = await context.baselines.newestValid(trail);
      if (isRetirement(version)) {
        const { retiredAt, retiredBy, reason } = version;
        context.tell(
          `version ${version.version}, ${second(retiredAt)} by ${who(retiredBy)}: ${renderText(reason)}`,
          `What is done to ${title} will be neither told nor undone.`,
        );
      } else {
        const { capturedAt, capturedBy, reason } = version;
        context.tell(
          `version ${version.version}, ${second(capturedAt)} by ${who(capturedBy)}: ${renderText(reason)}`,
          ...(before === null ? stateLines(version) : changeLines(differences(before, version))),
        );
      }
      await confirm('Sign it?', { yes });
      const { missing } = await context.baselines.cosign(trail, pending);
      const status = missing === 0 ? 'signed' : 'pending';
      context.answer({ status, version, missing }, () =>
        storedLines({ status, trail, version: version.version }),
      );
      return 0;
    }),
  );
