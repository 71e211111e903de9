import type { Command } from 'commander';
import { action, type Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { accountId, examples, pastTime, timeRange, wholeMinute } from '../options.ts';
import { manifestLines, verifyManifest } from '../recovery/verify-manifest.ts';
import { currentBaseline, trailHelp } from '../trails.ts';
import { isProven, verifyLines } from '../verify/verify-lines.ts';
import { verifyTrail } from '../verify/verify-trail.ts';

type Options = {
  readonly from?: string;
  readonly to?: string;
  readonly account?: string;
  readonly manifest?: string;
};

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .option('--from <time>', 'the start: a time, or a duration ago such as 2h or 7d', pastTime)
    .option('--to <time>', 'the end; default: now', pastTime)
    .option('--account <id>', 'only the log of this account', accountId)
    .option('--manifest <url>', 'instead, check the log files of a recovery against its manifest')
    .addHelpText(
      'after',
      examples(
        'verify org-trail --from 2d',
        'verify --from 3h --account 111122223333',
        'verify --manifest s3://BUCKET/.../manifest.json',
      ),
    )
    .action(
      action<Options>(async (context, [text], { from, manifest, ...options }) => {
        if (manifest !== undefined) return recoveryVerified(context, manifest);
        if (from === undefined) {
          throw new Error('say what to verify: --from TIME, or --manifest URL');
        }
        return trailVerified(context, text, { from, ...options });
      }),
    );

async function trailVerified(
  context: Context,
  text: string | undefined,
  { from, account, ...options }: Options & { readonly from: string },
): Promise<ExitCode> {
  const baseline = await currentBaseline(context, text);
  const to = options.to ?? wholeMinute(context.now().getTime(), Math.floor);
  const window = timeRange(from, to);
  const verified = await verifyTrail(context, baseline, window, account);
  const { logs, problems } = verified;
  context.answer({ trail: baseline.trail, ...window, ...verified }, () =>
    verifyLines(logs, problems),
  );
  if (!logs.every(isProven)) return 2;
  return problems.length > 0 ? 1 : 0;
}

async function recoveryVerified(context: Context, url: string): Promise<ExitCode> {
  const verified = await verifyManifest(context, url);
  context.answer(verified, () => manifestLines(verified));
  return verified.badFiles.length > 0 || verified.signatureProblem !== null ? 2 : 0;
}
