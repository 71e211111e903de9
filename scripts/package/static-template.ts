import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { names } from '#aws/resource-names.ts';
import { type Deployment, parseDeployment } from '#deployment/config.ts';
import { factsInTemplate, type SelfCheckFacts } from '#deployment/expected-deployment.ts';
import type { FunctionConfig } from '#deployment/function-config.ts';
import { tablePolicyOf } from '#deployment/signing-config.ts';
import type { Topology } from '#deployment/topology.ts';
import { codeSha256, type FunctionFiles, zipOf } from '#infra/bundle.ts';
import { ForwarderStack } from '#infra/forwarder-stack.ts';
import { TrailkeeperStack } from '#infra/trailkeeper-stack.ts';
import type { Mode } from '#reconcile/outcome.ts';

/** Where the calls of global services are recorded: a main stack there needs no forwarder for them. */
const mainRegion = 'us-east-1';
const account = cdk.Aws.ACCOUNT_ID;

export type StaticTemplates = {
  readonly templates: Readonly<Record<string, object>>;
  /** The zips of functions by file name, which is the hash of their content. */
  readonly zips: ReadonlyMap<string, Uint8Array>;
};

/**
 * The templates of a release, for those who deploy without the CDK: the main stack, one for each mode, because the roles and what the
 * self-check expects of them differ; and the stack that forwards events from another Region. What `init` asks are parameters.
 */
export function staticTemplates(filesOf: (name: string) => FunctionFiles): StaticTemplates {
  const zips = new Map<string, Uint8Array>();
  const app = new cdk.App({ analyticsReporting: false });
  const mains = (['observe', 'enforce'] as const).map((mode) => ({
    name: `trailkeeper-${mode}`,
    stack: mainStack(app, mode, { filesOf, zips }),
  }));
  const topology = { account, region: mainRegion, homeRegions: [cdk.Aws.REGION] };
  const forwarder = new ForwarderStack(app, 'Forwarder', {
    ...withoutBootstrap(),
    topology: { ...topology, delegatedAdministrators: [] },
    env: { account, region: cdk.Aws.REGION },
  });
  const assembly = app.synth();
  const templates = [...mains, { name: 'trailkeeper-forwarder', stack: forwarder }].map(
    ({ name, stack }) => [name, assembly.getStackArtifact(stack.artifactId).template] as const,
  );
  return { templates: Object.fromEntries(templates), zips };
}

type Zips = {
  readonly filesOf: (name: string) => FunctionFiles;
  readonly zips: Map<string, Uint8Array>;
};

/** The CDK's interface and class differ in optional properties. */
const withoutBootstrap = () => ({
  synthesizer: new cdk.DefaultStackSynthesizer({
    generateBootstrapVersionRule: false,
  }) as cdk.IStackSynthesizer,
});

function mainStack(app: cdk.App, mode: Mode, { filesOf, zips }: Zips): cdk.Stack {
  let known: object = {};
  let code = '';
  const stack = new TrailkeeperStack(app, mode, {
    ...withoutBootstrap(),
    deployment: deploymentOf(mode),
    configuration: configurationText,
    bundle(name, facts) {
      const inCode = withoutParameters(facts);
      const zip = zipOf(filesOf(name), inCode);
      const sha256 = codeSha256(zip);
      const file = `${Buffer.from(sha256, 'base64').toString('hex')}.zip`;
      zips.set(file, zip);
      if (name === 'self-check') [known, code] = [inCode, sha256];
      return { code: new UploadedCode(file), sha256 };
    },
    env: { region: mainRegion },
  });
  stack.templateOptions.metadata = { [factsInTemplate]: JSON.stringify({ facts: known, code }) };
  addParameters(stack);
  withApprovers(stack);
  return stack;
}

/** The facts that no parameter changes; only the self-check has them. */
function withoutParameters(facts: object): object {
  const { roles, code, sweepEvery, reservedConcurrency } = facts as Partial<SelfCheckFacts>;
  return roles === undefined ? {} : { roles, code, sweepEvery, reservedConcurrency };
}

/** A configuration that stands for every value of the parameters. */
function deploymentOf(mode: Mode): Deployment {
  const placeholder = {
    mode: 'observe',
    account: '111122223333',
    region: mainRegion,
    slack: {},
    approvers: ['arn:aws:iam::111122223333:role/placeholder'],
  };
  return {
    ...parseDeployment(placeholder),
    mode,
    account,
    // Forwarders may be in any Region: the self-check may read their resources by name.
    homeRegions: [mainRegion, '*'],
    trails: valuesOf('Trails') as Deployment['trails'],
    approvers,
  };
}

