import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import type { Topology } from '#deployment/topology.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { busTarget, eventRules } from './rule-targets.ts';

export type ForwarderStackProps = cdk.StackProps & {
  readonly topology: Topology;
  readonly env: AccountRegion;
};

/** Forwards events from another Region, or from a delegated administrator's account, to the bus of the main stack. */
export class ForwarderStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { topology, ...props }: ForwarderStackProps) {
    super(scope, id, {
      description: 'trailkeeper: forwards events about trails to the main account and Region',
      ...props,
    });
    forwarding(this, props.env, topology);
  }
}

/** Adds the rules that forward the events of an account and Region to the bus of the main stack, and their dead-letter queue. */
export function forwarding(stack: cdk.Stack, at: AccountRegion, topology: Topology): void {
  const deadLetters = deadLetterQueue(stack);
  if (at.account !== topology.account) allowCount(deadLetters, topology);
  eventRules(stack, rulesOf(at, topology), {
    targets: { bus: busTarget(stack, topology) },
    deadLetters,
  });
  new cdk.CfnOutput(stack, 'DeadLetterQueueUrl', { value: deadLetters.queueUrl });
}

/** Allows the self-check of the main account to count the undelivered events here. */
function allowCount(queue: sqs.IQueue, topology: Topology): void {
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AllowSelfCheckToCount',
      principals: [new iam.AccountPrincipal(topology.account)],
      actions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:PrincipalArn': roleArn(topology, names.selfCheckRole) } },
    }),
  );
}
