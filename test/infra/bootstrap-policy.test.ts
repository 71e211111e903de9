import { readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { afterAll, describe, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { synthesize } from '#sandbox/synth.ts';

const policy = JSON.parse(readFileSync('infra/bootstrap-policy.json', 'utf8'));
const statements: readonly Statement[] = policy.Statement;
const account = '111122223333';
const region = 'eu-west-1';

const cdkOut = await synthesize({
  mode: 'enforce',
  region,
  organization: {
    id: 'o-a1b2c3d4e5',
    managementAccount: account,
    delegatedAdministrators: ['222233334444'],
  },
  homeRegions: [region, 'eu-central-1'],
  reservedConcurrency: 2,
  emails: ['soc@example.com'],
  slack: {},
  sentinel: true,
  signing: { ...deployment.signing, approvers: [`arn:aws:iam::${account}:role/Security`] },
});
afterAll(() => rm(cdkOut, { recursive: true }));
const templates = await templatesIn(cdkOut);
const resources = templates.flatMap((template) => template.resources);
const { toolkitStackName, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const own = context['@aws-cdk/core:bootstrapQualifier'];

/** What CloudFormation calls to create, change and delete a resource. Source: the handlers in the schemas of its public registry. */
const calls: Readonly<Record<string, Calls>> = {
  'AWS::CloudTrail::Trail': {
    name: 'TrailName',
    arn: (name) => arn('cloudtrail', `trail/${name}`),
    actions: on('cloudtrail', 'CreateTrail StartLogging PutEventSelectors AddTags UpdateTrail'),
    deletes: on('cloudtrail', 'DeleteTrail'),
  },
  'AWS::CloudWatch::Alarm': {
    name: 'AlarmName',
    arn: (name) => arn('cloudwatch', `alarm:${name}`),
    actions: on('cloudwatch', 'PutMetricAlarm DescribeAlarms TagResource UntagResource'),
    deletes: on('cloudwatch', 'DeleteAlarms'),
  },
  'AWS::CloudWatch::Dashboard': {
    name: 'DashboardName',
    arn: (name) => `arn:aws:cloudwatch::${account}:dashboard/${name}`,
    actions: on('cloudwatch', 'PutDashboard GetDashboard'),
    deletes: on('cloudwatch', 'DeleteDashboards'),
  },
  'AWS::DynamoDB::GlobalTable': {
    name: 'TableName',
    arn: (name) => arn('dynamodb', `table/${name}`),
    actions: on('dynamodb', 'CreateTable DescribeTable UpdateTable UpdateContinuousBackups'),
    deletes: on('dynamodb', 'DeleteTable'),
  },
  'AWS::Events::Archive': {
    name: 'ArchiveName',
    arn: (name) => arn('events', `archive/${name}`),
    actions: on('events', 'CreateArchive DescribeArchive UpdateArchive'),
    deletes: on('events', 'DeleteArchive'),
  },
  'AWS::Events::EventBus': {
    name: 'Name',
    arn: (name) => arn('events', `event-bus/${name}`),
    // CreateArchive is allowed on the archive and on its source.
    actions: on('events', 'CreateEventBus DescribeEventBus TagResource CreateArchive'),
    deletes: on('events', 'DeleteEventBus'),
  },
  'AWS::Events::EventBusPolicy': {
    name: 'EventBusName',
    arn: () => '*',
    actions: on('events', 'PutPermission'),
    deletes: on('events', 'RemovePermission'),
  },
  'AWS::Events::Rule': {
    name: 'Name',
    arn: (name, { EventBusName }) =>
      arn('events', `rule/${EventBusName === undefined ? '' : 'trailkeeper/'}${name}`),
    actions: on('events', 'PutRule PutTargets DescribeRule ListTargetsByRule'),
    deletes: on('events', 'RemoveTargets DeleteRule'),
  },
  'AWS::IAM::Policy': {
    name: 'Roles',
    arn: roleArn,
    actions: on('iam', 'PutRolePolicy GetRolePolicy'),
    deletes: on('iam', 'DeleteRolePolicy'),
  },
  'AWS::IAM::Role': {
    name: 'RoleName',
    arn: roleArn,
    actions: on('iam', 'CreateRole GetRole TagRole UpdateRole UpdateAssumeRolePolicy'),
    deletes: on('iam', 'DeleteRole ListRolePolicies ListAttachedRolePolicies DetachRolePolicy'),
  },
  'AWS::KMS::Key': {
    name: 'KeyId',
    arn: (name) => arn('kms', `key/${name}`),
    actions: on('kms', 'CreateKey TagResource DescribeKey GetKeyPolicy PutKeyPolicy EnableKey'),
    deletes: on('kms', 'ScheduleKeyDeletion'),
    context: ({ Tags }) =>
      Object.fromEntries(
        Tags.flatMap(({ Key, Value }: Properties) =>
          ['RequestTag', 'ResourceTag'].map((tag) => [`aws:${tag}/${Key}`, Value]),
        ),
      ),
  },
  'AWS::Lambda::EventSourceMapping': {
    name: 'Id',
    arn: (name) => arn('lambda', `event-source-mapping:${name}`),
    actions: on(
      'lambda',
      'CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping',
    ),
    deletes: on('lambda', 'DeleteEventSourceMapping'),
    context: () => ({ 'lambda:FunctionArn': functionArn('Trailkeeper-Changes') }),
  },
  'AWS::Lambda::EventInvokeConfig': {
    name: 'FunctionName',
    arn: functionArn,
    actions: on('lambda', 'PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig'),
    deletes: on('lambda', 'DeleteFunctionEventInvokeConfig'),
  },
  'AWS::Lambda::Function': {
    name: 'FunctionName',
    arn: functionArn,
    actions: on(
      'lambda',
      'CreateFunction GetFunction PutFunctionConcurrency TagResource UpdateFunctionCode UpdateFunctionConfiguration DeleteFunctionConcurrency',
    ),
    deletes: on('lambda', 'DeleteFunction'),
  },
  'AWS::Lambda::Permission': {
    name: 'FunctionName',
    arn: functionArn,
    actions: on('lambda', 'AddPermission'),
    deletes: on('lambda', 'RemovePermission'),
    context: ({ Principal }) => ({ 'lambda:Principal': String(Principal) }),
  },
  'AWS::Logs::LogGroup': {
    name: 'LogGroupName',
    arn: (name) => arn('logs', `log-group:${name}:*`),
    actions: on('logs', 'CreateLogGroup PutRetentionPolicy TagResource'),
    deletes: on('logs', 'DeleteLogGroup'),
  },
  'AWS::S3::Bucket': {
    name: 'BucketName',
    arn: bucketArn,
    actions: on(
      's3',
      'CreateBucket PutEncryptionConfiguration PutLifecycleConfiguration PutBucketPublicAccessBlock PutBucketVersioning',
    ),
    deletes: on('s3', 'DeleteBucket ListBucket'),
  },
  'AWS::S3::BucketPolicy': {
    name: 'Bucket',
    arn: bucketArn,
    actions: on('s3', 'GetBucketPolicy PutBucketPolicy'),
    deletes: on('s3', 'DeleteBucketPolicy'),
  },
  'AWS::SNS::Subscription': {
    name: 'TopicArn',
    arn: (name) => arn('sns', name),
    actions: on('sns', 'Subscribe GetSubscriptionAttributes'),
    deletes: on('sns', 'Unsubscribe'),
    context: ({ Protocol }) => ({ 'sns:Protocol': String(Protocol) }),
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    arn: (name) => arn('sns', name),
    actions: on('sns', 'CreateTopic GetTopicAttributes SetTopicAttributes TagResource'),
    deletes: on('sns', 'DeleteTopic'),
  },
  'AWS::SNS::TopicPolicy': {
    name: 'Topics',
    arn: (name) => arn('sns', name),
    actions: on('sns', 'SetTopicAttributes'),
    deletes: on('sns', 'SetTopicAttributes'),
  },
  'AWS::SQS::Queue': {
    name: 'QueueName',
    arn: (name) => arn('sqs', name),
    actions: on('sqs', 'CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes TagQueue'),
    deletes: on('sqs', 'DeleteQueue'),
  },
  'AWS::SQS::QueuePolicy': {
    name: 'Queues',
    arn: (name) => arn('sqs', name),
    actions: on('sqs', 'SetQueueAttributes'),
    deletes: on('sqs', 'SetQueueAttributes'),
  },
  'AWS::Scheduler::Schedule': {
    name: 'Name',
    arn: (name) => arn('scheduler', `schedule/default/${name}`),
    actions: on('scheduler', 'CreateSchedule GetSchedule UpdateSchedule'),
    deletes: on('scheduler', 'DeleteSchedule'),
  },
  'AWS::SecretsManager::Secret': {
    name: 'Name',
    arn: (name) => arn('secretsmanager', `secret:${name}-a1B2c3`),
    actions: on('secretsmanager', 'CreateSecret DescribeSecret UpdateSecret TagResource'),
    deletes: on('secretsmanager', 'DeleteSecret'),
  },
};

/** AWS does not let these be narrowed to a resource. Source: Service Authorization Reference. */
const withoutResource = [
  'cloudtrail:DescribeTrails',
  'events:PutPermission',
  'events:RemovePermission',
  'logs:DescribeLogGroups',
];

/** Of these AWS does not let the resource be named, which is not there yet. */
const creating = ['kms:CreateKey', 'lambda:CreateEventSourceMapping'];

describe('the policy for what CloudFormation does', () => {
  test.each([...new Set(resources.map(({ Type }) => Type))])('covers %s', async (type) => {
    const { name, arn: arnOf, actions, deletes, context } = callsOf(type);
    for (const resource of resources.filter(({ Type }) => Type === type)) {
      const { Properties } = resource;
      const target = arnOf(nameIn(resource, name), Properties);
      for (const action of [...actions, ...deletes]) {
        expect([action, target, await allows(action, target, context?.(Properties))]).toEqual([
          action,
          target,
          true,
        ]);
      }
    }
  });

  test.each(Object.keys(calls))('lets no other %s be touched', async (type) => {
    const { arn: arnOf, actions, deletes } = callsOf(type);
    const context = { 'lambda:Principal': 'events.amazonaws.com', 'sns:Protocol': 'email' };
    for (const action of [...actions, ...deletes]) {
      if (withoutResource.includes(action)) continue;
      expect([action, await allows(action, arnOf('other', {}), context)]).toEqual([action, false]);
    }
  });

  test('lets each role be handed to the service that takes it on, and to no other', async () => {
    for (const role of resources.filter(({ Type }) => Type === 'AWS::IAM::Role')) {
      const target = roleArn(nameIn(role, 'RoleName'));
      const service = role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service;

      expect(await allows('iam:PassRole', target, { 'iam:PassedToService': service })).toBe(true);
      expect(
        await allows('iam:PassRole', target, { 'iam:PassedToService': 'ec2.amazonaws.com' }),
      ).toBe(false);
    }
  });

  test('lets a function be invoked by rules alone, and people be told by e-mail alone', async () => {
    const principal = { 'lambda:Principal': '444455556666' };
    const protocol = { 'sns:Protocol': 'https' };

    expect(await allows('lambda:AddPermission', functionArn('Trailkeeper-Sweep'), principal)).toBe(
      false,
    );
    expect(await allows('sns:Subscribe', arn('sns', 'Trailkeeper-Alarms'), protocol)).toBe(false);
  });

  test('lets the bundles and the version of the own toolkit be read, and those of no other', async () => {
    const bundle = (qualifier: string) =>
      `arn:aws:s3:::cdk-${qualifier}-assets-${account}-${region}/0a1b.zip`;
    const version = (qualifier: string) =>
      arn('ssm', `parameter/cdk-bootstrap/${qualifier}/version`);

    expect(await allows('s3:GetObject', bundle(own))).toBe(true);
    expect(await allows('ssm:GetParameters', version(own))).toBe(true);
    // The qualifier of everybody who has said none.
    expect(await allows('s3:GetObject', bundle('hnb659fds'))).toBe(false);
    expect(await allows('ssm:GetParameters', version('hnb659fds'))).toBe(false);
  });

  test('binds nobody else: every stack is deployed by a toolkit of its own', () => {
    expect(toolkitStackName).toMatch(/^Trailkeeper-/);
    for (const { file, parameters } of templates) {
      expect(parameters.BootstrapVersion.Default, file).toBe(`/cdk-bootstrap/${own}/version`);
    }
  });

  test('lets nobody read or write what trailkeeper keeps', async () => {
    const table = arn('dynamodb', 'table/Trailkeeper-State1C20CC9A-1ABCDEFGHIJK');

    expect(await allows('dynamodb:GetItem', table)).toBe(false);
    expect(await allows('dynamodb:PutItem', table)).toBe(false);
  });

  test('names no action by * alone', () => {
    const all = statements.flatMap(({ Action }) => Action);

    expect(all.filter((action) => /^(.*:)?\*$/.test(action))).toEqual([]);
  });

  test('is about every resource only where AWS knows no narrower one', () => {
    const everywhere = statements.filter(
      ({ Resource, Condition }) => Resource.includes('*') && Condition === undefined,
    );

    expect(everywhere.flatMap(({ Action }) => Action).toSorted()).toEqual(withoutResource);
  });

  test('is about roles of trailkeeper alone', () => {
    const ofIam = statements.filter(({ Action }) => Action.some((one) => one.startsWith('iam:')));

    expect(new Set(ofIam.flatMap(({ Resource }) => Resource))).toEqual(
      new Set(['arn:aws:iam::*:role/Trailkeeper-*']),
    );
  });

  test('fits into a managed policy', () => {
    // Source: IAM user guide, "IAM and AWS STS quotas"; whitespace does not count.
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
  });
});

type Statement = {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
};
// biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
type Properties = Record<string, any>;
type Resource = {
  readonly Type: string;
  readonly Properties: Properties;
  readonly id: string;
  readonly stack: string;
};
type Calls = {
  /** The property that names the resource, or the one that it is a part of. */
  readonly name: string;
  readonly arn: (name: string, properties: Properties) => string;
  readonly actions: readonly string[];
  readonly deletes: readonly string[];
  readonly context?: (properties: Properties) => Record<string, string>;
};

function callsOf(type: string): Calls {
  const found = calls[type];
  if (found === undefined) throw new Error(`${type}: say what CloudFormation calls for it`);
  return found;
}

/** As CloudFormation names it where the template does not. */
function nameIn({ Properties, id, stack }: Resource, property: string): string {
  const [given] = [Properties[property]].flat();
  if (typeof given === 'string') return given;
  const other = given?.Ref ?? given?.['Fn::GetAtt']?.[0];
  const owner = resources.find((one) => one.stack === stack && one.id === other);
  return owner === undefined
    ? `${stack}-${id}-1ABCDEFGHIJK`
    : nameIn(owner, callsOf(owner.Type).name);
}

/** A key of the account: its policy lets IAM decide. */
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};

async function allows(action: string, resource: string, context = {}): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${account}:assumed-role/cdk-trailkeep-cfn-exec-role/AWSCloudFormation`,
        action,
        resource: { resource: creating.includes(action) ? '*' : resource, accountId: account },
        contextVariables: context,
      },
      identityPolicies: [{ name: 'bootstrap', policy }],
      ...(resource.startsWith('arn:aws:kms:') && { resourcePolicy: keyPolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}

async function templatesIn(folder: string) {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.template.json'));
  return Promise.all(
    files.map(async (file) => {
      const stack = file.replace('.template.json', '');
      const { Parameters, Resources } = JSON.parse(await readFile(join(folder, file), 'utf8'));
      const parameters: Properties = Parameters;
      const resources = Object.entries(Resources as Record<string, Resource>)
        .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
        .map(([id, resource]): Resource => ({ ...resource, id, stack }));
      return { file, parameters, resources };
    }),
  );
}

function on(service: string, names: string): string[] {
  return names.split(' ').map((name) => `${service}:${name}`);
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

function roleArn(name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

function functionArn(name: string): string {
  return arn('lambda', `function:${name}`);
}

function bucketArn(name: string): string {
  return `arn:aws:s3:::${name.toLowerCase()}`;
}
