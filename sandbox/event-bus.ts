import { trailsAt } from './cloudtrail/lookup.ts';
import { type CloudTrailRecord, envelopeOf } from './cloudtrail/record.ts';
import { type Channel, channel, type Delivery } from './delivery.ts';
import { matchesPattern } from './event-pattern.ts';
import type { Sqs } from './sqs.ts';
import type { Resource, Stack } from './template.ts';
import type { Place, World } from './world.ts';

export type EventBusOptions = {
  readonly stack: Stack;
  readonly home: Place;
  readonly world: World;
  readonly sqs: Sqs;
  readonly delivery: () => Delivery;
  /** Starts a function and sees to it until it succeeded or was given up. */
  readonly invokeAsync: (functionArn: string, payload: unknown) => Promise<void>;
};

/** The default bus of the home Region with the stack's rules on it. */
export function eventBus(options: EventBusOptions): Channel<CloudTrailRecord> {
  const { stack, home, world, delivery } = options;
  const rules = stack.resources.filter(({ type }) => type === 'AWS::Events::Rule');
  const bus = channel<CloudTrailRecord>(delivery, (record) => {
    const event = envelopeOf(record);
    const matching = rules.filter(
      ({ properties }) =>
        properties.State === 'ENABLED' && matchesPattern(properties.EventPattern, event),
    );
    const targets = matching.flatMap((rule) =>
      (rule.properties.Targets as Target[]).map((target) => toTarget(rule, target, event, options)),
    );
    return Promise.all(targets);
  });
  return {
    settled: bus.settled,
    send(record) {
      const isHere =
        record.awsRegion === home.region && record.recipientAccountId === home.accountId;
      const isFed = trailsAt(home, world).some(({ logging }) => logging.IsLogging);
      if (isHere && (isFed || !delivery().requiresLoggingTrail)) bus.send(record);
    },
  };
}

type Target = { readonly Arn: string; readonly DeadLetterConfig?: { readonly Arn: string } };

/** A target without permission gets nothing; the event goes to the rule's queue without another try, or is lost. */
async function toTarget(
  rule: Resource,
  { Arn, DeadLetterConfig }: Target,
  event: object,
  { stack, sqs, invokeAsync }: EventBusOptions,
): Promise<void> {
  if (mayInvoke(stack, rule, Arn)) await invokeAsync(Arn, event);
  else if (DeadLetterConfig && maySend(stack, rule, DeadLetterConfig.Arn)) {
    sqs.send(DeadLetterConfig.Arn, event, { RULE_ARN: rule.arn, TARGET_ARN: Arn });
  }
}

const mayInvoke = ({ resources }: Stack, rule: Resource, functionArn: string): boolean =>
  resources.some(
    ({ type, properties }) =>
      type === 'AWS::Lambda::Permission' &&
      properties.FunctionName === functionArn &&
      properties.Action === 'lambda:InvokeFunction' &&
      properties.Principal === 'events.amazonaws.com' &&
      properties.SourceArn === rule.arn,
  );

const maySend = ({ resources }: Stack, rule: Resource, queueArn: string): boolean =>
  resources
    .filter(({ type }) => type === 'AWS::SQS::QueuePolicy')
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .some(
      ({ Effect, Action, Principal, Resource: on, Condition }) =>
        Effect === 'Allow' &&
        Action === 'sqs:SendMessage' &&
        Principal.Service === 'events.amazonaws.com' &&
        on === queueArn &&
        Condition.ArnEquals['aws:SourceArn'] === rule.arn,
    );
