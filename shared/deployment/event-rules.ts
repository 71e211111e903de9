import { isGlobal, recordedIn } from '#aws/partitions.ts';
import { type AccountRegion, names } from '#aws/resource-names.ts';
import { triggers as allTriggers, dependencyKinds } from '#drift/index.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import { busEvents } from '#incident/incident.ts';
import { cloudFormation } from '#trail/api-call.ts';
import { apiCall, type EventPattern, type ServicePattern, trailPatterns } from './event-pattern.ts';
import { forwarded, ofOurRoles, tamperPatterns } from './tamper-patterns.ts';
import { isOfDependencies, type Topology } from './topology.ts';

/** An EventBridge rule: `infra/` deploys it, and the self-check compares the deployed rule with it. */
export type EventRule = {
  readonly name: string;
  readonly description: string;
  readonly bus: 'default' | typeof names.bus;
  readonly pattern: EventPattern;
  readonly targets: readonly RuleTarget[];
};

/**
 * `bus` is our own bus, and the others are functions, but for two: `alarms` is the topic, and so is `dependencyAlarms`, with the message
 * about the account of a dependency.
 */
export type RuleTarget =
  | 'bus'
  | 'alarms'
  | 'dependencyAlarms'
  | 'remediate'
  | 'selfCheck'
  | 'alert';

/**
 * The rules in one account and Region. On each default bus, one rule per service matches calls that can make a trail drift, and one
 * rule per service matches calls that change trailkeeper itself. They forward to our own bus in the main Region, which starts the
 * functions. In the main Region, calls that change trailkeeper go straight to the topic, because our own bus may be what was changed;
 * of a stack update, that is only the call that starts it.
 */
export function rulesOf(at: AccountRegion, topology: Topology): readonly EventRule[] {
  const isMain = at.account === topology.account && at.region === topology.region;
  const triggers = isOfDependencies(at, topology)
    ? dependencyKinds.flatMap((kind) => kind.triggers)
    : allTriggers;
  const recorded = trailPatterns(triggers).filter(([service]) => isRecorded(service, at, topology));
  const trailRules = recorded.map(
    ([service, pattern]): EventRule => ({
      name: `${names.stack}-Trail-${service}`,
      description: `Calls to ${service} that can make a protected trail drift`,
      bus: 'default',
      pattern,
      targets: ['bus'],
    }),
  );
  const tampering = tamperPatterns(topology)
    .filter(([service]) => isMain || forwarded.has(service))
    .filter(([service]) => !isGlobal(service) || recordedIn(service, at.region) === at.region)
    .flatMap(([service, pattern]): readonly EventRule[] => {
      const rule = {
        name: `${names.stack}-Tamper-${service}`,
        description: `Calls to ${service} that change trailkeeper itself`,
        bus: 'default',
        pattern,
      } as const;
      if (isMain) return tamperRules(rule);
      return [{ ...rule, pattern: without(recorded, service, pattern), targets: ['bus'] }];
    });
  return [...trailRules, ...tampering, ...(isMain ? ownBusRules(topology) : [])];
}

/** A tamper pattern without the calls that a trail rule forwards already: an event is forwarded once. */
function without(
  trailRules: readonly ServicePattern[],
  service: string,
  pattern: EventPattern,
): EventPattern {
  const forwardedCalls = trailRules.flatMap(([of, { detail }]) =>
    of === service ? ((detail as Partial<CallPattern>).eventName ?? []) : [],
  );
  if (forwardedCalls.length === 0) return pattern;
  return {
    ...pattern,
    detail: { ...pattern.detail, eventName: [{ 'anything-but': forwardedCalls }] },
  };
}

/** The detail of a pattern of calls by name. */
type CallPattern = { readonly eventName: readonly string[] };

