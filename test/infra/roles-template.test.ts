import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import {
  arnOf,
  asLists,
  guardIn,
  type Properties,
  propertiesOf,
  type Statement,
  stacksIn,
  statementsOf,
  synthesized,
} from './app.ts';

const { observe, enforce, everything } = inject('cdkOut');
const shipped = guardIn(observe);
const enforcing = guardIn(enforce);
const whole = guardIn(everything);
const templates = [observe, enforce, everything].flatMap((cdkOut) =>
  stacksIn(cdkOut).map(({ template }) => template),
);

/** Actions that change nothing, by their names. Source: Service Authorization Reference, access levels. */
const isRead = (action: string) => /^[a-z0-9-]+:(Get|List|Describe|Lookup|Query)/.test(action);
/** What a function tells, keeps and logs, none of which is guarded. */
const own = [
  'dynamodb:PutItem',
  'events:PutEvents',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'sns:Publish',
  'sqs:SendMessage',
];
const writesOf = (template: Template, role: string) => [
  ...new Set(
    statementsOf(template, role)
      .flatMap(({ Action }) => Action)
      .filter((action) => !isRead(action)),
  ),
];
const actionsIn = (template: Template) =>
  propertiesOf(template, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.flatMap(({ Action }: Properties) => Action),
  );

describe('in mode observe', () => {
  test('the role that guards trails writes incidents, own events, its log and what failed, hands work on, and nothing else', () => {
    expect(writesOf(shipped, 'ReconcileRole').toSorted()).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  test('the role that watches tells, and changes nothing', () => {
    expect(writesOf(shipped, 'SelfCheckRole').toSorted()).toEqual(own);
  });

  test('no role at all may write to a trail, to the organization or to IAM', () => {
    for (const action of actionsIn(shipped).filter((one) => !isRead(one))) {
      expect(action).not.toMatch(/^(cloudtrail|organizations|iam|kms|s3):/);
    }
  });
});

test('in mode enforce the role that guards trails may write to them, and the one that watches may not', () => {
  expect(writesOf(enforcing, 'ReconcileRole')).toEqual(
    expect.arrayContaining(['cloudtrail:UpdateTrail', 'cloudtrail:StartLogging', 'iam:PassRole']),
  );
  for (const template of [enforcing, whole]) {
    expect(writesOf(template, 'SelfCheckRole').toSorted()).toEqual(own);
  }
});

test('no role may do what weakens a trail or trailkeeper', () => {
  for (const template of templates) {
    for (const action of actionsIn(template)) {
      expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      expect(action).not.toMatch(
        /:(Stop|Delete|Disable|Deregister|Update(?!Trail$)|Put(?!E|I|Log))/,
      );
    }
  }
});

describe('a baseline', () => {
  test('is written by no function: incidents alone are', () => {
    for (const [template, role] of [shipped, enforcing, whole].flatMap((one) =>
      ['ReconcileRole', 'SelfCheckRole'].map((name) => [one, name] as const),
    )) {
      const isWrite = (action: string) =>
        /^dynamodb:(Put|Update|Delete|Batch|Transact|Partiql)/i.test(action);
      const writing = statementsOf(template, role)
        .map((statement) => ({ ...statement, Action: statement.Action.filter(isWrite) }))
        .filter(({ Action }) => Action.length > 0);
      expect(writing).toEqual([
        {
          Effect: 'Allow',
          Action: ['dynamodb:PutItem'],
          Resource: [arnOf(template, 'AWS::DynamoDB::Table')],
          Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] } },
        },
      ]);
    }
  });

  test('is not read by the role that watches', () => {
    const reading = statementsOf(whole, 'SelfCheckRole').filter(({ Action }) =>
      Action.includes('dynamodb:GetItem'),
    );

    expect(reading).toMatchObject([
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] } } },
    ]);
  });
});

describe('a role is handed', () => {
  const passing = (template: Template) =>
    propertiesOf(template, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.filter(({ Action }: Properties) =>
        [Action].flat().includes('iam:PassRole'),
      ),
    );

  test('to CloudTrail alone', () => {
    for (const template of [enforcing, whole]) {
      expect(passing(template)).toMatchObject([
        {
          Action: 'iam:PassRole',
          Condition: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
        },
      ]);
    }
  });

  test('of those that are configured, alone', () => {
    expect(passing(whole)).toMatchObject([
      { Resource: 'arn:aws:iam::111122223333:role/CloudTrail_CloudWatchLogs' },
    ]);
  });

  test('of this account, where none is configured', () => {
    expect(passing(enforcing)).toMatchObject([{ Resource: 'arn:aws:iam::111122223333:role/*' }]);
  });

  test('never in mode observe', () => {
    expect(passing(shipped)).toEqual([]);
  });
});