/** JSON in which the values of parameters, and what depends on them, is inserted at the deployment. */
function configurationText(config: FunctionConfig): string {
  const topology: Topology = {
    account,
    region: mainRegion,
    homeRegions: inserted('HomeRegions'),
    delegatedAdministrators: [],
  };
  const facts = {
    signing: { keys: inserted('SigningKeys'), trails: inserted('Trails') },
    tablePolicy: tablePolicyOf({ account, region: mainRegion, approvers }),
    organization: inserted('OrganizationId'),
    topology,
  };
  const alerts = { ...config.alerts, slack: inserted('SlackChannel') };
  return Object.entries(insertions).reduce(
    (text, [name, json]) => text.replaceAll(JSON.stringify(inserted(name)), json),
    JSON.stringify({ ...config, alerts, facts }),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: it is replaced by JSON of the type that is needed in its place
const inserted = (name: string): any => `@${name}@`;

const approvers = [inserted('Approvers')];

/** The condition that a parameter has a value. */
const has = (name: string): string => `Has${name}`;
const either = (name: string, json: string, otherwise: string): string =>
  cdk.Fn.conditionIf(has(name), json, otherwise).toString();
const valuesOf = (name: string): string[] => cdk.Token.asList({ Ref: name });
const elements = (name: string): string => `"${cdk.Fn.join('","', valuesOf(name))}"`;
const list = (name: string): string => `[${elements(name)}]`;

/** The JSON that each parameter becomes. */
const insertions: Readonly<Record<string, string>> = {
  Approvers: elements('Approvers'),
  HomeRegions: list('HomeRegions'),
  Trails: list('Trails'),
  SigningKeys: either('SigningKeys', list('SigningKeys'), '[]'),
  OrganizationId: either('OrganizationId', `"${cdk.Fn.ref('OrganizationId')}"`, 'null'),
  SlackChannel: either(
    'SlackChannel',
    `{"secret":"${names.secret}","channel":"${cdk.Fn.ref('SlackChannel')}"}`,
    'null',
  ),
};

/** Code that someone uploads to a bucket before the deployment. */
class UploadedCode extends lambda.Code {
  readonly isInline = false;
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override bind(): lambda.CodeConfig {
    const objectKey = `${cdk.Fn.ref('CodePrefix')}${this.#file}`;
    return { s3Location: { bucketName: cdk.Fn.ref('CodeBucket'), objectKey } };
  }
}

/** Puts the parameter into the resource policy of the table, in which the approvers are elements of longer lists. */
function withApprovers(stack: cdk.Stack): void {
  const table = stack.node.findChild('State').node.defaultChild as dynamodb.CfnTable;
  const { Version, Statement } = tablePolicyOf({ account, region: mainRegion, approvers });
  const policyDocument = {
    Version,
    Statement: Statement.map(({ Condition: { ArnNotLike, ...others }, ...statement }) => ({
      ...statement,
      Condition: { ...others, ArnNotLike: { 'aws:PrincipalArn': joined(ArnNotLike) } },
    })),
  };
  table.resourcePolicy = { policyDocument };
}

function joined(condition: Readonly<Record<string, readonly string[]>> | undefined): string[] {
  const arns = condition?.['aws:PrincipalArn'] ?? [];
  const given = cdk.Fn.join(',', valuesOf('Approvers'));
  return cdk.Fn.split(
    ',',
    cdk.Fn.join(
      ',',
      arns.map((arn) => (arn === approvers[0] ? given : arn)),
    ),
  );
}

function addParameters(stack: cdk.Stack): void {
  const parameter = (name: string, props: cdk.CfnParameterProps): cdk.CfnParameter => {
    const made = new cdk.CfnParameter(stack, `${name}Parameter`, props);
    made.overrideLogicalId(name);
    return made;
  };
  const list = { type: 'CommaDelimitedList' };
  parameter('CodeBucket', {
    description: 'The bucket in this Region with the zips of the release',
  });
  parameter('CodePrefix', {
    description: 'What the names of the zips in the bucket begin with',
    default: '',
  });
  parameter('Approvers', {
    ...list,
    description: 'The ARNs of the users and roles of this account that may change baselines',
  });
  parameter('Trails', {
    ...list,
    description: 'The ARNs of the guarded trails, separated by commas',
  });
  parameter('HomeRegions', {
    ...list,
    description:
      'The home Regions of these trails; each but us-east-1 needs the forwarder template',
    default: mainRegion,
  });
  const optional = [
    parameter('OrganizationId', {
      description: 'The ID of the organization, in its management account: o-…',
      allowedPattern: '(o-[a-z0-9]{10,32})?',
      default: '',
    }),
    parameter('SigningKeys', {
      ...list,
      description: 'The public keys of the approvers, each as one line of base64 without its frame',
      default: '',
    }),
    parameter('Email', { description: 'The address that gets alarms', default: '' }),
    parameter('SlackChannel', {
      description: 'The Slack channel to which the bot posts; its token is in Trailkeeper-Slack',
      default: '',
    }),
  ];
  for (const { node, type } of optional) {
    const name = node.id.replace(/Parameter$/, '');
    const value = type === 'String' ? cdk.Fn.ref(name) : cdk.Fn.join('', valuesOf(name));
    const expression = cdk.Fn.conditionNot(cdk.Fn.conditionEquals(value, ''));
    new cdk.CfnCondition(stack, has(name), { expression });
  }
  const email = new sns.CfnSubscription(stack, 'EmailSubscription', {
    topicArn: cdk.Fn.ref(
      stack.getLogicalId(stack.node.findChild('Alarms').node.defaultChild as cdk.CfnElement),
    ),
    protocol: 'email',
    endpoint: cdk.Fn.ref('Email'),
  });
  email.addOverride('Condition', has('Email'));
  const output = (name: string) => stack.node.findChild(name) as cdk.CfnOutput;
  output('HomeRegions').value = cdk.Fn.join(',', valuesOf('HomeRegions'));
  output('Signing').value = `{"keys":${insertions.SigningKeys},"trails":${insertions.Trails}}`;
  output('SlackSecretArn').condition = stack.node.findChild(
    has('SlackChannel'),
  ) as cdk.CfnCondition;
}
