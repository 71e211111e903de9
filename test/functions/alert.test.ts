import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Incident, TamperEvent } from '#incident/incident.ts';
import { type SlackMessage, slackSecrets } from '#sandbox/slack/slack.ts';
import { type Account, startAccount } from '../support/account.ts';

let account: Account;
let events: EventBridgeClient;
let secrets: SecretsManagerClient;
let lambda: LambdaClient;
/** All that the function has printed in this file. */
const printed: string[] = [];

beforeAll(async () => {
  account = await startAccount({ deployment: { alerts: { sns: 'low', digestAfter: 1000 } } });
  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  const config = { endpoint: account.endpoint, region: account.region, credentials };
  events = new EventBridgeClient(config);
  secrets = new SecretsManagerClient(config);
  lambda = new LambdaClient(config);
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(async () => {
  await account.clearFaults();
  await account.settled();
  printed.push(...alerts().flatMap((one) => [...one.log, JSON.stringify(one)]));
  await account.reset();
});
afterAll(() => account.stop());

const incident: Incident = {
  id: '77e11d50-b866-408f-9509-c3f09de6b26e',
  trail: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail',
  status: 'failed',
  severity: 'critical',
  startedAt: '2026-11-22T03:12:09.310Z',
  endedAt: null,
  cause: {
    eventId: '77e11d50-b866-408f-9509-c3f09de6b26e',
    requestId: null,
    eventName: 'StopLogging',
    at: '2026-11-22T03:12:07Z',
    region: 'us-east-1',
    principal: {
      type: 'IAMUser',
      name: 'mallory',
      arn: 'arn:aws:iam::111122223333:user/mallory',
      accountId: '111122223333',
      issuer: null,
      issuerArn: null,
      mfa: false,
    },
    selfTriggered: false,
    sourceIp: '198.51.100.23',
    userAgent: 'aws-cli/2.31.4',
    via: null,
    error: null,
  },
  also: [],
  count: 1,
  reminders: 0,
  outcome: null,
  hold: null,
  flip: null,
  gaps: [],
  problem: null,
  isFolded: false,
};

const rowOf = ({ trail, startedAt, id }: Incident) => ({
  pk: `incident#${trail}`,
  sk: `${startedAt}#${id}`,
});
const key = rowOf(incident);

/** Keeps an incident in the table, as a function that guards trails would. */
async function keep(changes: Partial<Incident> = {}): Promise<void> {
  const Item = { ...key, incident: JSON.stringify({ ...incident, ...changes }) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
}

/** Puts an own event on the bus, as anybody may. */
const say = (detail: object = { incident: key }, DetailType = 'Trail Restore Failed') =>
  events.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'trailkeeper',
          DetailType,
          Detail: JSON.stringify(detail),
          EventBusName: 'trailkeeper',
        },
      ],
    }),
  );

/** What was told once all is over, after the events that were put on the bus. */
async function told(): Promise<readonly SlackMessage[]> {
  await account.settled();
  return account.slack();
}

const alerts = () =>
  account.invocations.filter(({ functionName }) => functionName === 'Trailkeeper-Alert');

const textIn = ({ blocks }: Pick<SlackMessage, 'blocks'>): string => JSON.stringify(blocks);

const topicIsTold = async () =>
  (await account.notifications()).filter(({ topicArn }) => topicArn.endsWith('Trailkeeper-Alarms'));

