import { styleText } from 'node:util';
import { type Argument, Command, CommanderError } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { backfill } from './commands/backfill.ts';
import { capture } from './commands/capture.ts';
import { deploy } from './commands/deploy.ts';
import { diff } from './commands/diff.ts';
import { doctor } from './commands/doctor.ts';
import { history } from './commands/history.ts';
import { importCommand } from './commands/import.ts';
import { incidents } from './commands/incidents.ts';
import { init } from './commands/init.ts';
import { keys } from './commands/keys.ts';
import { list } from './commands/list.ts';
import { notify } from './commands/notify.ts';
import { plan } from './commands/plan.ts';
import { redrive } from './commands/redrive.ts';
import { restore } from './commands/restore.ts';
import { retire } from './commands/retire.ts';
import { rollback } from './commands/rollback.ts';
import { show } from './commands/show.ts';
import { window } from './commands/window.ts';
import { globalOptions } from './context.ts';
import { explain } from './explain.ts';
import { exitWith, inSession, type Streams, streams } from './session.ts';
import { note, paint } from './terminal.ts';

const groups: Readonly<Record<string, readonly Command[]>> = {
  'Set-up:': [init, deploy],
  'Trails:': [list, plan, restore, window, incidents, backfill],
  'Baselines:': [capture, show, history, diff, rollback, importCommand, retire, keys],
  'trailkeeper itself:': [doctor, notify, redrive],
};

const program = new Command('trailkeeper')
  .description('Guards CloudTrail trails: puts them back as their baselines say.')
  .helpCommand(false)
  .showHelpAfterError('(--help says more)')
  .exitOverride()
  .configureOutput({
    writeOut: (text) => streams().stdout.write(text),
    writeErr: (text) => streams().stderr.write(text),
    getOutHelpWidth: () => streams().stdout.columns ?? 80,
    getErrHelpWidth: () => streams().stderr.columns ?? 80,
    getOutHasColors: () => streams().stdout.hasColors?.() ?? false,
    getErrHasColors: () => streams().stderr.hasColors?.() ?? false,
  })
  .configureHelp({
    styleTitle: (title) => styleText('bold', title),
    subcommandTerm: (command) =>
      [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
  })
  .addHelpText('after', '\nExit code: 0 done or in sync, 1 error, 2 drift found.');
for (const option of globalOptions) program.addOption(option);
for (const [heading, commands] of Object.entries(groups)) {
  for (const command of commands) {
    program.addCommand(command.helpGroup(heading));
    for (const one of [command, ...command.commands]) {
      one.copyInheritedSettings(program).configureHelp({ showGlobalOptions: true });
    }
  }
}

function argumentTerm(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

/** Runs a command line, without `node` and the script, on these streams. Returns the exit code. */
export const run = (argv: readonly string[], on: Streams): Promise<number> =>
  inSession(on, async () => {
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      // Commander has printed the help, the version or what is wrong with the arguments.
      if (error instanceof CommanderError) return exitWith(error.exitCode);
      note(`${paint('red', 'error', streams().stderr)} ${escapeControlChars(explain(error))}`);
      exitWith(1);
    }
  });
