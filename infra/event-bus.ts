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
    const statementId = 'OtherAccounts';
    new events.CfnEventBusPolicy(stack, 'BusPolicy', {
      eventBusName: bus.eventBusName,
      statementId,
      statement: {
        Sid: statementId,
        Effect: 'Allow',
        Principal: {
          AWS: accounts.map((account) => `arn:${stack.partition}:iam::${account}:root`),
        },
        Action: 'events:PutEvents',
        Resource: bus.eventBusArn,
        ...(organization && {
          Condition: { StringEquals: { 'aws:PrincipalOrgID': organization.id } },
        }),
      },
    });
  }
  const archive = bus.archive('Archive', {
    archiveName: names.archive,
    description: 'Calls that can make a protected trail drift',
    eventPattern: { source: trailPatterns(triggers).flatMap(([, { source }]) => source) },
    retention: cdk.Duration.days(archiveDays),
  });
  return { bus, archive };
}
