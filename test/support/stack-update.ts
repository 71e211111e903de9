import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { changeSetOf, deploymentWindow } from '#deployment/announced-deployment.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Account } from './account.ts';

export const minutesFromNow = (minutes: number): string =>
  new Date(Date.now() + minutes * 60_000).toISOString();

/** A deployment that Alice announced ten minutes ago. */
export const announcement = (edits: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  ...deploymentWindow(new Date(minutesFromNow(-10)), 'arn:aws:iam::111122223333:user/alice'),
  ...edits,
});

/** What a test says about a call; the rest is that of a call of CloudFormation. */
export type RecordedCall = {
  readonly account?: string;
  readonly eventSource?: string;
  readonly eventName?: string;
  readonly userIdentity?: object;
  readonly requestParameters?: object;
};

/** The event of a call that is made now: PutRule of CloudFormation, if the edits do not say otherwise. */
export const stackUpdateEvent = ({
  account = '111122223333',
  ...edits
}: RecordedCall = {}): object => ({
  source: 'aws.events',
  'detail-type': 'AWS API Call via CloudTrail',
  account,
  region: 'us-east-1',
  detail: {
    eventID: randomUUID(),
    eventTime: minutesFromNow(0).replace(/\.\d+Z$/, 'Z'),
    eventSource: 'events.amazonaws.com',
    eventName: 'PutRule',
    awsRegion: 'us-east-1',
    userIdentity: { type: 'AssumedRole', invokedBy: 'cloudformation.amazonaws.com' },
    requestParameters: { name: 'Trailkeeper-Trail-s3' },
    ...edits,
  },
});

/** The call that starts the stack update of a deployment. */
export const executeChangeSet = (window: MaintenanceWindow): RecordedCall => ({
  eventSource: 'cloudformation.amazonaws.com',
  eventName: 'ExecuteChangeSet',
  userIdentity: { type: 'AssumedRole', userName: 'cdk-deploy' },
  requestParameters: {
    stackName: 'Trailkeeper',
    changeSetName: `arn:aws:cloudformation:us-east-1:111122223333:changeSet/${changeSetOf(window)}/${randomUUID()}`,
  },
});

/** Invokes the self-check with the event of a call of a stack update. */
export async function stackUpdateCalled(
  { configOf, settled }: Pick<Account, 'configOf' | 'settled'>,
  call: RecordedCall = {},
): Promise<void> {
  const { FunctionError } = await new LambdaClient(configOf()).send(
    new InvokeCommand({
      FunctionName: 'Trailkeeper-SelfCheck',
      Payload: JSON.stringify(stackUpdateEvent(call)),
    }),
  );
  expect(FunctionError).toBeUndefined();
  await settled();
}
