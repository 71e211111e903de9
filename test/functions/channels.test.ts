import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alertEvent } from '#alert/alert-event.ts';
import type { Incident } from '#incident/incident.ts';
import { productSecrets } from '#sandbox/products/products.ts';
import { testAccount } from '../support/account.ts';
import { channels, channelsOf, failed } from '../support/channels.ts';
import { incident } from '../support/incident.ts';

const account = testAccount({ deployment: { channels } });
let channel: ReturnType<typeof channelsOf>;

beforeAll(async () => {
  channel = channelsOf(account);
});
beforeEach(() => account.deliver({ drop: true, lambdaRetryMs: 10 }));
afterEach(() => channel.reset());

const restored = { state: 'restored', severity: 'critical' } as const;

const acknowledgement: Incident['actions'][number] = {
  ...{ type: 'acknowledged', at: incident.updatedAt, by: 'alice', via: 'slack', reason: null },
};

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

describe('those on call', () => {
  test.each(['pagerduty', 'jsm'] as const)(
    'get one alert of %s for an incident, which ends with it',
    async (product) => {
      await channel.notify(failed);
      await channel.notify({ ...failed, reminders: 1 });
      expect((await channel.received())[product]).toMatchObject([
        { status: 'open', log: [{}, {}] },
      ]);

      await channel.notify(restored);

      expect((await channel.received())[product]).toMatchObject([
        { status: 'resolved', log: [{}, {}] },
      ]);
      expect(await account.deadLetterCount()).toBe(0);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'find an incident that trailkeeper restored at once as a resolved alert of %s',
    async (product) => {
      await channel.notify({ ...incident, state: 'detected', severity: 'critical' });
      await channel.notify(restored);

      expect((await channel.received())[product]).toMatchObject([
        { status: 'resolved', log: [{}] },
      ]);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'find the alert of %s acknowledged once someone acknowledges the incident',
    async (product) => {
      await channel.notify(failed);
      await channel.notify({ ...failed, actions: [acknowledgement] });
      expect((await channel.received())[product]).toMatchObject([
        { status: 'acknowledged', log: [{}, {}] },
      ]);

      await channel.notify({ ...restored, actions: [acknowledgement] });

      expect((await channel.received())[product]).toMatchObject([
        { status: 'resolved', log: [{}, {}] },
      ]);
    },
  );

  test.each(['pagerduty', 'jsm'] as const)(
    'are paged by the next reminder if someone resolved the acknowledged alert in %s',
    async (product) => {
      await channel.notify(failed);
      await channel.notify({ ...failed, actions: [acknowledgement] });
      await resolveIn[product]((await channel.received())[product][0]?.key ?? '');

      await channel.notify({ ...failed, actions: [acknowledgement], reminders: 1 });

      expect((await channel.received())[product]).toMatchObject([
        { status: 'resolved' },
        { status: 'open' },
      ]);
    },
  );

  test('see what happened, how severe it is, and what to do', async () => {
    await channel.notify(failed);

    const { pagerduty, jsm } = await channel.received();
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

test('the webhook gets an event of the published schema with a signature', async () => {
  await channel.notify(failed);
  await channel.notify({ ...failed, reminders: 1 });

  const { webhook } = await channel.received();
  const [first, second, ...others] = webhook.map(({ body }) => alertEvent.parse(body.data));
  expect(others).toEqual([]);
  expect(first).toMatchObject({ kind: 'failed', status: 'open', trail: account.trail });
  expect(second?.key).toBe(first?.key);
  expect(second?.id).not.toBe(first?.id);
});

test('the e-mails of an incident are one thread', async () => {
  await channel.notify(failed);
  await channel.notify(restored);

  const { emails } = await channel.received();
  expect(emails.map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^trailkeeper: CRITICAL: org-trail is NOT restored/),
    expect.stringMatching(/^trailkeeper: CRITICAL: org-trail restored and verified/),
  ]);
  const [first, second] = emails.map(({ headers }) => headers as Record<string, string>);
  expect(second?.References).toBe(first?.References);
  expect(second?.['In-Reply-To']).toBe(first?.['In-Reply-To']);
  const id = 'X-Trailkeeper-Notification';
  expect(second?.[id]).not.toBe(first?.[id]);
});

test('Security Hub has one finding, which follows the incident', async () => {
  await channel.notify({ ...failed, state: 'detected' });
  await channel.notify({ ...failed, severity: 'high' });
  expect((await channel.received()).findings).toMatchObject([
    {
      Title: 'org-trail is NOT restored',
      RecordState: 'ACTIVE',
      FindingProviderFields: { Severity: { Label: 'HIGH' } },
      Resources: [{ Type: 'AwsCloudTrailTrail', Id: account.trail }],
    },
  ]);

  await channel.notify({ ...failed, state: 'restored' });

  expect((await channel.received()).findings).toMatchObject([
    { Title: 'org-trail restored and verified', RecordState: 'ARCHIVED' },
  ]);
});

test('EventBridge gets events of the minimum severity, with the published schema', async () => {
  const published = await channel.subscribe();

  await channel.notify({ ...failed, severity: 'high' });
  await channel.notify(failed);

  expect(await published()).toMatchObject([{ severity: 'critical', kind: 'failed' }]);
});

describe('notify test', () => {
  test('sends a message through every channel, and leaves no open alert', async () => {
    const { code, stdout } = await account.trailkeeper(['notify', 'test']);

    expect(code).toBe(0);
    expect(stdout.match(/^test message by \w+: notified$/gm)).toHaveLength(7);
    const { pagerduty, jsm } = await channel.received();
    expect([...pagerduty, ...jsm].map(({ status }) => status)).toEqual(['resolved', 'resolved']);
  });

  test('sends one through the channel that is named', async () => {
    const { code, stdout } = await account.trailkeeper(['notify', 'test', '--channel', 'teams']);

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'test message by teams: notified\n' });
    expect(await channel.received()).toMatchObject({ pagerduty: [], teams: [{}], emails: [] });
  });

  test('says what to do if the channel is not configured', async () => {
    const { code, stderr } = await account.trailkeeper(['notify', 'test', '--channel', 'slack']);

    expect(code).toBe(1);
    expect(stderr).toContain('add it to trailkeeper.channels in cdk.json');
  });
});

test('doctor names the secret of each channel, and the one that is malformed', async () => {
  await account.swept();
  await channel.putSecret('Trailkeeper-JSM', 'not a key');

  const { stdout } = await account.trailkeeper(['doctor']);

  expect(stdout).toContain('the integration key of PagerDuty');
  expect(stdout).toContain('the key of the webhook');
  expect(stdout).toContain('alerts cannot be sent to JSM');
});
