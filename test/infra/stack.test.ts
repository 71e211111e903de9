import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { synthesize } from '#sandbox/synth.ts';

const template = templateOf(inject('cdkOut').observe);
const deadLetters = { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] };

test('what is deployed unless somebody says otherwise only observes', () => {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

  expect(context.trailkeeper.mode).toBe('observe');
});

test('the functions are told the mode that is configured', () => {
  expect(modesOf(template)).toEqual(['observe', 'observe']);
  expect(modesOf(templateOf(inject('cdkOut').enforce))).toEqual(['enforce', 'enforce']);
});

test('functions run on Node.js 24 and arm64', () => {
  template.allResourcesProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
  });
});

test('a sweep starts every minute', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
  });
});

test('a sweep starts as often as configured', async () => {
  const slower = templateOf(await synthesized({ sweepEvery: '5 minutes' }));

  slower.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(5 minutes)',
  });
});

test('baselines outlive the stack and can be put back to any second', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ],
    },
  });
});

test('the table is encrypted under a key that nobody in the account can disable', () => {
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    SSESpecification: { SSEEnabled: false },
  });
});

test('logs are kept, and not for ever', () => {
  template.allResources('AWS::Logs::LogGroup', {
    DeletionPolicy: 'Retain',
    Properties: { RetentionInDays: Match.anyValue() },
  });
});

test('a call that changes a trail starts the function, is offered again for a day, and is kept if it can not be handed over', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    State: 'ENABLED',
    EventPattern: {
      source: ['aws.cloudtrail'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['cloudtrail.amazonaws.com'],
        eventName: Match.arrayWith(['UpdateTrail', 'DeleteTrail', 'StopLogging']),
      },
    },
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Remediate'), 'Arn'] },
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }),
    ],
  });
});

test('the rules alone may start the function', () => {
  const rules = template.findResources('AWS::Events::Rule');
  template.resourceCountIs('AWS::Lambda::Permission', Object.keys(rules).length);
  template.allResourcesProperties('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TrailEvents'), 'Arn'] },
  });
});

test('an invocation that failed for the last time is kept, whichever function it was', () => {
  template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
  template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: deadLetters } },
  });
});

test('a sweep that could not be started is kept', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    Target: { DeadLetterConfig: { Arn: deadLetters } },
  });
});

test('what could not be handled is kept for two weeks, encrypted, and moves over TLS alone', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    MessageRetentionPeriod: 14 * 24 * 60 * 60,
    SqsManagedSseEnabled: true,
  });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Deny',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]),
    },
  });
});

test('the functions know the role whose calls are their own', () => {
  template.allResourcesProperties('AWS::Lambda::Function', {
    Role: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GuardRole'), 'Arn'] },
    Environment: {
      Variables: {
        TRAILKEEPER_ROLE: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GuardRole'), 'Arn'] },
      },
    },
  });
});

test('trails are reached in the configured home Regions alone', async () => {
  const two = templateOf(await synthesized({ homeRegions: ['eu-central-1', 'us-gov-west-1'] }));

  const policies = JSON.stringify(two.findResources('AWS::IAM::Policy'));
  expect(policies).toContain(':cloudtrail:eu-central-1:');
  expect(policies).toContain(':cloudtrail:us-gov-west-1:');
  expect(policies).not.toContain(':cloudtrail:*');
});

test('a config that can not be used stops the synthesis with the key and the remedy, and no stack trace', async () => {
  const { stderr } = await synthesize({ mode: undefined }).catch((error) => error);

  expect(stderr).toContain('cdk.json, context: trailkeeper.mode: must be "observe"');
  expect(stderr).not.toContain('    at ');
});

function templateOf(cdkOut: string): Template {
  return Template.fromJSON(
    JSON.parse(readFileSync(join(cdkOut, 'Trailkeeper.template.json'), 'utf8')),
  );
}

function modesOf(stack: Template): unknown[] {
  return Object.values(stack.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Environment.Variables.TRAILKEEPER_MODE,
  );
}

async function synthesized(config: object): Promise<string> {
  const cdkOut = await synthesize(config);
  onTestFinished(() => rm(cdkOut, { recursive: true }));
  return cdkOut;
}

describe('an alarm', () => {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );
  const about = (metric: string) => alarms.filter(({ MetricName }) => MetricName === metric);

  test('rings where no sweep has come to its end: missing data is bad news', () => {
    expect(about('Heartbeat')).toMatchObject([
      {
        Namespace: 'trailkeeper',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
    ]);
  });

  test('waits for at least three sweeps that do not come', async () => {
    const slower = templateOf(await synthesized({ sweepEvery: '1 hour' }));

    slower.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Heartbeat',
      Period: 3 * 60 * 60,
    });
  });

  test.each([
    ['a trail that stays out of sync', 'TrailsOutOfSync', 1],
    ['what lies in the dead-letter queue', 'ApproximateNumberOfMessagesVisible', 1],
    ['errors of each function', 'Errors', 2],
    ['throttles of each function', 'Throttles', 2],
    ['events that Lambda dropped of each function', 'AsyncEventsDropped', 2],
  ])('rings for %s', (_what, metric, count) => {
    expect(about(metric)).toHaveLength(count);
    for (const alarm of about(metric)) {
      expect(alarm).toMatchObject({
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      });
    }
  });

  test('tells the topic when it rings and when it is over, and says what to do', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));

    for (const { AlarmActions, OKActions, AlarmDescription } of alarms) {
      expect([...AlarmActions, ...OKActions]).toEqual([{ Ref: topic }, { Ref: topic }]);
      expect(AlarmDescription.length).toBeGreaterThan(40);
    }
  });

  test('is told over TLS alone', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });
});

test.each([
  { mode: 'observe' },
  { mode: 'enforce' },
  { mode: 'enforce', homeRegions: ['eu-central-1', 'us-east-1'] },
])('cdk-nag objects to nothing that has no written reason in %j', async (context) => {
  const cdkOut = await synthesized(context);

  const report = JSON.parse(readFileSync(join(cdkOut, 'validation-report.json'), 'utf8'));
  const [checks] = report.pluginReports;
  expect(checks).toMatchObject({ pluginName: 'AwsSolutions', conclusion: 'success' });
  expect(checks.suppressedViolations.length).toBeGreaterThan(0);
  for (const { reason } of checks.suppressedViolations) expect(reason).toMatch(/\w+ .+ \w+/);
});

test('concurrency is reserved for each function where it is asked for, and only there', async () => {
  const reserved = templateOf(await synthesized({ reservedConcurrency: 10 }));

  reserved.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 10 });
  template.allResourcesProperties('AWS::Lambda::Function', {
    ReservedConcurrentExecutions: Match.absent(),
  });
});

test('nobody deletes the stack by mistake', () => {
  const manifest = readFileSync(join(inject('cdkOut').observe, 'manifest.json'), 'utf8');

  expect(JSON.parse(manifest).artifacts.Trailkeeper.properties).toMatchObject({
    terminationProtection: true,
  });
});
