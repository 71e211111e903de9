import { randomUUID } from 'node:crypto';
import { authorize } from './iam.ts';
import { findFunction, type Lambda } from './lambda/run.ts';
import { sessionOf } from './principal.ts';
import type { World } from './world.ts';

/**
 * Invokes the functions that are mapped to a queue, with the permissions of their roles. A failed message is not
 * retried, because the queue keeps it for less time than it hides it. Source: Lambda developer guide, "Using Lambda
 * with Amazon SQS".
 */
export async function deliverMessage(
  { world, lambda }: { readonly world: World; readonly lambda: Pick<Lambda, 'invoke'> },
  queueArn: string,
  body: string,
): Promise<void> {
  for (const { EventSourceArn, State, FunctionArn } of world.mappings.values()) {
    if (EventSourceArn !== queueArn || State !== 'Enabled') continue;
    const [, { name, configuration }] = findFunction(world, FunctionArn);
    const actions = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
    await authorize(
      world,
      sessionOf(configuration.Role, name, 'lambda'),
      actions.map((action) => ({ action: `sqs:${action}`, resource: queueArn })),
    );
    const record = { messageId: randomUUID(), body, eventSource: 'aws:sqs' };
    await lambda.invoke(FunctionArn, { Records: [{ ...record, eventSourceARN: queueArn }] });
  }
}
