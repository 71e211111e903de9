import { isGlobal, recordedIn } from '#aws/partitions.ts';
import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import { ownEvents } from '#incident/incident.ts';
import { arnsOf, type Topology } from './topology.ts';

/** An EventBridge rule of trailkeeper: deployed as it stands here, and read again by every sweep. */
export type EventRule = {
  readonly name: string;
  readonly description: string;
  readonly bus: 'default' | typeof names.bus;
  readonly pattern: EventPattern;
  readonly targets: readonly RuleTarget[];
};

/** `bus` is the own bus, `alarms` the topic; the others are functions. */
export type RuleTarget = 'bus' | 'alarms' | 'remediate' | 'selfCheck' | 'alert';

export type EventPattern = {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail?: object;
};

/**
 * The rules of one place. Everywhere a rule a service listens on the default bus: for calls after which a trail may have
 * drifted, and for calls that change trailkeeper itself. What they hear goes to the own bus in the main Region, where two
 * rules hand it on. In the main Region itself calls that change trailkeeper are told past the own bus, which may be what was cut.
 */
export function rulesOf(
  place: AccountRegion,
  layout: Topology,
  hints: readonly TriggerEvents[],
): readonly EventRule[] {
  const isMain = place.account === layout.account && place.region === layout.region;
  const trailRules = trailPatterns(hints)
    .filter(([service]) => isHeard(service, place, layout))
    .map(
      ([service, pattern]): EventRule => ({
        name: `${names.stack}-Trail-${service}`,
        description: `Calls to ${service} after which a guarded trail may have drifted`,
        bus: 'default',
        pattern,
        targets: ['bus'],
      }),
    );
  const tamperRules = tamperPatterns(layout)
    .filter(([service]) => isMain || forwarded.has(service))
    .filter(([service]) => !isGlobal(service) || recordedIn(service, place.region) === place.region)
    .map(
      ([service, pattern]): EventRule => ({
        name: `${names.stack}-Tamper-${service}`,
        description: `Calls to ${service} that change trailkeeper itself`,
        bus: 'default',
        pattern,
        targets: isMain ? ['alarms', 'selfCheck'] : ['bus'],
      }),
    );
  return [...trailRules, ...tamperRules, ...(isMain ? ownBusRules(layout, hints) : [])];
}

/** What the own bus gets from everywhere. Only services write events whose source begins with `aws.`. */
function ownBusRules(layout: Topology, hints: readonly TriggerEvents[]): readonly EventRule[] {
  const sources = (patterns: readonly ServicePattern[]): string[] =>
    patterns.flatMap(([, { source }]) => source);
  // Of these services calls come that are about trails, and calls that change trailkeeper: they differ by name.
  const isShared = ({ eventSource }: TriggerEvents): boolean =>
    forwarded.has(eventSource.replace('.amazonaws.com', ''));
  const shared = hints.filter(isShared).map(({ eventSource }) => eventSource);
  const aboutTrails = hints.filter(isShared).flatMap(({ eventNames }) => eventNames);
  return [
    {
      name: `${names.stack}-Trail`,
      description: 'Calls after which a guarded trail may have drifted, from every place',
      bus: names.bus,
      pattern: {
        source: sources(trailPatterns(hints)),
        'detail-type': [apiCall],
        ...(shared.length > 0 && {
          detail: {
            $or: [{ eventSource: [{ 'anything-but': shared }] }, { eventName: aboutTrails }],
          },
        }),
      },
      targets: ['remediate'],
    },
    {
      name: `${names.stack}-Tamper`,
      description: 'Calls that change trailkeeper itself, from other places',
      bus: names.bus,
      pattern: {
        source: sources(tamperPatterns(layout).filter(([service]) => forwarded.has(service))),
        'detail-type': [apiCall],
        ...(shared.length > 0 && { detail: { eventName: [{ 'anything-but': aboutTrails }] } }),
      },
      targets: ['alarms', 'selfCheck'],
    },
    {
      name: `${names.stack}-Alert`,
      description: 'What trailkeeper says of itself, for people',
      bus: names.bus,
      pattern: { source: ['trailkeeper'], 'detail-type': [...new Set(Object.values(ownEvents))] },
      targets: ['alert'],
    },
  ];
}

type ServicePattern = readonly [service: string, pattern: EventPattern];

/** The detail type of a call that CloudTrail recorded. Source: EventBridge user guide, "AWS service events delivered via CloudTrail". */
const apiCall = 'AWS API Call via CloudTrail';

