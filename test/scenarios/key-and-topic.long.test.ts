import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { RemovePermissionCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import { key } from '#drift/dependencies/key.ts';
import { topic } from '#drift/dependencies/topic.ts';
import { dependencyAttacks } from '#sandbox/attacks.ts';
import { auditKey, auditTopic } from '#sandbox/audit-dependencies.ts';
import { delegate, keyId as KeyId, topicArn as TopicArn } from '#sandbox/seed.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { Label, siemQueue, subscribeSiem } from '../support/subscribed-topic.ts';

// Every way to weaken a trail by calls about its key and topic (threats C1 to C6, D), where the configuration and the policy of the
// baseline ask to restore them.

const here = 'us-east-1:111122223333';
const dependencies = [
  { arn: `arn:aws:kms:${here}:key/${KeyId}`, restore: true },
  { arn: TopicArn, restore: true },
  { arn: 'arn:aws:s3:::org-trail-logs', account: delegate },
  { arn: `arn:aws:logs:${here}:log-group:org-trail` },
  { arn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs' },
];

const account = testAccount({ deployment: { dependencies } });
beforeEach(async () => {
  await account.reset();
  account.recycle();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  await restoreBoth();
});

/** The attacks on the key and the topic. */
const attacks = dependencyAttacks.filter(({ id }) => /^[CD]/.test(id));

const ways = {
  'by its event': async () => {
    account.deliver({ drop: false, paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s:', (way, happens) => {
  test.each(attacks.filter(({ reportOnly }) => !reportOnly))(
    '$id, Mallory $title',
    async (attack) => {
      account.deliver({ drop: way !== 'by its event', paused: true });
      const before = await keyAndTopic();
      await attack.call(account.clientsOf(attack.as), account.trail);
      expect(await keyAndTopic()).not.toEqual(before);

      await happens();

      expect(await keyAndTopic()).toEqual(before);
      const [incident, ...others] = await account.incidents();
      expect(others).toEqual([]);
      expect(incident?.state).toBe('restored');
      expect(await refusedCalls()).toEqual([]);
    },
  );

  test.each(attacks.filter(({ reportOnly }) => reportOnly))(
    'but not $id, Mallory $title, which is reported',
    async (attack) => {
      account.deliver({ drop: way !== 'by its event', paused: true });
      await attack.call(account.clientsOf(attack.as), account.trail);
      const attacked = await keyAndTopic();

      await happens();

      expect(await keyAndTopic()).toEqual(attacked);
      expect(await account.incidents()).toMatchObject([{ state: 'drifted' }]);
      expect(await account.alerts()).toContain(
        attack.id.startsWith('C') ? `key ${KeyId} (` : 'topic org-trail-delivered (',
      );
    },
  );
});

describe.each(Object.entries(ways))(
  'of a topic with a subscriber and a named permission, %s:',
  (way, happens) => {
    let SubscriptionArn: string;
    beforeEach(async () => {
      SubscriptionArn = await subscribeSiem(account.clientsOf(account.account).sns, TopicArn);
      await captureWith(account, { key: 'restore', topic: 'restore' });
      account.deliver({ drop: way !== 'by its event', paused: true });
    });

    test("is restored: Mallory removes CloudTrail's permission", async () => {
      const before = await keyAndTopic();
      await account.clientsOf().sns.send(new RemovePermissionCommand({ TopicArn, Label }));
      expect(await keyAndTopic()).not.toEqual(before);

      await happens();

      expect(await keyAndTopic()).toEqual(before);
    });

    test('is reported by endpoint: Mallory unsubscribes the queue of the SIEM', async () => {
      await account.clientsOf().sns.send(new UnsubscribeCommand({ SubscriptionArn }));

      await happens();

      const [incident, ...others] = await account.incidents();
      expect(others).toEqual([]);
      expect(incident?.state).toBe('drifted');
      expect(await account.alerts()).toContain(`sqs ${siemQueue}`);
    });
  },
);

test('each permission to restore them is needed for a repair', async () => {
  const start = account.calls.length;

  for (const attack of attacks.filter(({ reportOnly }) => !reportOnly)) {
    await attack.call(account.clientsOf(attack.as), account.trail);
    await account.swept();
  }

  const made = account.calls
    .slice(start)
    .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-Reconcile/'))
    .map(({ service, operation }) => `${service}:${operation}`);
  const granted = [key, topic].flatMap(({ permissions }) =>
    permissions.repair.flatMap(({ actions }) => actions),
  );
  expect(granted.filter((action) => !made.includes(action))).toEqual([]);
});

test('a repair that AWS refuses for good is sent once and reported once, until an event shows that it may succeed', async () => {
  const { kms } = account.clientsOf();
  const before = await keyAndTopic();
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  const { Statement, ...policy } = JSON.parse(Policy);
  const put = (...statements: readonly object[]) =>
    kms.send(
      new PutKeyPolicyCommand({
        KeyId,
        Policy: JSON.stringify({ ...policy, Statement: statements }),
      }),
    );
  const withoutCloudTrail = Statement.filter(
    (one: { readonly Principal: object }) => !('Service' in one.Principal),
  );
  const Principal = { AWS: 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile' };
  const denial = { Effect: 'Deny', Principal, Action: 'kms:PutKeyPolicy', Resource: '*' };
  await put(...withoutCloudTrail, denial);
  const start = account.calls.length;

  for (let sweep = 0; sweep < 3; sweep++) {
    await account.swept();
    await account.settled();
  }

  const denied = account.calls.slice(start).filter(({ error }) => /Denied/.test(error ?? ''));
  expect(denied.map(({ operation }) => operation)).toEqual(['PutKeyPolicy']);
  const messages = (await account.slack()).map(({ text }) => text);
  expect(messages.filter((text) => text.includes('is NOT restored'))).toHaveLength(1);

  account.deliver({ drop: false, paused: false });
  await put(...withoutCloudTrail);
  await account.settled();

  expect(await keyAndTopic()).toEqual(before);
});

/** Stores the next version, whose policy restores the key and the topic. */
async function restoreBoth(): Promise<void> {
  const store = account.baselines();
  const { arn } = parseTrailArn(account.trail);
  const [known, before] = [await store.find(arn), await store.newestValid(arn)];
  if (before === null) throw new Error('the trail is not protected');
  const { version: _, previous: __, ...content } = before;
  const policy = { key: 'restore', topic: 'restore' } as const;
  await store.add({ ...content, policy }, known);
}

/** The key and the topic, as an administrator sees them. */
async function keyAndTopic(): Promise<readonly object[]> {
  const { kms, sns } = account.clientsOf(account.account);
  return [await auditKey({ kms, arn: KeyId }), await auditTopic({ sns, arn: TopicArn })];
}

/** The calls that trailkeeper was not allowed. */
const refusedCalls = async () =>
  account.calls.filter(
    ({ principal, error }) =>
      principal.includes(':assumed-role/Trailkeeper-Reconcile') &&
      /Denied|Authorization/.test(error ?? ''),
  );
