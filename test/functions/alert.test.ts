import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { channelSettings } from '#alert/channel-settings.ts';
import type { Incident, WindowNotice } from '#incident/incident.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { deployment } from '#sandbox/seed.ts';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import type { SlackMessage } from '#sandbox/slack/workspace.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { testAccount } from '../support/account.ts';
import { slackSecretsIn } from '../support/channels.ts';
import { cause, incident as stopIncident } from '../support/incident.ts';

const account = testAccount({
  deployment: { channels: { ...deployment.channels, sns: { minSeverity: 'low' } } },
});
let events: EventBridgeClient;
let secrets: SecretsManagerClient;
let lambda: LambdaClient;
/** Everything that the function printed or returned in this file. */
const printed: string[] = [];

beforeAll(async () => {
  const config = account.configOf();
  events = new EventBridgeClient(config);
  secrets = new SecretsManagerClient(config);
  lambda = new LambdaClient(config);
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(async () => {
  await account.clearFaults();
  await account.settled();
  printed.push(...invocations().flatMap((one) => [...one.log, JSON.stringify(one)]));
  await account.reset();
});

const mallory: ApiCall = {
  ...{ ...cause, at: '2026-11-22T03:12:07Z', region: 'us-east-1', sourceIp: '198.51.100.23' },
};

const incident: Incident = {
  ...{ ...stopIncident, state: 'failed', cause: mallory, episodes: [], lastInSyncAt: null },
  trail: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail',
  ...{ openedAt: '2026-11-22T03:12:09.310Z', updatedAt: '2026-11-22T03:12:09.310Z' },
  calls: [{ call: mallory, effect: 'caused' }],
};

const key = { pk: `incident#${incident.trail}`, sk: `${incident.openedAt}#${incident.id}` };

let updates = 0;
/** Stores the incident in the state table, as the remediation function does. */
async function store(changes: Partial<Incident> = {}): Promise<void> {
  updates += 1;
  const updatedAt = new Date(Date.parse(incident.updatedAt) + updates * 1000).toISOString();
  const Item = { ...key, incident: JSON.stringify({ ...incident, updatedAt, ...changes }) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
}

/** Puts an event on our bus, which any caller may do. */
const publish = (
  detail: object = { incident: key },
  { DetailType = 'Trail Restore Failed', Source = 'trailkeeper' } = {},
) => {
  const Detail = JSON.stringify(detail);
  const Entries = [{ Source, DetailType, Detail, EventBusName: 'trailkeeper' }];
  return events.send(new PutEventsCommand({ Entries }));
};

/** Stores the incident and publishes its event. People are notified of anything new. */
async function notify(changes: Partial<Incident> = {}): Promise<void> {
  await store(changes);
  await publish();
  await account.settled();
}

/** The messages in Slack after all events were handled. */
async function messages(): Promise<readonly SlackMessage[]> {
  await account.settled();
  return account.slack();
}

const invocations = () =>
  account.invocations.filter(({ functionName }) => functionName === 'Trailkeeper-Alert');

const textIn = (message: SlackMessage | undefined): string =>
  JSON.stringify([message?.blocks, message?.attachments]);

const published = async () =>
  (await account.notifications()).filter(({ topicArn }) => topicArn.endsWith('Trailkeeper-Alarms'));

describe('an event', () => {
  test('notifies people of the stored incident that it names', async () => {
    await store();
    await publish({ incident: key }, { DetailType: 'Trail Restored' });

    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message?.text).toMatch(/CRITICAL: org-trail is NOT restored/);
    expect(textIn(message)).toContain('mallory');
  });

  test.each<[what: string, detail: object]>([
    ['no incident', {}],
    ['an incident that is not stored', { incident: { ...key, sk: `${key.sk}0` } }],
    ['the status row of a trail', { incident: { ...key, sk: 'status' } }],
    ['a baseline', { incident: { pk: incident.trail, sk: 'baseline#000001' } }],
    ['another partition', { incident: { pk: 'window', sk: incident.trail } }],
    ['a delivery', { incident: { pk: `delivery#${key.pk}`, sk: `${key.sk}#sns` } }],
    ['no key', { incident: 'all of them' }],
    ['more than a key', { incident: { ...key, text: 'you are fired' } }],
    ['a key of any length', { incident: { ...key, sk: `${key.sk}${'0'.repeat(1100)}` } }],
  ])('that names %s is ignored and not retried', async (_what, detail) => {
    await store();
    await publish(detail);

    expect(await messages()).toEqual([]);
    expect(await published()).toEqual([]);
    expect(await account.deadLetterCount()).toBe(0);
    expect(invocations()).toHaveLength(1);
    expect(invocations()[0]?.log.join()).toContain('ignored an event');
  });

  test('of another source does not invoke the function', async () => {
    await store();
    await publish({ incident: key }, { Source: 'payroll' });

    expect(await messages()).toEqual([]);
    expect(invocations()).toEqual([]);
  });

  test('about trailkeeper itself goes to Slack; rules send it to the topic', async () => {
    const tampering: TamperEvent = {
      id: 'a1b2c3',
      at: '2026-11-22T03:11:02.000Z',
      cause: { ...mallory, eventName: 'DisableRule' },
      faults: [],
    };
    const row = { pk: 'incident#trailkeeper', sk: `${tampering.at}#${tampering.id}` };
    const Item = { ...row, tampering: JSON.stringify(tampering) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await publish({ incident: row }, { DetailType: 'Trailkeeper Tampered' });

    const [message] = await messages();
    expect(textIn(message)).toContain('DisableRule');
    expect(await published()).toEqual([]);
  });

  test('about a maintenance window announces it with its longest possible end', async () => {
    const notice: WindowNotice = {
      id: 'for-ever',
      trail: incident.trail,
      window: {
        schema: 1,
        id: 'for-ever',
        trail: incident.trail as never,
        kinds: ['tags'],
        from: '2026-11-22T03:00:00Z',
        until: '2099-01-01T00:00:00Z',
        by: 'arn:aws:iam::111122223333:user/mallory',
        reason: 'why not',
      },
      startedAt: '2026-11-22T03:00:20.000Z',
      endedAt: null,
    };
    const row = { ...key, sk: `${notice.startedAt}#window-${notice.id}` };
    const Item = { ...row, notice: JSON.stringify(notice) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await publish({ incident: row }, { DetailType: 'Maintenance Window Changed' });

    const [message] = await messages();
    expect(textIn(message)).toContain('2026-11-22 07:00:00 UTC');
    expect(textIn(message)).not.toContain('2099');
  });
});

describe('people get one message', () => {
  test('however often an event arrives, one after the other or at once', async () => {
    await notify();
    await Promise.all(Array.from({ length: 6 }, () => publish()));

    expect(await messages()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });

  test('if the first events of an incident arrive at once', async () => {
    await store();
    await Promise.all(Array.from({ length: 4 }, () => publish()));

    expect(await messages()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });
});

describe('a bot', () => {
  const resolved = { state: 'resolved', closedAt: null } as const;

  test('edits the first message of an incident, and replies with each notification', async () => {
    await store({ state: 'detected' });
    await publish();
    await until(async () => (await account.slack()).length > 0);
    await notify({ state: 'restored' });

    const [first, reply, ...others] = await messages();
    expect(others).toEqual([]);
    expect(first?.history.map(({ text }) => text)).toEqual([
      expect.stringContaining('org-trail has drifted; restoring it now'),
    ]);
    expect(first?.text).toContain('org-trail restored and verified');
    expect(reply).toMatchObject({ threadTs: first?.ts, isBroadcast: false });
    expect(reply?.text).toContain('org-trail restored and verified');
  });

  test('also sends a reminder to the channel', async () => {
    await notify();
    await notify({ reminders: 1 });

    const [first, reminder, ...others] = await messages();
    expect(others).toEqual([]);
    expect(reminder).toMatchObject({ threadTs: first?.ts, isBroadcast: true });
    expect(reminder?.text).toContain('Reminder: org-trail is NOT restored');
  });

  test('edits the message without a reply for a minor change, once', async () => {
    const attempted = {
      state: 'attempted',
      severity: 'low',
      cause: null,
      episodeCount: 0,
    } as const;
    await notify({ ...attempted, callCount: 2 });
    await notify({ ...attempted, callCount: 3 });
    await publish();

    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message?.text).toContain('3 calls to change org-trail failed');
    expect(message?.history).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });

  test('keeps repairs that are reverted ten times in one thread of a few replies', async () => {
    for (let episodeCount = 1; episodeCount <= 10; episodeCount += 1) {
      await store({ state: 'backing-off', episodeCount, flapping: episodeCount >= 5 });
      await publish();
      await account.settled();
    }

    const [first, ...replies] = await messages();
    expect(first?.text).toContain('org-trail: repairs keep being reverted');
    expect(replies.every(({ threadTs }) => threadTs === first?.ts)).toBe(true);
    expect(replies.length).toBeLessThanOrEqual(4);
  });

  test('starts a new thread if its message was deleted', async () => {
    await notify();
    await account.fault({
      service: 'slack',
      operation: 'chat.update',
      error: 'message_not_found',
    });
    await notify(resolved);

    const [, second, ...others] = await messages();
    expect(others).toEqual([]);
    expect(second).toMatchObject({
      threadTs: null,
      text: expect.stringContaining('in sync again'),
    });
  });

  test('starts a new thread in the configured channel if the old channel is gone', async () => {
    await notify();
    await account.admin('slack', { channels: ['C1SANDBOX'] });
    await withChannels({ sns: { minSeverity: 'never' }, slack: { channel: 'C1SANDBOX' } });
    await notify({ reminders: 1 });
    await notify(resolved);

    const [first, second, reply, ...others] = await messages();
    expect(others).toEqual([]);
    expect(first?.history).toEqual([]);
    expect(second).toMatchObject({ channel: 'C1SANDBOX', threadTs: null });
    expect(reply).toMatchObject({ channel: 'C1SANDBOX', threadTs: second?.ts });
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('replies if the workspace forbids edits', async () => {
    await notify();
    const error = 'edit_window_closed';
    await account.fault({ service: 'slack', operation: 'chat.update', error });
    await notify(resolved);

    const [first, reply] = await messages();
    expect(first?.history).toEqual([]);
    expect(reply).toMatchObject({ threadTs: first?.ts });
  });

  test('sends plain text if Slack refuses the blocks', async () => {
    const error = 'invalid_blocks';
    await account.fault({ service: 'slack', operation: 'chat.postMessage', error });
    await notify();

    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message?.blocks).toEqual([]);
    expect(message?.text).toMatch(/org-trail is NOT restored[\s\S]*StopLogging/);
  });
});

describe('a message is not lost', () => {
  const slack = (fault: object) => account.fault({ service: 'slack', operation: '*', ...fault });

  test('if Slack refuses it: it can be redriven from the dead-letter queue', async () => {
    await slack({ operation: 'chat.postMessage', error: 'is_archived', times: 3 });
    await notify();

    expect(await messages()).toEqual([]);
    expect(await account.deadLetterCount()).toBe(1);
    expect(invocations().at(-1)).toMatchObject({
      error: { errorMessage: expect.stringContaining('is_archived') },
    });

    const { code } = await account.run('cli/trailkeeper.js', ['redrive', '--yes']);
    expect(code).toBe(0);
    expect(await messages()).toHaveLength(1);
  });

  test('to the topic if Slack fails, and the retries do not repeat it', async () => {
    await slack({ operation: 'chat.postMessage', error: 'is_archived', times: 2 });
    await notify();

    expect(await messages()).toHaveLength(1);
    expect(invocations()).toHaveLength(3);
    expect(await published()).toHaveLength(1);
  });

  test('to Slack if the topic fails', async () => {
    const error = 'AuthorizationError';
    await account.fault({ service: 'sns', operation: 'Publish', error, times: 2 });
    await notify();

    expect(await messages()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
    expect(invocations()).toHaveLength(3);
  });
});

test('a failure of Slack does not delay a restore, and the alert follows', async () => {
  account.deliver({ drop: false });
  await account.fault({ service: 'slack', operation: '*', error: 503, times: 100_000 });
  const before = await account.auditTrail();

  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await until(() => account.writesSince(0).some(({ operation }) => operation === 'StartLogging'));

  expect(await account.auditTrail()).toEqual(before);
  expect(await account.slack()).toEqual([]);
  await account.clearFaults();
  const [message] = await messages();
  expect(message?.text).toContain('restored and verified');
});

describe("Slack's secret", () => {
  const id = 'Trailkeeper-Slack';
  const put = (SecretString: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString }));

  test('is read once for many messages', async () => {
    await notify();
    const start = account.calls.length;
    for (const reminders of [1, 2, 3]) await notify({ reminders });

    expect(
      account.calls.slice(start).filter(({ operation }) => operation === 'GetSecretValue'),
    ).toEqual([]);
    expect(await account.slack()).toHaveLength(4);
  });

  test('can be rotated without a deployment', async () => {
    await notify();
    await put('xoxb-1-2-rotated');
    await account.admin('slack', { tokens: ['xoxb-1-2-rotated'] });
    await notify({ reminders: 1 });

    expect(await messages()).toHaveLength(2);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('can become a webhook without a deployment', async () => {
    await notify();
    await put(slackSecrets.webhook);
    await account.admin('slack', { tokens: [] });
    await notify({ reminders: 1 });

    expect((await messages()).map(({ via }) => via)).toEqual(['bot', 'webhook']);
  });

  test.each([
    ['a password for all I know', 'must be the URL of an incoming webhook'],
    ['https://hooks.slack.com.evil.example/services/T0/B0/x', 'must be the URL of an incoming'],
    ['http://hooks.slack.com/services/T0/B0/x', 'must be the URL of an incoming webhook'],
    ['xoxb-1-2-with\nheader: injected', 'must be the URL of an incoming webhook'],
  ])('that is malformed is reported without its value: %j', async (secret, problem) => {
    await put(secret);
    account.recycle();
    await notify();

    const answer = JSON.stringify(invocations().at(-1));
    expect(answer).toContain(problem);
    expect(answer).not.toContain(secret.split('\n')[0]);
    expect(await account.deadLetterCount()).toBe(1);
    expect(await published()).toHaveLength(1);
  });

  test('that has no value yet is reported with the command that stores one', async () => {
    await account.fault({
      service: 'secretsmanager',
      operation: 'GetSecretValue',
      error: 'ResourceNotFoundException',
      times: 100,
    });
    account.recycle();
    await notify();

    expect(JSON.stringify(invocations().at(-1))).toContain(
      'aws secretsmanager put-secret-value --secret-id Trailkeeper-Slack',
    );
  });
});

describe('a webhook', () => {
  beforeEach(async () => {
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: 'Trailkeeper-Slack',
        SecretString: slackSecrets.webhook,
      }),
    );
    account.recycle();
  });

  test('sends the result of a repair and not its detection, so that the usual attack is one message', async () => {
    await notify({ state: 'detected' });
    expect(await messages()).toEqual([]);
    await notify({ state: 'restored' });

    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message).toMatchObject({ via: 'webhook', text: expect.stringContaining('restored') });
    expect(await published()).toHaveLength(1);
  });

  test('sends a message for each notification and none for an update', async () => {
    await notify();
    await notify({ callCount: 2 });
    await notify({ state: 'resolved' });

    expect((await messages()).map(({ text }) => text)).toEqual([
      expect.stringContaining('is NOT restored'),
      expect.stringContaining('is in sync again'),
    ]);
  });

  test('can be replaced without a deployment', async () => {
    await notify();
    const SecretString = 'https://hooks.slack.com/services/T0SANDBOX/B1SANDBOX/another';
    await secrets.send(new PutSecretValueCommand({ SecretId: 'Trailkeeper-Slack', SecretString }));
    await account.admin('slack', { webhooks: ['/services/T0SANDBOX/B1SANDBOX/another'] });
    await notify({ reminders: 1 });

    expect(await messages()).toHaveLength(2);
    expect(await account.deadLetterCount()).toBe(0);
  });
});

describe('the topic', () => {
  const { slack } = deployment.channels;

  test('gets plain text with a subject for e-mail', async () => {
    await notify({ cause: { ...mallory, userAgent: '\u202e' } });

    const [{ subject = '', message = '' } = {}] = await published();
    expect(subject).toMatch(/^trailkeeper: CRITICAL: org-trail is NOT restored[\x20-\x7e]*$/);
    expect(subject.length).toBeLessThan(100);
    expect(message).toMatch(/StopLogging[\s\S]*https:\/\/us-east-1\.console\.aws\.amazon\.com/);
    expect(message).not.toContain('\u202e');
  });

  test('gets nothing below its minimum severity', async () => {
    await withChannels({ sns: { minSeverity: 'high' }, slack });
    await notify({ severity: 'medium' });

    expect(await messages()).toHaveLength(1);
    expect(await published()).toEqual([]);
  });

  test('gets an incident whose severity rises to its minimum', async () => {
    await withChannels({ sns: { minSeverity: 'high' }, slack });
    await notify({ severity: 'medium' });
    await notify({ severity: 'high' });

    expect(await published()).toHaveLength(1);
  });
});

test('no channel names a principal if the configuration omits principals', async () => {
  await reconfigured({ redactPrincipals: true });
  await notify({ calls: [{ call: { ...mallory, eventId: null }, effect: 'related' }] });

  const all = JSON.stringify([await messages(), await published()]);
  expect(all).not.toMatch(/mallory|198\.51\.100\.23|aws-cli/);
  expect(all).toContain('StopLogging');
});

test('no log line and no result of the function contains a secret', () => {
  expect(printed.length).toBeGreaterThan(50);
  expect(printed.join().includes('is_archived')).toBe(true);
  expect(slackSecretsIn(printed)).toEqual([]);
});

/** Deploys the function with another configuration, which starts new processes. */
async function reconfigured(alerts: object): Promise<void> {
  await deployedWith((config) => ({ ...config, alerts: { ...config.alerts, ...alerts } }));
}

/** Deploys the function with other channels, as a static template does. */
const withChannels = (channels: object): Promise<void> =>
  deployedWith((config) => ({
    ...config,
    facts: {
      ...{ signing: {}, tablePolicy: {}, organization: null, topology: {} },
      channels: channelSettings.parse(channels),
    },
  }));

async function deployedWith(
  change: (config: { readonly alerts?: object }) => object,
): Promise<void> {
  const FunctionName = 'Trailkeeper-Alert';
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const variables = Environment?.Variables ?? {};
  const config = JSON.parse(variables.TRAILKEEPER_CONFIG ?? '{}');
  const Variables = { ...variables, TRAILKEEPER_CONFIG: JSON.stringify(change(config)) };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
  await account.settled();
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
