import type { AccountRegion } from '../account-region.ts';
import { trailsAt } from '../cloudtrail/lookup.ts';
import { envelopeOf } from '../cloudtrail/record.ts';
import type { CloudTrailRecord } from '../cloudtrail/record-type.ts';
import { channel, type Delivery, perfectDelivery } from '../delivery.ts';
import { patternMatcher } from '../event-pattern.ts';
import { arnPrefix } from '../home.ts';
import { authorize, isAllowedIn } from '../iam.ts';
import { functionPolicy } from '../lambda/policy.ts';
import { sessionOf } from '../principal.ts';
import { publish } from '../sns.ts';
import type { Sqs } from '../sqs.ts';
import type { Rule, Target, World } from '../world.ts';
import { inputFor } from './transform.ts';

export type EventBuses = {
  /** Delivers a CloudTrail record to the default bus of its account and Region. */
  record(record: CloudTrailRecord): void;
  /** Puts an event on the bus with this ARN. */
  put(busArn: string, event: Event): void;
  /** Delivers the CloudTrail events that were held while delivery was paused. */
  resume(): void;
  /** Waits until everything that was sent has been delivered and handled. */
  settled(): Promise<void>;
};

export type Event = Readonly<Record<string, unknown>> & { readonly account: string };

export type EventBusOptions = {
  readonly world: World;
  readonly sqs: Sqs;
  readonly delivery: () => Delivery;
  /** Invokes a function and retries until it succeeds or is abandoned. */
  readonly invokeAsync: (functionArn: string, payload: unknown) => Promise<void>;
};

/** The event buses of all accounts and Regions, with their rules. */
export function eventBuses(options: EventBusOptions): EventBuses {
  const { world, delivery } = options;
  const fromCloudTrail = channel<CloudTrailRecord>(delivery, (record) => {
    const { recipientAccountId: accountId, awsRegion: region } = record;
    return arrive(defaultBus({ accountId, region }), envelopeOf(record) as Event, options);
  });
  const fromElsewhere = channel<{ busArn: string; event: Event }>(
    () => perfectDelivery,
    ({ busArn, event }) => arrive(busArn, event, options),
  );
  return {
    record(record) {
      const place = { accountId: record.recipientAccountId, region: record.awsRegion };
      // Skips the many read events unless a rule receives them.
      if (record.readOnly === true && ![...world.rules.values()].some(receivesReads)) return;
      const isFed = trailsAt(place, world).some(({ logging }) => logging.IsLogging);
      if (isFed || !delivery().requiresLoggingTrail) fromCloudTrail.send(record);
    },
    resume: fromCloudTrail.resume,
    put: (busArn, event) => fromElsewhere.send({ busArn, event }),
    async settled() {
      while (fromCloudTrail.isBusy() || fromElsewhere.isBusy()) {
        await fromCloudTrail.settled();
        await fromElsewhere.settled();
      }
    },
  };
}

export const defaultBus = ({ accountId, region }: AccountRegion): string =>
  `${arnPrefix}:events:${region}:${accountId}:event-bus/default`;

/** Archives an event, unless it comes from an archive, and sends it to the targets of the rules that it matches. */
async function arrive(busArn: string, event: Event, options: EventBusOptions): Promise<void> {
  const { world } = options;
  const matches = patternMatcher(event);
  if (event['replay-name'] === undefined) {
    for (const { busArn: from, pattern, events } of world.archives.values()) {
      if (from === busArn && matches(pattern ?? '{}')) events.push(event);
    }
  }
  const matching = [...world.rules].filter(
    ([, rule]) =>
      rule.busArn === busArn &&
      (receivesReads(rule) || (rule.state === 'ENABLED' && !isReadOnly(event))) &&
      matches(rule.pattern),
  );
  await Promise.all(
    matching.flatMap(([ruleArn, rule]) =>
      rule.targets.map((target) => toTarget({ ruleArn, rule, target, event }, options)),
    ),
  );
}

/**
 * Source: EventBridge API reference, PutRule, `State`: a rule in state ENABLED does not receive CloudTrail's read-only
 * management events.
 */
const receivesReads = ({ state }: Rule): boolean =>
  state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

function isReadOnly({ 'detail-type': type, detail }: Event): boolean {
  const { readOnly, managementEvent } = (detail ?? {}) as Partial<CloudTrailRecord>;
  return type === 'AWS API Call via CloudTrail' && readOnly === true && managementEvent === true;
}

type PendingDelivery = {
  readonly ruleArn: string;
  readonly rule: Rule;
  readonly target: Target;
  readonly event: Event;
};

/**
 * Delivers to a target. If permission is denied, the event goes to the target's dead-letter queue without a retry, or
 * is lost.
 */
