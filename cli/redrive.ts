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
import { names } from '#core/layout.ts';
import { renderText } from '#core/text.ts';

/** The record of an invocation that failed for the last time. */
const failedInvocation = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.unknown(),
});

await new Command('npm run redrive --')
  .description('Puts everything in a dead-letter queue through its function again.')
  .option(
    '--queue <url>',
    'the output DeadLetterQueueUrl of a stack, in whichever Region (default: $TRAILKEEPER_DEAD_LETTERS)',
  )
  .addHelpText('after', '\nExit code: 0 the queue is empty, 1 something is still in it.')
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`${nameOf(error)}: ${messageOf(error)}`);
    process.exitCode = 1;
  });

type Options = { readonly queue?: string };

async function run(options: Options): Promise<void> {
  const QueueUrl = options.queue || process.env.TRAILKEEPER_DEAD_LETTERS;
  if (!QueueUrl) {
    throw new Error(
      'no queue: give --queue, or set TRAILKEEPER_DEAD_LETTERS to the stack output DeadLetterQueueUrl',
    );
  }
  const [, region] = /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(QueueUrl) ?? [];
  const sqs = new SQSClient({ ...(region && { region }), useQueueUrlAsEndpoint: false });
  const lambda = new LambdaClient();
  let [redriven, failed] = [0, 0];
  for (;;) {
    // One at a time: a function takes two minutes at most, and a message stays hidden for five.
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        VisibilityTimeout: 300,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['RULE_ARN', 'TARGET_ARN'],
      }),
    );
    if (message === undefined) break;
    const { MessageId, ReceiptHandle } = message;
    const problem = await redrive(lambda, message);
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
async function redrive(lambda: LambdaClient, message: Message): Promise<string | null> {
  try {
    const { FunctionName, payload } = meaningOf(message);
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    return answer.FunctionError === undefined
      ? null
      : (answer.Payload?.transformToString() ?? answer.FunctionError);
  } catch (error) {
    return `${nameOf(error)}: ${messageOf(error)}`;
  }
}

type Meaning = { readonly FunctionName: string; readonly payload: unknown };

/**
 * What a dead letter was to start: the record of an invocation that failed for the last time names its function; an event that could
 * not be handed over names its target, and where that is no function (the bus, the topic), its rule says who would have got it.
 * Sources: Lambda developer guide, "Asynchronous invocation"; EventBridge user guide, "Dead-letter queues".
 */
function meaningOf({ Body = '', MessageAttributes }: Message): Meaning {
  const body: unknown = JSON.parse(Body);
  const record = failedInvocation.safeParse(body);
  if (record.success) {
    const { requestContext, requestPayload } = record.data;
    return { FunctionName: ourFunction(requestContext.functionArn), payload: requestPayload };
  }
  const target = MessageAttributes?.TARGET_ARN?.StringValue;
  if (target === undefined) throw new Error('it does not say which function it was meant for');
  if (target.includes(':function:')) return { FunctionName: ourFunction(target), payload: body };
  const rule = MessageAttributes?.RULE_ARN?.StringValue ?? '';
  const FunctionName = rule.includes(`/${names.stack}-Tamper`) ? names.watch : names.remediate;
  return { FunctionName, payload: body };
}

function ourFunction(arn: string): string {
  const [, name = ''] = /:function:([^:]+)/.exec(arn) ?? [];
  const all = [names.sweep, names.remediate, names.watch, names.alert];
  if (all.some((ours) => ours === name)) return name;
  throw new Error(`it is meant for ${name}, which is not one of ours`);
}
