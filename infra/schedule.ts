import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';
import type { TrailkeeperFunction } from './trailkeeper-function.ts';

/** Invokes a function at a fixed rate. A late invocation is dropped after five minutes, because the next one does the same. */
export function schedule(
  stack: cdk.Stack,
  name: string,
  { rate, fn, deadLetters }: { rate: string; fn: TrailkeeperFunction; deadLetters: sqs.Queue },
): void {
  const role = scheduleRole(stack);
  const versions = `IAM5[Resource::<${stack.getLogicalId(fn.node.defaultChild as cdk.CfnElement)}.Arn>:*]`;
  justify(role, {
    [versions]: 'the CDK grants every version of the one function that the schedule invokes',
  });
  new scheduler.Schedule(stack, `${fn.node.id}Schedule`, {
    scheduleName: name,
    description: `Invokes ${fn.node.id} even if no event arrives`,
    schedule: scheduler.ScheduleExpression.expression(`rate(${rate})`),
    target: new LambdaInvoke(fn, {
      input: scheduler.ScheduleTargetInput.fromObject({}),
      role,
      retryAttempts: 2,
      maxEventAge: cdk.Duration.minutes(5),
      deadLetterQueue: deadLetters,
    }),
  });
}

/** The role of the schedules. It may start only their targets. */
export const scheduleRole = (stack: cdk.Stack): iam.Role =>
  (stack.node.tryFindChild('ScheduleRole') as iam.Role | undefined) ??
  new iam.Role(stack, 'ScheduleRole', {
    roleName: names.scheduleRole,
    description: 'trailkeeper: invokes functions on their schedules',
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });
