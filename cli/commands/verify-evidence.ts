import type { Command } from 'commander';
import { formatTime } from '#text/time.ts';
import { type ChainCheck, checkChain } from '#watchtower/evidence-chain.ts';
import { answerIn, localAction } from '../context.ts';
import { examples } from '../options.ts';
import {
  evidenceInBucket,
  evidenceInFolder,
  type HiddenVersion,
} from '../verify/evidence-files.ts';

type Options = {
  readonly bucket?: string;
  readonly folder?: string;
};

export const configure = (command: Command): Command =>
  command
    .option('--bucket <name>', 'the bucket in the account of the watchtower')
    .option('--folder <path>', 'instead, a copy of the bucket on this machine; needs no AWS')
    .addHelpText(
      'after',
      '\nA copy shows whether its links follow each other, and not whether later ones\nare missing: compare the number and the hash of the last one.',
    )
    .addHelpText(
      'after',
      examples(
        'verify-evidence --bucket trailkeeper-evidence-444455556666-us-east-1',
        'verify-evidence --folder evidence',
      ),
    )
    .action(
      localAction<Options>(async (options) => {
        const { bucket, folder } = options;
        if ((bucket === undefined) === (folder === undefined)) {
          throw new Error('say what to verify: --bucket NAME, or --folder PATH');
        }
        const hidden: HiddenVersion[] = [];
        const check = await checkChain(
          bucket === undefined
            ? evidenceInFolder(folder ?? '')
            : evidenceInBucket(bucket, options, (one) => hidden.push(one)),
        );
        answerIn(options.json)({ ...check, hidden }, () => lines(check, hidden));
        return check.broken === null && hidden.length === 0 ? 0 : 2;
      }),
    );

function lines(
  { links, records, from, to, hash, broken }: ChainCheck,
  hidden: readonly HiddenVersion[],
): readonly string[] {
  return [
    ...(from === null || to === null
      ? ['No link of evidence follows from the first one.']
      : [
          `Links 1 to ${links} are unchanged (records: ${records}),`,
          `  from ${formatTime(from)} to ${formatTime(to)}.`,
          `The hash of link ${links}:`,
          `  ${hash}`,
        ]),
    ...(broken === null ? [] : [`The first broken link: ${broken.key} ${broken.problem}.`]),
    ...hidden.map(({ key, problem }) => `${key} ${problem}.`),
    ...(broken === null
      ? []
      : ['What follows it proves nothing. Find out who may write to the bucket.']),
  ];
}