describe('an own event', () => {
  test('has people told of the incident that it names, as that is in the table', async () => {
    await keep();
    await say({ incident: key }, 'Trail Restored');

    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message?.text).toMatch(/CRITICAL: org-trail is NOT restored/);
    expect(textIn(message as SlackMessage)).toContain('mallory');
  });

  test.each<[what: string, detail: object]>([
    ['no incident', {}],
    ['an incident that is not in the table', { incident: { ...key, sk: `${key.sk}0` } }],
    ['what is open on a trail', { incident: { ...key, sk: 'open' } }],
    ['a baseline', { incident: { pk: incident.trail, sk: 'baseline#000001' } }],
    ['another partition', { incident: { pk: 'window', sk: incident.trail } }],
    ['what was told', { incident: { pk: `told#${key.pk}`, sk: `${key.sk}#sns` } }],
    ['no key', { incident: 'all of them' }],
    ['more than a key', { incident: { ...key, text: 'you are fired' } }],
    ['a key of any length', { incident: { ...key, sk: `${key.sk}${'0'.repeat(1100)}` } }],
  ])('that names %s says nothing to people, and is not tried for ever', async (_what, detail) => {
    await keep();
    await say(detail);

    expect(await told()).toEqual([]);
    expect(await topicIsTold()).toEqual([]);
    expect(await account.deadLetterCount()).toBe(0);
    expect(alerts()).toHaveLength(1);
    expect(alerts()[0]?.log.join()).toContain('nobody is told');
  });

  test('of somebody else on the bus is not even heard', async () => {
    await keep();
    await events.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: 'payroll',
            DetailType: 'Trail Restored',
            Detail: JSON.stringify({ incident: key }),
            EventBusName: 'trailkeeper',
          },
        ],
      }),
    );

    expect(await told()).toEqual([]);
    expect(alerts()).toEqual([]);
  });

  test('about what was done to trailkeeper itself is told in Slack; the topic hears of that from the rules', async () => {
    const tampering: TamperEvent = {
      id: 'a1b2c3',
      at: '2026-11-22T03:11:02.000Z',
      cause: { ...(incident.cause as NonNullable<Incident['cause']>), eventName: 'DisableRule' },
      faults: [],
    };
    const row = { pk: 'incident#trailkeeper', sk: `${tampering.at}#${tampering.id}` };
    const Item = { ...row, tampering: JSON.stringify(tampering) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await say({ incident: row }, 'Guard Tampered');

    const [message] = await told();
    expect(textIn(message as SlackMessage)).toContain('DisableRule');
    expect(await topicIsTold()).toEqual([]);
  });
});

test('a Hold is told to end when it does, whatever it says', async () => {
  const hold = {
    schema: 1,
    id: 'for-ever',
    trail: incident.trail as never,
    kinds: ['tags'],
    from: '2026-11-22T03:00:00Z',
    until: '2099-01-01T00:00:00Z',
    by: 'arn:aws:iam::111122223333:user/mallory',
    reason: 'why not',
  } as const;
  await keep({ status: 'hold-began', severity: 'medium', cause: null, hold });
  await say({ incident: key }, 'Baseline Changed');

  const [message] = await told();
  expect(textIn(message as SlackMessage)).toContain('2026-11-22 07:00:00 UTC');
  expect(textIn(message as SlackMessage)).not.toContain('2099');
});

