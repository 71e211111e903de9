import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import { type Account, startAccount } from '../support/account.ts';
import { channelsOf, failed } from '../support/channels.ts';

let account: Account;
let channel: ReturnType<typeof channelsOf>;

beforeAll(async () => {
  const slack = { channel: 'C0SANDBOX' };
  account = await startAccount({ deployment: { channels: { ...deployment.channels, slack } } });
  channel = channelsOf(account);
});
beforeEach(async () => {
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  await grant('channels:history');
});
afterEach(async () => {
  await account.admin('latency', { ms: 0 });
  await channel.reset();
});
afterAll(() => account.stop());

const grant = (...scopes: readonly string[]) =>
  account.admin('slack', { scopes: ['chat:write', ...scopes] });

const slack = (operation: string, fault: object) =>
  account.fault({ service: 'slack', operation, ...fault });

/** Slack accepts the next message, and closes the connection. */
const loseAnswer = () => slack('chat.postMessage', { error: 'ECONNABORTED' });

/** Refuses for longer than the function runs, so that Lambda has to retry. */
const refused = { error: 429, retryAfter: 3600 };

/** Takes as long as what was posted before, which Slack has accepted afterwards. */
const postByHand = (text: string) =>
  new WebClient(slackSecrets.bot, { slackApiUrl: `${account.endpoint}/api/` }).chat.postMessage({
    ...{ channel: 'C0SANDBOX', text },
  });

const messages = async () =>
  (await account.slack()).map(({ threadTs, text }) => ({ isReply: threadTs !== null, text }));

const first = { isReply: false, text: expect.stringMatching(/NOT restored/) };
const reminder = { isReply: true, text: expect.stringMatching(/Reminder/) };

test.each([
  ['and closed the connection', 'ECONNABORTED'],
  ['and never answered', 'ETIMEDOUT'],
])('an alert that Slack accepted %s is not sent again', async (_how, error) => {
  await slack('chat.postMessage', { error });
  await channel.notify();

  expect(await messages()).toEqual([first]);
  expect(channel.alerts()).toHaveLength(1);
});

test('an alert that Slack accepts late is not sent again', async () => {
  await account.admin('latency', { service: 'slack', operation: 'chat.postMessage', ms: 7000 });
  await channel.notify();
  await postByHand('the last message');

  expect(await messages()).toEqual([first, { isReply: false, text: 'the last message' }]);
});

test('a reply that Slack accepted without an answer is not sent again', async () => {
  await channel.notify();
  await loseAnswer();
  await channel.notify({ ...failed, reminders: 1 });

  expect(await messages()).toEqual([first, reminder]);
});

test.each([
  ['500', { error: 500 }],
  ['a fatal error', { error: 'fatal_error' }],
  ['a closed connection', { error: 'ECONNRESET' }],
])('an alert that Slack did not accept is sent again after %s', async (_what, fault) => {
  await slack('chat.postMessage', fault);
  await channel.notify();

  expect(await messages()).toEqual([first]);
});

test('the next invocation finds what an earlier one has sent', async () => {
  await channel.notify();
  await loseAnswer();
  await slack('conversations.replies', refused);
  await slack('chat.postMessage', refused);
  await channel.notify({ ...failed, reminders: 1 });

  expect(channel.alerts()).toHaveLength(3);
  expect(await messages()).toEqual([first, reminder]);
});

test('an incident that went on in the meantime keeps its thread', async () => {
  await loseAnswer();
  await slack('conversations.history', { ...refused, times: 3 });
  await slack('chat.postMessage', { ...refused, times: 3 });
  await channel.notify();
  expect(await account.deadLetterCount()).toBe(1);
  await account.clearFaults();

  await channel.notify({ ...failed, reminders: 1 });

  expect(await messages()).toEqual([
    { isReply: false, text: expect.stringMatching(/Reminder/) },
    reminder,
  ]);
});

test.each([
  ['lacks the scope', () => grant()],
  ['is refused by Slack', () => slack('conversations.history', refused)],
  ['fails', () => slack('conversations.history', { error: 'internal_error' })],
])(
  'an alert is sent again if reading the channel %s: twice is better than not',
  async (_how, prepare) => {
    await prepare();
    await loseAnswer();
    await channel.notify();

    expect(await messages()).toEqual([first, first]);
    expect(channel.alerts()).toHaveLength(1);
  },
);
