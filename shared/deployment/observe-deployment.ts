import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { perRegion } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import { names } from '#aws/resource-names.ts';
import type { Json } from '#text/diff.ts';
import type {
  DeployedFunction,
  DeployedMapping,
  DeployedResources,
  DeployedRule,
  DeployedSchedule,
  DeployedTarget,
} from './deployed-resources.ts';
import { comparableEnvironment } from './function-config.ts';
import { readRole } from './observe-role.ts';

/** A resource that could not be read is in `unreadable`, and in `observed` as deployed: unknown does not mean gone. */
export type ObservedDeployment = {
  readonly observed: DeployedResources;
  readonly unreadable: readonly string[];
};

/** Reads every deployed resource, in its own Region. */
export async function observeDeployment(deployed: DeployedResources): Promise<ObservedDeployment> {
  const lambda = new LambdaClient();
  const scheduler = new SchedulerClient();
  const iam = new IAMClient();
  const eventsIn = perRegion((region) => new EventBridgeClient({ region }));
  const queuesIn = perRegion((region) => new SQSClient({ region, useQueueUrlAsEndpoint: false }));
  const { bus, ...named } = deployed;

  const [rules, functions, mappings, schedules, roles, undelivered, buses] = await Promise.all([
    readEach('rules', named.rules, (arn) => readRule(eventsIn(regionOf(arn)), arn)),
    readEach('functions', named.functions, (name) => readFunction(lambda, name)),
    readEach('mappings', named.mappings, (id) => readMapping(lambda, id)),
    readEach('schedules', named.schedules, (name) => readSchedule(scheduler, name)),
    readEach('roles', named.roles, (name) => readRole(iam, name)),
    readEach('undelivered', named.undelivered, (arn) =>
      countMessages(queuesIn(regionOf(arn)), arn),
    ),
    readEach('bus', { [names.bus]: bus }, () => readBus(new EventBridgeClient())),
  ]);
  return {
    observed: {
      rules: rules.observed,
      functions: functions.observed,
      mappings: mappings.observed,
      schedules: schedules.observed,
      roles: roles.observed,
      undelivered: undelivered.observed,
      bus: buses.observed[names.bus] ?? null,
    },
    unreadable: [rules, functions, mappings, schedules, roles, undelivered, buses].flatMap(
      ({ unreadable }) => unreadable,
    ),
  };
}

/** Reads the resources of one type. */
async function readEach<Resource>(
  type: string,
  deployed: Readonly<Record<string, Resource | null>>,
  read: (name: string) => Promise<Resource>,
): Promise<{ observed: Record<string, Resource | null>; unreadable: readonly string[] }> {
  const results = await Promise.all(
    Object.entries(deployed).map(async ([name, asDeployed]) => {
      try {
        return { name, resource: await read(name), problem: [] };
      } catch (error) {
        if (isGone(error)) return { name, resource: null, problem: [] };
        const problem = `${type}: ${name} cannot be read: ${nameOf(error)}: ${messageOf(error)}`;
        return { name, resource: asDeployed, problem: [problem] };
      }
    }),
  );
  return {
    observed: Object.fromEntries(results.map(({ name, resource }) => [name, resource])),
    unreadable: results.flatMap(({ problem }) => problem),
  };
}

/** The answer, or null if the resource does not exist. */
const orNull = <Answer>(answer: Promise<Answer>): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });

const isGone = (error: unknown): boolean =>
  [
    'ResourceNotFoundException',
    'NoSuchEntityException',
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
  ].includes(nameOf(error));

async function readRule(events: EventBridgeClient, arn: string): Promise<DeployedRule> {
  const [, ...path] = arn.split('/');
  const Name = path.at(-1);
  const EventBusName = path.length > 1 ? path[0] : 'default';
  const { State = '', EventPattern = 'null' } = await events.send(
    new DescribeRuleCommand({ Name, EventBusName }),
  );
  const { Targets = [] } = await events.send(
    new ListTargetsByRuleCommand({ Rule: Name, EventBusName }),
  );
  return {
    State,
    EventPattern: JSON.parse(EventPattern) as Json,
    Targets: Targets.map(readTarget).toSorted((one, other) => (one.Arn < other.Arn ? -1 : 1)),
  };
}

