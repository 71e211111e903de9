import { allStacksIn } from './app.ts';

// The resources of a synthesized app with the names that CloudFormation gives them.

export const account = '111122223333';
export const region = 'eu-west-1';

// biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
export type Properties = any;

export type DeployedResource = { readonly Type: string; readonly Properties: Properties };

/** The resources of all stacks, with names in place of references. */
export function deployedIn(cdkOut: string): readonly DeployedResource[] {
  return allStacksIn(cdkOut).flatMap(({ name: stack, template }) => {
    const resources: Record<string, DeployedResource> = template.toJSON().Resources;
    return Object.entries(resources)
      .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
      .map(([id, { Type, Properties = {} }]) => ({
        Type,
        Properties: { ...Properties, [keyOf(Type)]: nameOf(stack, resources, id) },
      }));
  });
}

/** The name of a resource, or of the one that it belongs to; generated if the template has none. */
function nameOf(stack: string, resources: Record<string, DeployedResource>, id: string): string {
  const { Type, Properties = {} } = resources[id] as DeployedResource;
  const [given] = [Properties[keyOf(Type)]].flat();
  if (typeof given === 'string') return given;
  const other = given?.Ref ?? given?.['Fn::GetAtt']?.[0];
  return other in resources ? nameOf(stack, resources, other) : `${stack}-${id}-1ABCDEFGHIJK`;
}

/** The property that names a resource, or the resource that it belongs to. */
export function keyOf(type: string): string {
  const key = identities[type]?.[0];
  if (key === undefined) throw new Error(`${type}: say by which property it is named`);
  return key;
}

/** The ARN of a resource, and what AWS reports IAM about the request. */
export function identify(type: string, properties: Properties) {
  const [key, arnOf] = identities[type] as Identity;
  return { resource: arnOf(properties[key], properties), context: contextOf(type, properties) };
}

function contextOf(type: string, { Principal, Protocol, Tags = [] }: Properties): object {
  if (type === 'AWS::Lambda::Permission') return { 'lambda:Principal': Principal };
  if (type === 'AWS::SNS::Subscription') return { 'sns:Protocol': Protocol };
  if (type === 'AWS::Lambda::EventSourceMapping') {
    return { 'lambda:FunctionArn': arn('lambda', 'function:Trailkeeper-Audit') };
  }
  if (type !== 'AWS::KMS::Key') return {};
  return Object.fromEntries(
    Tags.flatMap(({ Key, Value }: Properties) =>
      ['RequestTag', 'ResourceTag'].map((tag) => [`aws:${tag}/${Key}`, Value]),
    ),
  );
}

type Identity = readonly [key: string, arnOf: (name: string, properties: Properties) => string];

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const functionArn = (name: string): string => arn('lambda', `function:${name}`);
const bucketArn = (name: string): string => `arn:aws:s3:::${name.toLowerCase()}`;

const identities: Readonly<Record<string, Identity>> = {
  'AWS::CloudTrail::Trail': ['TrailName', (name) => arn('cloudtrail', `trail/${name}`)],
  'AWS::CloudWatch::Alarm': ['AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)],
  'AWS::CloudWatch::Dashboard': [
    'DashboardName',
    (name) => `arn:aws:cloudwatch::${account}:dashboard/${name}`,
  ],
  'AWS::DynamoDB::Table': ['TableName', (name) => arn('dynamodb', `table/${name}`)],
  'AWS::Events::Archive': ['ArchiveName', (name) => arn('events', `archive/${name}`)],
  'AWS::Events::EventBus': ['Name', (name) => arn('events', `event-bus/${name}`)],
  'AWS::Events::EventBusPolicy': ['EventBusName', (name) => arn('events', `event-bus/${name}`)],
  'AWS::Events::Rule': [
    'Name',
    (name, { EventBusName }) => arn('events', `rule/${EventBusName ? 'trailkeeper/' : ''}${name}`),
  ],
  'AWS::IAM::Policy': ['Roles', roleArn],
  'AWS::IAM::Role': ['RoleName', roleArn],
  'AWS::KMS::Key': ['KeyId', (name) => arn('kms', `key/${name}`)],
  'AWS::Lambda::EventInvokeConfig': ['FunctionName', functionArn],
  'AWS::Lambda::EventSourceMapping': [
    'Id',
    (name) => arn('lambda', `event-source-mapping:${name}`),
  ],
  'AWS::Lambda::Function': ['FunctionName', functionArn],
  'AWS::Lambda::Permission': ['FunctionName', functionArn],
  'AWS::Lambda::Url': ['TargetFunctionArn', functionArn],
  'AWS::Logs::LogGroup': ['LogGroupName', (name) => arn('logs', `log-group:${name}:*`)],
  'AWS::S3::Bucket': ['BucketName', bucketArn],
  'AWS::S3::BucketPolicy': ['Bucket', bucketArn],
  'AWS::SNS::Subscription': ['TopicArn', (name) => arn('sns', name)],
  'AWS::SNS::Topic': ['TopicName', (name) => arn('sns', name)],
  'AWS::SNS::TopicPolicy': ['Topics', (name) => arn('sns', name)],
  'AWS::SQS::Queue': ['QueueName', (name) => arn('sqs', name)],
  'AWS::SQS::QueuePolicy': ['Queues', (name) => arn('sqs', name)],
  'AWS::Scheduler::Schedule': ['Name', (name) => arn('scheduler', `schedule/default/${name}`)],
  'AWS::SecretsManager::Secret': ['Name', (name) => arn('secretsmanager', `secret:${name}-a1B2c3`)],
  'AWS::StepFunctions::StateMachine': [
    'StateMachineName',
    (name) => arn('states', `stateMachine:${name}`),
  ],
};
