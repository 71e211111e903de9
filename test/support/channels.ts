import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import { type Incident, incidentSk } from '#incident/incident.ts';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import type { Account } from './account.ts';
import { incident } from './incident.ts';

const bus = 'arn:aws:events:us-east-1:111122223333:event-bus/soc';

/** The configuration of every channel but Slack and the topic. */
export const channels = {
  sns: { minSeverity: 'never' },
  pagerduty: {},
  jsm: { product: 'opsgenie' },
  teams: {},
  webhook: { url: 'https://soc.example.com/hooks/trailkeeper' },
  email: { from: 'trailkeeper@example.com', to: ['duty@example.com'] },
  securityhub: {},
  eventbridge: { bus, minSeverity: 'critical' },
};

export const failed = { state: 'failed', severity: 'critical' } as const;

type Pager = { readonly key: string; readonly status: string; readonly log: readonly object[] };
type Received = {
  readonly pagerduty: readonly Pager[];
  readonly jsm: readonly Pager[];
  readonly teams: readonly object[];
  readonly webhook: readonly { readonly body: { readonly data: object } }[];
  readonly emails: readonly { readonly subject: string; readonly headers: object }[];
  readonly findings: readonly object[];
};

/** Alerts about an incident of an account, and what the channels received. */
export function channelsOf(account: Account) {
  const { endpoint } = account;
  const events = new EventBridgeClient(account.configOf());
  const secrets = new SecretsManagerClient(account.configOf());
  const sns = new SNSClient(account.configOf());
  const key = { pk: `incident#${account.trail}`, sk: incidentSk(incident) };
  let updates = 0;

  return {
    /** Creates the bus of the channel EventBridge. Returns a function that reads the alerts on it. */
    async subscribe() {
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'soc' }));
      const Statement = [
        {
          ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
          ...{ Action: 'sns:Publish', Resource: TopicArn },
        },
      ];
      await sns.send(
        new SetTopicAttributesCommand({
          ...{ TopicArn, AttributeName: 'Policy' },
          AttributeValue: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      );
      const EventPattern = JSON.stringify({ 'detail-type': ['Trailkeeper Alert'] });
      const EventBusName = 'soc';
      await events.send(new CreateEventBusCommand({ Name: EventBusName }));
      await events.send(new PutRuleCommand({ Name: 'all', EventBusName, EventPattern }));
      const Targets = [{ Id: 'topic', Arn: TopicArn }];
      await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName, Targets }));
      return async () =>
        (await account.notifications())
          .filter(({ topicArn }) => topicArn === TopicArn)
          .map(({ message }) => z.object({ detail: alertEvent }).parse(JSON.parse(message)).detail);
    },
    /** The key of the incident's row. */
    key,
    /** Stores the incident and publishes its event, as the remediation function does. */
    async notify(changes: Partial<Incident> = failed): Promise<void> {
      updates += 1;
      const updatedAt = new Date(Date.parse(incident.updatedAt) + updates * 1000).toISOString();
      const stored = { ...incident, trail: account.trail, closedAt: null, updatedAt, ...changes };
      const Item = { ...key, incident: JSON.stringify(stored) };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
      const Detail = JSON.stringify({ incident: key });
      const Entry = { Source: 'trailkeeper', DetailType: 'Trail Restore Failed', Detail };
      await events.send(
        new PutEventsCommand({ Entries: [{ ...Entry, EventBusName: 'trailkeeper' }] }),
      );
      await account.settled();
    },
    received: async (): Promise<Received> =>
      (await fetch(`${endpoint}/_sandbox/products`)).json() as never,
    /** The invocations of the alert function. */
    alerts: () =>
      account.invocations.filter(({ functionName }) => functionName === 'Trailkeeper-Alert'),
    putSecret: (SecretId: string, SecretString: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString })),
    /** Resets the account, and lets the processes forget the secrets. */
    async reset(): Promise<void> {
      await account.clearFaults();
      await account.reset();
      account.recycle();
    },
  };
}

/** What of Slack's secrets is in lines of a log. */
export function slackSecretsIn(lines: readonly string[]): readonly string[] {
  const texts = [
    slackSecrets.bot,
    '/services/',
    'T0SANDBOX',
    'B0SANDBOX',
    'sandboxSANDBOX',
    'xoxb-1',
    'hooks.slack.com/services/T',
  ];
  const all = lines.join('\n').replaceAll('hooks.slack.com/services/…', '');
  return texts.filter((text) => all.includes(text));
}