const readTarget = (target: Target): DeployedTarget => ({
  Arn: target.Arn ?? '',
  RoleArn: target.RoleArn ?? null,
  DeadLetterArn: target.DeadLetterConfig?.Arn ?? null,
  IsRewritten: [target.Input, target.InputPath, target.InputTransformer].some(Boolean),
});

async function readFunction(lambda: LambdaClient, FunctionName: string): Promise<DeployedFunction> {
  const [configuration, concurrency, invoke, policy] = await Promise.all([
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    orNull(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))),
    orNull(lambda.send(new GetPolicyCommand({ FunctionName }))),
  ]);
  return {
    CodeSha256: configuration.CodeSha256 ?? '',
    Handler: configuration.Handler ?? '',
    Role: configuration.Role ?? '',
    Timeout: configuration.Timeout ?? 0,
    Layers: (configuration.Layers ?? []).map(({ Arn = '' }) => Arn),
    Environment: comparableEnvironment(configuration.Environment?.Variables ?? {}),
    ReservedConcurrentExecutions: concurrency.ReservedConcurrentExecutions ?? null,
    // The defaults are two retries and six hours. Source: Lambda API Reference, FunctionEventInvokeConfig.
    MaximumRetryAttempts: invoke?.MaximumRetryAttempts ?? 2,
    MaximumEventAgeInSeconds: invoke?.MaximumEventAgeInSeconds ?? 21_600,
    OnFailure: invoke?.DestinationConfig?.OnFailure?.Destination ?? null,
    Rules: rulesIn(policy?.Policy ?? '{"Statement":[]}'),
  };
}

async function readMapping(lambda: LambdaClient, UUID: string): Promise<DeployedMapping> {
  const mapping = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  return {
    State: mapping.State ?? '',
    FunctionArn: mapping.FunctionArn ?? '',
    // The ARN of a stream begins with the ARN of its table.
    TableArn: mapping.EventSourceArn?.split('/stream/')[0] ?? '',
    BatchSize: mapping.BatchSize ?? 0,
    BisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError ?? false,
    MaximumRetryAttempts: mapping.MaximumRetryAttempts ?? -1,
    Filters: mapping.FilterCriteria?.Filters?.map(({ Pattern = '' }) => Pattern) ?? [],
    OnFailure: mapping.DestinationConfig?.OnFailure?.Destination ?? null,
  };
}

/** The rules that a function's policy allows to invoke it. */
function rulesIn(policy: string): readonly string[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly LambdaStatement[] };
  return Statement.filter(
    ({ Effect, Principal }) => Effect === 'Allow' && Principal?.Service === 'events.amazonaws.com',
  )
    .map(({ Condition }) => Condition?.ArnLike?.['AWS:SourceArn'] ?? '')
    .toSorted();
}

/** A statement that AddPermission writes. */
type LambdaStatement = {
  readonly Effect: string;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: { readonly ArnLike?: { readonly 'AWS:SourceArn'?: string } };
};

async function readSchedule(scheduler: SchedulerClient, Name: string): Promise<DeployedSchedule> {
  const {
    State = '',
    ScheduleExpression = '',
    Target,
  } = await scheduler.send(new GetScheduleCommand({ Name }));
  return {
    State,
    ScheduleExpression,
    Arn: Target?.Arn ?? '',
    RoleArn: Target?.RoleArn ?? '',
    Input: JSON.parse(Target?.Input ?? 'null') as Json,
  };
}

async function readBus(events: EventBridgeClient): Promise<NonNullable<DeployedResources['bus']>> {
  const { Policy = '{"Statement":[]}' } = await events.send(
    new DescribeEventBusCommand({ Name: names.bus }),
  );
  const { Statement } = JSON.parse(Policy) as { readonly Statement: readonly BusStatement[] };
  const principals = Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(
    ({ Principal }) => (typeof Principal === 'string' ? Principal : (Principal?.AWS ?? [])),
  );
  return { Senders: principals.map((arn) => /\d{12}/.exec(arn)?.[0] ?? arn).toSorted() };
}

type BusStatement = {
  readonly Effect: string;
  readonly Principal?: string | { readonly AWS?: string | readonly string[] };
};

async function countMessages(sqs: SQSClient, arn: string): Promise<number> {
  const [, , , , account, QueueName] = arn.split(':');
  const { QueueUrl } = await sqs.send(
    new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId: account }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';
