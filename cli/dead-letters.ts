import type { LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { messageOf, nameOf } from '#aws/errors.ts';
import { invoke, invokeLater } from '#aws/invoke.ts';
import { names } from '#aws/resource-names.ts';

/** The number of messages in a queue, including those that are received and not yet deleted. */
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

/** Invokes the function that a message was meant for. Returns the problem, or null. */
export async function reprocess(lambda: LambdaClient, message: Message): Promise<string | null> {
  try {
    const { FunctionName, payload } = invocationOf(message);
    // A backfill takes too long to wait for its answer.
    const again = FunctionName === names.backfill ? invokeLater : invoke;
    await again(lambda, FunctionName, payload);
    return null;
  } catch (error) {
    return `${nameOf(error)}: ${messageOf(error)}`;
  }
}

/** The record that Lambda writes when an invocation failed for the last time. */
const failedInvocation = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.unknown().optional(),
  DDBStreamBatchInfo: z.unknown().optional(),
});

type Invocation = { readonly FunctionName: string; readonly payload: unknown };

/**
 * The invocation that a message replaces. The record of a failed invocation names its function. An undelivered event names its target;
 * if that is the bus or the topic, the rule determines which function would have got the event.
 * Sources: Lambda Developer Guide, "Asynchronous invocation"; EventBridge User Guide, "Dead-letter queues".
 */
function invocationOf({ Body = '', MessageAttributes }: Message): Invocation {
  const body: unknown = JSON.parse(Body);
  const record = failedInvocation.safeParse(body);
  if (record.success) {
    const { requestContext, requestPayload } = record.data;
    const FunctionName = ownFunction(requestContext.functionArn);
    // The records of a stream are not in the message: the audit function reports that they are lost.
    return { FunctionName, payload: 'DDBStreamBatchInfo' in record.data ? body : requestPayload };
  }
  const target = MessageAttributes?.TARGET_ARN?.StringValue;
  if (target === undefined) throw new Error('the message names no function');
  if (target.includes(':function:')) return { FunctionName: ownFunction(target), payload: body };
  const rule = MessageAttributes?.RULE_ARN?.StringValue ?? '';
  const FunctionName = rule.includes(`/${names.stack}-Tamper`) ? names.selfCheck : names.remediate;
  return { FunctionName, payload: body };
}

function ownFunction(arn: string): string {
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
  throw new Error(`the message is for ${name}, which is no function of trailkeeper`);
}