/** The event pattern of each service that the hints name. Calls that failed match, too: they are attempts. */
export function trailPatterns(hints: readonly TriggerEvents[]): readonly ServicePattern[] {
  const eventSources = [...new Set(hints.map(({ eventSource }) => eventSource))];
  return eventSources.map((eventSource) => {
    const [service = ''] = eventSource.split('.');
    const eventName = hints
      .filter((hint) => hint.eventSource === eventSource)
      .flatMap(({ eventNames }) => eventNames);
    const detail = { eventSource: [eventSource], eventName: [...new Set(eventName)] };
    return [service, { source: [`aws.${service}`], 'detail-type': [apiCall], detail }];
  });
}

/**
 * The event pattern of each service that trailkeeper is made of: every call but a read that names a part of it, whatever the
 * call, so that none has to be known.
 */
export const tamperPatterns = (layout: Topology): readonly ServicePattern[] =>
  Object.entries(parts).flatMap(([service, parameters]): readonly ServicePattern[] => {
    const isOurs = namesOfOurs(service, layout);
    if (isOurs.length === 0) return [];
    const detail = {
      eventSource: [`${service}.amazonaws.com`],
      ...(reads[service] && { eventName: [{ 'anything-but': [...reads[service]] }] }),
      ...either(parameters.map((parameter) => ({ requestParameters: { [parameter]: isOurs } }))),
    };
    return [[service, { source: [`aws.${service}`], 'detail-type': [apiCall], detail }]];
  });

/**
 * Calls that change nothing although their names do not begin with Get, List or Describe, which never reach an ENABLED rule. A change
 * set changes nothing until it is executed: `cdk diff` creates and deletes one. The functions create log streams.
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
};

/** EventBridge takes `$or` for a field of the event where it has one member alone. Source: aws/event-ruler, "$or". */
const either = ([first = {}, ...others]: readonly object[]): object =>
  others.length === 0 ? first : { $or: [first, ...others] };

/** The members of `requestParameters` in which a call names, by name, ARN or URL, what it changes. */
const parts: Readonly<Record<string, readonly string[]>> = {
  cloudformation: ['stackName'],
  // Of the sentinel alone: guarded trails are heard of whatever they are called.
  cloudtrail: ['name', 'trailName', 'resourceId'],
  dynamodb: ['tableName', 'resourceArn'],
  events: ['name', 'rule', 'eventBusName', 'archiveName'],
  iam: ['roleName'],
  // Keys have no names.
  kms: ['keyId', 'targetKeyId'],
  // Update- and DeleteEventSourceMapping name the mapping by its id only; CloudTrail's spelling of UUID is not documented.
  lambda: ['functionName', 'uUID', 'uuid'],
  logs: ['logGroupName', 'logGroupIdentifier'],
  monitoring: ['alarmName', 'alarmNames', 'dashboardName', 'dashboardNames'],
  scheduler: ['name'],
  secretsmanager: ['secretId'],
  sns: ['topicArn', 'subscriptionArn'],
  sqs: ['queueUrl'],
};

/** The members of `requestParameters` that name parts. */
export const ownedNames: readonly string[] = [...new Set(Object.values(parts).flat())];

/** What stands in another place than the main one. */
const forwarded: ReadonlySet<string> = new Set(['cloudformation', 'events', 'iam', 'sqs']);

/** How what is ours is named, by a service. */
function namesOfOurs(service: string, layout: Topology): readonly (string | object)[] {
  if (service !== 'kms') {
    return [{ wildcard: `*${names.stack}*` }, ...namedOtherwise(service, layout)];
  }
  return layout.signingKey === undefined ? [] : [{ wildcard: `*${layout.signingKey}*` }];
}

/** What is not named after the stack. */
function namedOtherwise(service: string, layout: Topology): readonly (string | object)[] {
  if (service === 'events') return [names.bus, arnsOf(layout).bus];
  if (service === 'lambda') return layout.mapping === undefined ? [] : [layout.mapping];
  const isSecret = service === 'secretsmanager' && layout.secret !== undefined;
  return isSecret ? [{ wildcard: `*${layout.secret}*` }] : [];
}

/**
 * IAM and Organizations are recorded in one Region; what is done to a trail where it has its home, and there, too, what it delivers
 * to is listened for.
 */
const isHeard = (service: string, place: AccountRegion, { homeRegions }: Topology): boolean =>
  isGlobal(service)
    ? recordedIn(service, place.region) === place.region
    : homeRegions.includes(place.region);
