import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountRegion } from './account-region.ts';
import { arnPrefix, partition } from './home.ts';
import { keyIdOf } from './kms-signing.ts';
import type { Properties, Resource, Stack } from './stack.ts';

/** Reads a synthesized CDK app and resolves each template for its account and Region, or for the given default. */
export function deployTemplates(cdkOut: string, place: AccountRegion): readonly Stack[] {
  const { artifacts } = readJson(join(cdkOut, 'manifest.json'));
  return Object.entries<Properties>(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([name, { properties, environment }]) => {
      const template = readJson(join(cdkOut, properties.templateFile));
      checkNoNull(template, name);
      return deployStack(
        properties.stackName ?? name,
        template,
        cdkOut,
        environmentOf(environment) ?? place,
      );
    });
}

/** Throws, as CloudFormation does, if the template contains null anywhere. */
function checkNoNull(value: unknown, stack: string, path = ''): void {
  if (value === null) {
    throw new Error(`${stack}: [${path}] 'null' values are not allowed in templates`);
  }
  if (typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) checkNoNull(member, stack, `${path}/${key}`);
}

/** `aws://ACCOUNT/REGION`; `unknown-account` and `unknown-region` stand for the default. */
function environmentOf(environment = ''): AccountRegion | null {
  const [, accountId, region] = /^aws:\/\/(\d{12})\/([a-z0-9-]+)$/.exec(environment) ?? [];
  return accountId && region ? { accountId, region } : null;
}

/** The stack of a template without parameters and conditions. */
export function deployStack(
  name: string,
  template: Properties,
  cdkOut: string,
  place: AccountRegion,
): Stack {
  const identify = (logicalId: string): { name: string; arn: string } => {
    const declared = template.Resources[logicalId];
    if (declared === undefined) throw new Error(`${name}: no resource ${logicalId}`);
    const { Type, Properties: properties = {} } = declared;
    const physicalName =
      properties[nameProperties[Type] ?? ''] ?? defaultName(Type, name, logicalId);
    const arn = arnOf(Type, physicalName, place, resolve(properties.EventBusName));
    return { name: refOf(Type, { arn, physicalName, place }), arn };
  };
  const resolve = resolver(identify, { ...place, stackName: name });

  const resources = Object.entries<Properties>(template.Resources).map(
    ([logicalId, { Type, Properties: properties = {}, Metadata = {} }]): Resource => {
      const asset = Metadata['aws:asset:path'];
      return {
        logicalId,
        type: Type,
        ...identify(logicalId),
        properties: resolve(properties),
        asset: asset === undefined ? null : join(cdkOut, asset),
      };
    },
  );
  const outputs = Object.entries<Properties>(template.Outputs ?? {}).map(
    ([key, { Value }]) => [key, resolve(Value)] as const,
  );
  const metadata = template.Metadata ?? {};
  return { name, place, resources, outputs: Object.fromEntries(outputs), metadata };
}

/** The property that sets a resource's name. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::CloudTrail::Trail': 'TrailName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Archive': 'ArchiveName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Policy': 'PolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SSM::Parameter': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

function defaultName(type: string, stack: string, logicalId: string): string {
  // The IDs of these types look like UUIDs.
  if (type === 'AWS::KMS::Key' || type === 'AWS::Lambda::EventSourceMapping') {
    return keyIdOf(`${stack}-${logicalId.slice(0, -hashLength)}`);
  }
  const name = `${stack}-${logicalId}`;
  return type === 'AWS::S3::Bucket' ? name.toLowerCase() : name;
}

/** Of the hash that CDK appends to a resource's path. */
const hashLength = 8;

/** The value of `Ref`. Source: CloudFormation template reference, "Return values" of each type. */
function refOf(
  type: string,
  { arn, physicalName, place }: { arn: string; physicalName: string; place: AccountRegion },
): string {
  if (type === 'AWS::SQS::Queue') return queueUrl(physicalName, place);
  return byArn.has(type) ? arn : physicalName;
}

const byArn: ReadonlySet<string> = new Set([
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
]);

