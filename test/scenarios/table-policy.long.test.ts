import {
  GetTrailStatusCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DeleteResourcePolicyCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';
import { announcement, stackUpdateCalled } from '../support/stack-update.ts';

// Enforce mode without a signing key: the state table's resource policy, the rules for changes of trailkeeper itself
// and the audit of writes protect the baselines. Mallory is an administrator of the account but not an approver.

let account: Account;
let mallory: DynamoDBDocumentClient;

beforeAll(async () => {
  account = await startAccount({ deployment: { signing: {} } });
  mallory = DynamoDBDocumentClient.from(new DynamoDBClient(account.configOf()));
  return account.stop;
});
beforeEach(async () => {
  await account.reset();
  account.deliver(account.perfectDelivery);
});

const tableArn = () =>
  `arn:aws:dynamodb:${account.region}:${account.account}:table/${account.tableName}`;

const write = (client: DynamoDBDocumentClient, Item: Record<string, unknown>) =>
  client.send(new PutCommand({ TableName: account.tableName, Item }));

/** Version 2, which delivers to the attacker's bucket. */
async function weakVersion() {
  const row = await account.row({ pk: account.trail, sk: 'baseline#000001' });
  const document = JSON.parse(String(row?.document));
  document.version = 2;
  document.states.settings.S3BucketName = 'attacker-bucket';
  document.reason = 'migration';
  return { ...row, sk: 'baseline#000002', document: JSON.stringify(document) };
}

/** Version 2, captured by an approver. */
async function captureNewPrefix() {
  account.deliver({ drop: true });
  const update = { Name: account.trail, S3KeyPrefix: 'audited' };
  await account.outsider.send(new UpdateTrailCommand(update));
  return account.trailkeeper(['capture', account.trail, '--reason', 'moved', '--yes']);
}

const removePolicy = () =>
  mallory.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn() }));

const denied = expect.objectContaining({ name: 'AccessDeniedException' });

describe('without a signing key', () => {
  test('a baseline that an approver captured is enforced', async () => {
    const { code, stderr } = await captureNewPrefix();
    await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

    expect(code, stderr).toBe(0);
    expect(await account.swept()).toMatchObject([{ verdict: 'restored' }]);
    const status = await account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }));
    expect(status.IsLogging).toBe(true);
  });

  test.each([
    ['a baseline', async () => weakVersion()],
    ['a maintenance window', async () => ({ pk: 'window', sk: 'w', document: '{}' })],
    ['an announced deployment', async () => ({ pk: 'window', sk: 'trailkeeper#1' })],
    ['an incident', async () => ({ pk: `incident#${account.trail}`, sk: 'i', document: '{}' })],
  ])('another administrator cannot write %s', async (_what, row) => {
    const Item = await row();

    await expect(write(mallory, Item)).rejects.toEqual(denied);
  });

  test('another administrator cannot capture a trail and sees how to become an approver', async () => {
    account.deliver({ drop: true });
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'audited' }),
    );

    const { code, stderr } = await account.trailkeeper(
      ['capture', account.trail, '--reason', 'mine now', '--yes'],
      { AWS_ACCESS_KEY_ID: 'mallory' },
    );

    expect(code).toBe(1);
    expect(stderr).toContain('you are not an approver');
    expect(await account.row({ pk: account.trail, sk: 'baseline#000002' })).toBeUndefined();
  });

  test('another administrator cannot delete a baseline', async () => {
    const Key = { pk: account.trail, sk: 'baseline#000001' };

    await expect(
      mallory.send(new DeleteCommand({ TableName: account.tableName, Key })),
    ).rejects.toEqual(denied);
    const { Item } = await mallory.send(new GetCommand({ TableName: account.tableName, Key }));
    expect(Item).toBeDefined();
  });

  test('removing the table policy sends a tamper alert', async () => {
    await removePolicy();
    await account.settled();

    const alerts = JSON.stringify(await account.slack());
    expect(alerts).toContain('trailkeeper itself was changed: DeleteResourcePolicy');
    expect(alerts).toContain('mallory, an IAM user');
    const { faults } = (await account.selfCheck()).result as { faults: string[] };
    expect(faults).toEqual([`tablePolicies.${tableArn()} is gone`]);
  });

  test('a version that is written after that is reported as tampering', async () => {
    await removePolicy();
    await write(mallory, await weakVersion());
    await account.settled();

    const [written] = await account.tamperings();
    expect(written?.faults).toEqual([
      expect.stringContaining('the resource policy of the state table cannot be read'),
    ]);
    expect(written?.changes).toContain('version 2 of org-trail (us-east-1) was stored, unsigned');
    expect(JSON.stringify(await account.slack())).toContain('version 2 of org-trail');
  });

  test('a deployment that is announced after that sends alerts', async () => {
    const { id, ...window } = announcement();
    const Item = { pk: 'window', document: JSON.stringify({ id, ...window }) };
    await write(account.table, { ...Item, sk: `trailkeeper#${id}` });
    await stackUpdateCalled(account, { eventName: 'PutRule' });
    expect(JSON.stringify(await account.slack())).not.toContain('PutRule');

    await removePolicy();
    await stackUpdateCalled(account, { eventName: 'PutRule' });

    expect((await account.slack()).map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/CRITICAL.*PutRule/),
    );
  });

  test('a forged copy of the version in force is reported as tampering', async () => {
    await removePolicy();
    const { document } = await weakVersion();
    await write(mallory, { pk: 'incident#in-force', sk: account.trail, document });
    await account.settled();

    expect((await account.tamperings()).flatMap(({ faults }) => faults)).toContainEqual(
      expect.stringContaining('was changed to one that is not stored'),
    );
  });

  test('a version that is deleted after that stays in force by its copy', async () => {
    await account.swept();
    await removePolicy();
    const Key = { pk: account.trail, sk: 'baseline#000001' };
    await mallory.send(new DeleteCommand({ TableName: account.tableName, Key }));
    await account.settled();
    account.recycle();
    await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

    expect(await account.swept()).toMatchObject([{ verdict: 'restored' }]);
    expect((await account.tamperings()).flatMap(({ faults }) => faults)).toContainEqual(
      expect.stringContaining('version 1 of org-trail (us-east-1), unsigned, was deleted'),
    );
  });

  test('a version that an approver stores is reported as a change', async () => {
    const { code } = await captureNewPrefix();
    await account.settled();

    expect(code).toBe(0);
    const events = await account.tamperings();
    expect(events.flatMap(({ faults }) => faults)).toEqual([]);
    expect(JSON.stringify(events)).toContain('version 2 of org-trail');
  });

  test('the deployed policy is attached to the table', async () => {
    const { Policy = '' } = await mallory.send(
      new GetResourcePolicyCommand({ ResourceArn: tableArn() }),
    );

    expect(JSON.parse(Policy).Statement).toHaveLength(2);
  });
});
