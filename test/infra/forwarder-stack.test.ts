import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { arnOf, asLists, propertiesOf, type Stack, stacksIn, statementsOf } from './app.ts';

const { observe, everything } = inject('cdkOut');
const [main, ...forwarders] = stacksIn(everything);
const account = '111122223333';
const delegate = '222233334444';

describe('the stacks', () => {
  const placesIn = (stacks: readonly Stack[]) =>
    stacks.map(({ name, account, region }) => [name, account, region]);

  test('are one by default: the main Region records the calls to trails and IAM', () => {
    expect(placesIn(stacksIn(observe))).toEqual([['Trailkeeper', account, 'us-east-1']]);
  });

  test('include a forwarder for each other account and Region', () => {
    expect(placesIn([main, ...forwarders])).toEqual([
      ['Trailkeeper', account, 'eu-central-1'],
      ['Trailkeeper-Forwarder-222233334444-eu-central-1', delegate, 'eu-central-1'],
      ['Trailkeeper-Forwarder-222233334444-eu-west-1', delegate, 'eu-west-1'],
      ['Trailkeeper-Forwarder-333344445555-eu-central-1', '333344445555', 'eu-central-1'],
      ['Trailkeeper-Forwarder-333344445555-eu-west-1', '333344445555', 'eu-west-1'],
      ['Trailkeeper-Forwarder-eu-west-1', account, 'eu-west-1'],
      ['Trailkeeper-Forwarder-us-east-1', account, 'us-east-1'],
    ]);
  });

  test('of the main account depend on the main stack; those of another account do not', () => {
    for (const { name, account: of, dependencies } of forwarders) {
      expect(dependencies.includes('Trailkeeper'), name).toBe(of === account);
    }
  });

  test('import nothing from each other', () => {
    for (const { template } of [main, ...forwarders]) {
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue');
    }
  });
});

describe.each(forwarders)('$name', ({ account: of, region, template }) => {
  const rules = propertiesOf(template, 'AWS::Events::Rule');
  const isGlobal = region === 'us-east-1';

  test('has only rules, their role, and their dead-letter queue', () => {
    const types = Object.values<{ Type: string }>(template.toJSON().Resources).map(
      ({ Type }) => Type,
    );

    expect(new Set(types)).toEqual(
      new Set(['AWS::Events::Rule', 'AWS::IAM::Role', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy']),
    );
  });

  test('matches calls about trails, and about trailkeeper itself', () => {
    expect(rules.map(({ Name }) => Name).toSorted()).toEqual([
      'Trailkeeper-Tamper-cloudformation',
      'Trailkeeper-Tamper-events',
      ...(isGlobal ? ['Trailkeeper-Tamper-iam'] : []),
      'Trailkeeper-Tamper-sqs',
      ...(isGlobal
        ? ['iam', 'organizations']
        : ['cloudtrail', 'kms', 'logs', 'monitoring', 's3', 'sns']
      ).map((service) => `Trailkeeper-Trail-${service}`),
    ]);
  });

  test('forwards every event to the bus, or sends it to the dead-letter queue', () => {
    for (const { Targets } of rules) {
      expect(Targets).toEqual([
        {
          Id: expect.any(String),
          Arn: 'arn:aws:events:eu-central-1:111122223333:event-bus/trailkeeper',
          RoleArn: arnOf(template, 'AWS::IAM::Role', 'ForwardRole'),
          DeadLetterConfig: { Arn: arnOf(template, 'AWS::SQS::Queue') },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ]);
    }
  });

  test('forwards with a role that only rules of its account may assume', () => {
    expect(statementsOf(template, 'ForwardRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['events:PutEvents'],
        Resource: ['arn:aws:events:eu-central-1:111122223333:event-bus/trailkeeper'],
      },
    ]);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': of } },
          },
        ],
      },
    });
  });

  test('allows only the self-check of the main account to count messages', () => {
    const [policy] = propertiesOf(template, 'AWS::SQS::QueuePolicy');
    const reading = policy.PolicyDocument.Statement.map(asLists).filter(
      ({ Action }: { Action: string[] }) => Action.some((action) => action.startsWith('sqs:Get')),
    );

    expect(reading).toEqual(
      of === account
        ? []
        : [
            expect.objectContaining({
              Effect: 'Allow',
              Action: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
              Condition: {
                ArnEquals: {
                  'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/Trailkeeper-SelfCheck',
                },
              },
            }),
          ],
    );
  });

  test('has its queue as an output', () => {
    template.hasOutput('DeadLetterQueueUrl', { Value: { Ref: Match.stringLikeRegexp('^DeadL') } });
  });
});
