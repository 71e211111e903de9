import { longestArn, sizeOf } from './template-size.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
type Json = any;

type Template = { readonly Resources?: Json };

type Limit = {
  readonly name: string;
  readonly max: number;
  readonly unit: string;
  /** The AWS page that states it. */
  readonly source: string;
  /** The configuration keys that determine the usage. */
  readonly keys: readonly string[];
  readonly measure: (template: Template) => readonly Measured[];
};

type Measured = { readonly resource: string; readonly size: number };

/** The usage of a limit by the resource that uses most. */
export type Usage = Pick<Limit, 'name' | 'max' | 'unit' | 'source' | 'keys'> & Measured;

/** The usage of each limit by the resource of these templates that uses most. */
export const usagesOf = (templates: readonly Template[]): readonly Usage[] =>
  limits.map(({ measure, ...limit }) => {
    const measured = templates.flatMap(measure).toSorted((one, other) => other.size - one.size);
    return { ...limit, ...(measured[0] ?? { resource: '', size: 0 }) };
  });

/** One line for each limit of which a template uses more than 95 %: the rest stays free for upgrades. */
export const problemsIn = (templates: readonly Template[]): readonly string[] =>
  usagesOf(templates)
    .filter(({ size, max }) => size > max * 0.95)
    .map(
      ({ name, resource, size, max, unit, keys }) =>
        `${keys.map((key) => `trailkeeper.${key}`).join(', ')}: ${resource} needs ${size} ${unit}, but the limit is ${max} (${name}), of which 5 % stay free: configure fewer or shorter values`,
    );

const resourcesOf = (template: Template, type: string): readonly (readonly [string, Json])[] =>
  Object.entries<Json>(template.Resources ?? {})
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties]);

const each =
  (type: string, size: (properties: Json) => number) =>
  (template: Template): readonly Measured[] =>
    resourcesOf(template, type).map(([resource, properties]) => ({
      resource,
      size: size(properties),
    }));

/** The limit applies to the sum of a role's inline policies. */
function inlinePolicies(template: Template): readonly Measured[] {
  const ofRoles = resourcesOf(template, 'AWS::IAM::Role').flatMap(([role, { Policies = [] }]) =>
    Policies.map(({ PolicyDocument }: Json) => ({ role, size: sizeOf(PolicyDocument) })),
  );
  const granted = resourcesOf(template, 'AWS::IAM::Policy').flatMap(
    ([, { Roles, PolicyDocument }]) =>
      Roles.map((role: Json) => ({ role: String(role.Ref ?? role), size: sizeOf(PolicyDocument) })),
  );
  const policies = [...ofRoles, ...granted];
  const byRole = Map.groupBy(policies, ({ role }) => role);
  return [...byRole].map(([resource, all]) => ({
    resource,
    size: all.reduce((sum, { size }) => sum + size, 0),
  }));
}

/** The CDK moves statements that do not fit into managed policies, which the bootstrap policies do not allow to create. */
const managedPolicies = (template: Template): readonly Measured[] =>
  resourcesOf(template, 'AWS::IAM::ManagedPolicy').map(([resource]) => ({ resource, size: 1 }));

/** Each rule that may invoke a function adds a statement to the policy of the function. */
function functionPolicies(template: Template): readonly Measured[] {
  const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(
    ([, { FunctionName, ...rest }]) => ({
      resource: JSON.stringify(FunctionName['Fn::GetAtt']?.[0] ?? FunctionName),
      // Lambda adds field names and the ARN of the function to the statement.
      size: sizeOf(rest) + 2 * longestArn,
    }),
  );
  return [...Map.groupBy(permissions, ({ resource }) => resource)].map(([resource, all]) => ({
    resource,
    size: all.reduce((sum, { size }) => sum + size, 0),
  }));
}

/** The keys that determine the resources in role policies. */
const reach = ['trails', 'dependencies', 'cloudWatchLogsRoles', 'homeRegions'];

/** What no configuration and no further rule can change is not measured, for example trust policies and the policies of queues. */
const limits: readonly Limit[] = [
  {
    name: 'environment variables of a function',
    max: 4096,
    unit: 'bytes',
    source: 'Lambda Developer Guide, "Lambda quotas"',
    keys: ['alerts', 'dependencyAccounts'],
    measure: each('AWS::Lambda::Function', ({ Environment }) =>
      sizeOf(Environment?.Variables ?? {}),
    ),
  },
  {
    name: 'inline policies of a role',
    max: 10_240,
    unit: 'characters',
    source: 'IAM User Guide, "IAM and AWS STS quotas"',
    keys: reach,
    measure: inlinePolicies,
  },
  {
    name: 'managed policies that the CDK creates for statements that do not fit',
    max: 0,
    unit: 'policies',
    source: 'the bootstrap policies allow no managed policies',
    keys: reach,
    measure: managedPolicies,
  },
  {
    name: 'event pattern of a rule',
    max: 2048,
    unit: 'characters',
    source: 'EventBridge User Guide, "Amazon EventBridge quotas"',
    keys: ['channels'],
    measure: each('AWS::Events::Rule', ({ EventPattern }) => sizeOf(EventPattern)),
  },
  {
    name: 'message of a rule (input template)',
    max: 8192,
    unit: 'characters',
    source: 'EventBridge User Guide, "Amazon EventBridge input transformation"',
    keys: ['alerts'],
    measure: each('AWS::Events::Rule', ({ Targets = [] }) =>
      Math.max(
        0,
        ...Targets.map(({ InputTransformer }: Json) =>
          InputTransformer ? sizeOf(InputTransformer.InputTemplate) : 0,
        ),
      ),
    ),
  },
  {
    name: 'policy of the event bus',
    max: 10_240,
    unit: 'characters',
    source: 'EventBridge User Guide, "Amazon EventBridge quotas"',
    keys: ['organization.delegatedAdministrators', 'dependencyAccounts'],
    measure: each('AWS::Events::EventBusPolicy', ({ Statement }) => sizeOf(Statement)),
  },
  {
    name: 'policy of a function',
    max: 20_480,
    unit: 'bytes',
    source: 'Lambda Developer Guide, "Lambda quotas"',
    keys: ['region'],
    measure: functionPolicies,
  },
  {
    name: 'policy of a topic',
    max: 30_720,
    unit: 'bytes',
    source: 'Amazon SNS endpoints and quotas',
    keys: ['emails'],
    measure: each('AWS::SNS::TopicPolicy', ({ PolicyDocument }) => sizeOf(PolicyDocument)),
  },
  {
    name: 'policy of a table',
    max: 20_480,
    unit: 'bytes',
    source: 'DynamoDB Developer Guide, "Resource-based policy considerations"',
    keys: ['approvers'],
    measure: each('AWS::DynamoDB::Table', ({ ResourcePolicy }) =>
      sizeOf(ResourcePolicy?.PolicyDocument),
    ),
  },
  {
    name: 'resources of a stack',
    max: 500,
    unit: 'resources',
    source: 'CloudFormation User Guide, "CloudFormation quotas"',
    keys: ['emails'],
    measure: ({ Resources = {} }) => [
      { resource: 'the stack', size: Object.keys(Resources).length },
    ],
  },
  {
    name: 'template of a stack',
    max: 1_000_000,
    unit: 'bytes',
    source: 'CloudFormation User Guide, "CloudFormation quotas"',
    keys: reach,
    measure: (template) => [{ resource: 'the template', size: JSON.stringify(template).length }],
  },
];
