import { recordedIn } from '#aws/partitions.ts';
import { names } from '#aws/resource-names.ts';
import { apiCall, type ServicePattern } from './event-pattern.ts';
import { arnsOf, type Topology } from './topology.ts';

/** The event pattern of each service that trailkeeper consists of: every call that names one of its resources, except reads. */
export const tamperPatterns = (topology: Topology): readonly ServicePattern[] =>
  Object.entries(parameters).flatMap(([service, fields]): readonly ServicePattern[] => {
    const ours = ownNames(service, topology);
    if (ours.length === 0) return [];
    const detail = {
      eventSource: [`${service}.amazonaws.com`],
      ...(reads[service] && { eventName: [{ 'anything-but': [...reads[service]] }] }),
      ...either(fields.map((field) => ({ requestParameters: { [field]: ours } }))),
    };
    return [[service, { source: [`aws.${service}`], 'detail-type': [apiCall], detail }]];
  });

/**
 * Calls that weaken nothing, besides Get, List and Describe, which never reach an ENABLED rule. `cdk diff` creates and deletes a change
 * set, the functions create log streams, people confirm the e-mail address that a deployment subscribed, and `recover` starts executions.
 */
const reads: Readonly<Record<string, readonly string[]>> = {
  cloudformation: [
    'CreateChangeSet',
    'DeleteChangeSet',
    'DetectStackDrift',
    'DetectStackResourceDrift',
  ],
  kms: ['Sign', 'Verify'],
  logs: ['CreateLogStream', 'FilterLogEvents', 'StartLiveTail', 'StartQuery'],
  sns: ['ConfirmSubscription'],
  states: ['StartExecution'],
};

/** EventBridge reads `$or` with a single member as the name of a field. Source: aws/event-ruler, "$or". */
const either = ([first = {}, ...others]: readonly object[]): object =>
  others.length === 0 ? first : { $or: [first, ...others] };

/** The fields of `requestParameters` that name the changed resource, by name, ARN or URL. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  cloudformation: ['stackName'],
  // For the sentinel: the trail rules match protected trails by any name.
  cloudtrail: ['name', 'trailName', 'resourceId'],
  dynamodb: ['tableName', 'resourceArn'],
  events: ['name', 'rule', 'eventBusName', 'archiveName'],
  iam: ['roleName'],
  // A key is known only by its ID.
  kms: ['keyId', 'targetKeyId'],
  // Update- and DeleteEventSourceMapping name the mapping by its id only; CloudTrail's spelling of UUID is not documented.
  lambda: ['functionName', 'uUID', 'uuid'],
  logs: ['logGroupName', 'logGroupIdentifier'],
  monitoring: ['alarmName', 'alarmNames', 'dashboardName', 'dashboardNames'],
  scheduler: ['name'],
  secretsmanager: ['secretId'],
  sns: ['topicArn', 'subscriptionArn'],
  sqs: ['queueUrl'],
  states: ['name', 'stateMachineArn', 'executionArn', 'mapRunArn', 'resourceArn'],
};

export const ownedNames: readonly string[] = [...new Set(Object.values(parameters).flat())];

/** The services with resources outside the main Region. */
export const forwarded: ReadonlySet<string> = new Set(['cloudformation', 'events', 'iam', 'sqs']);

/** Matchers for the names of our resources of a service. */
function ownNames(service: string, topology: Topology): readonly (string | object)[] {
  if (service === 'states' && !topology.recovers) return [];
  if (service !== 'kms') {
    return [{ wildcard: `*${names.stack}*` }, ...otherNames(service, topology)];
  }
  return topology.signingKey === undefined ? [] : [{ wildcard: `*${topology.signingKey}*` }];
}

/** Names that do not contain the name of the stack. */
function otherNames(service: string, topology: Topology): readonly (string | object)[] {
  if (service === 'events') return [names.bus, arnsOf(topology).bus];
  if (service === 'lambda') return topology.mappings ?? [];
  if (service !== 'secretsmanager') return [];
  return (topology.secrets ?? []).map((name) => ({ wildcard: `*${name}*` }));
}

/**
 * Calls to our roles that have the name of a call about trails. In the main Region a rule of the default bus matches those of the own
 * account.
 */
export const ofOurRoles = (topology: Topology): readonly object[] =>
  (parameters.iam ?? []).map((field) => ({
    requestParameters: { [field]: ownNames('iam', topology) },
    ...(recordedIn('iam', topology.region) === topology.region && {
      recipientAccountId: [{ 'anything-but': [topology.account] }],
    }),
  }));
