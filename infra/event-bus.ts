import * as cdk from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { trailPatterns } from '#deployment/event-rules.ts';
import { triggers } from '#drift/index.ts';

/** The bus to which every account and Region forwards its events, with an archive for replays. */
export function ownBus(
  stack: cdk.Stack,
  { organization, archiveDays }: Deployment,
): { readonly bus: events.EventBus; readonly archive: events.Archive } {
  const bus = new events.EventBus(stack, 'Bus', { eventBusName: names.bus });
  if (organization !== undefined && organization.delegatedAdministrators.length > 0) {
    const { id, delegatedAdministrators } = organization;
    const statementId = 'DelegatedAdministrators';
    new events.CfnEventBusPolicy(stack, 'BusPolicy', {
      eventBusName: bus.eventBusName,
      statementId,
      statement: {
        Sid: statementId,
        Effect: 'Allow',
        Principal: {
          AWS: delegatedAdministrators.map(
            (account) => `arn:${stack.partition}:iam::${account}:root`,
          ),
        },
        Action: 'events:PutEvents',
        Resource: bus.eventBusArn,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': id } },
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
