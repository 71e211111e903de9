import { LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { action } from '../context.ts';
import { messagesIn, redriven } from '../dead-letters.ts';
import { yesOption } from '../options.ts';
import { output } from '../stack.ts';
import { confirm, note, paint } from '../terminal.ts';

type Options = { readonly queue?: string; readonly yes?: true };

export const redrive = new Command('redrive')
  .description('put what lies in a dead-letter queue through its function again')
  .option('--queue <url>', 'the output DeadLetterQueueUrl of another place; else that of the stack')
  .addOption(yesOption())
  .action(
    action<Options, readonly []>(async (context, _, { queue, yes = false }) => {
      const QueueUrl = queue ?? output(context.outputs, 'DeadLetterQueueUrl');
      const [, region] = /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(QueueUrl) ?? [];
      const sqs = new SQSClient({ ...(region && { region }), useQueueUrlAsEndpoint: false });
      const lambda = new LambdaClient();
      const waiting = await messagesIn(sqs, QueueUrl);
      if (waiting > 0) {
        context.tell(
          `${waiting} in the queue: each goes to its function again, which does what it is deployed to.`,
        );
        await confirm('Redrive?', { yes });
      }

      const done: string[] = [];
      const failed: { readonly id: string; readonly problem: string }[] = [];
      for (;;) {
        // One at a time: what is waited for takes two minutes at most, and a message stays hidden for five.
        const { Messages: [message] = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            VisibilityTimeout: 300,
            WaitTimeSeconds: 1,
            MessageAttributeNames: ['RULE_ARN', 'TARGET_ARN'],
          }),
        );
        if (message === undefined) break;
        const { MessageId: id = '', ReceiptHandle } = message;
        const problem = await redriven(lambda, message);
        if (problem === null) {
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          context.tell(`${paint('green', 'redriven')} ${id}`);
          done.push(id);
        } else {
          note(`failed again, stays in the queue: ${id}: ${escapeControlChars(problem)}`);
          failed.push({ id, problem });
        }
      }
      const left = await messagesIn(sqs, QueueUrl);
      context.answer({ queue: QueueUrl, redriven: done, failed, left }, () => [
        `${done.length} redriven, ${failed.length} failed again, ${left} in the queue`,
      ]);
      if (left === 0) return 0;
      note('A message that was taken out and not done with comes back after five minutes.');
      return 1;
    }),
  );
