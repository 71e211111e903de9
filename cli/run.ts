import { styleText } from 'node:util';
import { Command, CommanderError, Help } from 'commander';
import { nameOf } from '#aws/errors.ts';
import { escapeControlChars } from '#text/escape.ts';
import packageJson from '../package.json' with { type: 'json' };
import { explain } from './explain.ts';
import { globalOptions } from './options.ts';
import { exitWith, inSession, type Streams, streams } from './session.ts';
import { note, paint, printJson } from './terminal.ts';

type CommandFile = { readonly configure: (command: Command) => unknown };

/** What a command does, and its file, which is loaded when the command is used. */
type Entry = readonly [summary: string, load: () => Promise<CommandFile>];

/** Commands by the heading under which the help lists them. */
const groups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'Set-up:': {
    init: [
      'write the configuration of this account into cdk.json, and create a signing key',
      () => import('./commands/init.ts'),
    ],
    deploy: [
      'deploy what cdk.json says into every account and Region that it needs',
      () => import('./commands/deploy.ts'),
    ],
  },
  'Trails:': {
    list: [
      'list the guarded trails and their versions in force',
      () => import('./commands/list.ts'),
    ],
    plan: [
      'show how trails differ from their baselines, and what would restore them',
      () => import('./commands/plan.ts'),
    ],
    restore: [
      'restore a trail to its baseline now, with your own credentials',
      () => import('./commands/restore.ts'),
    ],
    window: [
      'start, end and list maintenance windows for planned work',
      () => import('./commands/window.ts'),
    ],
    incidents: [
      'list incidents of guarded trails and changes of trailkeeper, or show one',
      () => import('./commands/incidents.ts'),
    ],
    backfill: [
      'report what was done to trails in the past 90 days, and which events were lost',
      () => import('./commands/backfill.ts'),
    ],
  },
  'Baselines:': {
    capture: ['make the live state of a trail its baseline', () => import('./commands/capture.ts')],
    show: [
      'print the baseline of a trail; with --json, as import reads it',
      () => import('./commands/show.ts'),
    ],
    history: [
      'list the versions of a baseline, newest first',
      () => import('./commands/history.ts'),
    ],
    diff: [
      'show how two versions differ, or how the live trail differs from one',
      () => import('./commands/diff.ts'),
    ],
    rollback: [
      'make an earlier version of a baseline the next version',
      () => import('./commands/rollback.ts'),
    ],
    import: [
      'make a baseline file, as show --json prints it, the next version of its trail',
      () => import('./commands/import.ts'),
    ],
    retire: [
      'stop guarding a trail; its versions are kept, and capture guards it again',
      () => import('./commands/retire.ts'),
    ],
    keys: [
      'print the public key of your signing key, for signing.keys in cdk.json',
      () => import('./commands/keys.ts'),
    ],
  },
  'trailkeeper itself:': {
    doctor: ['verify the deployment and suggest fixes', () => import('./commands/doctor.ts')],
    notify: ['test notifications', () => import('./commands/notify.ts')],
    redrive: ['reprocess messages from a dead-letter queue', () => import('./commands/redrive.ts')],
  },
};

/** Adds the arguments, options and action of a command. */
async function configure(command: Command): Promise<void> {
  const entries: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(groups));
  const file = await entries[command.name()]?.[1]();
  file?.configure(command);
}

/** The command line. A command is configured when it is used. */
function programOf(): Command {
  const program = new Command('trailkeeper')
    .description('Detects and reverts unauthorized changes to AWS CloudTrail trails.')
    .version(packageJson.version, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams().stdout.write(text),
      writeErr: (text) => streams().stderr.write(text),
      // `run` prints errors.
      outputError: () => {},
      getOutHelpWidth: () => streams().stdout.columns ?? 80,
      getErrHelpWidth: () => streams().stderr.columns ?? 80,
      getOutHasColors: () => streams().stdout.hasColors?.() ?? false,
      getErrHasColors: () => streams().stderr.hasColors?.() ?? false,
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => styleText('bold', title),
      subcommandTerm: (command) => command.name(),
      optionDescription: (option) =>
        `${option.mandatory ? 'required: ' : ''}${new Help().optionDescription(option)}`,
    })
    .addHelpText(
      'after',
      '\nExit code: 0 done or in sync, 1 error, 2 drift found.\nCompletion for bash, zsh and fish: npx --no trailkeeper complete --help',
    )
    .hook('preSubcommand', (_, command) => configure(command));
  for (const option of globalOptions) program.addOption(option);
  for (const [heading, commands] of Object.entries(groups)) {
    for (const [name, [summary]] of Object.entries(commands)) {
      program.command(name).description(summary).helpCommand(false).helpGroup(heading);
    }
  }
  return program;
}

/** Adds the command `complete`, which needs every other command configured. */
async function addCompletion(program: Command): Promise<void> {
  await Promise.all(program.commands.map(configure));
  const { default: tab } = await import('@bomb.sh/tab/commander');
  tab(program);
}

/** Runs a command line, without `node` and the script, on these streams. Returns the exit code. */
export const run = (argv: readonly string[], on: Streams): Promise<number> =>
  inSession(on, async () => {
    try {
      if (argv.includes('--no-color')) process.env.NO_COLOR = '1';
      const program = programOf();
      if (argv[0] === 'complete') await addCompletion(program);
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      exitWith(error instanceof CommanderError ? error.exitCode : 1);
      report(error, argv.includes('--json'));
    }
  });

/** Prints an error. Commander has printed the help or the version, if it throws for these. */
function report(error: unknown, isJson: boolean): void {
  const isUsage = error instanceof CommanderError;
  if (isUsage && (error.exitCode === 0 || error.code === 'commander.help')) return;
  const message = isUsage
    ? `${error.message
        .replace(/^error: /, '')
        .replace(/\.?$/, '')
        .replaceAll('\n', ' ')}. See --help`
    : explain(error);
  const name = isUsage ? 'UsageError' : nameOf(error);
  if (isJson) printJson({ error: { name, message } });
  else note(`${paint('red', 'error:', streams().stderr)} ${escapeControlChars(message)}`);
}
