import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { everything, least } from '../support/synthesized.ts';
import {
  expectNagSilent,
  propertiesOf,
  recoveryStackIn,
  type Stack,
  statementsOf,
  synthesized,
} from './app.ts';

const recovery = { bucket: 'evidence', logBuckets: ['org-logs', 'other-logs'] };

/** The stack that recovers events, of a configuration. */
async function stackOf(config: object): Promise<Stack | undefined> {
  return recoveryStackIn(await synthesized(config));
}

test('without a bucket for recovered events there is no stack that recovers them', async () => {
  expect(await stackOf({})).toBe(undefined);
});

describe('the stack that recovers events', () => {
  const { template = Template.fromJSON({}), ...at } =
    recoveryStackIn(inject('cdkOut').everything) ?? {};

  test('is in the main account and Region, and protected from deletion in mode enforce', () => {
    expect(at).toMatchObject({
      account: everything.account,
      region: everything.region,
      terminationProtection: true,
    });
  });

  test('has a state machine that logs every event of its executions', () => {
    expect(propertiesOf(template, 'AWS::StepFunctions::StateMachine')).toMatchObject([
      { StateMachineName: 'Trailkeeper-Recovery', LoggingConfiguration: { Level: 'ALL' } },
    ]);
  });

  test('has a function that knows the only place that it writes to', () => {
    const [{ Environment }] = propertiesOf(template, 'AWS::Lambda::Function') as [
      { Environment: { Variables: { TRAILKEEPER_CONFIG: string } } },
    ];

    expect(JSON.parse(Environment.Variables.TRAILKEEPER_CONFIG)).toEqual({
      account: everything.account,
      bucket: everything.recovery.bucket,
      prefix: everything.recovery.prefix,
    });
  });

  test('has no finding of cdk-nag without a reason', () => {
    expectNagSilent(inject('cdkOut').everything);
  });
});

describe('the role of the function', () => {
  const allowed = async (config: object) => {
    const { template = Template.fromJSON({}) } = (await stackOf(config)) ?? {};
    return statementsOf(template, 'RecoverRole')
      .filter(({ Action }) => !Action.includes('logs:PutLogEvents'))
      .flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)),
      )
      .toSorted();
  };

  test('reads event history and the log, and writes below the prefix alone', async () => {
    expect(await allowed({ recovery })).toEqual([
      'cloudtrail:LookupEvents *',
      's3:GetObject arn:aws:s3:::evidence/recovered/*',
      's3:GetObject arn:aws:s3:::org-logs/*AWSLogs/*',
      's3:GetObject arn:aws:s3:::other-logs/*AWSLogs/*',
      's3:ListBucket arn:aws:s3:::evidence',
      's3:ListBucket arn:aws:s3:::org-logs',
      's3:ListBucket arn:aws:s3:::other-logs',
      's3:PutObject arn:aws:s3:::evidence/recovered/*',
    ]);
  });

  test('assumes the role of member accounts by its name only in an organization', async () => {
    const organization = { id: 'o-a1b2c3d4e5' };

    expect(await allowed({ recovery, organization })).toContain(
      'sts:AssumeRole arn:aws:iam::*:role/Trailkeeper-EventHistory',
    );
  });
});

test('the role of the state machine invokes the function and runs its own executions', async () => {
  const { template = Template.fromJSON({}) } = (await stackOf({ recovery })) ?? {};
  const states = `arn:aws:states:${least.region}:${least.account}`;

  expect(
    statementsOf(template, 'StateMachineRole').filter(
      ({ Action }) => !/^logs:/.test(Action[0] ?? ''),
    ),
  ).toEqual([
    expect.objectContaining({ Action: ['lambda:InvokeFunction'] }),
    expect.objectContaining({
      Action: ['states:StartExecution'],
      Resource: [`${states}:stateMachine:Trailkeeper-Recovery`],
    }),
    expect.objectContaining({
      Action: ['states:DescribeExecution'],
      Resource: [`${states}:execution:Trailkeeper-Recovery:*`],
    }),
  ]);
});
