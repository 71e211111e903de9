import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { DeleteBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';
import { newSigner } from '../support/signers.ts';
import { type Heartbeat, outside, secondAccount } from '../support/watchtower.ts';

// An administrator of the first account who knows how the watchtower works.

const config = { watchtower: { account: outside, evidenceDays: 1 } };

let account: Account;
let second: ReturnType<typeof secondAccount>;
beforeAll(async () => {
  account = await startAccount({ deployment: config });
  second = secondAccount(account, config);
});
beforeEach(async () => {
  expect(await second.deploy()).toEqual([]);
});
afterAll(() => account.stop());

const mallory = () => second.as('mallory');
const rule = { Name: 'Trailkeeper-Trail-cloudtrail' };
const events = () => new EventBridgeClient(mallory());
const disableRule = () => events().send(new DisableRuleCommand(rule));
const enableRule = () => events().send(new EnableRuleCommand(rule));
const stopLogging = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
const startLogging = () => account.outsider.send(new StartLoggingCommand({ Name: account.trail }));
const validateLogFiles = (EnableLogFileValidation: boolean) =>
  account.outsider.send(new UpdateTrailCommand({ Name: account.trail, EnableLogFileValidation }));
const deleteMainStack = () =>
  new CloudFormationClient(mallory()).send(new DeleteStackCommand({ StackName: 'Trailkeeper' }));
const put = (Item: Record<string, unknown>) =>
  account.table.send(new PutCommand({ TableName: account.tableName, Item }));

const textsAbout = async (subject: RegExp) =>
  (await second.texts()).filter((text) => subject.test(text));

describe('a change of trailkeeper itself', () => {
  test('is not hidden by taking the permission to see it away', async () => {
    const role = { RoleName: 'Trailkeeper-Watchtower', PolicyName: 'Watchtower' };
    const iam = new IAMClient(mallory());
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(role));
    const document = JSON.parse(decodeURIComponent(PolicyDocument));
    document.Statement = document.Statement.filter(({ Action }: { Action: string | string[] }) =>
      [Action].flat().some((one) => /^(cloudtrail|dynamodb:(Get|Q))/.test(one)),
    );
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyDocument: JSON.stringify(document) }));
    await disableRule();
    await second.check(2);

    expect(await second.check(3)).toContain('deployment unreadable');
  });

  test('is reported within three periods, although more and more is changed', async () => {
    for (const periods of [2, 3]) {
      await (periods === 2 ? disableRule() : enableRule());
      await second.check(periods);
    }

    expect(await textsAbout(/trailkeeper itself was changed/)).toHaveLength(1);
  });

  test('is reported each time that it is made', async () => {
    for (const [i, change] of [disableRule, enableRule, disableRule].entries()) {
      await change();
      await second.check(2 + 3 * i);
      await second.check(3 + 3 * i);
    }

    expect(await textsAbout(/trailkeeper itself was changed/)).toHaveLength(3);
  });

  test('is reported if it is the trust of the role of the watchtower', async () => {
    const admitted = { AWS: 'arn:aws:iam::111122223333:root' };
    await new IAMClient(mallory()).send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'Trailkeeper-Watchtower',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: admitted, Action: 'sts:AssumeRole' }],
        }),
      }),
    );
    await second.check(2);
    await second.check(3);

    expect(await textsAbout(/roles: Trailkeeper-Watchtower|cannot be read/)).toHaveLength(1);
  });
});

describe('between two checks', () => {
  test('logging that was stopped and started again is reported, once for many times', async () => {
    await deleteMainStack();
    for (const periods of [1, 2, 3]) {
      await stopLogging();
      await startLogging();
      await second.check(periods);
    }

    expect(await textsAbout(/was interrupted/)).toHaveLength(1);
  });

  test('a change that is undone for every second check is reported', async () => {
    for (const periods of [1, 2, 3, 4, 5]) {
      await validateLogFiles(periods % 2 === 0);
      await second.check(periods);
    }

    expect(await textsAbout(/drifts again and again/)).toHaveLength(1);
  });
});

