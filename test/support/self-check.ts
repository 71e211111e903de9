import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Account } from './account.ts';

/** Plain SDK clients of an administrator. */
export function clients({ configOf }: Pick<Account, 'configOf'>) {
  const config = (region: string, accessKeyId?: string) => configOf(accessKeyId, region);
  const main = config('us-east-1');
  return {
    events: new EventBridgeClient(main),
    eventsIn: (region: string, accessKeyId?: string) =>
      new EventBridgeClient(config(region, accessKeyId)),
    iam: new IAMClient(main),
    lambda: new LambdaClient(main),
    scheduler: new SchedulerClient(main),
    sfn: new SFNClient(main),
    sns: new SNSClient(main),
    sqsIn: (region: string, accessKeyId?: string) =>
      new SQSClient({ ...config(region, accessKeyId), useQueueUrlAsEndpoint: false }),
  };
}

export const remediate = { FunctionName: 'Trailkeeper-Remediate' };

export const recovery = {
  stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:Trailkeeper-Recovery',
};

export const reconcileRole = { RoleName: 'Trailkeeper-Reconcile' };

export const trailRule = { Name: 'Trailkeeper-Trail', EventBusName: 'trailkeeper' };

export type DeploymentChange = readonly [
  what: string,
  change: () => Promise<unknown>,
  fault: RegExp,
];

export const document = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

export const policy = (Effect: 'Allow' | 'Deny') => ({
  PolicyName: 'theirs',
  PolicyDocument: document({ Effect, Action: 'cloudtrail:StartLogging', Resource: '*' }),
});
