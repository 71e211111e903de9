import { LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { messageOf, nameOf } from '#aws/errors.ts';
import { names } from '#aws/resource-names.ts';
import { escapeControlChars } from '#text/escape.ts';
import { action } from '../context.ts';
import { messagesIn, reprocess } from '../dead-letters.ts';
import { credentialsFor, type DependencyProfile } from '../dependency-profiles.ts';
import { examples, yesOption } from '../options.ts';
import { output } from '../stack.ts';
import { confirm, note, paint } from '../terminal.ts';

type Options = { readonly queue?: string; readonly yes?: true };

export const configure = (command: Command): Command =>
  command
    .option(
      '--queue <url>',
      'the queue of a forwarder: its output DeadLetterQueueUrl (default: the main queue); in another account with --dependency-profile',
    )
    .addOption(yesOption())
    .addHelpText('after', examples('redrive --yes'))
    .action(
      action<Options, readonly []>(async (context, _, { queue, yes = false }) => {
        const QueueUrl = queue ?? output(context.outputs, 'DeadLetterQueueUrl');
        const sqs = sqsFor(QueueUrl, context.dependencyProfiles);
        const lambda = new LambdaClient();
        const waiting = await waitingIn(sqs, QueueUrl);
        if (waiting > 0) {
          context.info(`${waiting} in the queue. Each is sent to its function again.`);
          await confirm('Reprocess them?', { yes });
        }

        const done: string[] = [];
        const failed: { readonly id: string; readonly problem: string }[] = [];
        for (;;) {
          // One at a time: an invocation takes at most two minutes, and a received message stays hidden for five.
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
          const problem = await reprocess(lambda, message);
          if (problem === null) {
            await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
            context.info(`${paint('green', 'done')} ${id}`);
            done.push(id);
          } else {
            note(`${id} failed again and stays in the queue: ${escapeControlChars(problem)}`);
            failed.push({ id, problem });
          }
        }
        const left = await messagesIn(sqs, QueueUrl);
        context.answer({ queue: QueueUrl, redriven: done, failed, left }, () => [
          `${done.length} reprocessed, ${failed.length} failed again, ${left} in the queue`,
        ]);
        if (left === 0) return 0;
        note('A message that failed again can be received after five minutes.');
        return 1;
      }, 'any account'),
    );

/** A client for the Region and the account of a queue. */
function sqsFor(queueUrl: string, profiles: readonly DependencyProfile[]): SQSClient {
  const { region, account } = queueParts.exec(queueUrl)?.groups ?? {};
  if (region === undefined || account === undefined) {
    throw new Error(
      `--queue: must be the URL of a queue, for example https://sqs.us-east-1.amazonaws.com/111122223333/${names.deadLetters}`,
    );
  }
  return new SQSClient({
    region,
    ...credentialsFor(account, profiles),
    useQueueUrlAsEndpoint: false,
  });
}

/** Source: Amazon SQS developer guide, "Queue URL". */
const queueParts = /^https:\/\/sqs\.(?<region>[a-z0-9-]+)\.[^/]+\/(?<account>\d{12})\//;

async function waitingIn(sqs: SQSClient, queueUrl: string): Promise<number> {
  try {
    return await messagesIn(sqs, queueUrl);
  } catch (error) {
    if (!nameOf(error).startsWith('AccessDenied')) throw error;
    const { account } = queueParts.exec(queueUrl)?.groups ?? {};
    throw new Error(
      `the queue cannot be read: ${messageOf(error)}. If it is not in your account, add --dependency-profile NAME, a profile of account ${account}`,
      { cause: error },
    );
  }
}
