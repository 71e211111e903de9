import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { kinds } from '#drift/index.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { shortTime } from '#text/time.ts';
import { parseTrailArn, titleOf } from '#trail/trail-arn.ts';
import { type ActiveWindow, activeWindows, windowLine } from '../active-windows.ts';
import { allOption, forEachTrail, selectTrails } from '../batch.ts';
import { action, type Context } from '../context.ts';
import { duration, examples, reasonOption, yesOption } from '../options.ts';
import { confirm, paint } from '../terminal.ts';
import { knownTrail, trailHelp } from '../trails.ts';

type StartOptions = {
  readonly all?: true;
  readonly kinds?: readonly string[];
  readonly reason: string;
  /** In milliseconds. */
  readonly for?: number;
  readonly yes?: true;
};

/** The kinds whose remediation can be paused. */
export const suspendable = kinds
  .filter(({ alwaysEnforced }) => !alwaysEnforced)
  .map(({ name }) => name);

const start = (command: Command): Command =>
  command
    .description('start a maintenance window: drift of some kinds is reported, not restored')
    .argument('[trail]', trailHelp)
    .addOption(
      new Option(
        '--all',
        'every protected trail; without --kinds and --for all kinds, for the maximum',
      ),
    )
    .addOption(
      new Option('--kinds <list>', `comma-separated: ${suspendable.join(', ')}; or all`).argParser(
        kindsIn,
      ),
    )
    .addOption(new Option('--for <duration>', 'for example 30m, 2h or 1h30m').argParser(duration))
    .addOption(reasonOption('the planned work').makeOptionMandatory())
    .addOption(yesOption())
    .addHelpText(
      'after',
      examples(
        'window start --kinds tags --for 2h --reason "CHG-1234"',
        'window start --all --reason "INC-42"',
      ),
    )
    .action(
      action<StartOptions>(async (context, [text], { all = false, ...options }) => {
        const trails = await selectTrails(context, text, all);
        const content = await contentOf(context, all, options);
        const titles = trails.map(({ trail }) => titleOf(trail)).join(', ');
        context.info(
          `Until ${shortTime(content.until)} drift of ${content.kinds.join(', ')} is reported and not restored: ${titles}.`,
          'Logging and the existence of a trail stay protected.',
        );
        await confirm('Start it?', options);
        return forEachTrail(
          context,
          trails,
          async ({ trail }) => {
            const id = randomUUID().slice(0, 8);
            const window: MaintenanceWindow = { ...content, id, trail: parseTrailArn(trail).arn };
            await context.windows.add(window);
            return { status: 'started', window };
          },
          ({ window }) => [
            `${titleOf(window.trail)} ${windowLine({ window, until: window.until })}`,
          ],
        );
      }),
    );

async function contentOf(
  context: Context,
  all: boolean,
  { for: given, kinds: named, reason }: StartOptions,
) {
  const longest = context.maxWindowHours * 3_600_000;
  const length = given ?? (all ? longest : null);
  if (length === null) throw new Error('no end given: add --for 2h');
  if (length > longest) {
    throw new Error(
      `a maintenance window lasts at most ${context.maxWindowHours} hours: make it shorter, and start another one when it ends`,
    );
  }
  const from = context.now();
  return {
    schema: 1,
    kinds: kindsOf(all, named),
    from: from.toISOString(),
    until: new Date(from.getTime() + length).toISOString(),
    by: await context.caller(),
    reason,
  } as const;
}

function kindsOf(all: boolean, named: readonly string[] | undefined): readonly string[] {
  if (named !== undefined) return named;
  if (all) return suspendable;
  throw new Error(`no kinds given: add --kinds ${suspendable.join(',')}, or --kinds all`);
}

function kindsIn(text: string): readonly string[] {
  const named =
    text === 'all' ? suspendable : [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = named.filter((name) => !suspendable.includes(name));
  if (unknown.length === 0) return named;
  throw new InvalidArgumentError(
    `${unknown.join(', ')} cannot be suspended. Use ${suspendable.join(', ')}, or all.`,
  );
}

type EndOptions = {
  readonly all?: true;
  readonly id?: string;
  readonly reason: string;
  readonly yes?: true;
};

const end = (command: Command): Command =>
  command
    .description('end the maintenance windows of a trail early')
    .argument('[trail]', trailHelp)
    .addOption(allOption())
    .option('--id <id>', 'only this window')
    .addOption(reasonOption('why').default('the work is done'))
    .addOption(yesOption())
    .addHelpText('after', examples('window end org-trail'))
    .action(
      action<EndOptions>(async (context, [text], { all = false, id, reason, yes = false }) => {
        const { title, open } = await openWindows(context, text, all);
        const ending = open.filter(({ window }) => id === undefined || window.id === id);
        if (id !== undefined && ending.length === 0) {
          const ids = open.map(({ window }) => window.id).join(', ') || 'none';
          throw new Error(`no maintenance window ${id} is open on ${title}. Open: ${ids}`);
        }
        if (ending.length === 0) {
          context.answer({ status: 'none', ended: [] }, () => [noneOpen(title)]);
          return 0;
        }
        context.info(
          ...ending.map((one) => lineOf(one)),
          'In enforce mode the next sweep restores what has drifted.',
        );
        await confirm(ending.length === 1 ? 'End it now?' : `End these ${ending.length} now?`, {
          yes,
        });
        const early = { at: context.now().toISOString(), by: await context.caller(), reason };
        for (const { window } of ending) await context.windows.end(window, early);
        const ended = ending.map(({ window }) => window.id);
        context.answer({ status: 'ended', ended, end: early }, () =>
          ended.map((one) => `${paint('green', 'ended')} ${one}`),
        );
        return 0;
      }),
    );

const list = (command: Command): Command =>
  command
    .description('list the open maintenance windows, of one trail or of every trail')
    .argument('[trail]', 'its ARN, or its name')
    .addHelpText('after', examples('window list'))
    .action(
      action(async (context, [text]) => {
        const { title, open } = await openWindows(context, text, text === undefined);
        context.answer({ windows: open }, () =>
          open.length === 0 ? [noneOpen(title)] : open.map(lineOf),
        );
        return 0;
      }),
    );

async function openWindows(context: Context, text: string | undefined, all: boolean) {
  if (all && text !== undefined) throw new Error(`use either ${text} or --all`);
  if (all) return { title: 'any trail', open: await activeWindows(context) };
  const { trail } = await knownTrail(context, text);
  return { title: titleOf(trail), open: await activeWindows(context, parseTrailArn(trail).arn) };
}

const noneOpen = (title: string): string => `no maintenance window is open on ${title}`;

const lineOf = (one: ActiveWindow): string => `${titleOf(one.window.trail)} ${windowLine(one)}`;

export function configure(command: Command): void {
  start(command.command('start'));
  end(command.command('end'));
  list(command.command('list'));
}
