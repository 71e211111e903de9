import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startSandbox } from '#sandbox/sandbox.ts';

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:111122223333:${name}`;
const queue = arn('sqs', 'undelivered');

/** A schedule whose role may not invoke its target, so each start leaves a message in the queue. */
const template = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'undelivered' } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'scheduler',
        AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
        Policies: [
          {
            PolicyName: 'send',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }],
            },
          },
        ],
      },
    },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: 'later',
        State: 'ENABLED',
        ScheduleExpression: 'rate(1 minute)',
        Target: {
          Arn: arn('lambda', 'function:none'),
          RoleArn: 'arn:aws:iam::111122223333:role/scheduler',
          DeadLetterConfig: { Arn: queue },
        },
      },
    },
  },
};

test('a schedule of a stack that is deployed into a running sandbox starts its target', async () => {
  // Each start that fails is printed.
  const printed = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => printed.mockRestore());
  const sandbox = await startSandbox({ isEmpty: true, sweepEveryMs: 20 });
  onTestFinished(() => sandbox.stop());
  const credentials = { accessKeyId: 'alice', secretAccessKey: 'any' };
  const config = { endpoint: sandbox.endpoint, region: sandbox.region, credentials };
  const TemplateBody = JSON.stringify(template);
  await new CloudFormationClient(config).send(
    new CreateStackCommand({ StackName: 'Later', TemplateBody }),
  );

  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const messages = async () => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/undelivered',
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages);
  };
  await expect.poll(messages, { timeout: 10_000 }).toBeGreaterThan(0);
});