describe('people are told once', () => {
  test('whatever number of times an event comes, one after the other or at once', async () => {
    await keep();
    await say();
    await account.settled();
    await Promise.all(Array.from({ length: 6 }, () => say()));

    expect(await told()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('when several hear of an incident for the first time at once', async () => {
    await keep();
    await Promise.all(Array.from({ length: 4 }, () => say()));

    expect(await told()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('of an incident that a digest tells, not at all', async () => {
    await keep({ isFolded: true });
    await say();

    expect(await told()).toEqual([]);
    expect(await topicIsTold()).toEqual([]);
  });

  test('and no function waits for long for another one that is telling: that is left to the retries', async () => {
    await keep();
    const claim = { told: 'null', claimedBy: 'somebody who takes long' };
    const claimedUntil = new Date(Date.now() + 20_000).toISOString();
    for (const channel of ['slack-bot', 'sns']) {
      const Item = { pk: `told#${key.pk}`, sk: `${key.sk}#${channel}`, ...claim, claimedUntil };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    }
    await say();
    await account.settled();

    expect(alerts()).toHaveLength(3);
    expect(JSON.stringify(alerts().at(-1))).toContain('somebody else is telling');
    expect(await account.deadLetterCount()).toBe(1);
  });

  test('by a function that takes over from one that was cut short', async () => {
    await keep();
    const claim = { told: 'null', claimedBy: 'somebody who is no more' };
    const claimedUntil = new Date(Date.now() + 1500).toISOString();
    for (const channel of ['slack-bot', 'sns']) {
      const Item = { pk: `told#${key.pk}`, sk: `${key.sk}#${channel}`, ...claim, claimedUntil };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    }
    await say();

    expect(await told()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });
});

describe('a bot', () => {
  test('changes the first message of an incident as it goes on, and replies with each phase', async () => {
    await keep({ status: 'detected' });
    await say({ incident: key }, 'Trail Drift Detected');
    await until(async () => (await account.slack()).length > 0);
    await keep({ status: 'restored', endedAt: '2026-11-22T03:12:10.902Z' });
    await say({ incident: key }, 'Trail Restored');

    const [first, reply, ...others] = await told();
    expect(others).toEqual([]);
    expect(first?.history.map(({ text }) => text)).toEqual([
      expect.stringContaining('is being restored'),
    ]);
    expect(first?.text).toContain('was weakened, and is restored');
    expect(reply).toMatchObject({ threadTs: first?.ts, isBroadcast: false });
    expect(reply?.text).toContain('is restored');
  });

  test('reminds where the channel sees it', async () => {
    await keep();
    await say();
    await account.settled();
    await keep({ reminders: 1 });
    await say();

    const [first, reminder, ...others] = await told();
    expect(others).toEqual([]);
    expect(reminder).toMatchObject({ threadTs: first?.ts, isBroadcast: true });
    expect(reminder?.text).toContain('Still: org-trail is NOT restored');
  });

  test('puts a detail into the message without saying it again, and neither twice', async () => {
    await keep({ status: 'attempted', severity: 'low', count: 2 });
    await say();
    await account.settled();
    await keep({ status: 'attempted', severity: 'low', count: 3 });
    await say();
    await account.settled();
    await say();

    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message?.text).toContain('3 calls to change org-trail failed');
    expect(message?.history).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('tells anew where its message was deleted', async () => {
    await keep();
    await say();
    await account.settled();
    await account.fault({
      service: 'slack',
      operation: 'chat.update',
      error: 'message_not_found',
    });
    await keep({ status: 'recovered', endedAt: '2026-11-22T03:20:00.000Z' });
    await say();

    const [, anew, ...others] = await told();
    expect(others).toEqual([]);
    expect(anew).toMatchObject({ threadTs: null, text: expect.stringContaining('is over') });
  });

  test('tells anew where the channel of its message can not be used any more, and goes on there', async () => {
    await keep();
    await say();
    await account.settled();
    await account.admin('slack', { channels: { '#security-alerts': 'C1SANDBOX' } });
    await keep({ reminders: 1 });
    await say();
    await account.settled();
    await keep({ status: 'recovered', endedAt: '2026-11-22T03:20:00.000Z' });
    await say();

    const [first, anew, reply, ...others] = await told();
    expect(others).toEqual([]);
    expect(first?.history).toEqual([]);
    expect(anew).toMatchObject({ channel: 'C1SANDBOX', threadTs: null });
    expect(reply).toMatchObject({ channel: 'C1SANDBOX', threadTs: anew?.ts });
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('replies where a workspace does not let it change its messages', async () => {
    await keep();
    await say();
    await account.settled();
    const error = 'edit_window_closed';
    await account.fault({ service: 'slack', operation: 'chat.update', error });
    await keep({ status: 'recovered', endedAt: '2026-11-22T03:20:00.000Z' });
    await say();

    const [first, reply] = await told();
    expect(first?.history).toEqual([]);
    expect(reply).toMatchObject({ threadTs: first?.ts });
  });

  test('tells in text alone what Slack does not take as blocks', async () => {
    await keep();
    const error = 'invalid_blocks';
    await account.fault({ service: 'slack', operation: 'chat.postMessage', error });
    await say();

    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message?.blocks).toEqual([]);
    expect(message?.text).toMatch(/org-trail is NOT restored[\s\S]*StopLogging/);
  });
});

describe('a message is not lost', () => {
  const slack = (fault: object) => account.fault({ service: 'slack', operation: '*', ...fault });

  test.each<[what: string, fault: object]>([
    ['answers 500', { error: 500, times: 2 }],
    ['answers 503', { error: 503 }],
    ['says that it is in trouble', { error: 'internal_error' }],
    ['asks to wait a second', { error: 429, retryAfter: 1 }],
    ['asks to wait and does not say how long', { error: 429 }],
    ['cuts the connection', { error: 'ECONNRESET' }],
  ])('where Slack %s: it is told in the same invocation, once', async (_what, fault) => {
    await keep();
    await slack(fault);
    await say();

    expect(await told()).toHaveLength(1);
    expect(alerts()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('where Slack does not answer in time, though it may have taken it: rather twice than not at all', async () => {
    await keep();
    await slack({ error: 'ETIMEDOUT' });
    await say();

    expect(await told()).toHaveLength(2);
    expect(alerts()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('where Slack asks to wait for longer than the function may run: Lambda tries again', async () => {
    await keep();
    await slack({ error: 429, retryAfter: 3600 });
    await say();

    expect(await told()).toHaveLength(1);
    expect(alerts()).toHaveLength(2);
  });

  test('where Slack refuses for good: the event is kept in the dead-letter queue, and redriven is told', async () => {
    await keep();
    await slack({ error: 'is_archived', times: 3 });
    await say();

    expect(await told()).toEqual([]);
    expect(await account.deadLetterCount()).toBe(1);
    expect(alerts().at(-1)).toMatchObject({
      error: { errorMessage: expect.stringContaining('is_archived') },
    });

    const { code } = await account.run('cli/trailkeeper.ts', ['redrive', '--yes']);
    expect(code).toBe(0);
    expect(await told()).toHaveLength(1);
  });

  test('by another channel while one fails, nor told there twice by the retries', async () => {
    await keep();
    await slack({ error: 'is_archived', times: 2 });
    await say();

    expect(await told()).toHaveLength(1);
    expect(alerts()).toHaveLength(3);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('in Slack while the topic fails', async () => {
    await keep();
    const error = 'AuthorizationError';
    await account.fault({ service: 'sns', operation: 'Publish', error, times: 2 });
    await say();

    expect(await told()).toHaveLength(1);
    expect(await topicIsTold()).toHaveLength(1);
    expect(alerts()).toHaveLength(3);
  });
});

test('Slack being down never delays a restore, which is told once Slack is back', async () => {
  account.deliver({ drop: false });
  await account.fault({ service: 'slack', operation: '*', error: 503, times: 100_000 });
  const before = await account.look();

  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await until(() => account.writesSince(0).some(({ operation }) => operation === 'StartLogging'));

  expect(await account.look()).toEqual(before);
  expect(await account.slack()).toEqual([]);
  await account.clearFaults();
  const [message] = await told();
  expect(message?.text).toContain('is restored');
});

describe("Slack's secret", () => {
  const id = 'Trailkeeper-Slack';
  const put = (SecretString: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString }));

  test('is read once for many messages', async () => {
    await keep();
    await say();
    await account.settled();
    const start = account.calls.length;
    for (const reminders of [1, 2, 3]) {
      await keep({ reminders });
      await say();
      await account.settled();
    }

    expect(
      account.calls.slice(start).filter(({ operation }) => operation === 'GetSecretValue'),
    ).toEqual([]);
    expect(await account.slack()).toHaveLength(4);
  });

  test('may be rotated without a deployment', async () => {
    await keep();
    await say();
    await account.settled();
    await put('xoxb-1-2-rotated');
    await account.admin('slack', { tokens: ['xoxb-1-2-rotated'] });
    await keep({ reminders: 1 });
    await say();

    expect(await told()).toHaveLength(2);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('may become a webhook without a deployment', async () => {
    await keep();
    await say();
    await account.settled();
    await put(slackSecrets.webhook);
    await account.admin('slack', { tokens: [] });
    await keep({ reminders: 1 });
    await say();

    expect((await told()).map(({ via }) => via)).toEqual(['bot', 'webhook']);
  });

  test.each([
    ['a password for all I know', 'must be the URL of an incoming webhook'],
    ['https://hooks.slack.com.evil.example/services/T0/B0/x', 'must be the URL of an incoming'],
    ['http://hooks.slack.com/services/T0/B0/x', 'must be the URL of an incoming webhook'],
    ['xoxb-1-2-with\nheader: injected', 'must be the URL of an incoming webhook'],
  ])('that is none is told as that, and not what it is: %j', async (secret, problem) => {
    await put(secret);
    await restarted();
    await keep();
    await say();
    await account.settled();

    const answer = JSON.stringify(alerts().at(-1));
    expect(answer).toContain(problem);
    expect(answer).not.toContain(secret.split('\n')[0]);
    expect(await account.deadLetterCount()).toBe(1);
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('that nobody has put in yet is told as that, with what to do', async () => {
    await account.fault({
      service: 'secretsmanager',
      operation: 'GetSecretValue',
      error: 'ResourceNotFoundException',
      times: 100,
    });
    await restarted();
    await keep();
    await say();
    await account.settled();

    expect(JSON.stringify(alerts().at(-1))).toContain(
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
    await restarted();
  });

  test('waits for the end of a repair, so that the usual attack is one message', async () => {
    await keep({ status: 'detected' });
    await say();
    await until(() => account.calls.some(({ operation }) => operation === 'GetSecretValue'));
    await keep({ status: 'restored', endedAt: '2026-11-22T03:12:10.902Z' });

    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message).toMatchObject({ via: 'webhook', text: expect.stringContaining('is restored') });
    expect(await topicIsTold()).toHaveLength(1);
  });

  test('says each later phase in a further message, and no detail', async () => {
    await keep();
    await say();
    await account.settled();
    await keep({ also: [incident.cause as NonNullable<Incident['cause']>] });
    await say();
    await account.settled();
    await keep({ status: 'recovered', endedAt: '2026-11-22T03:20:00.000Z' });
    await say();

    expect((await told()).map(({ text }) => text)).toEqual([
      expect.stringContaining('is NOT restored'),
      expect.stringContaining('is over'),
    ]);
  });

  test.each<[what: string, fault: object]>([
    ['answers 500', { error: 500, times: 2 }],
    ['asks to wait a second', { error: 429, retryAfter: 1 }],
    ['cuts the connection', { error: 'ECONNRESET' }],
    ['does not take the blocks', { error: 'invalid_blocks' }],
  ])('is tried again where it %s', async (_what, fault) => {
    await keep();
    await account.fault({ service: 'slack', operation: 'webhook', ...fault });
    await say();

    expect(await told()).toHaveLength(1);
    expect(alerts()).toHaveLength(1);
  });

  test('may be replaced without a deployment', async () => {
    await keep();
    await say();
    await account.settled();
    const SecretString = 'https://hooks.slack.com/services/T0SANDBOX/B1SANDBOX/another';
    await secrets.send(new PutSecretValueCommand({ SecretId: 'Trailkeeper-Slack', SecretString }));
    await account.admin('slack', { webhooks: ['/services/T0SANDBOX/B1SANDBOX/another'] });
    await keep({ reminders: 1 });
    await say();

    expect(await told()).toHaveLength(2);
    expect(await account.deadLetterCount()).toBe(0);
  });
});

describe('the topic', () => {
  test('is told in plain text, under a subject that e-mail takes', async () => {
    await keep({
      cause: { ...(incident.cause as NonNullable<Incident['cause']>), userAgent: '\u202e' },
    });
    await say();
    await account.settled();

    const [{ subject = '', message = '' } = {}] = await topicIsTold();
    expect(subject).toMatch(/^trailkeeper: CRITICAL: org-trail is NOT restored[\x20-\x7e]*$/);
    expect(subject.length).toBeLessThan(100);
    expect(message).toMatch(/StopLogging[\s\S]*https:\/\/us-east-1\.console\.aws\.amazon\.com/);
    expect(message).not.toContain('\u202e');
  });

  test('is not told of what is less grave than configured', async () => {
    await reconfigured({ sns: 'high' });
    await keep({ severity: 'medium' });
    await say();

    expect(await told()).toHaveLength(1);
    expect(await topicIsTold()).toEqual([]);
  });
});

describe('principals are told as pseudonyms where that is configured,', () => {
  const pseudonymsOf = async (reminders = 0) => {
    const cause = incident.cause as NonNullable<Incident['cause']>;
    await keep({ cause, also: [{ ...cause, eventName: 'DeleteTrail' }], reminders });
    await say();
    const all = JSON.stringify([(await told()).at(-1), await topicIsTold()]);
    expect(all).not.toMatch(/mallory|198\.51\.100\.23|aws-cli/);
    return all.match(/principal-[0-9a-f]{8}/g) ?? [];
  };

  test('the same for the same, in every channel, and after a restart', async () => {
    await reconfigured({ redactPrincipals: true });
    const pseudonyms = await pseudonymsOf();
    await restarted();
    const later = await pseudonymsOf(1);

    expect(pseudonyms.length).toBeGreaterThan(3);
    expect(new Set([...pseudonyms, ...later]).size).toBe(1);
  });

  test('which nobody can work out who does not read the table', async () => {
    await reconfigured({ redactPrincipals: true });
    const [before] = await pseudonymsOf();
    const Key = { pk: 'told#pseudonyms', sk: 'key' };
    await account.table.send(new DeleteCommand({ TableName: account.tableName, Key }));
    await restarted();

    await pseudonymsOf(1);
    expect(JSON.stringify((await told()).at(-1))).not.toContain(before);
  });
});

test('nothing that the function printed or answered in all this holds a secret', () => {
  const held = [slackSecrets.bot, '/services/', 'SANDBOX', 'xoxb-1', 'hooks.slack.com/services/T'];
  const all = printed.join('\n').replaceAll('hooks.slack.com/services/…', '');

  expect(printed.length).toBeGreaterThan(50);
  expect(all.includes('is_archived')).toBe(true);
  expect(held.filter((secret) => all.includes(secret))).toEqual([]);
});

/** The function as it is deployed, with another configuration; the processes that ran it before are not used any more. */
async function reconfigured(changes: object): Promise<void> {
  const FunctionName = 'Trailkeeper-Alert';
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const variables = Environment?.Variables ?? {};
  const config = JSON.parse(variables.TRAILKEEPER_CONFIG ?? '{}');
  const alerts = { ...config.alerts, ...changes };
  const Variables = { ...variables, TRAILKEEPER_CONFIG: JSON.stringify({ ...config, alerts }) };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
  await account.settled();
}

/** New processes, which remember nothing: of the secret, for instance. */
const restarted = () => reconfigured({ startedAt: `${Math.random()}` });

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
