import type { LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { messageOf, nameOf } from '#aws/errors.ts';
import { names } from '#aws/resource-names.ts';
import { invoke, invokeLater } from '#backfill/invoke.ts';

/** How many messages a queue holds, those included that somebody has taken out and not done with. */
export async function messagesIn(sqs: SQSClient, QueueUrl: string): Promise<number> {
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
export async function redriven(lambda: LambdaClient, message: Message): Promise<string | null> {
  try {
    const { FunctionName, payload } = meaningOf(message);
    // A backfill goes on for longer than anybody waits for an answer.
    const again = FunctionName === names.backfill ? invokeLater : invoke;
    await again(lambda, FunctionName, payload);
    return null;
  } catch (error) {
    return `${nameOf(error)}: ${messageOf(error)}`;
  }
}

/** The record of an invocation that failed for the last time. */
const failedInvocation = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.unknown().optional(),
  DDBStreamBatchInfo: z.unknown().optional(),
});

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
    const FunctionName = ourFunction(requestContext.functionArn);
    // Of a stream, what Lambda gave up is not there any more: the function tells that it is not.
    return { FunctionName, payload: 'DDBStreamBatchInfo' in record.data ? body : requestPayload };
  }
  const target = MessageAttributes?.TARGET_ARN?.StringValue;
  if (target === undefined) throw new Error('it does not say which function it was meant for');
  if (target.includes(':function:')) return { FunctionName: ourFunction(target), payload: body };
  const rule = MessageAttributes?.RULE_ARN?.StringValue ?? '';
  const FunctionName = rule.includes(`/${names.stack}-Tamper`) ? names.selfCheck : names.remediate;
  return { FunctionName, payload: body };
}

function ourFunction(arn: string): string {
  const [, name = ''] = /:function:([^:]+)/.exec(arn) ?? [];
  const all = [
    names.sweep,
    names.remediate,
    names.selfCheck,
    names.alert,
    names.backfill,
    names.audit,
  ];
  if (all.some((ours) => ours === name)) return name;
  throw new Error(`it is meant for ${name}, which is not one of ours`);
}
