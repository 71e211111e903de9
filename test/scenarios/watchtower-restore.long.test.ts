import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageText } from '#sandbox/slack/message-text.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { takeAway } from '../support/role-permissions.ts';
import { outside, reconcileRole, secondAccount } from '../support/watchtower.ts';

const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';
const config = {
  trails: [trail],
  repairsBeforeBackoff: 3,
  watchtower: { account: outside, restore: true },
};
const watchtowerRole = 'Trailkeeper-Watchtower';

const account = testAccount({ deployment: config });
let second: ReturnType<typeof secondAccount>;
let captured: unknown;
beforeAll(async () => {
  second = secondAccount(account, config);
  captured = await account.auditTrail();
});
beforeEach(async () => {
  expect(await second.deploy()).toEqual([]);
});

const mallory = () => second.as('mallory');
const iam = () => new IAMClient(mallory());
const deleteMainStack = () =>
  new CloudFormationClient(mallory()).send(new DeleteStackCommand({ StackName: 'Trailkeeper' }));
const stopTrail = () => account.outsider.send(new StopLoggingCommand({ Name: trail }));
const deleteTrail = () => account.outsider.send(new DeleteTrailCommand({ Name: trail }));

/** The calls that the watchtower made on trails, after so many calls. */
const writesAfter = (start: number): readonly string[] =>
  account.calls
    .slice(start)
    .filter(
      ({ principal, service }) =>
        principal.includes(`/${watchtowerRole}/`) && service === 'cloudtrail',
    )
    .filter(({ operation }) => !/^(Get|List|Lookup)/.test(operation))
    .map(({ operation }) => operation);

describe('the watchtower restores the trail, although', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the stack was deleted', deleteMainStack],
    [
      'the rules were disabled',
      () =>
        new EventBridgeClient(mallory()).send(
          new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }),
        ),
    ],
    ['the table was edited', () => account.corruptBaseline(trail)],
    ['the role of sweeps was taken over', () => second.stolenRole()],
    ['heartbeats were forged', async () => second.put(await second.stolenRole(), second.forged())],
    [
      'a heartbeat was sent again',
      async () => second.put(await second.stolenRole(), second.sent()[0]),
    ],
    ['sweeps cannot reach the bus', () => takeAway(iam(), reconcileRole, 'events:PutEvents')],
  ])('%s', async (_what, attack) => {
    await attack();
    await stopTrail();
    await account.settled();
    await second.check(1);
    const found = await second.check(2);

    expect(await account.auditTrail()).toEqual(captured);
    expect(found.filter((key) => key.startsWith(`restored ${trail}`))).toHaveLength(1);
    expect(
      (await second.check(3)).filter((key) => /^(drifted|unknown|false claim)/.test(key)),
    ).toEqual([]);
  });

  test('the trail was deleted with all of trailkeeper', async () => {
    await deleteMainStack();
    await deleteTrail();
    await second.check(1);
    await second.check(2);

    expect(await account.auditTrail()).toEqual(captured);
    expect((await second.texts()).at(-1)).toMatch(
      /the watchtower restored .*org-trail, and read back \(CreateTrail, .*DeleteTrail by mallory/,
    );
  });
});

test('a message says who changed the trail, what, and that it was read back', async () => {
  await deleteMainStack();
  await stopTrail();
  await second.check(1);
  await second.check(2);

  expect((await second.texts()).at(-1)).toMatch(
    /restored arn:aws:cloudtrail:us-east-1:111122223333:trail\/org-trail, and read back \(StartLogging\).*logging.IsLogging is false, must be true\. StopLogging by mallory \(IAMUser\)/,
  );
});

describe('it leaves the trail alone', () => {
  test('while sweeps restore it, so one of them restores', async () => {
    await stopTrail();
    await second.check(1);
    const start = account.calls.length;
    await second.sweep();
    await second.check(2);

    expect(writesAfter(start)).toEqual([]);
  });

  test('in a maintenance window', async () => {
    const { stdout, stderr, code } = await account.trailkeeper([
      ...['window', 'start', trail, '--kinds', 'settings', '--for', '1h'],
      ...['--reason', 'migration', '--yes'],
    ]);
    expect(code, stdout + stderr).toBe(0);
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'new' }));
    const start = account.calls.length;
    for (const periods of [1, 2, 3]) await second.check(periods);

    expect(writesAfter(start)).toEqual([]);
  });
});

