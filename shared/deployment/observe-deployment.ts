import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
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
import { asSet, type Json } from '#text/diff.ts';
import type {
  DeployedResources,
  FunctionWiring,
  MappingWiring,
  RoleWiring,
  RuleWiring,
  ScheduleWiring,
  TargetWiring,
} from './deployed-resources.ts';

/** What was found, and what could not be read: unknown is not gone. */
export type ObservedResources = {
  readonly found: DeployedResources;
  readonly unreadable: readonly string[];
};

/** Reads every part of the deployed wiring, in whichever Region it is. */
export async function observeDeployment(deployed: DeployedResources): Promise<ObservedResources> {
  const unreadable: string[] = [];
  const lambda = new LambdaClient();
  const scheduler = new SchedulerClient();
  const iam = new IAMClient();
  const eventsIn = perRegion((region) => new EventBridgeClient({ region }));
  const queuesIn = perRegion((region) => new SQSClient({ region, useQueueUrlAsEndpoint: false }));

  const [rules, functions, mappings, schedules, roles, undelivered, bus] = await Promise.all([
    each('rules', deployed.rules, (arn) => readRule(eventsIn(regionOf(arn)), arn)),
    each('functions', deployed.functions, (name) => readFunction(lambda, name)),
    each('mappings', deployed.mappings, (id) => readMapping(lambda, id)),
    each('schedules', deployed.schedules, (name) => readSchedule(scheduler, name)),
    each('roles', deployed.roles, (name) => readRole(iam, name)),
    each('undelivered', deployed.undelivered, (arn) => countMessages(queuesIn(regionOf(arn)), arn)),
    each('bus', { [names.bus]: deployed.bus }, () => readBus(new EventBridgeClient())),
  ]);
  const found = {
    rules,
    functions,
    mappings,
    schedules,
    roles,
    undelivered,
    bus: bus[names.bus] ?? null,
  };
  return { found, unreadable };

  /** What is gone is null. What can not be read is told, and passes as it was deployed. */
  async function each<Part>(
    kind: string,
    parts: Readonly<Record<string, Part | null>>,
    read: (name: string) => Promise<Part>,
  ): Promise<Record<string, Part | null>> {
    const entries = Object.entries(parts).map(async ([name, asDeployed]) => {
      try {
        return [name, await read(name)] as const;
      } catch (error) {
        if (isGone(error)) return [name, null] as const;
        unreadable.push(`${kind}: ${name} can not be read: ${nameOf(error)}: ${messageOf(error)}`);
        return [name, asDeployed] as const;
      }
    });
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** The answer, or what stands for it where the thing is not there. */
const ifThere = <Answer, Absent>(
  answer: Promise<Answer>,
  absent: Absent,
): Promise<Answer | Absent> =>
  answer.catch((error: unknown) => {
    if (isGone(error)) return absent;
    throw error;
  });

const isGone = (error: unknown): boolean =>
  [
    'ResourceNotFoundException',
    'NoSuchEntityException',
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
  ].includes(nameOf(error));

async function readRule(events: EventBridgeClient, arn: string): Promise<RuleWiring> {
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
    Targets: Targets.map(targetWiring).toSorted((one, other) => (one.Arn < other.Arn ? -1 : 1)),
  };
}

const targetWiring = (target: Target): TargetWiring => ({
  Arn: target.Arn ?? '',
  RoleArn: target.RoleArn ?? null,
  DeadLetterArn: target.DeadLetterConfig?.Arn ?? null,
  IsRewritten: [target.Input, target.InputPath, target.InputTransformer].some(Boolean),
});

async function readFunction(lambda: LambdaClient, FunctionName: string): Promise<FunctionWiring> {
  const [configuration, concurrency, invoke, policy] = await Promise.all([
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ifThere(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })), null),
    ifThere(lambda.send(new GetPolicyCommand({ FunctionName })), null),
  ]);
  return {
    CodeSha256: configuration.CodeSha256 ?? '',
    Handler: configuration.Handler ?? '',
    Role: configuration.Role ?? '',
    Timeout: configuration.Timeout ?? 0,
    Layers: (configuration.Layers ?? []).map(({ Arn = '' }) => Arn),
    Environment: configuration.Environment?.Variables ?? {},
    ReservedConcurrentExecutions: concurrency.ReservedConcurrentExecutions ?? null,
    // Source: Lambda API reference, FunctionEventInvokeConfig: two retries and six hours unless it says otherwise.
    MaximumRetryAttempts: invoke?.MaximumRetryAttempts ?? 2,
    MaximumEventAgeInSeconds: invoke?.MaximumEventAgeInSeconds ?? 21_600,
    OnFailure: invoke?.DestinationConfig?.OnFailure?.Destination ?? null,
    Rules: rulesIn(policy?.Policy ?? '{"Statement":[]}'),
  };
}

