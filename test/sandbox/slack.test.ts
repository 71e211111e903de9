import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { WebClient } from '@slack/web-api';
import { IncomingWebhook } from '@slack/webhook';
import { afterEach, describe, expect, test } from 'vitest';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();
afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const channel = 'C0SANDBOX';
const bot = (token: string = slackSecrets.bot) =>
  new WebClient(token, {
    slackApiUrl: `${account.endpoint}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
const webhook = (path = new URL(slackSecrets.webhook).pathname) =>
  new IncomingWebhook(`${account.endpoint}${path}`);

describe('the Web API', () => {
  test('posts, replies and updates, and keeps earlier contents', async () => {
    const { ts = '' } = await bot().chat.postMessage({ channel, text: 'first' });
    await bot().chat.postMessage({ channel, text: 'reply', thread_ts: ts, reply_broadcast: true });
    await bot().chat.update({ channel, ts, text: 'changed' });

    expect(await account.slack()).toMatchObject([
      { ts, text: 'changed', threadTs: null, history: [{ text: 'first' }], via: 'bot' },
      { text: 'reply', threadTs: ts, isBroadcast: true, channel },
    ]);
  });

  test.each<[error: string, call: () => Promise<unknown>]>([
    ['invalid_auth', () => bot('xoxb-unknown').chat.postMessage({ channel, text: 'x' })],
    ['channel_not_found', () => bot().chat.postMessage({ channel: 'C0NOWHERE', text: 'x' })],
    ['no_text', () => bot().chat.postMessage({ channel, text: '' })],
    ['msg_too_long', () => bot().chat.postMessage({ channel, text: 'x'.repeat(40_001) })],
    ['message_not_found', () => bot().chat.update({ channel, ts: '1.1', text: 'x' })],
    ['thread_not_found', () => bot().chat.postMessage({ channel, text: 'x', thread_ts: '1.1' })],
    ['unknown_method', () => bot().apiCall('chat.delete', { channel, text: 'x' })],
  ])('returns %s', async (error, call) => {
    await expect(call()).rejects.toMatchObject({ data: { error } });
    expect(await account.slack()).toEqual([]);
  });

  test.each<[what: string, block: object]>([
    ['a header of more than 150 characters', header('x'.repeat(151))],
    ['a section of more than 3,000 characters', section('x'.repeat(3001))],
    ['an empty text', header('')],
    ['an unknown block', { type: 'marquee' }],
    ['an unknown field', { ...header('x'), color: 'red' }],
    ['rich text with an empty text', rich({ type: 'text', text: '' })],
    ['a link without a URL', rich({ type: 'link', url: 'nowhere' })],
  ])('refuses %s', async (_what, block) => {
    const blocks = [block] as never;

    await expect(bot().chat.postMessage({ channel, text: 'x', blocks })).rejects.toMatchObject({
      data: { error: 'invalid_blocks' },
    });
  });

  test('accepts at most 50 blocks', async () => {
    const blocks = (count: number) => Array.from({ length: count }, () => header('x')) as never;

    await bot().chat.postMessage({ channel, text: 'x', blocks: blocks(50) });
    await expect(
      bot().chat.postMessage({ channel, text: 'x', blocks: blocks(51) }),
    ).rejects.toMatchObject({ data: { error: 'invalid_blocks' } });
  });
});

describe('a webhook', () => {
  test('posts, and refuses what the Web API refuses', async () => {
    await webhook().send({ text: 'x', blocks: [header('y')] as never });

    expect(await account.slack()).toMatchObject([{ text: 'x', via: 'webhook' }]);
    await expect(webhook().send({ blocks: [header('')] as never })).rejects.toMatchObject({
      statusCode: 400,
      body: 'invalid_blocks',
    });
  });

  test('that does not exist returns 404', async () => {
    await expect(webhook('/services/T0/B0/x').send('x')).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('a fault of Slack', () => {
  test('can be an HTTP status with a Retry-After header', async () => {
    const fault = { service: 'slack', operation: 'chat.postMessage', error: 429, retryAfter: 7 };
    await account.fault(fault);

    await expect(bot().chat.postMessage({ channel, text: 'x' })).rejects.toMatchObject({
      retryAfter: 7,
    });
    await bot().chat.postMessage({ channel, text: 'x' });
  });

  test('can be a Web API error name, which a webhook returns with status 400', async () => {
    await account.fault({ service: 'slack', operation: '*', error: 'is_archived', times: 2 });

    await expect(bot().chat.postMessage({ channel, text: 'x' })).rejects.toMatchObject({
      data: { error: 'is_archived' },
    });
    await expect(webhook().send('x')).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('Secrets Manager', () => {
  const id = 'Trailkeeper-Slack';
  const secrets = (accessKeyId = 'mallory') =>
    new SecretsManagerClient(account.configOf(accessKeyId));

  test('returns the Slack secret by name and by ARN', async () => {
    const { ARN, SecretString } = await secrets().send(new GetSecretValueCommand({ SecretId: id }));

    expect(SecretString).toBe(slackSecrets.bot);
    expect(ARN).toBe(account.outputs.SlackSecretArn);
    expect((await secrets().send(new GetSecretValueCommand({ SecretId: ARN }))).SecretString).toBe(
      SecretString,
    );
  });

  test('does not return a secret of another account', async () => {
    const reading = secrets('222233334444').send(new GetSecretValueCommand({ SecretId: id }));

    await expect(reading).rejects.toThrow("can't find the specified secret");
  });
});

function header(text: string): object {
  return { type: 'header', text: { type: 'plain_text', text } };
}

function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function rich(element: object): object {
  const elements = [{ type: 'rich_text_section', elements: [element] }];
  return { type: 'rich_text', elements };
}
