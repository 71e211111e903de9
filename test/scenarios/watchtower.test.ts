import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployWatchtower } from '#sandbox/deploy-watchtower.ts';
import { deployment } from '#sandbox/seed.ts';
import { type Account, startAccount } from '../support/account.ts';
import { takeAway } from '../support/role-permissions.ts';
import { sessionOf } from '../support/role-session.ts';

const outside = '333344445555';
const watchtower = { account: outside };
const reconcileRole = 'Trailkeeper-Reconcile';
const periodMs = 60_000;

let account: Account;
beforeAll(async () => {
  account = await startAccount({ deployment: { watchtower } });
});
beforeEach(async () => {
  await account.reset();
  await new DynamoDBClient(as(outside))
    .send(new DeleteTableCommand({ TableName: 'Trailkeeper-Watchtower' }))
    .catch(() => {});
  await deployWatchtower(account.endpoint, { ...deployment, mode: 'enforce', watchtower });
  await sweep();
  await sweep();
  expect(await look()).toEqual([]);
});
afterAll(() => account.stop());

const as = (accessKeyId: string) => ({
  endpoint: account.endpoint,
  region: account.region,
  credentials: { accessKeyId, secretAccessKey: 'any' },
});

async function sweep(): Promise<void> {
  await account.sweep();
  await account.settled();
}

/** What a look of the watchtower finds, so many sweep periods from now. */
async function look(periods = 0): Promise<readonly string[]> {
  const lambda = new LambdaClient(as(outside));
  const at = new Date(Date.now() + periods * periodMs).toISOString();
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: 'Trailkeeper-Watchtower',
      Payload: JSON.stringify(periods === 0 ? {} : { at }),
    }),
  );
  const answer = JSON.parse(Payload?.transformToString() ?? 'null');
  if (FunctionError !== undefined) throw new Error(JSON.stringify(answer));
  return answer.concerns.map(({ key }: { readonly key: string }) => key);
}

/** The subjects of what the watchtower sent to people. */
const messages = async (): Promise<readonly string[]> =>
  (await account.notifications())
    .filter(({ topicArn }) => topicArn.includes(outside))
    .map(({ subject = '' }) => subject);

/** The access key of a session of the role of sweeps, which an administrator took over. */
async function stolenRole(): Promise<string> {
  const { account: own } = deployment;
  await new IAMClient(as('mallory')).send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: reconcileRole,
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${own}:root` },
            Action: 'sts:AssumeRole',
          },
          {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ],
      }),
    }),
  );
  return sessionOf(account, `arn:aws:iam::${own}:role/${reconcileRole}`);
}

type Entry = Readonly<Record<'Source' | 'DetailType' | 'Detail' | 'EventBusName', string>>;

/** The heartbeats that were sent, the last one first. */
const sent = (): readonly Entry[] =>
  account.calls
    .filter(
      ({ operation, principal }) => operation === 'PutEvents' && principal.includes(reconcileRole),
    )
    .flatMap(({ input }) => input.Entries as readonly Entry[])
    .filter(({ DetailType }) => DetailType === 'Trailkeeper Heartbeat')
    .toReversed();

const put = (accessKeyId: string, entry: Entry | undefined) =>
  new EventBridgeClient(as(accessKeyId)).send(
    new PutEventsCommand({ Entries: entry === undefined ? [] : [entry] }),
  );

describe('within three sweep periods the watchtower reports that', () => {
  test('the stack was deleted', async () => {
    const cloudformation = new CloudFormationClient(as('mallory'));
    await cloudformation.send(new DeleteStackCommand({ StackName: 'Trailkeeper' }));
    await sweep();

    expect(await look(3)).toContain('silence');
    expect(await messages()).toEqual([expect.stringMatching(/no sweep of account 111122223333/)]);
  });

  test('sweeps cannot reach it any more; they protect the trails all the same', async () => {
    await takeAway(new IAMClient(as('mallory')), reconcileRole, 'events:PutEvents');
    const [report] = await account.swept();

    expect(report).toMatchObject({ verdict: 'in-sync' });
    expect(await look(3)).toContain('silence');
  });

  test('a forged heartbeat arrived, if the role of sweeps was taken over; others are refused by AWS', async () => {
    const [last] = sent();
    const forged = last && { ...last, Detail: JSON.stringify({ document: '{}' }) };

    await expect(put('mallory', forged)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await put(await stolenRole(), forged);
    await account.settled();

    expect(await look()).toEqual(['refused unsigned']);
    expect(await messages()).toEqual([expect.stringMatching(/without a valid signature/)]);
  });

  test('a heartbeat was sent again', async () => {
    await put(await stolenRole(), sent()[0]);
    await account.settled();

    expect(await look()).toEqual(['refused repeated']);
  });

  test('the counter of the heartbeats was changed', async () => {
    const Item = { pk: 'incident#heartbeat', sk: 'sequence', lastNumber: 5_000_000_000 };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await sweep();

    expect((await look(1.5))[0]).toMatch(/^gap /);
  });
});

test('people are notified once, and when it is over', async () => {
  await look(3);
  await look(4);
  await sweep();
  await look();

  expect(await messages()).toEqual([
    expect.stringMatching(/CRITICAL: Watchtower: no sweep/),
    expect.stringMatching(/over: no sweep/),
  ]);
});