async function toTarget(handing: PendingDelivery, options: EventBusOptions): Promise<void> {
  const { ruleArn, target, event } = handing;
  const service = target.Arn.split(':')[2] ?? '';
  const hand = targets[service];
  if (hand === undefined)
    throw new Error(`the sandbox does not support targets such as ${target.Arn}`);
  const refused = await hand(handing, options);
  const queue = target.DeadLetterConfig?.Arn;
  if (refused === null || queue === undefined) return;
  const { world, sqs } = options;
  const policy = world.queuePolicies.get(queue);
  if (!isAllowedIn(policy, { ...asRule(ruleArn), action: 'sqs:SendMessage', resource: queue }))
    return;
  sqs.send(queue, event, {
    RULE_ARN: ruleArn,
    TARGET_ARN: target.Arn,
    ERROR_CODE: refused,
    ERROR_MESSAGE: `${refused}: ${target.Arn}`,
  });
}

/** EventBridge on behalf of a rule. Source: EventBridge user guide, "Using IAM policy conditions". */
const asRule = (ruleArn: string) => ({
  principal: 'events.amazonaws.com',
  context: { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': ruleArn.split(':')[4] ?? '' },
});

/** Delivers an event. Returns the error code if access is denied, otherwise null. */
type Deliver = (handing: PendingDelivery, options: EventBusOptions) => Promise<string | null>;

const targets: Readonly<Record<string, Deliver>> = {
  async lambda({ ruleArn, target, event }, { world, invokeAsync }) {
    const may = { ...asRule(ruleArn), action: 'lambda:InvokeFunction', resource: target.Arn };
    if (!world.functions.has(target.Arn)) return 'RESOURCE_NOT_FOUND';
    if (!isAllowedIn(functionPolicy(world, target.Arn), may)) return 'NO_PERMISSIONS';
    await invokeAsync(target.Arn, JSON.parse(inputFor(target, event)));
    return null;
  },
  async sns({ target, event }, { world }) {
    const topic = world.topics.get(target.Arn);
    if (topic === undefined) return 'RESOURCE_NOT_FOUND';
    // EventBridge supports no Condition in a topic policy, so the context has no keys. Source: EventBridge User Guide,
    // "Using resource-based policies".
    const may = { principal: 'events.amazonaws.com', action: 'sns:Publish', resource: target.Arn };
    if (!isAllowedIn(topic.policy, may)) return 'NO_PERMISSIONS';
    publish(world, target.Arn, { subject: null, message: inputFor(target, event), at: new Date() });
    return null;
  },
  async sqs({ ruleArn, target, event }, { world, sqs }) {
    const may = { ...asRule(ruleArn), action: 'sqs:SendMessage', resource: target.Arn };
    if (!isAllowedIn(world.queuePolicies.get(target.Arn), may)) return 'NO_PERMISSIONS';
    sqs.send(target.Arn, JSON.parse(inputFor(target, event)));
    return null;
  },
  async events({ rule, ruleArn, target, event }, options) {
    const { world } = options;
    const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
    const isOwnBus = target.Arn.endsWith('event-bus/default') || world.buses.has(target.Arn);
    if (!isOwnBus) return 'RESOURCE_NOT_FOUND';
    // An event that came from another account is not forwarded to a third one.
    if (
      event.account !== accountOf(rule.busArn) &&
      accountOf(target.Arn) !== accountOf(rule.busArn)
    ) {
      return null;
    }
    if (!(await checkSendPermission(ruleArn, target, world))) return 'NO_PERMISSIONS';
    await arrive(target.Arn, event, options);
    return null;
  },
};

/** Sending to a bus needs the permissions of the target's role. A bus of another account must also allow the role. */
async function checkSendPermission(
  ruleArn: string,
  { Arn, RoleArn }: Target,
  world: World,
): Promise<boolean> {
  if (RoleArn === undefined || !world.roles.has(RoleArn)) return false;
  const session = sessionOf(RoleArn, 'events', 'events');
  const need = { action: 'events:PutEvents', resource: Arn };
  const isAllowed = await authorize(world, session, [need]).then(
    () => true,
    () => false,
  );
  if (!isAllowed || session.accountId === Arn.split(':')[4]) return isAllowed;
  const { id, managementAccount, members } = world.organization;
  const isMember = [managementAccount, ...members].includes(session.accountId);
  const context = {
    'aws:SourceArn': ruleArn,
    'aws:PrincipalArn': RoleArn,
    ...(isMember && { 'aws:PrincipalOrgID': id }),
  };
  return isAllowedIn(world.buses.get(Arn)?.policy, { principal: session.arn, ...need, context });
}
