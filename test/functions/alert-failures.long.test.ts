import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import { testAccount } from '../support/account.ts';
import { channelsOf, failed, slackSecretsIn } from '../support/channels.ts';

const account = testAccount({
  deployment: { channels: { ...deployment.channels, sns: { minSeverity: 'low' } } },
});
let channel: ReturnType<typeof channelsOf>;
/** Everything that the function printed or returned in this file. */
const printed: string[] = [];

beforeAll(async () => {
  channel = channelsOf(account);
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(async () => {
  await account.settled();
  printed.push(...channel.alerts().flatMap((one) => [...one.log, JSON.stringify(one)]));
  await channel.reset();
});

const published = async () =>
  (await account.notifications()).filter(({ topicArn }) => topicArn.endsWith('Trailkeeper-Alarms'));

describe('people get one message', () => {
  test('and an invocation leaves a long delivery by another one to the retries', async () => {
    await lease('another invocation', 3_600_000);
    await channel.notify();

    expect(channel.alerts()).toHaveLength(3);
    expect(JSON.stringify(channel.alerts().at(-1))).toContain(
      'another invocation is still delivering',
    );
    expect(await account.deadLetterCount()).toBe(1);
  });

  test('from the invocation that takes over an expired lease', async () => {
    await lease('an interrupted invocation', 1500);
    await channel.notify();

    expect(await account.slack()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });
});

describe('a message is not lost', () => {
  const slack = (fault: object) => account.fault({ service: 'slack', operation: '*', ...fault });

  test.each<[what: string, fault: object]>([
    ['answers 500', { error: 500, times: 2 }],
    ['answers 503', { error: 503 }],
    ['reports an internal error', { error: 'internal_error' }],
    ['rate-limits for a second', { error: 429, retryAfter: 1 }],
    ['rate-limits for an unknown time', { error: 429 }],
    ['closes the connection', { error: 'ECONNRESET' }],
  ])('if Slack %s: the same invocation retries', async (_what, fault) => {
    await slack(fault);
    await channel.notify();

    expect(await account.slack()).toHaveLength(1);
    expect(channel.alerts()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });

  test('if Slack accepts it without a response, and cannot be read: it may arrive twice', async () => {
    await slack({ error: 'ECONNABORTED' });
    await channel.notify();

    expect(await account.slack()).toHaveLength(2);
    expect(channel.alerts()).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });

  test('if the topic accepts it without a response: it may arrive twice, with the same id', async () => {
    await account.fault({ service: 'sns', operation: 'Publish', error: 'ETIMEDOUT' });
    await channel.notify();

    const [one, other, ...more] = await published();
    expect(more).toEqual([]);
    expect(one?.attributes?.id).toEqual({ DataType: 'String', StringValue: expect.any(String) });
    expect(other?.attributes).toEqual(one?.attributes);
  });

  test('if Slack rate-limits for longer than the function runs: Lambda retries', async () => {
    await slack({ error: 429, retryAfter: 3600 });
    await channel.notify();

    expect(await account.slack()).toHaveLength(1);
    expect(channel.alerts()).toHaveLength(2);
  });
});

describe('a webhook', () => {
  beforeEach(() => channel.putSecret('Trailkeeper-Slack', slackSecrets.webhook));

  test.each<[what: string, fault: object]>([
    ['answers 500', { error: 500, times: 2 }],
    ['rate-limits for a second', { error: 429, retryAfter: 1 }],
    ['closes the connection', { error: 'ECONNRESET' }],
    ['refuses the blocks', { error: 'invalid_blocks' }],
  ])('retries if it %s', async (_what, fault) => {
    await account.fault({ service: 'slack', operation: 'webhook', ...fault });
    await channel.notify();

    expect(await account.slack()).toHaveLength(1);
    expect(channel.alerts()).toHaveLength(1);
  });

  test('that accepts a message without a response gets it twice, with the same text', async () => {
    await account.fault({ service: 'slack', operation: 'webhook', error: 'ECONNABORTED' });
    await channel.notify();

    const [one, other, ...more] = await account.slack();
    expect(more).toEqual([]);
    expect({ ...other, ts: one?.ts }).toEqual(one);
    expect(channel.alerts()).toHaveLength(1);
  });
});

test.each([
  ['bot', { tokens: [] }, { tokens: [slackSecrets.bot] }],
  ['webhook', { webhooks: [] }, { webhooks: [new URL(slackSecrets.webhook).pathname] }],
] as const)(
  'a %s that was revoked delays alerts until it works again: the latest is sent, once',
  async (secret, revoked, restored) => {
    await channel.putSecret('Trailkeeper-Slack', slackSecrets[secret]);
    await account.admin('slack', revoked);
    await channel.notify();
    await channel.notify({ ...failed, reminders: 1 });
    expect(await published()).toHaveLength(2);
    expect(await account.deadLetterCount()).toBe(2);

    await account.admin('slack', restored);
    const { code } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(0);
    expect(await account.slack()).toMatchObject([{ text: expect.stringContaining('Reminder') }]);
    expect(await published()).toHaveLength(2);
  },
);

test('no log line and no result of the function contains a secret', () => {
  expect(printed.length).toBeGreaterThan(20);
  expect(slackSecretsIn(printed)).toEqual([]);
});

/** Leases both channels, like an invocation that is still delivering. */
async function lease(leaseHolder: string, milliseconds: number): Promise<void> {
  const leaseUntil = new Date(Date.now() + milliseconds).toISOString();
  for (const name of ['slack', 'sns']) {
    const row = { pk: `delivery#${channel.key.pk}`, sk: `${channel.key.sk}#${name}` };
    const Item = { ...row, delivered: 'null', leaseHolder, leaseUntil };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
  }
}
