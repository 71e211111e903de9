import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteResourcePolicyCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kmsSigner } from '#baseline/signing/kms-signer.ts';
import { testAccount } from '../support/account.ts';
import { takeAway } from '../support/role-permissions.ts';
import {
  type Heartbeat,
  outside,
  reconcileRole,
  secondAccount,
  watchtower,
} from '../support/watchtower.ts';

const account = testAccount({ deployment: { watchtower } });
let second: ReturnType<typeof secondAccount>;
beforeAll(async () => {
  second = secondAccount(account);
});
beforeEach(async () => {
  expect(await second.deploy()).toEqual([]);
});

const mallory = () => second.as('mallory');

/** A heartbeat that follows the last one and says the same, with the signature of the role of sweeps. */
async function nextHeartbeat(session: string): Promise<Heartbeat | undefined> {
  const [last] = second.sent();
  const { document = '' } = JSON.parse(last?.Detail ?? '{}');
  const known = JSON.parse(document);
  const next = JSON.stringify({
    ...known,
    sequence: known.sequence + 1,
    at: new Date().toISOString(),
  });
  const key = `arn:aws:kms:${account.region}:${outside}:alias/Trailkeeper-Watchtower`;
  const signature = await kmsSigner(new KMSClient(second.as(session)), key).sign('heartbeat', next);
  return last && { ...last, Detail: JSON.stringify({ document: next, signature }) };
}

const deleteMainStack = () =>
  new CloudFormationClient(mallory()).send(new DeleteStackCommand({ StackName: 'Trailkeeper' }));

const disableRule = (Name: string) =>
  new EventBridgeClient(mallory()).send(new DisableRuleCommand({ Name }));

async function removeRule(Rule: string): Promise<void> {
  const events = new EventBridgeClient(mallory());
  const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule }));
  const Ids = Targets.flatMap(({ Id }) => Id ?? []);
  await events.send(new RemoveTargetsCommand({ Rule, Ids }));
  await events.send(new DeleteRuleCommand({ Name: Rule }));
}

const removeTablePolicy = () =>
  new DynamoDBClient(mallory()).send(
    new DeleteResourcePolicyCommand({
      ResourceArn: `arn:aws:dynamodb:${account.region}:111122223333:table/${account.tableName}`,
    }),
  );

const changeVariables = () =>
  new LambdaClient(mallory()).send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'Trailkeeper-Sweep',
      Environment: { Variables: { STATE_TABLE: 'mine' } },
    }),
  );

const deploymentKeys = (keys: readonly string[]) =>
  keys.filter((key) => key.startsWith('deployment '));

const stopTrail = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

