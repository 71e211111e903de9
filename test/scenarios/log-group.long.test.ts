import { GetTrailCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  AssociateKmsKeyCommand,
  DeleteRetentionPolicyCommand,
  DisassociateKmsKeyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachRolePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, test } from 'vitest';
import { alarms } from '#drift/dependencies/alarms.ts';
import { logGroup } from '#drift/dependencies/log-group.ts';
import { logRole } from '#drift/dependencies/log-role.ts';
import { watchRoot } from '#sandbox/alarm-attacks.ts';
import type { Clients } from '#sandbox/clients.ts';
import { outsidersKey, topicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import {
  attacks,
  auditLogs,
  changes,
  deletions,
  denyAll,
  group,
  kmsKeyId,
  PolicyName,
  RoleName,
  readOnly,
  reported,
  resourceArn,
  siem,
  tagAttack,
} from '../support/log-attacks.ts';
import { takeAway } from '../support/role-permissions.ts';

// Threats E: the log group of a trail, and the role that writes to it, are restored where the configuration and the baseline ask for it.

const restored = { 'log-group': 'restore', 'log-role': 'restore', alarms: 'restore' };

const named = [
  { arn: 'arn:aws:s3:::org-trail-logs', account: '222233334444' },
  { arn: kmsKeyId },
  { arn: topicArn },
  { arn: resourceArn, restore: true },
  { arn: `arn:aws:iam::111122223333:role/${RoleName}`, restore: true },
  { arn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:root', restore: true },
];

const account = testAccount({ deployment: { dependencies: named } });
let mallory: Clients;
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  mallory = account.clientsOf('mallory');
  const { logs, iam, cloudwatch } = account.clientsOf('111122223333');
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 365 }));
  await logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId }));
  await logs.send(new TagResourceCommand({ resourceArn, tags: { owner: 'security' } }));
  await watchRoot({ logs, cloudwatch });
  await logs.send(new PutSubscriptionFilterCommand(siem));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  await capture(restored);
});

const ways = {
  'by its event': async () => {
    account.deliver({ paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s, if Mallory', (way, happens) => {
  test.each(attacks)('%s', async (_title, call) => {
    const before = await audited();
    account.deliver({ drop: way !== 'by its event' });
    await call(mallory);
    expect(await audited()).not.toEqual(before);

    await happens();

    expect(await audited()).toEqual(before);
    expect(denied()).toEqual([]);
  });
});

describe.each(Object.entries(ways))('is only reported %s, if Mallory', (way, happens) => {
  test.each(reported)('%s', async (_title, call, alert) => {
    account.deliver({ drop: way !== 'by its event' });
    await call(mallory);
    const attacked = await audited();

    await happens();

    expect(await audited()).toEqual(attacked);
    expect((await account.incidents()).map(({ state }) => state)).toEqual(['drifted']);
    expect(await account.alerts()).toContain(alert);
  });
});

test('is restored by the sweep, if Mallory changes its tags, which triggers no check', async () => {
  const before = await audited();
  await tagAttack[1](mallory);

  await account.swept();

  expect(await audited()).toEqual(before);
});

test('a trail that needs the group and the role is restored in the same run as these', async () => {
  await account.swept();
  const { outsider, trail: Name } = account;
  const before = await outsider.send(new GetTrailCommand({ Name }));
  await outsider.send(
    new UpdateTrailCommand({ Name, CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }),
  );
  for (const [, call] of deletions) await call(mallory);

  await account.sweep();

  const after = await outsider.send(new GetTrailCommand({ Name }));
  expect(after.Trail).toEqual(before.Trail);
});

test('is only reported unless the baseline asks to restore it', async () => {
  await capture({});
  for (const [, call] of changes) await call(mallory);
  const attacked = await audited();
  const start = account.calls.length;

  const reports = await account.swept();

  expect(await audited()).toEqual(attacked);
  expect(writesSince(start)).toEqual([]);
  for (const kind of ['log-group', 'log-role', 'alarms']) {
    expect(JSON.stringify(reports)).toContain(`"kind":"${kind}","status":"drifted"`);
  }
});

test('nothing is written in mode observe', async () => {
  const start = account.calls.length;
  for (const [, call] of changes) await call(mallory);

  await account.swept({ mode: 'observe' });

  expect(writesSince(start)).toEqual([]);
});

describe('the role of trailkeeper', () => {
  const bareWrites: readonly string[] = [
    'logs:DeleteRetentionPolicy',
    'logs:DisassociateKmsKey',
    'iam:DeleteRolePermissionsBoundary',
  ];
  const writes = [logGroup, logRole, alarms]
    .flatMap(({ permissions }) => permissions.repair.flatMap(({ actions }) => actions))
    .filter((action) => !bareWrites.includes(action));

  test.each(writes)('cannot restore everything without %s', async (action) => {
    await takeAway(mallory.iam, 'Trailkeeper-Reconcile', action);
    const before = await audited();
    for (const [, call] of [...changes, tagAttack]) await call(mallory);
    await account.swept();
    const changed = await audited();
    // What was not restored cannot be deleted again.
    for (const [, call] of deletions) await call(mallory).catch(() => {});
    await account.swept();

    expect([changed, await audited()]).not.toEqual([before, before]);
  });

  test('takes away what was put on a group and a role that had nothing', async () => {
    const before = await bare();

    await account.swept();

    expect(await audited()).toEqual(before);
    expect(denied()).toEqual([]);
  });

  test.each(bareWrites)('cannot take everything away without %s', async (action) => {
    const before = await bare();
    await takeAway(mallory.iam, 'Trailkeeper-Reconcile', action);

    await account.swept();

    expect(await audited()).not.toEqual(before);
  });

  /** Captures a group and a role without retention, key and boundary, and then puts these on them. */
  async function bare(): Promise<unknown> {
    const { logs, iam } = account.clientsOf('111122223333');
    await logs.send(new DeleteRetentionPolicyCommand(group));
    await logs.send(new DisassociateKmsKeyCommand(group));
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await capture(restored);
    const before = await audited();
    await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 1 }));
    await logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId: outsidersKey }));
    await iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: denyAll }),
    );
    return before;
  }

  test('writes no policy of a role that has lost its boundary before it has it again', async () => {
    await mallory.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await mallory.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    const start = account.calls.length;

    await account.swept();

    expect(writesSince(start)).toEqual(['PutRolePermissionsBoundary', 'PutRolePolicy']);
  });
});

const capture = (policy: object): Promise<void> => captureWith(account, policy);

const byTrailkeeper = ({ principal }: { readonly principal: string }): boolean =>
  principal.includes(':assumed-role/Trailkeeper-');

const denied = () =>
  account.calls.filter(byTrailkeeper).filter(({ error }) => error?.startsWith('AccessDenied'));

const writesSince = (start: number): readonly string[] =>
  account.calls
    .slice(start)
    .filter(byTrailkeeper)
    .filter(({ service }) => ['logs', 'iam', 'monitoring'].includes(service))
    .map(({ operation }) => operation)
    .filter((operation) => !/^(Get|List|Describe)/.test(operation));

const audited = () => auditLogs(account.clientsOf());
