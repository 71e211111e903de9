import * as cdk from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { keepUndelivered } from './event-rules.ts';
import { justify } from './justify.ts';

/** Every event and sweep of a place that could not be delivered or carried out, whoever gave up on it. */
export function deadLetterQueue(stack: cdk.Stack): sqs.Queue {
  const queue = new sqs.Queue(stack, 'DeadLetters', {
    queueName: names.deadLetters,
    retentionPeriod: cdk.Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  keepUndelivered(queue);
  justify(queue, { SQS3: 'it is the dead-letter queue' });
  return queue;
}
