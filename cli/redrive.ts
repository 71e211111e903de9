import { styleText } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
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
  .option('--functions <names>', 'the stack output FunctionNames (default: $TRAILKEEPER_FUNCTIONS)')
  .addHelpText('after', '\nExit code: 0 the queue is empty, 1 something is still in it.')
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`${nameOf(error)}: ${messageOf(error)}`);
    process.exitCode = 1;
  });

type Options = { readonly queue?: string; readonly functions?: string };

async function run(options: Options): Promise<void> {
  const QueueUrl = options.queue || process.env.TRAILKEEPER_DEAD_LETTERS;
  if (!QueueUrl) {
    throw new Error(
      'no queue: give --queue, or set TRAILKEEPER_DEAD_LETTERS to the stack output DeadLetterQueueUrl',
    );
  }
  const functions = (options.functions || process.env.TRAILKEEPER_FUNCTIONS)?.split(',');
  if (functions === undefined) {
    throw new Error(
      'no functions: give --functions, or set TRAILKEEPER_FUNCTIONS to the stack output FunctionNames',
    );
  }
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const lambda = new LambdaClient();
  let [redriven, failed] = [0, 0];
  for (;;) {
    // One at a time: a function takes two minutes at most, and a message stays hidden for five.
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        VisibilityTimeout: 300,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['TARGET_ARN'],
      }),
    );
    if (message === undefined) break;
    const { MessageId, ReceiptHandle } = message;
    const problem = await redrive(lambda, functions, message);
    if (problem === null) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      console.log(`${styleText('green', 'redriven')} ${MessageId}`);
      redriven += 1;
    } else {
      console.error(`failed again, stays in the queue: ${MessageId}: ${renderText(problem)}`);
      failed += 1;
    }
  }
  const left = await messagesIn(sqs, QueueUrl);
  console.log(`${redriven} redriven, ${failed} failed again, ${left} in the queue`);
  if (left > 0) {
    console.error('A message that was taken out and not done with comes back after five minutes.');
    process.exitCode = 1;
  }
}

/** How many messages a queue holds, those included that somebody has taken out and not done with. */
async function messagesIn(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const AttributeNames = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/** Invokes the function that a message was meant for; gives what went wrong, or null. */
async function redrive(
  lambda: LambdaClient,
  functions: readonly string[],
  message: Message,
): Promise<string | null> {
  try {
    const body: unknown = JSON.parse(message.Body ?? '');
    const record = failedInvocation.safeParse(body);
    const target = record.success
      ? record.data.requestContext.functionArn
      : message.MessageAttributes?.TARGET_ARN?.StringValue;
    if (target === undefined) return 'it does not say which function it was meant for';
    const name =
      target
        .replace(/:\$LATEST$/, '')
        .split(':function:')
        .at(-1) ?? '';
    if (!functions.includes(name)) return `it is meant for ${name}, which is not one of ours`;
    const payload = record.success ? record.data.requestPayload : body;
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: name,
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
