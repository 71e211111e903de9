import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './world.ts';

/** A resource of a deployed stack, its properties free of intrinsic functions. */
export type Resource = {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives: a queue's URL, a topic's ARN, else the name. */
  readonly name: string;
  readonly arn: string;
  readonly properties: Properties;
  /** The folder of the resource's asset, where it has one. */
  readonly asset: string | null;
};

// biome-ignore lint/suspicious/noExplicitAny: a template is data of any shape; a wrong guess fails the deployment
export type Properties = any;

export type Stack = {
  readonly name: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, string>>;
};

/** Reads a synthesised CDK app and deploys each of its templates, on paper, to one account and Region. */
export function deployTemplates(cdkOut: string, place: Place): readonly Stack[] {
  const { artifacts } = readJson(join(cdkOut, 'manifest.json'));
  return Object.entries<Properties>(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([name, { properties }]) => {
      const template = readJson(join(cdkOut, properties.templateFile));
      return deployStack(name, template, cdkOut, place);
    });
}

function deployStack(name: string, template: Properties, cdkOut: string, place: Place): Stack {
  const identify = (logicalId: string): { name: string; arn: string } => {
    const declared = template.Resources[logicalId];
    if (declared === undefined) throw new Error(`${name}: no resource ${logicalId}`);
    const physicalName = `${name}-${logicalId}`;
    const arn = arnOf(declared.Type, physicalName, place);
    const refs: Record<string, string> = {
      'AWS::SQS::Queue': queueUrl(physicalName, place),
      'AWS::SNS::Topic': arn,
    };
    return { name: refs[declared.Type] ?? physicalName, arn };
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
  return { name, resources, outputs: Object.fromEntries(outputs) };
}

/** Replaces the intrinsic functions that the templates use; any other one stops the deployment. */
function resolver(
  identify: (logicalId: string) => { name: string; arn: string },
  { accountId, region, stackName }: Place & { stackName: string },
): (value: Properties) => Properties {
  const pseudo: Record<string, string> = {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
  };
  const ref = (id: string): string => pseudo[id] ?? identify(id).name;
  const getAtt = ([id, attribute]: [string, string]): string => {
    if (attribute === 'Arn') return identify(id).arn;
    if (attribute === 'QueueName') return identify(id).name.split('/').at(-1) ?? '';
    throw new Error(`Fn::GetAtt ${id}.${attribute} is not known to the sandbox`);
  };
  const intrinsics: Record<string, (argument: Properties) => Properties> = {
    Ref: ref,
    'Fn::GetAtt': getAtt,
    'Fn::Join': ([separator, parts]) => resolve(parts).join(separator),
    'Fn::Sub': (text: string) => text.replace(/\$\{([^}]+)\}/g, (_, id: string) => ref(id)),
  };

  function resolve(value: Properties): Properties {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
      const intrinsic = intrinsics[key];
      if (intrinsic === undefined) throw new Error(`${key} is not known to the sandbox`);
      return intrinsic(value[key]);
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
  }
  return resolve;
}

function arnOf(type: string, name: string, { accountId, region }: Place): string {
  const arns: Record<string, string> = {
    'AWS::DynamoDB::GlobalTable': `arn:aws:dynamodb:${region}:${accountId}:table/${name}`,
    'AWS::Events::Rule': `arn:aws:events:${region}:${accountId}:rule/${name}`,
    'AWS::IAM::Role': `arn:aws:iam::${accountId}:role/${name}`,
    'AWS::Lambda::Function': `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    'AWS::Logs::LogGroup': `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`,
    'AWS::SNS::Topic': `arn:aws:sns:${region}:${accountId}:${name}`,
    'AWS::SQS::Queue': `arn:aws:sqs:${region}:${accountId}:${name}`,
  };
  return arns[type] ?? `arn:aws:sandbox:${region}:${accountId}:${name}`;
}

const queueUrl = (name: string, { accountId, region }: Place): string =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;

const readJson = (file: string): Properties => JSON.parse(readFileSync(file, 'utf8'));
