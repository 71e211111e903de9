import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import { channelSettings } from '#alert/channel-settings.ts';
import type { FunctionConfig } from '#deployment/function-config.ts';
import { tablePolicyOf } from '#deployment/signing-config.ts';
import type { Topology } from '#deployment/topology.ts';

/** Where the calls of global services are recorded: a main stack there needs no forwarder for them. */
export const mainRegion = 'us-east-1';
export const account = cdk.Aws.ACCOUNT_ID;

/** JSON in which the values of parameters, and what depends on them, is inserted at the deployment. */
export function configurationText(config: FunctionConfig): string {
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
    channels: inserted('SlackChannel'),
  };
  return Object.entries(insertions).reduce(
    (text, [name, json]) => text.replaceAll(JSON.stringify(inserted(name)), json),
    JSON.stringify({ ...config, facts }),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: it is replaced by JSON of the type that is needed in its place
const inserted = (name: string): any => `@${name}@`;

/** The approvers, in lists that have more elements. */
export const approvers = [inserted('Approvers')];

/** The condition that a parameter has a value. */
const has = (name: string): string => `Has${name}`;
const either = (name: string, json: string, otherwise: string): string =>
  cdk.Fn.conditionIf(has(name), json, otherwise).toString();
/** The values of a parameter that is a list. */
export const valuesOf = (name: string): string[] => cdk.Token.asList({ Ref: name });
const elements = (name: string): string => `"${cdk.Fn.join('","', valuesOf(name))}"`;
const list = (name: string): string => `[${elements(name)}]`;

/** As the functions read it, so that the integrity check finds no difference. */
const defaults = channelSettings.parse({ slack: {} });

/** The JSON that each parameter becomes. */
const insertions: Readonly<Record<string, string>> = {
  Approvers: elements('Approvers'),
  HomeRegions: list('HomeRegions'),
  Trails: list('Trails'),
  SigningKeys: either('SigningKeys', list('SigningKeys'), '[]'),
  OrganizationId: either('OrganizationId', `"${cdk.Fn.ref('OrganizationId')}"`, 'null'),
  SlackChannel: either(
    'SlackChannel',
    JSON.stringify({
      ...defaults,
      slack: { ...defaults.slack, channel: cdk.Fn.ref('SlackChannel') },
    }),
    JSON.stringify(channelSettings.parse({})),
  ),
};

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

/** Adds a parameter with this logical ID. */
export function parameter(
  stack: cdk.Stack,
  name: string,
  props: cdk.CfnParameterProps,
): cdk.CfnParameter {
  const made = new cdk.CfnParameter(stack, `${name}Parameter`, props);
  made.overrideLogicalId(name);
  return made;
}

/** Adds the parameters to the main stack, and puts them where a configuration cannot. */
export function addParameters(stack: cdk.Stack): void {
  withApprovers(stack);
  const list = { type: 'CommaDelimitedList' };
  parameter(stack, 'CodeBucket', {
    description: 'The bucket in this Region with the zips of the release',
  });
  parameter(stack, 'CodePrefix', {
    description: 'What the names of the zips in the bucket begin with',
    default: '',
  });
  parameter(stack, 'Approvers', {
    ...list,
    description: 'The ARNs of the users and roles of this account that may change baselines',
  });
  parameter(stack, 'Trails', {
    ...list,
    description: 'The ARNs of the protected trails, separated by commas',
  });
  parameter(stack, 'HomeRegions', {
    ...list,
    description:
      'The home Regions of these trails; each but us-east-1 needs the forwarder template',
    default: mainRegion,
  });
  const optional = [
    parameter(stack, 'OrganizationId', {
      description: 'The ID of the organization, in its management account: o-…',
      allowedPattern: '(o-[a-z0-9]{10,32})?',
      default: '',
    }),
    parameter(stack, 'SigningKeys', {
      ...list,
      description: 'The public keys of the approvers, each as one line of base64 without its frame',
      default: '',
    }),
    parameter(stack, 'Email', { description: 'The address that gets alarms', default: '' }),
    parameter(stack, 'SlackChannel', {
      description:
        'The ID of the Slack channel to which the bot posts; its token is in Trailkeeper-Slack',
      allowedPattern: '([CG][A-Z0-9]{6,20})?',
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
