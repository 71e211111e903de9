import * as cdk from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { parseDeployment } from '#deployment/config.ts';
import { dependencyKinds } from '#drift/index.ts';
import type { PermissionScope } from '#drift/kind.ts';
import { addDependencyStacks } from '#infra/dependencies-stack.ts';
import { templatesOf } from '#infra/templates.ts';
import { parameter } from './template-parameters.ts';

/** A value that CloudFormation inserts. */
const inserted = (name: string): string => `\${${name}}`;

const main = '111122223333';
const own = '222233334444';
const externalId = 'the-external-id';
const region = 'us-east-1';

/** What stands for a value in the synthesized template, and what replaces it, in this order. */
const placeholders: readonly (readonly [string, string])[] = [
  [`:${region}:${main}:`, `:${inserted('MainRegion')}:${inserted('MainAccount')}:`],
  [main, inserted('MainAccount')],
  [own, inserted('AWS::AccountId')],
  [externalId, inserted('ExternalId')],
  [region, inserted('AWS::Region')],
];

/**
 * The template of the stack in the account of a dependency, also for a StackSet: the role is created in the main Region only, and the
 * rules for calls to IAM where these are recorded. The role reads everything that a trail may depend on, and restores what parameters name.
 */
export function dependenciesTemplate(): object {
  const app = new cdk.App({ analyticsReporting: false });
  const deployment = parseDeployment({
    mode: 'enforce',
    account: main,
    region,
    approvers: [`arn:aws:iam::${main}:role/placeholder`],
    dependencyAccounts: [{ account: own, externalId }],
  });
  const [stack] = addDependencyStacks(app, own, deployment);
  if (stack === undefined) throw new Error('there is no stack for the main Region');
  addParameters(stack);
  const repairs = Object.entries(restorable).map(([list, name]) => repairsOf(stack, list, name));
  const role = roleIn(stack);
  role.policies = [...(stack.resolve(role.policies) as iam.CfnRole.PolicyProperty[]), ...repairs];
  conditional(stack);
  const [{ Resources, Outputs, ...others }] = templatesOf(app, [stack]);
  return { ...others, Resources: parameterized(Resources), Outputs: parameterized(Outputs) };
}

/** The parameter for each list of what may be restored. */
const restorable: Readonly<Record<keyof PermissionScope['restorable'], string>> = {
  buckets: 'RestorableBuckets',
  replicationRoles: 'ReplicationRoles',
  keys: 'RestorableKeys',
  topics: 'RestorableTopics',
  logGroups: 'RestorableLogGroups',
  logRoles: 'RestorableLogRoles',
  alarms: 'RestorableAlarms',
};

/** No resource of any list. */
const nothing = Object.fromEntries(
  Object.keys(restorable).map((list) => [list, []]),
) as unknown as PermissionScope['restorable'];

function addParameters(stack: cdk.Stack): void {
  parameter(stack, 'MainAccount', {
    description: 'The account that trailkeeper is deployed to',
    allowedPattern: '[0-9]{12}',
  });
  parameter(stack, 'MainRegion', {
    description: 'The main Region of trailkeeper',
    default: region,
  });
  parameter(stack, 'ExternalId', {
    description: 'The externalId of this account in dependencyAccounts',
    allowedPattern: '[A-Za-z0-9_+=,.@:/-]{2,64}',
  });
  const isIn = (name: string) => cdk.Fn.conditionEquals(cdk.Fn.ref('AWS::Region'), name);
  condition(stack, 'IsMainRegion', isIn(cdk.Fn.ref('MainRegion')));
  condition(stack, 'RecordsIam', isIn(region));
}

const condition = (
  stack: cdk.Stack,
  name: string,
  expression: cdk.ICfnRuleConditionExpression,
): void => new cdk.CfnCondition(stack, `${name}Condition`, { expression }).overrideLogicalId(name);

/** The policy that allows to restore the resources that a parameter names, if it names any. */
function repairsOf(stack: cdk.Stack, list: string, name: string): cdk.IResolvable {
  const named = `@${name}@`;
  const scope: PermissionScope = {
    ...{ roles: '', trails: [], cloudWatchLogsRoles: [] },
    ...{ buckets: [], keys: [], topics: [], logGroups: [], logRoles: [] },
    restorable: { ...nothing, [list]: [named] },
  };
  const statements = dependencyKinds
    .flatMap(({ permissions }) => permissions.repair)
    .flatMap(({ actions, resources, conditions }) =>
      resources(scope).map((resource) => ({
        Effect: 'Allow',
        Action: actions,
        Resource: eachOf(name, resource.split(named)),
        ...(conditions && { Condition: conditions }),
      })),
    );
  parameter(stack, name, {
    type: 'CommaDelimitedList',
    description:
      list === 'replicationRoles'
        ? 'The ARNs of the roles that replicate restorable buckets, separated by commas; none: their replication is only reported, or deleted if it was added'
        : 'The ARNs of what may be restored, separated by commas; none: it is only read',
    default: '',
  });
  const isEmpty = cdk.Fn.conditionEquals(cdk.Fn.join('', cdk.Token.asList({ Ref: name })), '');
  condition(stack, `Has${name}`, cdk.Fn.conditionNot(isEmpty));
  return cdk.Fn.conditionIf(
    `Has${name}`,
    { PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } },
    cdk.Fn.ref('AWS::NoValue'),
  );
}

/** A resource for each element of a parameter, between two texts. */
const eachOf = (name: string, [before = '', after = '']: readonly string[]): object => ({
  'Fn::Split': [
    ',',
    {
      'Fn::Join': ['', [before, { 'Fn::Join': [`${after},${before}`, { Ref: name }] }, after]],
    },
  ],
});

const roleIn = (stack: cdk.Stack): iam.CfnRole =>
  stack.node.findChild('Role').node.defaultChild as iam.CfnRole;

/** The role and its policy are created in one Region, and the rules for calls to IAM in another. */
function conditional(stack: cdk.Stack): void {
  for (const { node } of stack.node.findChild('Role').node.findAll()) {
    const resource = node.defaultChild;
    if (resource instanceof cdk.CfnResource) resource.addOverride('Condition', 'IsMainRegion');
  }
  for (const { node } of stack.node.children.filter(({ node }) => node.id.endsWith('-iam'))) {
    (node.defaultChild as cdk.CfnResource).addOverride('Condition', 'RecordsIam');
  }
}

/** A template in which the values of parameters and pseudo parameters are in place of the placeholders. */
function parameterized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(parameterized);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, parameterized(member)]),
    );
  }
  return typeof value === 'string' ? substituted(value) : value;
}

function substituted(text: string): unknown {
  const all = placeholders.reduce((before, [one, other]) => before.replaceAll(one, other), text);
  return all === text ? text : { 'Fn::Sub': all };
}
