import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { messageOf, nameOf } from '#aws/errors.ts';
import { perRegion } from '#aws/per-region.ts';
import { regionOf } from '#aws/resource-names.ts';
import type { Json } from '#text/diff.ts';
import { isGone, readFunction, readFunctionUrl, readMapping } from './observe-function.ts';
import { readRole } from './observe-role.ts';
import { readTablePolicy } from './observe-table-policy.ts';

/**
 * The resources between a CloudTrail call and its repair, by type and name, in a form that can be compared: as deployed, or as
 * observed. A resource that does not exist is null. Fields have the names of the AWS APIs.
 */
export type DeployedResources = {
  readonly [Type in keyof Readers]: Readonly<
    Record<string, Awaited<ReturnType<Readers[Type]>> | null>
  >;
};

type Readers = ReturnType<typeof readers>;

/** Reads one resource of each type, in its own Region. Rules and queues are named by ARN, event source mappings by ID. */
function readers(caller: Caller) {
  const lambda = new LambdaClient(caller);
  const scheduler = new SchedulerClient(caller);
  const iam = new IAMClient(caller);
  const dynamodb = new DynamoDBClient(caller);
  const events = perRegion((region) => new EventBridgeClient({ ...caller, region }));
  const queues = perRegion(
    (region) => new SQSClient({ ...caller, region, useQueueUrlAsEndpoint: false }),
  );
  return {
    rules: (arn: string) => readRule(events(regionOf(arn)), arn),
    functions: (name: string) => readFunction(lambda, name),
    functionUrls: (name: string) => readFunctionUrl(lambda, name),
    mappings: (id: string) => readMapping(lambda, id),
    schedules: (name: string) => readSchedule(scheduler, name),
    roles: (name: string) => readRole(iam, name),
    tablePolicies: (arn: string) => readTablePolicy(dynamodb, arn),
    buses: (name: string) => readBus(new EventBridgeClient(caller), name),
    stateMachines: (arn: string) => readStateMachine(new SFNClient(caller), arn),
    /** How many messages are in the dead-letter queue of each forwarder. */
    undelivered: (arn: string) => countMessages(queues(regionOf(arn)), arn),
  };
}

/** A resource that could not be read is in `unreadable`, and in `observed` as deployed: unknown does not mean gone. */
export type ObservedDeployment = {
  readonly observed: DeployedResources;
  readonly unreadable: readonly string[];
};

/** Whose credentials are used; those of the process if none are given. */
type Caller = { readonly credentials?: AwsCredentialIdentityProvider };

/** Reads every deployed resource. */
export async function observeDeployment(
  deployed: DeployedResources,
  caller: Caller = {},
): Promise<ObservedDeployment> {
  const read: Readonly<Record<string, (name: string) => Promise<unknown>>> = readers(caller);
  const unreadable: string[] = [];
  const observed = await mapMembers<Readonly<Record<string, unknown>>>(deployed, (named, type) =>
    mapMembers<unknown>(named, async (asDeployed, name) => {
      try {
        return await read[type]?.(name);
      } catch (error) {
        if (isGone(error)) return null;
        unreadable.push(`${type}: ${name} cannot be read: ${nameOf(error)}: ${messageOf(error)}`);
        return asDeployed;
      }
    }),
  );
  return { observed: observed as DeployedResources, unreadable };
}

async function mapMembers<Member>(
  members: Readonly<Record<string, Member>>,
  map: (member: Member, name: string) => Promise<unknown>,
): Promise<object> {
  const mapped = Object.entries(members).map(async ([name, member]) => [
    name,
    await map(member, name),
  ]);
  return Object.fromEntries(await Promise.all(mapped));
}

async function readRule(events: EventBridgeClient, arn: string) {
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

const readTarget = (target: Target) => ({
  Arn: target.Arn ?? '',
  RoleArn: target.RoleArn ?? null,
  DeadLetterArn: target.DeadLetterConfig?.Arn ?? null,
  /** Whether the target gets something other than the event. */
  IsRewritten: [target.Input, target.InputPath, target.InputTransformer].some(Boolean),
});

async function readSchedule(scheduler: SchedulerClient, Name: string) {
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

/** The other accounts that may put events on the bus. */
async function readBus(events: EventBridgeClient, Name: string) {
  const { Policy = '{"Statement":[]}' } = await events.send(new DescribeEventBusCommand({ Name }));
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

async function readStateMachine(sfn: SFNClient, stateMachineArn: string) {
  const { status, roleArn, definition } = await sfn.send(
    new DescribeStateMachineCommand({ stateMachineArn }),
  );
  return {
    Status: status ?? '',
    RoleArn: roleArn ?? '',
    Definition: JSON.parse(definition ?? 'null') as Json,
  };
}

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
