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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import { type Incident, incidentSk } from '#incident/incident.ts';
import { productSecrets } from '#sandbox/products/products.ts';
import { type Account, startAccount } from '../support/account.ts';
import { incident } from '../support/incident.ts';

const bus = 'arn:aws:events:us-east-1:111122223333:event-bus/soc';

let account: Account;
let events: EventBridgeClient;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  const channels = {
    sns: { minSeverity: 'never' },
    pagerduty: {},
    jsm: { product: 'opsgenie' },
    teams: {},
    webhook: { url: 'https://soc.example.com/hooks/trailkeeper' },
    email: { from: 'trailkeeper@example.com', to: ['duty@example.com'] },
    securityhub: {},
    eventbridge: { bus, minSeverity: 'critical' },
  };
  account = await startAccount({ deployment: { channels } });
  const { endpoint, region } = account;
  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  events = new EventBridgeClient({ endpoint, region, credentials });
  secrets = new SecretsManagerClient({ endpoint, region, credentials });
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(async () => {
  await account.clearFaults();
  await account.settled();
  await account.reset();
  // Processes remember secrets.
  account.recycle();
});
afterAll(() => account.stop());

const key = () => ({
  pk: `incident#${account.trail}`,
  sk: incidentSk(incident),
});

const failed = { state: 'failed', severity: 'critical' } as const;
const restored = { state: 'restored', severity: 'critical' } as const;

const acknowledgement: Incident['actions'][number] = {
  ...{ type: 'acknowledged', at: incident.updatedAt, by: 'alice', via: 'slack', reason: null },
};

