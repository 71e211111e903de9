import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { strToU8, zipSync } from 'fflate';
import type { Account } from './account.ts';

const machineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:Sample';
export const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:Sample';

/** What the role of the state machine is allowed, unless a test asks for something else. */
export const roleStatements = [
  { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: functionArn },
  { Effect: 'Allow', Action: 'states:StartExecution', Resource: machineArn },
  {
    Effect: 'Allow',
    Action: 'states:DescribeExecution',
    Resource: `${machineArn.replace(':stateMachine:', ':execution:')}:*`,
  },
];

export type SampleOptions = {
  readonly statements?: readonly object[];
  readonly trusted?: string;
  readonly machine?: object;
};

/** A deployed state machine with one function, which a test writes, and plain clients. */
export async function deployMachine(
  account: Account,
  { code, ...definition }: { readonly code: string; readonly States: object; StartAt?: string },
  { statements = roleStatements, trusted = 'states.amazonaws.com', machine }: SampleOptions = {},
) {
  const config = account.configOf('111122223333');
  const { s3 } = account.clientsOf('111122223333');
  const zip = zipSync({ 'index.mjs': strToU8(`export const handler = ${code};`) });
  await s3.send(new CreateBucketCommand({ Bucket: 'assets' }));
  await s3.send(new PutObjectCommand({ Bucket: 'assets', Key: 'sample.zip', Body: zip }));
  const role = (service: string, allowed: readonly object[]) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: `Sample-${service.split('.')[0]}`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        { PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: allowed } },
      ],
    },
  });
  const [first = ''] = Object.keys(definition.States);
  const TemplateBody = JSON.stringify({
    Resources: {
      FunctionRole: role('lambda.amazonaws.com', []),
      MachineRole: role(trusted, statements),
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'Sample',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['FunctionRole', 'Arn'] },
          Timeout: 2,
          MemorySize: 128,
          Code: { S3Bucket: 'assets', S3Key: 'sample.zip' },
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'Sample',
          RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
          Definition: { QueryLanguage: 'JSONata', StartAt: first, ...definition },
          ...machine,
        },
      },
    },
  });
  await new CloudFormationClient(config).send(
    new CreateStackCommand({ StackName: 'Sample', TemplateBody }),
  );
  const sfn = new SFNClient(config);
  const start = (input: unknown, name?: string) =>
    sfn.send(
      new StartExecutionCommand({
        stateMachineArn: machineArn,
        input: JSON.stringify(input),
        ...(name && { name }),
      }),
    );
  const describeExecution = (executionArn: string | undefined) =>
    sfn.send(new DescribeExecutionCommand({ executionArn }));
  return {
    sfn,
    start,
    describeExecution,
    /** Runs an execution to its end. */
    async run(input: unknown = {}): Promise<Ended> {
      const { executionArn } = await start(input);
      await account.settled();
      const ended = await describeExecution(executionArn);
      return { ...ended, result: ended.output && JSON.parse(ended.output) };
    },
  };
}

export type Ended = DescribeExecutionOutput & { readonly result: unknown };

/** A task that invokes the function with its input. */
export const task = (fields: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: functionArn, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...fields,
});
