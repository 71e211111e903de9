import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '#deployment/config.ts';
import { addConfiguredStacks } from '#infra/checkout-app.ts';
import { bundle } from '#sandbox/bundle.ts';
import { watchtowerTemplate } from '#sandbox/deploy-watchtower.ts';
import { cdkApp } from '../support/cdk-app.ts';
import { least } from '../support/synthesized.ts';
import { allStacksIn, expectNagSilent, propertiesOf, statementsOf, synthesized } from './app.ts';

const outside = '444455556666';
const config = {
  ...least,
  watchtower: {
    ...{ account: outside, emails: ['duty@example.com'], channels: { slack: {} } },
    ...{ logBuckets: ['org-trail-logs'], evidenceDays: 365 },
  },
};
const template = () => Template.fromJSON(watchtowerTemplate(config).template);

/** The condition that only the role of sweeps fulfills. */
const bySweeps = {
  ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile' },
};

describe('the stack of the watchtower', () => {
  test('lets only the role of sweeps sign and send heartbeats', () => {
    const [key] = propertiesOf(template(), 'AWS::KMS::Key');
    const [bus] = propertiesOf(template(), 'AWS::Events::EventBusPolicy');

    expect(key.KeyPolicy.Statement.slice(1)).toEqual([
      expect.objectContaining({
        Action: ['kms:GetPublicKey', 'kms:Sign'],
        Condition: bySweeps,
      }),
    ]);
    expect(bus.Statement).toMatchObject({ Action: 'events:PutEvents', Condition: bySweeps });
  });

  test('grants its function what it needs in its own account, and one role in another', () => {
    const statements = statementsOf(template(), 'Role');

    expect(new Set(statements.flatMap(({ Action }) => Action))).toEqual(
      new Set([
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'kms:GetPublicKey',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        's3:GetObject',
        's3:ListBucket',
        's3:PutObject',
        'secretsmanager:GetSecretValue',
        'sns:Publish',
        'sqs:SendMessage',
        'sts:AssumeRole',
      ]),
    );
    const elsewhere = statements.filter((one) => JSON.stringify(one).includes('111122223333'));
    expect(elsewhere).toEqual([
      expect.objectContaining({
        Action: ['sts:AssumeRole'],
        Resource: ['arn:aws:iam::111122223333:role/Trailkeeper-Watchtower'],
      }),
    ]);
  });

  test('checks as often as sweeps run, and alarms if it does not', () => {
    const often = { ...config, sweepEvery: '10 minutes' };
    const rare = Template.fromJSON(watchtowerTemplate(often).template);

    rare.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(10 minutes)',
    });
    rare.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'WatchtowerChecks',
      Period: 1800,
      TreatMissingData: 'breaching',
    });
  });

  test('has no finding of cdk-nag without a reason', () => {
    const app = appWith(config);
    addConfiguredStacks(app, outside, bundle);
    app.synth();

    expectNagSilent(app.outdir);
  });

  test('is refused without a configuration, with the remedy', () => {
    expect(() => addConfiguredStacks(appWith(least), outside)).toThrow(ConfigError);
    expect(() => addConfiguredStacks(appWith(least), outside)).toThrow(/watchtower: is missing/);
  });
});

const appWith = (trailkeeper: object): App => cdkApp({ trailkeeper, watchtower: 'true' });

describe('the role of the watchtower in the account that it watches', () => {
  const access = async (more: object = {}) => {
    const cdkOut = await synthesized({ ...config, ...more });
    const stack = allStacksIn(cdkOut).find(({ name }) => name === 'Trailkeeper-WatchtowerAccess');
    if (stack === undefined) throw new Error('the app has no such stack');
    return stack.template;
  };

  test('is assumed by the role of the watchtower alone', async () => {
    const [role] = propertiesOf(await access(), 'AWS::IAM::Role');

    expect(role.AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Action: 'sts:AssumeRole',
        Condition: {
          ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${outside}:role/Trailkeeper-Watchtower` },
        },
      },
    ]);
  });

  test('has no finding of cdk-nag without a reason, nor has the role of sweeps', () => {
    const app = cdkApp({ trailkeeper: config });
    addConfiguredStacks(app, undefined, bundle);
    app.synth();

    expectNagSilent(app.outdir);
  });

  test.each(['observe', 'enforce'])('can only read in mode %s', async (mode) => {
    const actions = statementsOf(await access({ mode }), 'Role').flatMap(({ Action }) => Action);

    expect(actions.filter((action) => !/:(Get|List|Describe|Query)/.test(action))).toEqual([]);
  });
});
