import { type Command, InvalidArgumentError } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import { differences } from '#baseline/differences.ts';
import { readStates } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn, type TrailArn, titleOf } from '#trail/trail-arn.ts';
import { changeLines, noteUnread } from '../baselines/baseline-lines.ts';
import { action, type Context } from '../context.ts';
import { examples, wholeNumber } from '../options.ts';
import { baselineAt, knownTrail, trailHelp } from '../trails.ts';

type Side = number | 'live';
type Content = Pick<Baseline, 'states' | 'policy'>;

export const configure = (command: Command): Command =>
  command
    .argument('<from>', 'the number of a version in history', wholeNumber)
    .argument('<to>', 'another version, or live', side)
    .argument('[trail]', trailHelp)
    .addHelpText('after', examples('diff 1 2', 'diff 2 live org-trail'))
    .action(
      action<object, readonly [number, Side, string?]>(async (context, [from, to, text]) => {
        const { arn } = parseTrailArn((await knownTrail(context, text)).trail);
        const before = await baselineAt(context, arn, from);
        const changes = differences(before, await contentOf(context, arn, to, before));
        context.answer({ trail: arn, from, to, changes }, () => {
          const title = `${titleOf(arn)}, version ${from} to ${to === 'live' ? 'the live trail' : to}`;
          if (changes.length === 0) return [`${title}: no difference`];
          return [`${title}:`, ...changeLines(changes)];
        });
        return to === 'live' && changes.length > 0 ? 2 : 0;
      }),
    );

function side(text: string): Side {
  if (text === 'live') return text;
  try {
    return wholeNumber(text);
  } catch {
    throw new InvalidArgumentError('It must be a version number, or live.');
  }
}

async function contentOf(
  context: Context,
  arn: TrailArn,
  to: Side,
  { states: desired, policy }: Content,
): Promise<Content> {
  if (to !== 'live') return baselineAt(context, arn, to);
  const trail = parseTrailArn(arn);
  const aws = context.awsOf(trail.region);
  const source = { kinds, aws, trail, now: context.now(), onUnread: noteUnread };
  const live = await readStates(source, desired);
  // A kind that cannot be read counts as unchanged.
  return { states: { ...desired, ...live }, policy };
}
