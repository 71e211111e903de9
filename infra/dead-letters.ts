import * as cdk from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';
import { allowUndelivered } from './rule-targets.ts';

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
