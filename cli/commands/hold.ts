import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { endOf, type Hold } from '#core/hold.ts';
import { kinds } from '#drift/index.ts';
import { holdLine } from '../active-holds.ts';
import { action } from '../context.ts';
import { duration, reasonOption, time, yesOption } from '../options.ts';
import { confirm, second } from '../terminal.ts';
import { currentBaseline, titleOf, trailHelp } from '../trails.ts';

type Options = {
  readonly kinds: readonly string[];
  readonly reason: string;
  /** In milliseconds. */
  readonly for?: number;
  readonly until?: string;
  readonly yes?: true;
};

const holdable = kinds.filter(({ isVital }) => !isVital).map(({ name }) => name);

export const hold = new Command('hold')
  .description('a truce for planned work: until it ends, drift of some kinds is told, not restored')
  .argument('[trail]', trailHelp)
  .addOption(
    new Option('--kinds <list>', `which, by commas: ${holdable.join(', ')}; or all of these`)
      .argParser(kindsIn)
      .makeOptionMandatory(),
  )
  .addOption(new Option('--for <duration>', 'how long, as 30m, 2h or 1h30m').argParser(duration))
  .addOption(
    new Option('--until <time>', 'or when it ends, as 2026-01-31T12:00:00Z')
      .argParser(time)
      .conflicts('for'),
  )
  .addOption(reasonOption('what the work is').makeOptionMandatory())
  .addOption(yesOption())
  .action(
    action<Options>(async (context, [text], options) => {
      const { trail } = await currentBaseline(context, text);
      const from = context.now();
      const proposed: Hold = {
        schema: 1,
        id: randomUUID().slice(0, 8),
        trail,
        kinds: options.kinds,
        from: from.toISOString(),
        until: untilOf(from, options),
        by: await context.caller(),
        reason: options.reason,
      };
      const until = endOf(proposed, context.maxHoldHours);
      if (until < proposed.until) {
        throw new Error(
          `a Hold counts for ${context.maxHoldHours} hours at most, so until ${second(until)}: make it shorter, and hold again when it has ended`,
        );
      }
      context.tell(
        `Until ${second(until)} what drifts in ${options.kinds.join(', ')} of ${titleOf(trail)} is told, and left as it is.`,
        'Whether it logs, and that it exists, is guarded all the same.',
      );
      await confirm('Hold?', options);
      await context.holds.add(proposed);
      context.answer({ status: 'held', hold: proposed }, () => [
        holdLine({ hold: proposed, until }),
      ]);
      return 0;
    }),
  );

function kindsIn(text: string): readonly string[] {
  const named =
    text === 'all' ? holdable : [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = named.filter((name) => !holdable.includes(name));
  if (unknown.length === 0) return named;
  throw new InvalidArgumentError(
    `${unknown.join(', ')} can not be held. What can be: ${holdable.join(', ')}, or all.`,
  );
}

function untilOf(from: Date, { for: span, until }: Pick<Options, 'for' | 'until'>): string {
  if (span !== undefined) return new Date(from.getTime() + span).toISOString();
  if (until === undefined) throw new Error('how long? --for 2h, or --until a time');
  if (until <= from.toISOString()) throw new Error(`--until ${until} is over: say a time to come`);
  return until;
}
