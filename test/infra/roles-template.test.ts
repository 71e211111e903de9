import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { dependencyKinds } from '#drift/index.ts';
import {
  arnOf,
  mainTemplateIn,
  type Properties,
  policiesIn,
  propertiesOf,
  stacksIn,
  statementsOf,
} from './app.ts';

const { observe, enforce, everything, givenSecrets } = inject('cdkOut');
const shipped = mainTemplateIn(observe);
const enforcing = mainTemplateIn(enforce);
const whole = mainTemplateIn(everything);
const templates = [observe, enforce, everything].flatMap((cdkOut) =>
  stacksIn(cdkOut).map(({ template }) => template),
);

/** Whether an action only reads, by its name. Source: Service Authorization Reference, access levels. */
const isRead = (action: string) => /^[a-z0-9-]+:(Get|List|Describe|Lookup|Query)/.test(action);
/** The writes of every function: incidents, events, logs, notifications and dead letters. */
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
  policiesIn(template).flatMap(({ document }) =>
    document.Statement.flatMap(({ Action }: Properties) => Action),
  );

describe('in mode observe', () => {
  test('the reconcile role writes only incidents, events, logs and dead letters, and invokes backfill', () => {
    expect(writesOf(shipped, 'ReconcileRole').toSorted()).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  test('the self-check role reports, and changes nothing', () => {
    expect(writesOf(shipped, 'SelfCheckRole').toSorted()).toEqual(own);
  });

  test('no role may write to a trail, to the organization or to IAM', () => {
    for (const action of actionsIn(shipped).filter((one) => !isRead(one))) {
      expect(action).not.toMatch(/^(cloudtrail|organizations|iam|kms|s3):/);
    }
  });
});

test('in mode enforce only the reconcile role may write to trails', () => {
  expect(writesOf(enforcing, 'ReconcileRole')).toEqual(
    expect.arrayContaining(['cloudtrail:UpdateTrail', 'cloudtrail:StartLogging', 'iam:PassRole']),
  );
  for (const template of [enforcing, whole]) {
    expect(writesOf(template, 'SelfCheckRole').toSorted()).toEqual(own);
  }
});

test('no role may weaken a trail or trailkeeper, or write to what the configuration does not name', () => {
  const restoring = dependencyKinds.flatMap(({ permissions }) =>
    permissions.repair.flatMap(({ actions }) => actions),
  );
  const without = [observe, enforce].flatMap((cdkOut) => stacksIn(cdkOut)).length;
  for (const [i, template] of templates.entries()) {
    const isNamed = i >= without;
    for (const action of actionsIn(template)) {
      expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      if (isNamed && restoring.includes(action)) continue;
      expect(action).not.toMatch(
        /:(Stop|Delete|Disable|Deregister|Update(?!Trail$)|Put(?!E|I|Log))/,
      );
    }
  }
});

describe('a baseline', () => {
  test('is not written by any function', () => {
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

  test('is not read by the self-check role, which reads incidents and maintenance windows', () => {
    const reading = statementsOf(whole, 'SelfCheckRole').filter(({ Action }) =>
      ['dynamodb:GetItem', 'dynamodb:Query'].some((action) => Action.includes(action)),
    );

    expect(reading).toMatchObject([
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] } } },
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['window*'] } } },
    ]);
  });
});

describe('a role is passed', () => {
  const passing = (template: Template) =>
    policiesIn(template).flatMap(({ document }) =>
      document.Statement.filter(({ Action }: Properties) =>
        [Action].flat().includes('iam:PassRole'),
      ),
    );

  test('to CloudTrail only', () => {
    for (const template of [enforcing, whole]) {
      expect(passing(template)).toMatchObject([
        {
          Action: 'iam:PassRole',
          Condition: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
        },
      ]);
    }
  });

  test('only if it is configured', () => {
    expect(passing(whole)).toMatchObject([
      { Resource: 'arn:aws:iam::111122223333:role/CloudTrail_CloudWatchLogs' },
    ]);
  });

  test('of this account, if none is configured', () => {
    expect(passing(enforcing)).toMatchObject([{ Resource: 'arn:aws:iam::111122223333:role/*' }]);
  });

  test('never in mode observe', () => {
    expect(passing(shipped)).toEqual([]);
  });
});