test('a trail that sweeps restore again and again is reported', async () => {
  for (let change = 1; change <= 3; change += 1) {
    await validateLogFiles(false);
    await second.sweep();
  }

  expect(await second.check()).toEqual([`restored again ${account.trail}`]);
});

test.each([
  ['the largest number', Number.MAX_SAFE_INTEGER],
  ['no number', 'mallory'],
])('heartbeats go on after their counter was set to %s', async (_what, lastNumber) => {
  await put({ pk: 'incident#heartbeat', sk: 'sequence', lastNumber });
  await second.sweep();
  await second.sweep();
  const [last = 0, before] = second.sent().map(numberOf);

  expect(before).toBe(last - 1);
  expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(3600);
});

const numberOf = ({ Detail }: Heartbeat): number =>
  JSON.parse(JSON.parse(Detail).document).sequence;

test('a flood of rows in the state table keeps it from nothing', async () => {
  const long = 'x'.repeat(300_000);
  for (let i = 0; i < 40; i += 1) {
    const at = new Date(Date.now() - i * 1000).toISOString();
    await put({ pk: `incident#${account.trail}`, sk: `${at}#flood-${i}`, document: long });
  }
  await stopLogging();
  await second.check(1);

  expect(await second.check(2)).toEqual(
    expect.arrayContaining([`drifted ${account.trail}`, 'evidence waits']),
  );
});

test('a flood of forged heartbeats is one alarm, and keeps no check from what else is wrong', async () => {
  const session = await second.stolenRole();
  const forged = second.forged();
  await Promise.all(Array.from({ length: 100 }, () => second.put(session, forged)));
  await account.settled();
  await stopLogging();
  await second.check(1);

  expect(await second.check(2)).toEqual(
    expect.arrayContaining(['refused unsigned', `drifted ${account.trail}`]),
  );
  expect(await textsAbout(/^Watchtower: a heartbeat without a valid signature/)).toHaveLength(1);
});

test('a maintenance window is reported when it begins, and when it is over', async () => {
  const { code, stdout, stderr } = await account.trailkeeper([
    ...['window', 'start', account.trail, '--kinds', 'settings', '--for', '1h'],
    ...['--reason', 'a new bucket', '--yes'],
  ]);
  expect(code, stdout + stderr).toBe(0);
  await second.check(1);
  await second.check(2);

  expect(await textsAbout(/maintenance window.*settings.*a new bucket/)).toHaveLength(1);
  await second.check(62);
  expect(await textsAbout(/over: .*maintenance window/)).toHaveLength(1);
});

test('a version that another key signed is not in force for it, whatever keys trailkeeper is given', async () => {
  const key = { pk: account.trail, sk: 'baseline#000001' };
  const { Item } = await account.table.send(
    new GetCommand({ TableName: account.tableName, Key: key }),
  );
  const weak = { ...JSON.parse(Item?.document), version: 2 };
  weak.states.settings.LogFileValidationEnabled = false;
  const document = JSON.stringify(weak);
  const signature = await newSigner().sign('version', document);
  await put({ ...key, sk: 'baseline#000002', document, signature });
  await deleteMainStack();
  await validateLogFiles(false);
  await second.check(1);

  expect(await second.check(2)).toEqual(
    expect.arrayContaining([`faults ${account.trail}`, `drifted ${account.trail}`]),
  );
});

test('what breaks delivery is reported, although it does not compare what the trail depends on', async () => {
  await deleteMainStack();
  await new S3Client({ ...second.as('222233334444'), forcePathStyle: true }).send(
    new DeleteBucketPolicyCommand({ Bucket: 'org-trail-logs' }),
  );
  await second.check(1);

  expect(await second.check(2)).toContain(`drifted ${account.trail}`);
  expect(await textsAbout(/delivery/)).toHaveLength(1);
});