async function readMapping(lambda: LambdaClient, UUID: string): Promise<MappingWiring> {
  const mapping = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  return {
    State: mapping.State ?? '',
    FunctionArn: mapping.FunctionArn ?? '',
    // The stream of a table has the table's ARN before its own name.
    TableArn: mapping.EventSourceArn?.split('/stream/')[0] ?? '',
    BatchSize: mapping.BatchSize ?? 0,
    BisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError ?? false,
    MaximumRetryAttempts: mapping.MaximumRetryAttempts ?? -1,
    Filters: mapping.FilterCriteria?.Filters?.map(({ Pattern = '' }) => Pattern) ?? [],
    OnFailure: mapping.DestinationConfig?.OnFailure?.Destination ?? null,
  };
}

/** The rules that a function's policy lets in. */
function rulesIn(policy: string): readonly string[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly LambdaStatement[] };
  return Statement.filter(
    ({ Effect, Principal }) => Effect === 'Allow' && Principal?.Service === 'events.amazonaws.com',
  )
    .map(({ Condition }) => Condition?.ArnLike?.['AWS:SourceArn'] ?? '')
    .toSorted();
}

/** A statement as AddPermission writes it. */
type LambdaStatement = {
  readonly Effect: string;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: { readonly ArnLike?: { readonly 'AWS:SourceArn'?: string } };
};

async function readSchedule(scheduler: SchedulerClient, Name: string): Promise<ScheduleWiring> {
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

async function readRole(iam: IAMClient, RoleName: string): Promise<RoleWiring> {
  const [{ Role }, { PolicyNames = [] }, { AttachedPolicies = [] }] = await Promise.all([
    iam.send(new GetRoleCommand({ RoleName })),
    iam.send(new ListRolePoliciesCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
  ]);
  const policies = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  const statements = policies.flatMap(({ PolicyDocument }) => statementsIn(PolicyDocument));
  const actionsThat = (effect: string): readonly string[] =>
    asSet(
      statements
        .filter(({ Effect }) => Effect === effect)
        .flatMap(({ Action, NotAction }) => [
          ...list(Action),
          ...list(NotAction).map((action) => `all but ${action}`),
        ]),
    );
  return {
    TrustedBy: asSet(
      statementsIn(Role?.AssumeRolePolicyDocument)
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Principal = {} }) =>
          typeof Principal === 'string' ? Principal : Object.values(Principal).flatMap(list),
        ),
    ),
    Actions: actionsThat('Allow'),
    Denied: actionsThat('Deny'),
    PermissionsBoundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    AttachedPolicies: asSet(AttachedPolicies.map(({ PolicyArn = '' }) => PolicyArn)),
  };
}

/** IAM gives documents URL-encoded. Source: IAM API reference, GetRolePolicy. */
function statementsIn(document = ''): readonly RoleStatement[] {
  const { Statement } = JSON.parse(decodeURIComponent(document)) as {
    readonly Statement: OneOrMore<RoleStatement>;
  };
  return list(Statement);
}

type OneOrMore<Item> = Item | readonly Item[];
type RoleStatement = {
  readonly Effect: string;
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Principal?: string | Readonly<Record<string, OneOrMore<string>>>;
};

const list = <Item>(items: OneOrMore<Item> | undefined = []): readonly Item[] =>
  [items].flat() as readonly Item[];

/** Which accounts, beside its own, may put events on the bus. */
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