/** A stack update makes dozens of calls: the self-check gathers them, and they do not go to the topic one by one. */
function tamperRules(rule: Omit<EventRule, 'targets'>): readonly EventRule[] {
  const madeBy = (...invokedBy: readonly (string | object)[]): EventPattern => ({
    ...rule.pattern,
    detail: { ...rule.pattern.detail, userIdentity: { invokedBy } },
  });
  const direct = madeBy({ exists: false }, { 'anything-but': [cloudFormation] });
  return [
    { ...rule, pattern: direct, targets: ['alarms', 'selfCheck'] },
    {
      ...rule,
      name: rule.name.replace('-Tamper', '-TamperByStack'),
      description: `${rule.description}, by CloudFormation`,
      pattern: madeBy(cloudFormation),
      targets: ['selfCheck'],
    },
  ];
}

/** A rule whose message goes to the topic is two if other accounts have dependencies: what is to be done there is another command. */
function ofDependencies(
  { dependencyAccounts = [] }: Topology,
  rules: readonly EventRule[],
): readonly EventRule[] {
  const accounts = dependencyAccounts.map(({ account }) => account);
  if (accounts.length === 0) return rules;
  return rules.flatMap((rule): readonly EventRule[] => {
    if (!rule.targets.includes('alarms')) return [rule];
    const { pattern, targets } = rule;
    return [
      { ...rule, pattern: { ...pattern, account: [{ 'anything-but': accounts }] } },
      {
        ...rule,
        name: `${rule.name}-Dependencies`,
        description: `${rule.description}, that have dependencies`,
        pattern: { ...pattern, account: accounts },
        targets: targets.map((one) => (one === 'alarms' ? 'dependencyAlarms' : one)),
      },
    ];
  });
}

/** The rules of our own bus. Only AWS services can put events whose source begins with `aws.` on a bus. */
function ownBusRules(topology: Topology): readonly EventRule[] {
  const sources = (patterns: readonly ServicePattern[]): string[] =>
    patterns.flatMap(([, { source }]) => source);
  // Both kinds of calls come from these services; they differ in the name of the call.
  const isShared = ({ eventSource }: TriggerEvents): boolean =>
    forwarded.has(eventSource.replace('.amazonaws.com', ''));
  const shared = allTriggers.filter(isShared).map(({ eventSource }) => eventSource);
  const aboutTrails = allTriggers.filter(isShared).flatMap(({ eventNames }) => eventNames);
  return [
    {
      name: `${names.stack}-Trail`,
      description: 'Calls that can make a protected trail drift, from every account and Region',
      bus: names.bus,
      pattern: {
        source: sources(trailPatterns(allTriggers)),
        'detail-type': [apiCall],
        detail: {
          $or: [{ eventSource: [{ 'anything-but': shared }] }, { eventName: aboutTrails }],
        },
      },
      targets: ['remediate'],
    },
    ...ofDependencies(
      topology,
      tamperRules({
        name: `${names.stack}-Tamper`,
        description: 'Calls that change trailkeeper itself, from other accounts and Regions',
        bus: names.bus,
        pattern: {
          source: sources(tamperPatterns(topology).filter(([service]) => forwarded.has(service))),
          'detail-type': [apiCall],
          detail: {
            $or: [{ eventName: [{ 'anything-but': aboutTrails }] }, ...ofOurRoles(topology)],
          },
        },
      }),
    ),
    {
      name: `${names.stack}-Alert`,
      description: 'Events of trailkeeper, for people',
      bus: names.bus,
      pattern: { source: ['trailkeeper'], 'detail-type': busEvents },
      targets: ['alert'],
    },
  ];
}

/**
 * Calls to IAM and Organizations are recorded in one Region; calls about trails and their destinations count in the home Regions, and
 * those about dependencies in the Regions of the dependencies.
 */
const isRecorded = (service: string, at: AccountRegion, topology: Topology): boolean =>
  isGlobal(service)
    ? recordedIn(service, at.region) === at.region
    : topology.homeRegions.includes(at.region) || isOfDependencies(at, topology);