test('what waits for approval in the first account is left alone, and reported', async () => {
  await captureWith(account, { settings: 'approve' });
  await second.sweep();
  await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'new' }));
  const start = account.calls.length;
  await second.check(1);

  expect(await second.check(2)).toContain(`drifted ${trail}`);
  expect(writesAfter(start)).toEqual([]);
});

test('the first account says that the watchtower wrote', async () => {
  await stopTrail();
  await second.check(1);
  account.deliver({ ...account.perfectDelivery, drop: false, dropStreams: false });
  await second.check(2);
  await account.settled();
  const messages = (await account.slack()).map((one) => messageText(one).join('\n'));

  expect(await account.auditTrail()).toEqual(captured);
  expect(messages.join('\n')).toMatch(/Trailkeeper-Watchtower .*: the watchtower/);
});

test('someone who undoes what it restores, again and again, is one more message, and no loop', async () => {
  await deleteMainStack();
  const found: string[] = [];
  for (const round of [0, 1, 2, 3, 4]) {
    await stopTrail();
    await second.check(1 + 2 * round);
    const start = account.calls.length;
    found.push(...(await second.check(2 + 2 * round)));

    expect(writesAfter(start)).toEqual(['StartLogging']);
  }
  const undone = (await second.texts()).filter((one) => /watchtower restored/.test(one));

  expect(found.filter((key) => key === `undone ${trail}`)).toHaveLength(3);
  expect(undone).toHaveLength(3);
});

test('a change that loses no events waits once it was undone three times', async () => {
  await deleteMainStack();
  const written: string[][] = [];
  for (const round of [0, 1, 2, 3]) {
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: `p${round}` }));
    await second.check(1 + 2 * round);
    const start = account.calls.length;
    await second.check(2 + 2 * round);
    written.push([...writesAfter(start)]);
  }

  expect(written).toEqual([['UpdateTrail'], ['UpdateTrail'], ['UpdateTrail'], []]);
});

test('a change that is undone for every second check is restored by the third that sees it', async () => {
  const written: string[][] = [];
  for (const periods of [1, 2, 3, 4, 5]) {
    await account.outsider.send(
      new UpdateTrailCommand({ Name: trail, EnableLogFileValidation: periods % 2 === 0 }),
    );
    const start = account.calls.length;
    await second.check(periods);
    written.push([...writesAfter(start)]);
  }

  expect(written).toEqual([[], [], [], [], ['UpdateTrail']]);
  expect(await account.auditTrail()).toEqual(captured);
});

test('what it may not restore is reported with the refusal', async () => {
  await takeAway(iam(), watchtowerRole, 'cloudtrail:StartLogging');
  await deleteMainStack();
  await stopTrail();
  await second.check(1);

  expect(await second.check(2)).toContain(`drifted ${trail}`);
  expect((await second.texts()).at(-1)).toMatch(
    /cannot restore it: StartLogging: .*not authorized/,
  );
});

test('each permission to restore is granted on the named trail alone, and none without restore', async () => {
  const { PolicyDocument = '' } = await iam().send(
    new GetRolePolicyCommand({ RoleName: watchtowerRole, PolicyName: 'Watchtower' }),
  );
  const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument));
  const writes = Statement.filter(
    ({ Action }: { readonly Action: string | string[] }) =>
      ![Action].flat().every((action) => /:(Get|List|Describe|Query|Lookup)/.test(action)),
  );

  expect(
    writes.flatMap(({ Resource }: { readonly Resource: string | string[] }) => Resource),
  ).toEqual(expect.arrayContaining([trail]));
  await stopTrail();
  await account.outsider.send(
    new PutEventSelectorsCommand({
      TrailName: trail,
      EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
    }),
  );
  await second.check(1);
  await second.check(2);

  expect(await account.auditTrail()).toEqual(captured);
});