describe('trails are reached', () => {
  const trailsOf = (template: Template) => [
    ...new Set(
      statementsOf(template, 'ReconcileRole')
        .filter(({ Action }) => Action.some((action) => action.startsWith('cloudtrail:')))
        .filter(({ Action }) => !Action.includes('cloudtrail:LookupEvents'))
        .flatMap(({ Resource }) => Resource),
    ),
  ];

  test('where they are configured, alone', () => {
    expect(trailsOf(whole)).toEqual([
      'arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization',
      'arn:aws:cloudtrail:eu-west-1:111122223333:trail/west',
    ]);
  });

  test('in the home Regions of this account, where none is configured', () => {
    for (const template of [shipped, enforcing]) {
      expect(trailsOf(template)).toEqual(['arn:aws:cloudtrail:us-east-1:111122223333:trail/*']);
    }
  });
});

describe('what the trails deliver to is looked at', () => {
  const lookedAt = (template: Template) =>
    statementsOf(template, 'ReconcileRole')
      .filter(({ Action }) => Action.some((action) => /^(s3|kms|sns):/.test(action)))
      .map(({ Action, Resource }) => [Action, Resource].flat());

  test('where it is configured, alone', () => {
    expect(lookedAt(whole)).toEqual([
      ['s3:ListBucket', 'arn:aws:s3:::organization-logs'],
      [
        'kms:DescribeKey',
        'arn:aws:kms:eu-central-1:222233334444:key/0a1b2c3d-0000-4000-8000-000000000001',
      ],
    ]);
  });

  test('wherever it is, where none is configured', () => {
    expect(lookedAt(shipped)).toEqual([
      ['s3:ListBucket', 'arn:aws:s3:::*'],
      ['kms:DescribeKey', 'arn:aws:kms:*:*:key/*'],
      ['sns:GetTopicAttributes', 'arn:aws:sns:*:*:*'],
    ]);
  });
});

test('nothing is allowed on every resource but what IAM can not narrow', () => {
  for (const template of templates) {
    for (const { PolicyDocument } of propertiesOf(template, 'AWS::IAM::Policy')) {
      for (const { Action, Resource } of PolicyDocument.Statement) {
        if (![Resource].flat().includes('*')) continue;
        for (const action of [Action].flat()) {
          expect(action).toMatch(
            /^(organizations:|logs:DescribeLogGroups$|cloudtrail:LookupEvents$|dynamodb:ListStreams$)/,
          );
        }
      }
    }
  }
});

describe('who may take a role', () => {
  test.each([
    ['Trailkeeper-Reconcile', 'lambda.amazonaws.com'],
    ['Trailkeeper-SelfCheck', 'lambda.amazonaws.com'],
    ['Trailkeeper-Alert', 'lambda.amazonaws.com'],
    ['Trailkeeper-Audit', 'lambda.amazonaws.com'],
    ['Trailkeeper-Schedule', 'scheduler.amazonaws.com'],
    ['Trailkeeper-Forward-eu-central-1', 'events.amazonaws.com'],
  ])('%s: %s alone', (name, Service) => {
    const role = propertiesOf(whole, 'AWS::IAM::Role').find(({ RoleName }) => RoleName === name);

    expect(role.AssumeRolePolicyDocument.Statement).toMatchObject([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } },
    ]);
    if (Service !== 'lambda.amazonaws.com') {
      expect(role.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
        StringEquals: { 'aws:SourceAccount': '111122223333' },
      });
    }
  });

  test('there are no other roles in the stack of the guard, and none has a managed policy', () => {
    const roles = propertiesOf(whole, 'AWS::IAM::Role');

    expect(roles.map(({ RoleName }) => RoleName).toSorted()).toEqual([
      'Trailkeeper-Alert',
      'Trailkeeper-Audit',
      'Trailkeeper-Forward-eu-central-1',
      'Trailkeeper-Reconcile',
      'Trailkeeper-Schedule',
      'Trailkeeper-SelfCheck',
    ]);
    for (const { ManagedPolicyArns = [] } of roles) expect(ManagedPolicyArns).toEqual([]);
  });
});

test('the schedules start the functions that have one, and no other', () => {
  const starting = statementsOf(whole, 'ScheduleRole').filter(({ Action }) =>
    Action.includes('lambda:InvokeFunction'),
  );

  const isVersion = (arn: unknown) => JSON.stringify(arn).includes(':*');
  const started = starting.flatMap(({ Resource }) => Resource);
  expect(started.filter((arn) => !isVersion(arn))).toEqual([
    arnOf(whole, 'AWS::Lambda::Function', 'SelfCheck'),
    arnOf(whole, 'AWS::Lambda::Function', 'Sweep'),
  ]);
});

