import { styleText } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Command } from 'commander';
import { z } from 'zod';
import { messageOf, nameOf } from '#aws/errors.ts';
import { renderText } from '#core/text.ts';

/**
 * What the dead-letter queue holds: the record of an invocation that failed for the last time, or an event that could not
 * be handed to its target, which an attribute names.
 * Sources: Lambda developer guide, "Asynchronous invocation"; EventBridge user guide, "Dead-letter queues".
 */
const failedInvocation = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.unknown(),
});

await new Command('npm run redrive --')
  .description('Puts everything in the dead-letter queue through its function again.')
  .option(
    '--queue <url>',
    'the stack output DeadLetterQueueUrl (default: $TRAILKEEPER_DEAD_LETTERS)',
  )
  .addHelpText(
    'after',
    '\nExit code: 0 the queue is empty, 1 something failed again and stays in it.',
  )
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`${nameOf(error)}: ${messageOf(error)}`);
    process.exitCode = 1;
  });

async function run(options: { readonly queue?: string }): Promise<void> {
  const QueueUrl = options.queue || process.env.TRAILKEEPER_DEAD_LETTERS;
  if (!QueueUrl) {
    throw new Error(
      'no queue: give --queue, or set TRAILKEEPER_DEAD_LETTERS to the stack output DeadLetterQueueUrl',
    );
  }
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const lambda = new LambdaClient();
  const failed = new Set<string>();
  let redriven = 0;
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 300,
        MessageAttributeNames: ['TARGET_ARN'],
      }),
    );
    const fresh = Messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    if (fresh.length === 0) break;
    for (const message of fresh) {
      const problem = await redrive(lambda, message);
      tell(message, problem);
      if (problem !== null) failed.add(message.MessageId ?? '');
      else {
        const { ReceiptHandle } = message;
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        redriven += 1;
      }
    }
  }
  console.log(`${redriven} redriven, ${failed.size} failed again`);
  if (failed.size > 0) process.exitCode = 1;
}

/** Invokes the function that a message was meant for; gives what went wrong, or null. */
async function redrive(lambda: LambdaClient, message: Message): Promise<string | null> {
  try {
    const body: unknown = JSON.parse(message.Body ?? '');
    const record = failedInvocation.safeParse(body);
    const target = record.success
      ? record.data.requestContext.functionArn
      : message.MessageAttributes?.TARGET_ARN?.StringValue;
    if (target === undefined) return 'it does not say which function it was meant for';
    const payload = record.success ? record.data.requestPayload : body;
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: target.replace(/:\$LATEST$/, ''),
        Payload: JSON.stringify(payload),
      }),
    );
    return answer.FunctionError === undefined
      ? null
      : (answer.Payload?.transformToString() ?? answer.FunctionError);
  } catch (error) {
    return `${nameOf(error)}: ${messageOf(error)}`;
  }
}

function tell({ MessageId }: Message, problem: string | null): void {
  if (problem === null) console.log(`${styleText('green', 'redriven')} ${MessageId}`);
  else console.error(`failed again, stays in the queue: ${MessageId}: ${renderText(problem)}`);
}
