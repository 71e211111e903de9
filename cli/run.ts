import { styleText } from 'node:util';
import { Command, CommanderError, Help } from 'commander';
import { nameOf } from '#aws/errors.ts';
import { escapeControlChars } from '#text/escape.ts';
import packageJson from '../package.json' with { type: 'json' };
import { explain } from './explain.ts';
import { globalOptions } from './options.ts';
import { exitWith, inSession, type Streams, streams } from './session.ts';
import { note, paint, printJson } from './terminal.ts';

/** What each command does, by the heading under which the help lists it. */
const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Set-up:': {
    init: 'write the configuration of this account into cdk.json, and create a signing key',
    deploy: 'deploy what cdk.json says into every account and Region that it needs',
  },
  'Trails:': {
    list: 'list the protected trails and their versions in force',
    plan: 'show how trails differ from their baselines, and what would restore them',
    restore: 'restore a trail to its baseline now, with your own credentials',
    approve: 'restore drift that waits for approval',
    reject: 'leave drift that waits for approval as it is',
    window: 'start, end and list maintenance windows for planned work',
    incidents: 'list incidents of protected trails and changes of trailkeeper, or show one',
    report: 'write the evidence of an incident or of a time, as a page, JSON or OCSF findings',
    backfill: 'report what was done to trails in the past 90 days, and which events were lost',
    recover: 'rebuild lost events from event history, as log files with a signed manifest',
    verify: 'check that the log files of a trail are as CloudTrail delivered them',
    'verify-evidence': 'prove that the evidence of the watchtower is whole and unchanged',
  },
  'Baselines:': {
    capture: 'make the live state of a trail its baseline',
    show: 'print the baseline of a trail; with --json, as import reads it',
    history: 'list the versions of a baseline, newest first',
    diff: 'show how two versions differ, or how the live trail differs from one',
    rollback: 'make an earlier version of a baseline the next version',
    import: 'make a baseline file, as show --json prints it, the next version of its trail',
    retire: 'stop protecting a trail; its versions are kept, and capture protects it again',
    keys: 'print the public key of your signing key, for signing.keys in cdk.json',
  },
  'trailkeeper itself:': {
    doctor: 'verify the deployment and suggest fixes',
    harden: 'print policies that prevent attacks, for the organization and for log archives',
    notify: 'test notifications',
    redrive: 'reprocess messages from a dead-letter queue',
  },
};

/** Adds the arguments, options and action of a command, whose file is loaded when it is used. */
async function configure(command: Command): Promise<void> {
  const name = command.name();
  if (!Object.values(groups).some((group) => name in group)) return;
  const file: { configure(command: Command): unknown } = await import(`./commands/${name}.ts`);
  file.configure(command);
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
      getOutHelpWidth: () => streams().stdout.columns || 80,
      getErrHelpWidth: () => streams().stderr.columns || 80,
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
      '\nExit code: 0 done or in sync, 1 error, 2 drift found.\nCompletion for bash, zsh and fish: npx --no -- trailkeeper complete --help',
    )
    .hook('preSubcommand', (_, command) => configure(command));
  for (const option of globalOptions) program.addOption(option);
  for (const [heading, commands] of Object.entries(groups)) {
    for (const [name, summary] of Object.entries(commands)) {
      program.command(name).description(summary).helpCommand(false).helpGroup(heading);
    }
  }
  return program;
}

/** Runs a command line, without `node` and the script, on these streams. Returns the exit code. */
export const run = (argv: readonly string[], on: Streams): Promise<number> =>
  inSession(on, async () => {
    try {
      if (argv.includes('--no-color')) process.env.NO_COLOR = '1';
      const program = programOf();
      if (argv[0] === 'complete') {
        await Promise.all(program.commands.map(configure));
        const { addCompletion } = await import('./completion.ts');
        addCompletion(program);
      }
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
