import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { productSecrets } from '#sandbox/products/products.ts';
import { testAccount } from '../support/account.ts';
import { channels, channelsOf, failed } from '../support/channels.ts';

const account = testAccount({ deployment: { channels } });
let channel: ReturnType<typeof channelsOf>;

beforeAll(async () => {
  channel = channelsOf(account);
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(async () => {
  await account.admin('latency', { ms: 0 });
  await channel.reset();
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
    await channel.notify();

    expect(await channel.received()).toMatchObject({
      pagerduty: [{ log: [{}] }],
      jsm: [{ log: [{}] }],
      teams: [{}],
      webhook: [{}],
    });
    expect(channel.alerts()).toHaveLength(1);
  });

  test.each<[what: string, error: string]>([
    ['throttles', 'ThrottlingException'],
    ['fails', 'InternalFailure'],
  ])('if a service of AWS %s: the same invocation retries', async (_what, error) => {
    for (const service of ['ses', 'securityhub']) {
      await account.fault({ service, operation: '*', error, times: 2 });
    }
    await channel.notify();
    const published = await channel.subscribe();
    await account.fault({ service: 'events', operation: 'PutEvents', error, times: 2 });
    await account.trailkeeper(['notify', 'test', '--channel', 'eventbridge']);

    const { emails, findings } = await channel.received();
    expect([emails, findings, await published()].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(channel.alerts()).toHaveLength(2);
  });

  test('if a product rate-limits for longer than the function runs: Lambda retries, and repeats nothing elsewhere', async () => {
    await account.fault({ service: 'pagerduty', operation: '*', error: 429, retryAfter: 3600 });
    await channel.notify();

    const { pagerduty, teams, emails } = await channel.received();
    expect([pagerduty, teams, emails].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(channel.alerts()).toHaveLength(2);
  });

  test.each<[what: string, fault: object]>([
    ['Amazon SES', { service: 'ses', operation: 'SendEmail' }],
    ['Security Hub', { service: 'securityhub', operation: 'BatchImportFindings' }],
  ])('if %s refuses it: Lambda retries, and repeats nothing elsewhere', async (_what, fault) => {
    await account.fault({ ...fault, error: 'AccessDeniedException' });
    await channel.notify();

    const { emails, findings, pagerduty, teams } = await channel.received();
    expect([emails, findings, pagerduty, teams].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(channel.alerts()).toHaveLength(2);
  });
});

test.each([
  ['never answered', 'ETIMEDOUT'],
  ['answered by closing the connection', 'ECONNABORTED'],
])(
  'a request that a product accepted and %s is sent again, and has no effect twice',
  async (_how, error) => {
    const services = ['pagerduty', 'jsm', 'webhook'] as const;
    for (const service of services) await account.fault({ service, operation: '*', error });
    await channel.notify();

    const received = await channel.received();
    expect(services.map((service) => received[service].length)).toEqual([1, 1, 1]);
    expect(channel.alerts()).toHaveLength(1);
  },
);

test.each<[what: string, slow: object]>([
  ['Teams', { service: 'teams' }],
  ['Amazon SES', { service: 'ses' }],
])('a message that %s accepts late is not sent again', async (_what, slow) => {
  await account.admin('latency', { ...slow, ms: 7000 });
  await channel.notify();

  const { teams, emails } = await channel.received();
  expect([teams, emails].map(({ length }) => length)).toEqual([1, 1]);
  expect(channel.alerts()).toHaveLength(1);
});

describe('a request that was accepted without a response is sent again', () => {
  test('and updates the same finding of Security Hub', async () => {
    const imports = () => account.calls.filter(({ service }) => service === 'securityhub').length;
    const before = imports();
    await account.fault({ service: 'securityhub', operation: '*', error: 'ETIMEDOUT' });
    await channel.notify();

    expect(imports()).toBe(before + 2);
    expect((await channel.received()).findings).toHaveLength(1);
    expect(channel.alerts()).toHaveLength(1);
  });

  test('and arrives twice in Teams and by e-mail, which cannot recognize it', async () => {
    await account.fault({ service: 'teams', operation: '*', error: 'ECONNABORTED' });
    await account.fault({ service: 'ses', operation: 'SendEmail', error: 'ETIMEDOUT' });
    await channel.notify();

    const { teams, emails } = await channel.received();
    expect([teams, emails].map(({ length }) => length)).toEqual([2, 2]);
    expect(emails[1]).toEqual(emails[0]);
    expect(emails[0]?.headers).toHaveProperty('X-Trailkeeper-Notification');
    expect(channel.alerts()).toHaveLength(1);
  });

  test('and is the same event of EventBridge, by its id', async () => {
    const published = await channel.subscribe();
    await account.fault({ service: 'events', operation: 'PutEvents', error: 'ETIMEDOUT' });
    const { code } = await account.trailkeeper(['notify', 'test', '--channel', 'eventbridge']);

    expect(code).toBe(0);
    const [first, second, ...others] = await published();
    expect(others).toEqual([]);
    expect(second?.id).toBe(first?.id ?? '');
  });
});

describe('a secret', () => {
  /** The secrets that the products take. */
  const accept = (...accepted: readonly string[]) => account.admin('products', { accepted });

  test.each<[name: string, next: string, product: 'pagerduty' | 'jsm' | 'webhook']>([
    ['Trailkeeper-PagerDuty', 'R'.repeat(32), 'pagerduty'],
    ['Trailkeeper-JSM', '0b1d0b0e-0000-4000-8000-0000000000bb', 'jsm'],
    ['Trailkeeper-Webhook', `whsec_${Buffer.alloc(32, 7).toString('base64')}`, 'webhook'],
  ])('%s can be changed without a deployment', async (name, next, product) => {
    await channel.notify();
    await channel.putSecret(name, next);
    const others = Object.entries(productSecrets).filter(([other]) => other !== name);
    await accept(next, ...others.map(([, value]) => value));
    await channel.notify({ ...failed, reminders: 1 });

    expect(JSON.stringify((await channel.received())[product])).toMatch(/Reminder/);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('that was revoked delays alerts until it works again: the latest is sent, once', async () => {
    await accept();
    await channel.notify();
    await channel.notify({ ...failed, reminders: 1 });
    expect(await account.deadLetterCount()).toBe(2);
    expect(JSON.stringify(channel.alerts())).toContain('PagerDuty answered 400');
    expect((await channel.received()).emails).toHaveLength(2);

    await accept(...Object.values(productSecrets));
    const { code } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(0);
    const { pagerduty, jsm, teams, webhook, emails } = await channel.received();
    const late = [...pagerduty.flatMap(({ log }) => log), ...jsm.flatMap(({ log }) => log)];
    expect([...late, ...teams, ...webhook].map((one) => JSON.stringify(one))).toEqual(
      Array.from({ length: 4 }, () => expect.stringContaining('Reminder')),
    );
    expect(emails).toHaveLength(2);
  });

  test.each(Object.keys(productSecrets))(
    '%s that is malformed is reported without its value',
    async (name) => {
      await channel.putSecret(name, 'hunter2 and more');
      await channel.notify();

      expect(JSON.stringify(channel.alerts())).toMatch(/store it as plain text/i);
      expect(JSON.stringify(channel.alerts().map((one) => [one, one.log]))).not.toContain(
        'hunter2',
      );
    },
  );
});
