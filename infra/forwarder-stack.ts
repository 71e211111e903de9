import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import type { Topology } from '#deployment/topology.ts';
import { hints } from '#drift/index.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { busTarget, eventRules } from './event-rules.ts';

export type ForwarderStackProps = cdk.StackProps & {
  readonly layout: Topology;
  readonly place: AccountRegion;
};

/** Sends what happens in another Region, or in a delegated administrator's account, to the guard's bus. */
export class ForwarderStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { layout, place, ...props }: ForwarderStackProps) {
    super(scope, id, {
      description: 'trailkeeper: sends events about trails to the guard in another place',
      ...props,
    });
    const deadLetters = deadLetterQueue(this);
    if (place.account !== layout.account) letCount(deadLetters, layout);
    eventRules(this, rulesOf(place, layout, hints), {
      targets: { bus: busTarget(this, layout) },
      deadLetters,
    });
    new cdk.CfnOutput(this, 'DeadLetterQueueUrl', { value: deadLetters.queueUrl });
  }
}

/** Lets the guard see from its own account whether events wait here. */
function letCount(queue: ReturnType<typeof deadLetterQueue>, layout: Topology): void {
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'LetTheGuardCount',
      principals: [new iam.AccountPrincipal(layout.account)],
      actions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:PrincipalArn': roleArn(layout, names.selfCheckRole) } },
    }),
  );
}
