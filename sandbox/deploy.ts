import { isDeepStrictEqual } from 'node:util';
import { emptyTrail, type Trail } from './cloudtrail/trail-state.ts';
import { busWith } from './events/buses.ts';
import { arnPrefix } from './home.ts';
import { codeSha256 } from './lambda/code.ts';
import { type PermissionInput, permissionStatement } from './lambda/policy.ts';
import { findFunction } from './lambda/run.ts';
import { newBucket } from './s3/new-bucket.ts';
import { AwsError } from './service.ts';
import { subscribe } from './sns-subscriptions.ts';
import type { Properties, Resource, Stack } from './stack.ts';
import { deployMachine } from './stepfunctions/deploy-machine.ts';
import { urlHost } from './template.ts';
import type { FunctionState, Role, Target, World } from './world.ts';

/**
 * Creates the resources of a stack that the sandbox models and ignores the others. Of resources that exist, those that hold content are not
 * replaced, and of some types those with the same definition as before are not changed, unless their drift is reverted.
 */
export function deploy(
  stack: Stack,
  world: World,
  before: Stack | null = null,
  { revertsDrift = false, importsExisting = false }: DeployOptions = {},
): void {
  const known = new Map(before?.resources.map((one) => [one.arn, one]));
  const taken = stack.resources.find(
    ({ type, name, arn }) =>
      type === 'AWS::S3::Bucket' && world.buckets.has(name) && !known.has(arn) && !importsExisting,
  );
  if (taken !== undefined) {
    throw new AwsError('BucketAlreadyOwnedByYou', `${taken.name} already exists`, 409);
  }
  const isKept = (one: Resource) => {
    const was = known.get(one.arn);
    if (was === undefined) return false;
    if (keepsContent.has(one.type)) return true;
    if (one.type === table) return hasSamePolicy(was, one);
    const isSame = changedOnly.has(one.type) && isDeepStrictEqual(was.properties, one.properties);
    return isSame && !(revertsDrift && detectsDrift.has(one.type));
  };
  for (const type of order) {
    for (const resource of stack.resources.filter((one) => one.type === type && !isKept(one))) {
      makers[type]?.(resource, stack, world);
    }
  }
}

/** Types whose content a stack update does not change. */
const keepsContent: ReadonlySet<string> = new Set([
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
]);

export type DeployOptions = {
  readonly revertsDrift?: boolean;
  readonly importsExisting?: boolean;
};

/** Types whose resources a stack update leaves as they are, drifted or not, unless their definition changes. */
const changedOnly: ReadonlySet<string> = new Set([
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::Events::Rule',
]);

/**
 * Those of them whose drift CloudFormation detects. Source: CloudFormation User Guide, "Resource type support for imports and drift
 * detection"; that AWS::IAM::Policy does not: aws-cloudformation/cloudformation-coverage-roadmap#1686.
 */
const detectsDrift: ReadonlySet<string> = new Set(['AWS::IAM::Role', 'AWS::Events::Rule']);

/** Whether the live state of a resource of the stack differs from its definition, as far as CloudFormation detects it. */
export function hasDrifted(stack: Stack, { roles, rules, ...world }: World): boolean {
  const copy = { ...world, roles: new Map(roles), rules: new Map(rules) };
  for (const one of stack.resources.filter(({ type }) => detectsDrift.has(type))) {
    makers[one.type]?.(one, stack, copy);
  }
  return !isDeepStrictEqual([copy.roles, copy.rules], [roles, rules]);
}

const table = 'AWS::DynamoDB::Table';

/**
 * "If you add, update, or delete a policy outside of the CloudFormation template, the change won't be overwritten if there are no changes
 * to the policy within the template." Source: DynamoDB developer guide, "Resource-based policy considerations".
 */
const hasSamePolicy = (was: Resource, is: Resource): boolean =>
  isDeepStrictEqual(was.properties.ResourcePolicy, is.properties.ResourcePolicy);

type Make = (resource: Resource, stack: Stack, world: World) => void;

