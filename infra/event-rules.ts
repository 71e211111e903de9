import * as cdk from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { EventBus, LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { type EventRule, ownedNames, type RuleTarget } from '#deployment/event-rules.ts';
import { arnsOf, forwardRole, type Topology } from '#deployment/topology.ts';

export type Targets = Partial<Readonly<Record<RuleTarget, events.IRuleTarget>>>;

/** Deploys rules as they are declared. Every target is offered an event for a day, then the event is kept. */
export function eventRules(
  stack: cdk.Stack,
  rules: readonly EventRule[],
  {
    targets,
    deadLetters,
    bus,
  }: { targets: Targets; deadLetters: sqs.IQueue; bus?: events.IEventBus },
): void {
  for (const { name, description, pattern, ...rule } of rules) {
    const { 'detail-type': detailType, source, detail } = pattern;
    new events.Rule(stack, name, {
      ruleName: name,
      description,
      ...(rule.bus === names.bus && bus && { eventBus: bus }),
      eventPattern: {
        source: [...source],
        detailType: [...detailType],
        ...(detail && { detail: { ...detail } }),
      },
      targets: rule.targets
        .map((target) => targets[target])
        .filter((target) => target !== undefined)
        .map((target) => keeping(target, deadLetters)),
    });
  }
}

/** A target whose events are not lost. A late event is worth as much as a punctual one: it says look. */
const keeping = (target: events.IRuleTarget, deadLetters: sqs.IQueue): events.IRuleTarget => ({
  bind: (rule, id) => ({
    ...target.bind(rule, id),
    deadLetterConfig: { arn: deadLetters.queueArn },
    retryPolicy: {
      maximumRetryAttempts: 185,
      maximumEventAgeInSeconds: cdk.Duration.hours(24).toSeconds(),
    },
  }),
});

export const functionTarget = (fn: lambda.IFunction): events.IRuleTarget => new LambdaFunction(fn);

/** The own bus, from whichever Region or account, with a role that may do nothing else. */
export function busTarget(stack: cdk.Stack, layout: Topology): events.IRuleTarget {
  const { bus } = arnsOf(layout);
  const role = new iam.Role(stack, 'ForwardRole', {
    roleName: forwardRole(stack.region),
    assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
    description: 'trailkeeper: sends events to its bus',
  });
  // The target grants the same when a rule gets it: the role has it from the start, so that the self-check sees every grant.
  role.addToPolicy(new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] }));
  return new EventBus(events.EventBus.fromEventBusArn(stack, 'OwnBus', bus), { role });
}

/** The topic, with a message for people. The policy of the topic lets the rules of its own account publish. */
export const topicTarget = (
  topic: sns.ITopic,
  { redactPrincipals }: { readonly redactPrincipals: boolean },
): events.IRuleTarget => ({
  bind: () => ({ arn: topic.topicArn, input: tampering({ names: !redactPrincipals }) }),
});

/** Whether a member of `requestParameters` names one part: a list does not fit into a template. */
const isOfOne = (parameter: string): boolean => !parameter.endsWith('Names');

const field = (path: string): string => events.EventField.fromPath(path);

/** What people are told by the topic alone; without names where principals are told as pseudonyms elsewhere. */
const tampering = ({ names: areNamed }: { readonly names: boolean }) =>
  events.RuleTargetInput.fromMultilineText(
    [
      `trailkeeper: somebody changed a part of trailkeeper, or tried to.`,
      ``,
      `Call: ${field('$.detail.eventName')} of ${field('$.detail.eventSource')} ${field('$.detail.errorCode')}`,
      `On: ${ownedNames
        .filter(isOfOne)
        .map((part) => field(`$.detail.requestParameters.${part}`))
        .join(' ')}`,
      ...(areNamed
        ? [
            `By: ${field('$.detail.userIdentity.arn')} ${field('$.detail.userIdentity.invokedBy')}`,
            `From: ${field('$.detail.sourceIPAddress')}`,
          ]
        : []),
      `When: ${field('$.detail.eventTime')}`,
      `Where: account ${field('$.account')}, ${field('$.region')}`,
      `Event: ${field('$.detail.eventID')}`,
      ``,
      `If this was not a deployment of yours: npx cdk diff, then npx cdk deploy --all --revert-drift.`,
    ].join('\n'),
  );

/** What a rule may send to a queue of its own account. */
export function keepUndelivered(queue: sqs.Queue): void {
  const stack = cdk.Stack.of(queue);
  const rules = [names.stack, `${names.bus}/${names.stack}`].map(
    (name) => `arn:${stack.partition}:events:${stack.region}:${stack.account}:rule/${name}-*`,
  );
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'KeepWhatRulesCouldNotDeliver',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': rules } },
    }),
  );
}
