import * as cdk from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { trailPatterns } from '#deployment/event-pattern.ts';
import { senders, topologyOf } from '#deployment/topology.ts';
import { triggers } from '#drift/index.ts';

/** The bus to which every account and Region forwards its events, with an archive for replays. */
export function ownBus(
  stack: cdk.Stack,
  deployment: Deployment,
): { readonly bus: events.EventBus; readonly archive: events.Archive } {
  const { organization, archiveDays } = deployment;
  const bus = new events.EventBus(stack, 'Bus', { eventBusName: names.bus });
  const accounts = senders(topologyOf(deployment));
  if (accounts.length > 0) {
    const roots = accounts.map((account) => `arn:${stack.partition}:iam::${account}:root`);
    const condition = organization && { StringEquals: { 'aws:PrincipalOrgID': organization.id } };
    allowSenders(bus, 'OtherAccounts', roots, condition);
  }
  const archive = bus.archive('Archive', {
    archiveName: names.archive,
    description: 'Calls that can make a protected trail drift',
    eventPattern: { source: trailPatterns(triggers).flatMap(([, { source }]) => source) },
    retention: cdk.Duration.days(archiveDays),
  });
  return { bus, archive };
}

/** Allows principals of other accounts to put events on a bus. */
export function allowSenders(
  bus: events.EventBus,
  statementId: string,
  principals: string | readonly string[],
  condition: object | undefined,
): void {
  new events.CfnEventBusPolicy(cdk.Stack.of(bus), 'BusPolicy', {
    eventBusName: bus.eventBusName,
    statementId,
    statement: {
      Sid: statementId,
      Effect: 'Allow',
      Principal: { AWS: principals },
      Action: 'events:PutEvents',
      Resource: bus.eventBusArn,
      ...(condition && { Condition: condition }),
    },
  });
}
