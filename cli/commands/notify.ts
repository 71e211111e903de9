import { Command } from 'commander';
import { action } from '../context.ts';
import { sendTestMessage, testLines } from '../test-message.ts';

const test = new Command('test')
  .description('send a test message through every channel that is configured')
  .action(
    action<object, readonly []>(async (context) => {
      const report = await sendTestMessage(context);
      context.answer(report, () => testLines(report));
      return 0;
    }),
  );

export const notify = new Command('notify').description('test notifications').addCommand(test);
