import { type Command, Option } from 'commander';
import { channelSettings } from '#alert/channel-settings.ts';
import { action } from '../context.ts';
import { examples } from '../options.ts';
import { sendTestMessage, testLines } from '../test-message.ts';

export const configure = (command: Command): Command =>
  command
    .command('test')
    .description('send a test message through every channel that is configured, or one')
    .addOption(
      new Option('--channel <name>', 'only this channel').choices(channelSettings.keyof().options),
    )
    .addHelpText('after', examples('notify test', 'notify test --channel pagerduty'))
    .action(
      action<{ readonly channel?: string }, readonly []>(async (context, _, { channel }) => {
        const report = await sendTestMessage(context, channel);
        context.answer(report, () => testLines(report));
        return 0;
      }),
    );