let updates = 0;
/** Stores the incident and publishes its event, as the remediation function does. */
async function notify(changes: Partial<Incident> = failed): Promise<void> {
  updates += 1;
  const updatedAt = new Date(Date.parse(incident.updatedAt) + updates * 1000).toISOString();
  const stored = { ...incident, trail: account.trail, closedAt: null, updatedAt, ...changes };
  const Item = { ...key(), incident: JSON.stringify(stored) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
  await publish();
}

async function publish(): Promise<void> {
  const Detail = JSON.stringify({ incident: key() });
  const Entry = { Source: 'trailkeeper', DetailType: 'Trail Restore Failed', Detail };
  await events.send(new PutEventsCommand({ Entries: [{ ...Entry, EventBusName: 'trailkeeper' }] }));
  await account.settled();
}

type Pager = { readonly key: string; readonly status: string; readonly log: readonly object[] };
type Has = {
  readonly pagerduty: readonly Pager[];
  readonly jsm: readonly Pager[];
  readonly teams: readonly object[];
  readonly webhook: readonly { readonly body: { readonly data: object } }[];
  readonly emails: readonly { readonly subject: string; readonly headers: object }[];
  readonly findings: readonly object[];
};

const has = async (): Promise<Has> =>
  (await fetch(`${account.endpoint}/_sandbox/products`)).json() as never;

const accept = (...accepted: readonly string[]) => account.admin('products', { accepted });

const post = (path: string, headers: Record<string, string>, body: object) =>
  fetch(`${account.endpoint}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });

/** Resolves an alert as a person or another integration does. */
const resolveIn = {
  pagerduty: (dedup_key: string) => {
    const routing_key = productSecrets['Trailkeeper-PagerDuty'];
    return post('/v2/enqueue', {}, { routing_key, dedup_key, event_action: 'resolve' });
  },
  jsm: (alias: string) => {
    const authorization = `GenieKey ${productSecrets['Trailkeeper-JSM']}`;
    return post(`/v2/alerts/${alias}/close?identifierType=alias`, { authorization }, {});
  },
};

const alerts = () =>
  account.invocations.filter(({ functionName }) => functionName === 'Trailkeeper-Alert');

describe('those on call', () => {
  test.each(['pagerduty', 'jsm'] as const)(
    'get one alert of %s for an incident, which ends with it',
    async (product) => {
      await notify(failed);
      await notify({ ...failed, reminders: 1 });
      expect((await has())[product]).toMatchObject([{ status: 'open', log: [{}, {}] }]);

      await notify(restored);

      expect((await has())[product]).toMatchObject([{ status: 'resolved', log: [{}, {}] }]);
      expect(await account.deadLetterCount()).toBe(0);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'find an incident that trailkeeper restored at once as a resolved alert of %s',
    async (product) => {
      await notify({ ...incident, state: 'detected', severity: 'critical' });
      await notify(restored);

      expect((await has())[product]).toMatchObject([{ status: 'resolved', log: [{}] }]);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'find the alert of %s acknowledged once someone acknowledges the incident',
    async (product) => {
      await notify(failed);
      await notify({ ...failed, actions: [acknowledgement] });
      expect((await has())[product]).toMatchObject([{ status: 'acknowledged', log: [{}, {}] }]);

      await notify({ ...restored, actions: [acknowledgement] });

      expect((await has())[product]).toMatchObject([{ status: 'resolved', log: [{}, {}] }]);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'are paged by the next reminder if someone resolved the acknowledged alert in %s',
    async (product) => {
      await notify(failed);
      await notify({ ...failed, actions: [acknowledgement] });
      await resolveIn[product]((await has())[product][0]?.key ?? '');

      await notify({ ...failed, actions: [acknowledgement], reminders: 1 });

      expect((await has())[product]).toMatchObject([{ status: 'resolved' }, { status: 'open' }]);
    },
  );

  test('see what happened, how severe it is, and what to do', async () => {
    await notify(failed);

    const { pagerduty, jsm } = await has();
    expect(pagerduty[0]?.log[0]).toMatchObject({
      payload: {
        summary: expect.stringMatching(/^CRITICAL: org-trail is NOT restored/),
        source: account.trail,
        severity: 'critical',
        custom_details: { 'What to do': expect.stringContaining('Events are being lost') },
      },
    });
    expect(jsm[0]?.log[0]).toMatchObject({
      message: expect.stringMatching(/^CRITICAL: org-trail is NOT restored/),
      priority: 'P1',
      description: expect.stringContaining('docs/runbook.md#failed'),
    });
  });
});

describe('a message is not lost', () => {
  test.each<[what: string, fault: object]>([
    ['rate-limits for a second', { error: 429, retryAfter: 1 }],
    ['rate-limits for an unknown time', { error: 429 }],
    ['answers 503', { error: 503, times: 2 }],
    ['closes the connection', { error: 'ECONNRESET' }],
  ])('if a product %s: the same invocation retries', async (_what, fault) => {
    for (const service of ['pagerduty', 'jsm', 'teams', 'webhook']) {
      await account.fault({ service, operation: '*', ...fault });
    }
    await notify();

    expect(await has()).toMatchObject({
      pagerduty: [{ log: [{}] }],
      jsm: [{ log: [{}] }],
      teams: [{}],
      webhook: [{}],
    });
    expect(alerts()).toHaveLength(1);
  });

  test('if a product rate-limits for longer than the function runs: Lambda retries, and repeats nothing elsewhere', async () => {
    await account.fault({ service: 'pagerduty', operation: '*', error: 429, retryAfter: 3600 });
    await notify();

    const { pagerduty, teams, emails } = await has();
    expect([pagerduty, teams, emails].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(alerts()).toHaveLength(2);
  });

  test.each<[what: string, fault: object]>([
    ['Amazon SES', { service: 'ses', operation: 'SendEmail' }],
    ['Security Hub', { service: 'securityhub', operation: 'BatchImportFindings' }],
  ])('if %s refuses it: Lambda retries, and repeats nothing elsewhere', async (_what, fault) => {
    await account.fault({ ...fault, error: 'AccessDeniedException' });
    await notify();

    const { emails, findings, pagerduty, teams } = await has();
    expect([emails, findings, pagerduty, teams].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(alerts()).toHaveLength(2);
  });
});

test.each(['pagerduty', 'jsm', 'webhook'])(
  'a request that %s accepted without a response is sent again, and has no effect twice',
  async (service) => {
    await account.fault({ service, operation: '*', error: 'ETIMEDOUT' });
    await notify();

    const { [service as 'webhook']: all } = await has();
    expect(all).toHaveLength(1);
    expect(alerts()).toHaveLength(1);
  },
);

describe('a secret', () => {
  const put = (SecretId: string, SecretString: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));

  test.each<[name: string, next: string, product: 'pagerduty' | 'jsm' | 'webhook']>([
    ['Trailkeeper-PagerDuty', 'R'.repeat(32), 'pagerduty'],
    ['Trailkeeper-JSM', '0b1d0b0e-0000-4000-8000-0000000000bb', 'jsm'],
    ['Trailkeeper-Webhook', `whsec_${Buffer.alloc(32, 7).toString('base64')}`, 'webhook'],
  ])('%s can be changed without a deployment', async (name, next, product) => {
    await notify();
    await put(name, next);
    const others = Object.entries(productSecrets).filter(([other]) => other !== name);
    await accept(next, ...others.map(([, value]) => value));
    await notify({ ...failed, reminders: 1 });

    expect(JSON.stringify((await has())[product])).toMatch(/Reminder/);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('that was revoked ends in the dead-letter queue, and the alert can be sent later', async () => {
    await accept();
    await notify();
    expect(await account.deadLetterCount()).toBe(1);
    expect(JSON.stringify(alerts())).toContain('PagerDuty answered 400');

    await accept(...Object.values(productSecrets));
    const { code } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(0);
    const { pagerduty, jsm, teams, webhook, emails } = await has();
    expect([pagerduty, jsm, teams, webhook, emails].map(({ length }) => length)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });

  test.each(Object.keys(productSecrets))(
    '%s that is malformed is reported without its value',
    async (name) => {
      await put(name, 'hunter2 and more');
      await notify();

      expect(JSON.stringify(alerts())).toMatch(/store it as plain text/i);
      expect(JSON.stringify(alerts().map((one) => [one, one.log]))).not.toContain('hunter2');
    },
  );
});

test('the webhook gets an event of the published schema with a signature', async () => {
  await notify(failed);
  await notify({ ...failed, reminders: 1 });

  const { webhook } = await has();
  const [first, second, ...others] = webhook.map(({ body }) => alertEvent.parse(body.data));
  expect(others).toEqual([]);
  expect(first).toMatchObject({ kind: 'failed', status: 'open', trail: account.trail });
  expect(second?.key).toBe(first?.key);
  expect(second?.id).not.toBe(first?.id);
});

test('the e-mails of an incident are one thread', async () => {
  await notify(failed);
  await notify(restored);

  const { emails } = await has();
  expect(emails.map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^trailkeeper: CRITICAL: org-trail is NOT restored/),
    expect.stringMatching(/^trailkeeper: CRITICAL: org-trail restored and verified/),
  ]);
  expect(emails[1]?.headers).toEqual(emails[0]?.headers);
});

test('Security Hub has one finding, which follows the incident', async () => {
  await notify({ ...failed, state: 'detected' });
  await notify({ ...failed, severity: 'high' });
  expect((await has()).findings).toMatchObject([
    {
      Title: 'org-trail is NOT restored',
      RecordState: 'ACTIVE',
      FindingProviderFields: { Severity: { Label: 'HIGH' } },
      Resources: [{ Type: 'AwsCloudTrailTrail', Id: account.trail }],
    },
  ]);

  await notify({ ...failed, state: 'restored' });

  expect((await has()).findings).toMatchObject([
    { Title: 'org-trail restored and verified', RecordState: 'ARCHIVED' },
  ]);
});

test('EventBridge gets events of the minimum severity, with the published schema', async () => {
  const sns = new SNSClient({
    ...{ endpoint: account.endpoint, region: account.region },
    credentials: { accessKeyId: 'mallory', secretAccessKey: 'any' },
  });
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
  await events.send(new CreateEventBusCommand({ Name: 'soc' }));
  const EventPattern = JSON.stringify({ 'detail-type': ['Trailkeeper Alert'] });
  await events.send(new PutRuleCommand({ Name: 'all', EventBusName: 'soc', EventPattern }));
  const Targets = [{ Id: 'topic', Arn: TopicArn }];
  await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'soc', Targets }));

  await notify({ ...failed, severity: 'high' });
  await notify(failed);

  const published = (await account.notifications()).filter(({ topicArn }) => topicArn === TopicArn);
  expect(
    published.map(({ message }) => z.object({ detail: alertEvent }).parse(JSON.parse(message))),
  ).toMatchObject([{ detail: { severity: 'critical', kind: 'failed' } }]);
});

describe('notify test', () => {
  test('sends a message through every channel, and leaves no open alert', async () => {
    const { code, stdout } = await account.trailkeeper(['notify', 'test']);

    expect(code).toBe(0);
    expect(stdout.match(/^test message by \w+: notified$/gm)).toHaveLength(7);
    const { pagerduty, jsm } = await has();
    expect([...pagerduty, ...jsm].map(({ status }) => status)).toEqual(['resolved', 'resolved']);
  });

  test('sends one through the channel that is named', async () => {
    const { code, stdout } = await account.trailkeeper(['notify', 'test', '--channel', 'teams']);

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'test message by teams: notified\n' });
    expect(await has()).toMatchObject({ pagerduty: [], teams: [{}], emails: [] });
  });

  test('says what to do if the channel is not configured', async () => {
    const { code, stderr } = await account.trailkeeper(['notify', 'test', '--channel', 'slack']);

    expect(code).toBe(1);
    expect(stderr).toContain('add it to trailkeeper.channels in cdk.json');
  });
});

test('doctor names the secret of each channel, and the one that is malformed', async () => {
  await account.swept();
  await secrets.send(
    new PutSecretValueCommand({ SecretId: 'Trailkeeper-JSM', SecretString: 'not a key' }),
  );

  const { stdout } = await account.trailkeeper(['doctor']);

  expect(stdout).toContain('the integration key of PagerDuty');
  expect(stdout).toContain('the key of the webhook');
  expect(stdout).toContain('alerts cannot be sent to JSM');
});