const makers: Readonly<Record<string, Make>> = {
  // A property that the template does not have stays as it is.
  'AWS::IAM::Role'({ arn, properties }, _stack, { roles }) {
    const before = roles.get(arn);
    const declared = (properties.Policies as Properties[] | undefined)?.map(
      ({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument] as [string, object],
    );
    roles.set(arn, {
      policies: declared ? new Map(declared) : (before?.policies ?? new Map()),
      attached: properties.ManagedPolicyArns ?? before?.attached ?? [],
      boundary: before?.boundary ?? null,
      trust: properties.AssumeRolePolicyDocument,
    });
  },
  'AWS::IAM::Policy'({ name, properties }, { place }, { roles }) {
    for (const roleName of properties.Roles) {
      const arn = `${arnPrefix}:iam::${place.accountId}:role/${roleName}`;
      const role = roles.get(arn) as Role;
      const policies = new Map([...role.policies, [name, properties.PolicyDocument as object]]);
      roles.set(arn, { ...role, policies });
    }
  },
  'AWS::KMS::Key'({ arn, name: keyId, properties }, { place }, { keys }) {
    const policy = JSON.stringify(properties.KeyPolicy);
    const spec = properties.KeySpec === 'ECC_NIST_P256' ? properties.KeySpec : 'SYMMETRIC_DEFAULT';
    const state = keys.get(arn)?.state ?? 'Enabled';
    keys.set(arn, { keyId, ...place, state, policy, spec });
  },
  'AWS::KMS::Alias'({ properties: { AliasName, TargetKeyId } }, { place }, { aliases }) {
    const { region, accountId } = place;
    aliases.set(`${arnPrefix}:kms:${region}:${accountId}:${AliasName}`, TargetKeyId);
  },
  [table]({ arn, properties: { ResourcePolicy } }, _stack, { tablePolicies }) {
    if (ResourcePolicy === undefined) tablePolicies.delete(arn);
    else tablePolicies.set(arn, JSON.stringify(ResourcePolicy.PolicyDocument));
  },
  'AWS::SQS::QueuePolicy'({ properties }, { resources }, { queuePolicies }) {
    for (const url of properties.Queues) {
      const queue = resources.find(({ name }) => name === url);
      queuePolicies.set(queue?.arn ?? '', JSON.stringify(properties.PolicyDocument));
    }
  },
  'AWS::SNS::Topic'({ arn }, _stack, { topics }) {
    topics.set(arn, { policy: '{"Version":"2012-10-17","Statement":[]}' });
  },
  'AWS::SNS::TopicPolicy'({ properties }, _stack, { topics }) {
    const policy = JSON.stringify(properties.PolicyDocument);
    for (const topic of properties.Topics) topics.set(topic, { ...topics.get(topic), policy });
  },
  'AWS::SNS::Subscription'({ properties: { TopicArn, Protocol, Endpoint } }, _stack, world) {
    subscribe(world, TopicArn, Protocol, Endpoint);
  },
  'AWS::Lambda::Function'({ arn, name, properties, asset }, { place }, { functions }) {
    const {
      FunctionName: _,
      Code: __,
      ReservedConcurrentExecutions = null,
      ...configuration
    } = properties;
    functions.set(arn, {
      name,
      place,
      code: asset ?? '',
      codeSha256: codeSha256(asset ?? ''),
      configuration,
      reservedConcurrency: ReservedConcurrentExecutions,
      invokeConfig: null,
      policy: [],
    });
  },
  'AWS::Lambda::EventSourceMapping'({ name: UUID, properties }, _stack, world) {
    const { FunctionName, StartingPosition: _, Enabled = true, ...settings } = properties;
    const [FunctionArn] = findFunction(world, FunctionName);
    const State = Enabled ? 'Enabled' : 'Disabled';
    world.mappings.set(UUID, { UUID, FunctionArn, State, ...settings });
  },
  'AWS::Lambda::Permission'({ logicalId, properties }, _stack, world) {
    const given: PermissionInput = { StatementId: logicalId, ...properties };
    edit(world, properties.FunctionName, (fn, arn) => ({
      policy: [...fn.policy, permissionStatement(arn, given)],
    }));
  },
  'AWS::Lambda::Url'({ name, properties }, { place }, { functionUrls }) {
    const { TargetFunctionArn: functionArn, AuthType: authType } = properties;
    functionUrls.set(urlHost(name, place.region), { functionArn, authType });
  },
  'AWS::Lambda::EventInvokeConfig'({ properties }, _stack, world) {
    const { FunctionName, Qualifier: _, ...invokeConfig } = properties;
    edit(world, FunctionName, () => ({ invokeConfig }));
  },
  'AWS::StepFunctions::StateMachine'(resource, _stack, world) {
    deployMachine(resource, world);
  },
  'AWS::Events::EventBus'({ arn }, _stack, { buses }) {
    buses.set(arn, { policy: null });
  },
  'AWS::Events::EventBusPolicy'({ properties }, { resources }, { buses }) {
    const bus = resources.find(
      ({ type, name }) => type === 'AWS::Events::EventBus' && name === properties.EventBusName,
    );
    const { arn = '' } = bus ?? {};
    const { Statement } = JSON.parse(buses.get(arn)?.policy ?? '{"Statement":[]}');
    buses.set(arn, busWith([...Statement, properties.Statement]));
  },
  'AWS::Events::Archive'({ arn, name, properties }, _stack, { archives }) {
    archives.set(arn, {
      name,
      busArn: properties.SourceArn,
      pattern: properties.EventPattern ? JSON.stringify(properties.EventPattern) : null,
      retentionDays: properties.RetentionDays,
      events: [],
    });
  },
  'AWS::Events::Rule'({ arn, name, properties }, { place }, { rules }) {
    const busName = String(properties.EventBusName ?? 'default')
      .split('/')
      .at(-1);
    rules.set(arn, {
      name,
      busArn: `${arnPrefix}:events:${place.region}:${place.accountId}:event-bus/${busName}`,
      state: properties.State,
      pattern: JSON.stringify(properties.EventPattern),
      targets: (properties.Targets ?? []) as readonly Target[],
    });
  },
  'AWS::Scheduler::Schedule'({ arn, name, properties }, _stack, { schedules }) {
    schedules.set(arn, { ...properties, Name: name });
  },
  'AWS::SecretsManager::Secret'({ arn, properties }, _stack, { secrets }) {
    secrets.set(arn, { name: properties.Name, value: null, versionId: '' });
  },
  'AWS::S3::Bucket'({ name, properties }, { place }, { buckets }) {
    const { ObjectLockEnabled, ObjectLockConfiguration: lock } = properties;
    const bucket = newBucket(place, { ObjectLockEnabledForBucket: ObjectLockEnabled });
    const configurations = { ...bucket.configurations, ...(lock && { 'object-lock': lock }) };
    if (!buckets.has(name)) buckets.set(name, { ...bucket, configurations });
  },
  'AWS::S3::BucketPolicy'({ properties }, { place }, { buckets }) {
    const policy = JSON.stringify(properties.PolicyDocument);
    const bucket = buckets.get(properties.Bucket) ?? newBucket(place);
    buckets.set(properties.Bucket, { ...bucket, policy });
  },
  'AWS::SSM::Parameter'({ name, properties }, { place }, { parameters }) {
    parameters.set(`${place.accountId}/${place.region}${name}`, properties.Value);
  },
  'AWS::CloudTrail::Trail'({ arn, name, properties }, { place }, { trails }) {
    trails.set(arn, trailOf({ arn, name, ...place }, properties));
  },
};

/** A resource comes after those that it refers to. */
const order = Object.keys(makers);

function edit(
  world: World,
  id: string,
  change: (fn: FunctionState, arn: string) => Partial<FunctionState>,
): void {
  const [arn, fn] = findFunction(world, id);
  world.functions.set(arn, { ...fn, ...change(fn, arn) });
}

/** A trail as CloudFormation creates it: for one account, with basic selectors. */
function trailOf(
  {
    arn,
    name,
    accountId,
    region,
  }: { arn: string; name: string; accountId: string; region: string },
  properties: Properties,
): Trail {
  return {
    ...emptyTrail,
    arn,
    name,
    accountId,
    homeRegion: region,
    settings: {
      S3BucketName: properties.S3BucketName,
      IncludeGlobalServiceEvents: properties.IncludeGlobalServiceEvents,
      IsMultiRegionTrail: properties.IsMultiRegionTrail,
      IsOrganizationTrail: properties.IsOrganizationTrail ?? false,
      LogFileValidationEnabled: properties.EnableLogFileValidation,
      RecursiveLogging: false,
    },
    logging: { IsLogging: properties.IsLogging, StartLoggingTime: new Date() },
    selectors: { EventSelectors: properties.EventSelectors },
  };
}