describe('within three sweep periods the watchtower reports that', () => {
  test('the stack was deleted', async () => {
    await deleteMainStack();
    await second.sweep();

    expect(await second.check(3)).toContain('silence');
    expect(await second.messages()).toEqual([
      expect.stringMatching(/no sweep of account 111122223333/),
    ]);
  });

  test.each(['events:PutEvents', 'kms:Sign', 'kms:GetPublicKey'])(
    'sweeps cannot reach it any more without %s; they protect the trails all the same',
    async (action) => {
      await takeAway(new IAMClient(mallory()), reconcileRole, action);
      account.recycle();
      const [report] = await account.swept();

      expect(report).toMatchObject({ verdict: 'in-sync' });
      expect(await second.check(3)).toContain('silence');
    },
  );

  test('a forged heartbeat arrived, if the role of sweeps was taken over; others are refused by AWS', async () => {
    const forged = second.forged();

    await expect(second.put('mallory', forged)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await second.put(await second.stolenRole(), forged);
    await account.settled();

    expect(await second.check()).toEqual(['refused unsigned']);
    expect(await second.messages()).toEqual([expect.stringMatching(/without a valid signature/)]);
  });

  test('a heartbeat was sent again', async () => {
    await second.put(await second.stolenRole(), second.sent()[0]);
    await account.settled();

    expect(await second.check()).toEqual(['refused repeated']);
  });

  test('the counter of the heartbeats was changed', async () => {
    const lastNumber = Math.floor(Date.now() / 1000) + 1000;
    const Item = { pk: 'incident#heartbeat', sk: 'sequence', lastNumber };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await second.sweep();

    expect((await second.check(1.5))[0]).toMatch(/^gap /);
  });

  test('a trail was stopped, and no one restores it', async () => {
    await deleteMainStack();
    await stopTrail();

    expect(await second.check(1)).not.toContain(`drifted ${account.trail}`);
    expect(await second.check(2)).toContain(`drifted ${account.trail}`);
  });

  test('heartbeats make false claims, although they are signed and numbered', async () => {
    const session = await second.stolenRole();
    await second.put(session, await nextHeartbeat(session));
    await account.settled();
    await stopTrail();
    await second.check(0.8);

    expect(await second.check(1.6)).toContain(`false claim ${account.trail}`);
  });

  test.each([
    ['a rule was disabled', () => disableRule('Trailkeeper-Trail-cloudtrail')],
    ['the role of sweeps was taken over', () => second.stolenRole()],
    ['a variable of a function was changed', changeVariables],
  ])('%s', async (_what, attack) => {
    await attack();

    expect(deploymentKeys(await second.check(2))).toEqual([]);
    expect(deploymentKeys(await second.check(3))).toHaveLength(1);
  });

  test.each([
    ['a rule', () => removeRule('Trailkeeper-Trail-cloudtrail')],
    ['the policy of the state table', removeTablePolicy],
  ])('%s is gone, without waiting for further changes', async (_what, remove) => {
    await remove();

    expect(deploymentKeys(await second.check(2))).toHaveLength(1);
  });

  test('the baseline was overwritten in the state table; it compares with its own copy', async () => {
    await account.corruptBaseline(account.trail);
    await stopTrail();

    expect(await second.check(1)).toContain(`faults ${account.trail}`);
    expect(await second.check(2)).toContain(`drifted ${account.trail}`);
  });

  test('it cannot see the account any more', async () => {
    const iam = new IAMClient(mallory());
    const role = { RoleName: 'Trailkeeper-Watchtower' };
    await iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: 'Watchtower' }));
    await iam.send(new DeleteRoleCommand(role));
    account.recycle();
    await second.check(1);

    expect(await second.check(2)).toContain('unreachable');
  });
});

test('an upgrade, which changes one part after another, is a message every few checks', async () => {
  const rules = ['cloudtrail', 'organizations', 'iam'];
  for (const [i, rule] of rules.entries()) {
    await disableRule(`Trailkeeper-Trail-${rule}`);
    await second.check(2 + i);
  }
  await second.check(5);
  await second.check(6);
  const texts = (await second.texts()).filter((text) => /trailkeeper itself/.test(text));

  expect(texts).toHaveLength(2);
  for (const rule of rules) expect(texts.join()).toContain(`Trailkeeper-Trail-${rule}`);
});

test('people are notified once, and when it is over', async () => {
  await second.check(3);
  await second.check(4);
  await second.sweep();
  await second.check();

  expect(await second.messages()).toEqual([
    expect.stringMatching(/CRITICAL: Watchtower: no sweep/),
    expect.stringMatching(/over: no sweep/),
  ]);
});

test('a new version of a baseline is reported once, and in force from then on', async () => {
  await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'new' }));
  await account.trailkeeper(['capture', account.trail, '--reason', 'a new prefix', '--yes']);
  await second.sweep();

  expect(await second.check()).toEqual([`version 2 ${account.trail}`]);
  expect(await second.check()).toEqual([]);
});

test('a check needs every permission of the role in the first account, and no other', async () => {
  const role = { RoleName: 'Trailkeeper-Watchtower', PolicyName: 'Watchtower' };
  const { PolicyDocument = '' } = await new IAMClient(mallory()).send(
    new GetRolePolicyCommand(role),
  );
  const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument));
  const granted = Statement.flatMap(({ Action }: { readonly Action: string | string[] }) => Action);
  const before = account.calls.length;
  await second.check(3);
  const calls = account.calls
    .slice(before)
    .filter(({ principal }) =>
      principal.startsWith(`arn:aws:sts::111122223333:assumed-role/${role.RoleName}/`),
    );
  const used = calls.map(({ service, operation }) => `${service}:${operation}`);

  expect(calls.filter(({ error }) => /AccessDenied/.test(error ?? ''))).toEqual([]);
  // A version is read by its number only if the table has more rows than one page.
  expect(new Set([...used, 'dynamodb:GetItem'])).toEqual(new Set(granted));
});