describe('trails are accessible', () => {
  const trailsOf = (template: Template) => [
    ...new Set(
      statementsOf(template, 'ReconcileRole')
        .filter(({ Action }) => Action.some((action) => action.startsWith('cloudtrail:')))
        .filter(({ Action }) => !Action.includes('cloudtrail:LookupEvents'))
        .flatMap(({ Resource }) => Resource),
    ),
  ];

  test('only if they are configured', () => {
    expect(trailsOf(whole)).toEqual([
      'arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization',
      'arn:aws:cloudtrail:eu-west-1:111122223333:trail/west',
    ]);
  });

  test('in the home Regions of this account, if none is configured', () => {
    for (const template of [shipped, enforcing]) {
      expect(trailsOf(template)).toEqual(['arn:aws:cloudtrail:us-east-1:111122223333:trail/*']);
    }
  });
});

describe('dependencies are readable', () => {
  const readable = (template: Template, service: string) => [
    ...new Set(
      statementsOf(template, 'ReconcileRole')
        .filter(({ Action }) =>
          Action.some((action) =>
            new RegExp(`^${service}:(Get(?!PublicKey)|List|Describe)`).test(action),
          ),
        )
        .flatMap(({ Resource }) => Resource),
    ),
  ];

  test('only if they are configured', () => {
    expect(readable(whole, 's3')).toEqual(['arn:aws:s3:::organization-logs']);
    expect(readable(whole, 'kms')).toEqual([
      'arn:aws:kms:eu-central-1:222233334444:key/0a1b2c3d-0000-4000-8000-000000000001',
    ]);
    expect(readable(whole, 'sns')).toEqual([
      'arn:aws:sns:eu-central-1:111122223333:organization-logs',
    ]);
  });

  test('everywhere, if none is configured', () => {
    expect(readable(shipped, 's3')).toEqual(['arn:aws:s3:::*']);
    expect(readable(shipped, 'kms')).toEqual(['arn:aws:kms:*:*:key/*']);
    expect(readable(shipped, 'sns')).toEqual(['arn:aws:sns:*:*:*']);
  });
});

test('only actions without a resource type are allowed on every resource', () => {
  const wide = (document: Properties) =>
    document.Statement.filter(({ Resource }: Properties) => [Resource].flat().includes('*'));
  const actions = templates
    .flatMap(policiesIn)
    .flatMap(({ document }) => wide(document))
    .flatMap(({ Action }) => Action);

  // Source: Service Authorization Reference, AWS Organizations, AWS CloudTrail, Amazon CloudWatch Logs and Amazon DynamoDB: none
  // of them has a resource type. DescribeAlarms lists alarms.
  expect([...new Set(actions)].toSorted()).toEqual([
    'cloudtrail:LookupEvents',
    'cloudwatch:DescribeAlarms',
    'dynamodb:ListStreams',
    'logs:DescribeLogGroups',
    'organizations:DescribeOrganization',
    'organizations:EnableAWSServiceAccess',
    'organizations:ListAWSServiceAccessForOrganization',
    'organizations:ListAccounts',
    'organizations:ListDelegatedAdministrators',
  ]);
});

test('trusted access is enabled for CloudTrail only', () => {
  const enabling = [enforcing, whole].flatMap((template) =>
    statementsOf(template, 'ReconcileRole').filter(({ Action }) =>
      Action.includes('organizations:EnableAWSServiceAccess'),
    ),
  );
  const forCloudTrail = {
    Action: ['organizations:EnableAWSServiceAccess'],
    Condition: { StringEquals: { 'organizations:ServicePrincipal': 'cloudtrail.amazonaws.com' } },
  };

  expect(enabling).toMatchObject([forCloudTrail, forCloudTrail]);
});

