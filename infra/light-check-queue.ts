import * as cdk from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { timeouts } from '#aws/function-timeouts.ts';
import { names } from '#aws/resource-names.ts';
import { lightCheckMapping, lightCheckMessages } from '#deployment/deployed-resources.ts';
import { allow } from './function-role.ts';
import { justify } from './justify.ts';
import { scheduleRole } from './schedule.ts';
import type { TrailkeeperFunction } from './trailkeeper-function.ts';

/**
 * Starts a light check every 10 seconds between two sweeps. EventBridge Scheduler starts at whole minutes, so it sends five messages
 * that SQS delays. A message that waits for longer than that is worthless: the next sweep does more.
 */
export function lightCheckQueue(
  stack: cdk.Stack,
  { sweep, deadLetters }: { readonly sweep: TrailkeeperFunction; readonly deadLetters: sqs.IQueue },
) {
  const queue = new sqs.Queue(stack, 'LightChecks', {
    queueName: names.lightChecks,
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: cdk.Duration.minutes(2),
    // Lambda demands that a message stays hidden at least as long as the function may run.
    visibilityTimeout: cdk.Duration.seconds(timeouts.sweep),
  });
  justify(queue, { SQS3: 'a light check that failed is not repeated: the next one does the same' });
  const mapping = sweep.addEventSourceMapping('LightChecks', {
    eventSourceArn: queue.queueArn,
    batchSize: lightCheckMapping.BatchSize,
  });
  // What Lambda needs to poll. The grant of the CDK has more, and the role has little room.
  sweep.addToRolePolicy(
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]),
  );
  new scheduler.Schedule(stack, 'LightChecksSchedule', {
    scheduleName: names.lightChecks,
    description: 'Starts light checks between two sweeps',
    schedule: scheduler.ScheduleExpression.expression('rate(1 minute)'),
    target: new Universal({
      service: 'sqs',
      action: 'sendMessageBatch',
      input: scheduler.ScheduleTargetInput.fromObject({
        QueueUrl: queue.queueUrl,
        Entries: lightCheckMessages,
      }),
      role: scheduleRole(stack),
      policyStatements: [
        new cdk.aws_iam.PolicyStatement({
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
        }),
      ],
      retryAttempts: 0,
      maxEventAge: cdk.Duration.minutes(1),
      deadLetterQueue: deadLetters,
    }),
  });
  return { queue, mapping: mapping.eventSourceMappingId };
}
