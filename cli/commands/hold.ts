import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { kinds } from '#drift/index.ts';
import { endOf, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { holdLine } from '../active-holds.ts';
import { answerEach, mapTrails, meantTrails } from '../batch.ts';
import { action, type Context } from '../context.ts';
import { duration, reasonOption, time, yesOption } from '../options.ts';
import { confirm, second } from '../terminal.ts';
import { titleOf, trailHelp } from '../trails.ts';

type Options = {
  readonly all?: true;
  readonly kinds?: readonly string[];
  readonly reason: string;
  /** In milliseconds. */
  readonly for?: number;
  readonly until?: string;
  readonly yes?: true;
};

const holdable = kinds.filter(({ alwaysEnforced }) => !alwaysEnforced).map(({ name }) => name);

export const hold = new Command('hold')
  .description('a truce for planned work: until it ends, drift of some kinds is told, not restored')
  .argument('[trail]', trailHelp)
  .addOption(
    new Option(
      '--all',
      'every guarded trail, in every kind and for as long as it may be unless --kinds and --for say less',
    ),
  )
  .addOption(
    new Option(
      '--kinds <list>',
      `which, by commas: ${holdable.join(', ')}; or all of these`,
    ).argParser(kindsIn),
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
    action<Options>(async (context, [text], { all = false, ...options }) => {
      const trails = await meantTrails(context, text, all);
      const from = context.now();
      const content = {
        schema: 1,
        kinds: kindsOf(all, options),
        from: from.toISOString(),
        until: untilOf(from, all ? longest(context, options) : options),
        by: await context.caller(),
        reason: options.reason,
      } as const;
      const until = endOf(content, context.maxHoldHours);
      if (until < content.until) {
        throw new Error(
          `a Hold counts for ${context.maxHoldHours} hours at most, so until ${second(until)}: make it shorter, and hold again when it has ended`,
        );
      }
      const titles = trails.map(({ trail }) => titleOf(trail)).join(', ');
      context.tell(
        `Until ${second(until)} what drifts in ${content.kinds.join(', ')} of ${titles} is told, and left as it is.`,
        'Whether it logs, and that it exists, is guarded all the same.',
      );
      await confirm('Hold?', options);
      const holdOne = async ({ trail }: KnownTrail) => {
        const id = randomUUID().slice(0, 8);
        const held: MaintenanceWindow = { ...content, id, trail: parseTrailArn(trail).arn };
        await context.windows.add(held);
        return { status: 'held', hold: held };
      };
      if (all) {
        return answerEach(context, 'holds', await mapTrails(trails, holdOne), (one) => [
          `${titleOf(one.hold.trail)} ${holdLine({ ...one, until })}`,
        ]);
      }
      const [only] = trails as [KnownTrail];
      const held = await holdOne(only);
      context.answer(held, () => [holdLine({ ...held, until })]);
      return 0;
    }),
  );

function kindsOf(all: boolean, { kinds: named }: Pick<Options, 'kinds'>): readonly string[] {
  if (named !== undefined) return named;
  if (all) return holdable;
  throw new Error(`which kinds? --kinds ${holdable.join(', ')}, or --kinds all`);
}

function kindsIn(text: string): readonly string[] {
  const named =
    text === 'all' ? holdable : [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = named.filter((name) => !holdable.includes(name));
  if (unknown.length === 0) return named;
  throw new InvalidArgumentError(
    `${unknown.join(', ')} can not be held. What can be: ${holdable.join(', ')}, or all.`,
  );
}

/** For as long as a Hold may be, unless less is said. */
const longest = ({ maxHoldHours }: Context, options: Options): Options =>
  options.until === undefined ? { for: maxHoldHours * 3_600_000, ...options } : options;

function untilOf(from: Date, { for: span, until }: Pick<Options, 'for' | 'until'>): string {
  if (span !== undefined) return new Date(from.getTime() + span).toISOString();
  if (until === undefined) throw new Error('how long? --for 2h, or --until a time');
  if (until <= from.toISOString()) throw new Error(`--until ${until} is over: say a time to come`);
  return until;
}
