import type { Command } from 'commander';
import { action } from '../context.ts';
import { examples } from '../options.ts';
import { sendTestMessage, testLines } from '../test-message.ts';

export const configure = (command: Command): Command =>
  command
    .command('test')
    .description('send a test message through every channel that is configured')
    .addHelpText('after', examples('notify test'))
    .action(
      action<object, readonly []>(async (context) => {
        const report = await sendTestMessage(context);
        context.answer(report, () => testLines(report));
        return 0;
      }),
    );
