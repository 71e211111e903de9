import * as cdk from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { EventBus, LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import type { EventRule, RuleTarget } from '#deployment/event-rules.ts';
import { ownedNames } from '#deployment/tamper-patterns.ts';
import { arnsOf, forwardRole, type Topology } from '#deployment/topology.ts';

export type Targets = Partial<Readonly<Record<RuleTarget, events.IRuleTarget>>>;

/** Deploys rules. EventBridge retries each target for a day, then sends the event to the dead-letter queue. */
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
    const { 'detail-type': detailType, source, account, detail } = pattern;
    new events.Rule(stack, name, {
      ruleName: name,
      description,
      ...(rule.bus === names.bus && bus && { eventBus: bus }),
      eventPattern: {
        source: [...source],
        detailType: [...detailType],
        ...(account && { account: [...account] as string[] }),
        ...(detail && { detail: { ...detail } }),
      },
      targets: rule.targets
        .map((target) => targets[target])
        .filter((target) => target !== undefined)
        .map((target) => withDeadLetters(target, deadLetters)),
    });
  }
}

export const withDeadLetters = (
  target: events.IRuleTarget,
  deadLetters: sqs.IQueue,
): events.IRuleTarget => ({
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

/** The bus of the main stack, and a role that may only put events on it. */
export function busTarget(stack: cdk.Stack, topology: Topology): events.IRuleTarget {
  const { bus } = arnsOf(topology);
  const role = new iam.Role(stack, 'ForwardRole', {
    roleName: forwardRole(stack.region),
    assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
    description: 'trailkeeper: forwards events to its bus',
    // CloudFormation detects and reverts a change of a role, with its inline policies, but not of an AWS::IAM::Policy.
    inlinePolicies: {
      PutEvents: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] })],
      }),
    },
  });
  return new EventBus(events.EventBus.fromEventBusArn(stack, 'OwnBus', bus), {
    role: role.withoutPolicyUpdates(),
  });
}

/** The topic, with a message for people instead of the event. The message ends with the remedy. */
export const topicTarget = (
  topic: sns.ITopic,
  { redactPrincipals }: { readonly redactPrincipals: boolean },
  remedy: readonly string[] = redeploy,
): events.IRuleTarget => ({
  bind: () => ({ arn: topic.topicArn, input: tamperMessage(remedy, redactPrincipals) }),
});

const redeploy = [
  'If this was not your own deployment, run npx cdk diff, then npx cdk deploy --all --revert-drift.',
];

/** The remedy in the account of a dependency, which may be a delegated administrator, too. */
export const deployDependencies = ({
  delegatedAdministrators,
  dependencyAccounts = [],
}: Topology): readonly string[] => [
  `If this was not your own deployment, run with credentials of account ${events.EventField.fromPath('$.account')}:`,
  `npx --no -- trailkeeper deploy --dependencies ${events.EventField.fromPath('$.account')}`,
  ...(dependencyAccounts.some(({ account }) => delegatedAdministrators.includes(account))
    ? [
        'If it is a part of a forwarder, run npx cdk diff, then npx cdk deploy --all --revert-drift instead.',
      ]
    : []),
];

/** An input template cannot contain a list. */
const isSingle = (parameter: string): boolean => !parameter.endsWith('Names');

const field = (path: string): string => events.EventField.fromPath(path);

/** The message about a call that changes trailkeeper itself. */
const tamperMessage = (remedy: readonly string[], redactPrincipals: boolean) =>
  events.RuleTargetInput.fromMultilineText(
    [
      `trailkeeper: a call changed a part of trailkeeper, or tried to.`,
      ``,
      `Call: ${field('$.detail.eventName')} of ${field('$.detail.eventSource')} ${field('$.detail.errorCode')}`,
      `On: ${ownedNames
        .filter(isSingle)
        .map((part) => field(`$.detail.requestParameters.${part}`))
        .join(' ')}`,
      ...(redactPrincipals
        ? []
        : [
            `By: ${field('$.detail.userIdentity.arn')} ${field('$.detail.userIdentity.invokedBy')}`,
            `From: ${field('$.detail.sourceIPAddress')}`,
          ]),
      `When: ${field('$.detail.eventTime')}`,
      `Where: account ${field('$.account')}, ${field('$.region')}`,
      `Event: ${field('$.detail.eventID')}`,
      ``,
      ...remedy,
    ].join('\n'),
  );