describe('the role that tells people', () => {
  const may = (template: Template, action: string) =>
    statementsOf(template, 'AlertRole').filter(({ Action }) => Action.includes(action));
  const ofRows = (...keys: string[]) => ({
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
  });

  test('reads incidents, and writes what it told and nothing else', () => {
    for (const template of [shipped, enforcing, whole]) {
      const Resource = [arnOf(template, 'AWS::DynamoDB::Table')];

      expect(may(template, 'dynamodb:GetItem')).toMatchObject([
        { Resource, Condition: ofRows('incident#*', 'told#*') },
      ]);
      expect(may(template, 'dynamodb:PutItem')).toMatchObject([
        { Resource, Condition: ofRows('told#*') },
      ]);
      expect(writesOf(template, 'AlertRole').filter((one) => one.startsWith('dynamodb'))).toEqual([
        'dynamodb:PutItem',
      ]);
    }
  });

  test('may do nothing to a trail, nor read one', () => {
    for (const template of [shipped, enforcing, whole]) {
      for (const { Action } of statementsOf(template, 'AlertRole')) {
        for (const action of Action) {
          expect(action).toMatch(/^(dynamodb|secretsmanager|sns|sqs|logs):/);
        }
      }
    }
  });

  test('reads the one secret, where there is one', () => {
    expect(may(whole, 'secretsmanager:GetSecretValue').map(({ Resource }) => Resource)).toEqual([
      [{ Ref: 'SlackSecret' }],
    ]);
    expect(may(shipped, 'secretsmanager:GetSecretValue')).toEqual([]);
  });

  test('publishes to the one topic, unless that is never told', async () => {
    const silent = guardIn(await synthesized({ alerts: { sns: 'never' } }));

    expect(may(shipped, 'sns:Publish').map(({ Resource }) => Resource)).toEqual([
      ['arn:aws:sns:us-east-1:111122223333:Trailkeeper-Alarms'],
    ]);
    expect(may(silent, 'sns:Publish')).toEqual([]);
  });
});

test('the role that guards trails may invoke the function alone that hands its work to itself', () => {
  for (const template of [shipped, whole]) {
    const invoking = statementsOf(template, 'ReconcileRole').filter(({ Action }) =>
      Action.includes('lambda:InvokeFunction'),
    );

    expect(invoking).toMatchObject([
      { Resource: [expect.stringMatching(/:111122223333:function:Trailkeeper-Backfill$/)] },
    ]);
  }
});

test('the role that watches reads the parts of trailkeeper alone, in every place', () => {
  const resources = statementsOf(whole, 'SelfCheckRole').flatMap(({ Resource }) => Resource);

  for (const resource of resources.filter((one) => typeof one === 'string')) {
    expect(resource).toMatch(/[:/](Trailkeeper[-/]|event-bus\/trailkeeper$)/);
  }
  expect(resources).toEqual(
    expect.arrayContaining([
      'arn:aws:events:eu-west-1:111122223333:rule/Trailkeeper-*',
      'arn:aws:events:us-east-1:111122223333:rule/Trailkeeper-*',
      'arn:aws:events:eu-central-1:111122223333:rule/trailkeeper/Trailkeeper-*',
      'arn:aws:iam::111122223333:role/Trailkeeper-*',
      'arn:aws:sqs:eu-west-1:333344445555:Trailkeeper-DeadLetters',
    ]),
  );
});

describe('the key of those who may approve', () => {
  const statements = (): readonly Statement[] =>
    propertiesOf(whole, 'AWS::KMS::Key').flatMap(({ KeyPolicy }) =>
      KeyPolicy.Statement.map(asLists),
    );
  const letting = (action: string) =>
    statements()
      .filter(({ Action }) =>
        Action.some((one) => new RegExp(`^${one.replace('*', '.*')}$`).test(action)),
      )
      .map(({ Principal, Condition }) => ({ Principal, Condition }));

  test('signs for approvers only, by ARN, so that a role that is deleted and created again still signs', () => {
    expect(letting('kms:Sign')).toEqual([
      {
        Principal: {
          AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']] },
        },
        Condition: {
          ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/Security'] },
        },
      },
    ]);
    expect(letting('kms:CreateGrant')).toEqual([]);
    for (const template of templates) {
      for (const { PolicyDocument } of propertiesOf(template, 'AWS::IAM::Policy')) {
        const actions = PolicyDocument.Statement.flatMap(({ Action }: Properties) => Action);
        expect(actions.filter((action: string) => /^(\*|kms:\*|kms:Sign)$/.test(action))).toEqual(
          [],
        );
      }
    }
  });

  test('is on P-256, signs alone, and outlives the stack', () => {
    whole.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    });
  });

  test('is not made where nobody is named', () => {
    shipped.resourceCountIs('AWS::KMS::Key', 0);
  });
});