/** Resolves the intrinsic functions that the templates use. Throws for any other function. */
function resolver(
  identify: (logicalId: string) => { name: string; arn: string },
  { accountId, region, stackName }: AccountRegion & { stackName: string },
): (value: Properties) => Properties {
  const pseudo: Record<string, string> = {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': partition.name,
    'AWS::URLSuffix': partition.dnsSuffix,
    'AWS::StackName': stackName,
  };
  const ref = (id: string): string => pseudo[id] ?? identify(id).name;
  const getAtt = ([id, attribute]: [string, string]): string => {
    const { name, arn } = identify(id);
    if (attribute === 'Arn') return arn;
    if (attribute === 'StreamArn') return streamArn(arn);
    if (attribute === 'QueueName' || attribute === 'TopicName') return arn.split(':').at(-1) ?? '';
    if (attribute === 'Name') return name;
    if (attribute === 'FunctionUrl') return `https://${urlHost(name, region)}/`;
    if (attribute === 'RegionalDomainName') return `${name}.s3.${region}.${partition.dnsSuffix}`;
    throw new Error(`the sandbox does not support Fn::GetAtt ${id}.${attribute}`);
  };
  const intrinsics: Record<string, (argument: Properties) => Properties> = {
    Ref: ref,
    'Fn::GetAtt': getAtt,
    'Fn::Join': ([separator, parts]) => resolve(parts).join(separator),
    'Fn::Sub': (text: string) =>
      text.replace(/\$\{([^}]+)\}/g, (_, id: string) =>
        id.includes('.') ? getAtt(id.split('.') as [string, string]) : ref(id),
      ),
  };

  function resolve(value: Properties): Properties {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
      const intrinsic = intrinsics[key];
      if (intrinsic === undefined) throw new Error(`the sandbox does not support ${key}`);
      return intrinsic(value[key]);
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
  }
  return resolve;
}

function arnOf(
  type: string,
  name: string,
  { accountId, region }: AccountRegion,
  eventBus: string | undefined,
): string {
  const at = (service: string, resource: string): string =>
    `${arnPrefix}:${service}:${region}:${accountId}:${resource}`;
  const busName = eventBus?.split('/').at(-1) ?? 'default';
  const arns: Record<string, string> = {
    'AWS::CloudTrail::Trail': at('cloudtrail', `trail/${name}`),
    'AWS::CloudWatch::Alarm': at('cloudwatch', `alarm:${name}`),
    'AWS::DynamoDB::Table': at('dynamodb', `table/${name}`),
    'AWS::Events::Archive': at('events', `archive/${name}`),
    'AWS::Events::EventBus': at('events', `event-bus/${name}`),
    'AWS::Events::Rule': at('events', `rule/${busName === 'default' ? '' : `${busName}/`}${name}`),
    'AWS::IAM::Role': `${arnPrefix}:iam::${accountId}:role/${name}`,
    'AWS::KMS::Key': at('kms', `key/${name}`),
    'AWS::Lambda::EventSourceMapping': at('lambda', `event-source-mapping:${name}`),
    'AWS::Lambda::Function': at('lambda', `function:${name}`),
    'AWS::Logs::LogGroup': at('logs', `log-group:${name}:*`),
    'AWS::S3::Bucket': `${arnPrefix}:s3:::${name}`,
    'AWS::SNS::Topic': at('sns', name),
    'AWS::SQS::Queue': at('sqs', name),
    'AWS::Scheduler::Schedule': at('scheduler', `schedule/default/${name}`),
    'AWS::SecretsManager::Secret': at('secretsmanager', `secret:${name}-AbCdEf`),
    'AWS::StepFunctions::StateMachine': at('states', `stateMachine:${name}`),
  };
  return arns[type] ?? `${arnPrefix}:sandbox:${region}:${accountId}:${name}`;
}

/** The host of a function URL. */
export const urlHost = (name: string, region: string): string =>
  `${name.toLowerCase().replace(/[^a-z0-9]/g, '')}.lambda-url.${region}.on.aws`;

/** The stream ARN of a table. A stream's name is its creation time. */
export const streamArn = (tableArn: string): string => `${tableArn}/stream/2026-01-01T00:00:00.000`;

const queueUrl = (name: string, { accountId, region }: AccountRegion): string =>
  `https://sqs.${region}.${partition.dnsSuffix}/${accountId}/${name}`;

const readJson = (file: string): Properties => JSON.parse(readFileSync(file, 'utf8'));