describe('the trust policy', () => {
  test.each([
    ['Trailkeeper-Reconcile', 'lambda.amazonaws.com'],
    ['Trailkeeper-SelfCheck', 'lambda.amazonaws.com'],
    ['Trailkeeper-Alert', 'lambda.amazonaws.com'],
    ['Trailkeeper-Audit', 'lambda.amazonaws.com'],
    ['Trailkeeper-Schedule', 'scheduler.amazonaws.com'],
    ['Trailkeeper-Forward-eu-central-1', 'events.amazonaws.com'],
  ])('of %s names only %s', (name, Service) => {
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

  test('the main stack has no other role, and no managed policy', () => {
    const roles = propertiesOf(whole, 'AWS::IAM::Role');

    expect(roles.map(({ RoleName }) => RoleName).toSorted()).toEqual([
      'Trailkeeper-Alert',
      'Trailkeeper-Audit',
      'Trailkeeper-Forward-eu-central-1',
      'Trailkeeper-Interact',
      'Trailkeeper-Reconcile',
      'Trailkeeper-Schedule',
      'Trailkeeper-SelfCheck',
    ]);
    for (const { ManagedPolicyArns = [] } of roles) expect(ManagedPolicyArns).toEqual([]);
  });
});

test('the schedule role may invoke only the functions with a schedule', () => {
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

describe('the alert role', () => {
  const may = (template: Template, action: string) =>
    statementsOf(template, 'AlertRole').filter(({ Action }) => Action.includes(action));
  const ofRows = (...keys: string[]) => ({
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
  });

  test('reads incidents, and writes only notification state', () => {
    for (const template of [shipped, enforcing, whole]) {
      const Resource = [arnOf(template, 'AWS::DynamoDB::Table')];

      expect(may(template, 'dynamodb:GetItem')).toMatchObject([
        { Resource, Condition: ofRows('incident#*', 'delivery#*') },
      ]);
      expect(may(template, 'dynamodb:PutItem')).toMatchObject([
        { Resource, Condition: ofRows('delivery#*') },
      ]);
      expect(writesOf(template, 'AlertRole').filter((one) => one.startsWith('dynamodb'))).toEqual([
        'dynamodb:PutItem',
      ]);
    }
  });

  test('has no permission for trails', () => {
    for (const template of [shipped, enforcing, whole]) {
      for (const { Action } of statementsOf(template, 'AlertRole')) {
        for (const action of Action) {
          expect(action).toMatch(/^(dynamodb|events|logs|secretsmanager|securityhub|ses|sns|sqs):/);
        }
      }
    }
  });

  test('reads only the secrets of the configured channels', () => {
    expect(may(whole, 'secretsmanager:GetSecretValue').map(({ Resource }) => Resource)).toEqual([
      ['JSM', 'PagerDuty', 'Slack', 'Teams', 'Webhook'].map((name) => ({ Ref: `${name}Secret` })),
    ]);
    expect(may(shipped, 'secretsmanager:GetSecretValue')).toEqual([]);
  });

  test('sends e-mails from the configured address only, and reaches no other product', () => {
    expect(may(whole, 'ses:SendEmail')).toMatchObject([
      {
        Resource: ['example.com', 'trailkeeper@example.com'].map(
          (name) => `arn:aws:ses:eu-central-1:111122223333:identity/${name}`,
        ),
        Condition: { StringEquals: { 'ses:FromAddress': 'trailkeeper@example.com' } },
      },
    ]);
    expect(may(whole, 'securityhub:BatchImportFindings')).toMatchObject([
      { Resource: ['arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default'] },
    ]);
    expect(may(whole, 'events:PutEvents')).toMatchObject([
      { Resource: ['arn:aws:events:eu-central-1:111122223333:event-bus/soc'] },
    ]);
    for (const action of ['ses:SendEmail', 'securityhub:BatchImportFindings', 'events:PutEvents']) {
      expect(may(shipped, action)).toEqual([]);
    }
  });

  test('publishes only to the topic, and not if channels.sns.minSeverity is "never"', () => {
    const silent = mainTemplateIn(givenSecrets);

    expect(may(shipped, 'sns:Publish').map(({ Resource }) => Resource)).toEqual([
      ['arn:aws:sns:us-east-1:111122223333:Trailkeeper-Alarms'],
    ]);
    expect(may(silent, 'sns:Publish')).toEqual([]);
  });
});

test('the reconcile role may invoke only backfill', () => {
  for (const template of [shipped, whole]) {
    const invoking = statementsOf(template, 'ReconcileRole').filter(({ Action }) =>
      Action.includes('lambda:InvokeFunction'),
    );

    expect(invoking).toMatchObject([
      { Resource: [expect.stringMatching(/:111122223333:function:Trailkeeper-Backfill$/)] },
    ]);
  }
});

test('the self-check role reads only resources of trailkeeper', () => {
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

describe('the policy of the state table', () => {
  const [{ ResourcePolicy, TableName }] = propertiesOf(whole, 'AWS::DynamoDB::Table');
  const [others, functions, interact] = ResourcePolicy.PolicyDocument.Statement;
  const writers = (): readonly string[] =>
    Object.entries(whole.findResources('AWS::IAM::Role'))
      .filter(([id]) =>
        statementsOf(whole, id).some(({ Action }) => Action.includes('dynamodb:PutItem')),
      )
      .map(([, { Properties }]) => `arn:aws:iam::111122223333:role/${Properties.RoleName}`);
  const approvers = ['arn:aws:iam::111122223333:role/Security'];
  const interactRole = 'arn:aws:iam::111122223333:role/Trailkeeper-Interact';

  test('denies writes to everyone but the approvers and the roles of functions that write', () => {
    expect(others).toMatchObject({
      Effect: 'Deny',
      Principal: '*',
      Resource: `arn:aws:dynamodb:eu-central-1:111122223333:table/${TableName}`,
    });
    const excepted = others.Condition.ArnNotLike['aws:PrincipalArn'];
    expect(excepted.toSorted()).toEqual([...approvers, ...writers()].toSorted());
  });

  test('denies other rows than incidents and deliveries to the functions', () => {
    expect(functions).toMatchObject({ Effect: 'Deny', Principal: '*', Action: others.Action });
    expect(functions.Condition).toEqual({
      ArnNotLike: { 'aws:PrincipalArn': [...approvers, interactRole] },
      'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['incident#*', 'delivery#*'] },
    });
  });

  test('denies other rows than incidents and ends of windows to the function that answers Slack', () => {
    expect(interact).toMatchObject({ Effect: 'Deny', Principal: '*', Action: others.Action });
    expect(interact.Condition).toEqual({
      ArnLike: { 'aws:PrincipalArn': [interactRole] },
      'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['incident#*', 'window-end'] },
    });
  });
});

test('no role may sign, but heartbeats with the key of the watchtower', () => {
  const signing = templates.flatMap((template) =>
    policiesIn(template)
      .flatMap(({ document }) => document.Statement)
      .filter(({ Action }: Properties) =>
        [Action].flat().some((action: string) => /^(\*|kms:\*|kms:Sign)$/.test(action)),
      ),
  );

  expect(signing).toEqual([
    expect.objectContaining({
      Action: ['kms:GetPublicKey', 'kms:Sign'],
      Resource: expect.stringMatching(/^arn:aws:kms:eu-central-1:555566667777:key\/\*$/),
      Condition: { StringEquals: { 'kms:RequestAlias': 'alias/Trailkeeper-Watchtower' } },
    }),
  ]);
});
