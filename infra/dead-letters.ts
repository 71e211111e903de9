import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';

/** The dead-letter queue of an account and Region: for events, scheduled invocations and failed invocations. */
export function deadLetterQueue(
  stack: cdk.Stack,
  queueName: string = names.deadLetters,
): sqs.Queue {
  const queue = new sqs.Queue(stack, 'DeadLetters', {
    queueName,
    retentionPeriod: cdk.Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  allowUndelivered(queue);
  justify(queue, { SQS3: 'it is the dead-letter queue' });
  return queue;
}

/** Allows the rules of trailkeeper to send undelivered events to a queue. */
function allowUndelivered(queue: sqs.Queue): void {
  const stack = cdk.Stack.of(queue);
  const rules = [names.stack, `${names.bus}/${names.stack}`].map(
    (name) => `arn:${stack.partition}:events:${stack.region}:${stack.account}:rule/${name}-*`,
  );
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AllowUndeliveredEvents',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': rules } },
    }),
  );
}
