import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { watchRoot } from '#sandbox/alarm-attacks.ts';
import type { Clients } from '#sandbox/clients.ts';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { logDeliveryRole } from '#sandbox/log-delivery-role.ts';
import { delegate, deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import {
  attacks,
  auditLogs,
  group,
  kmsKeyId,
  PolicyName,
  RoleName,
  readOnly,
  reported,
  siem,
} from '../support/log-attacks.ts';
import { profile } from '../support/temp-files.ts';

// CloudTrail takes a log group of another account in one case: a delegated administrator gives an organization trail its own. The group
// and its role are restored through the role of trailkeeper there.

const resourceArn = `arn:aws:logs:us-east-1:${delegate}:log-group:org-trail`;
const roleArn = `arn:aws:iam::${delegate}:role/${RoleName}`;
const config = {
  dependencies: [
    { arn: resourceArn, restore: true },
    { arn: roleArn, restore: true },
    { arn: `arn:aws:cloudwatch:us-east-1:${delegate}:alarm:root`, restore: true },
    { arn: 'arn:aws:s3:::org-trail-logs', account: delegate },
  ],
  dependencyAccounts: [{ account: delegate, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
};
const [, delivering] = logDeliveryRole('of-the-delegate', deployment.organization.id, delegate);

const account = testAccount({ deployment: config });
let owner: Clients;

beforeAll(async () => {
  owner = account.clientsOf(delegate);
});
beforeEach(async () => {
  await account.reset();
  account.recycle();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  await deployDependencies(account.endpoint, delegate, {
    ...deployment,
    ...config,
    mode: 'enforce',
  });
  await createLogs();
  await owner.cloudtrail.send(
    new UpdateTrailCommand({
      Name: account.trail,
      CloudWatchLogsLogGroupArn: `${resourceArn}:*`,
      CloudWatchLogsRoleArn: roleArn,
    }),
  );
  await captureWith(
    account,
    { 'log-group': 'restore', 'log-role': 'restore', alarms: 'restore' },
    {
      args: ['--dependency-profile', 'delegate'],
      variables: await profile('delegate', delegate),
    },
  );
});

/** Creates the log group and the role of the delegated administrator. */
async function createLogs(): Promise<void> {
  const { logs, iam } = owner;
  await logs.send(new CreateLogGroupCommand(group));
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 365 }));
  await logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId }));
  await logs.send(new TagResourceCommand({ resourceArn, tags: { owner: 'security' } }));
  await watchRoot(owner);
  await logs.send(new PutSubscriptionFilterCommand(siem));
  const PolicyDocument = JSON.stringify(delivering.policies.get('deliver'));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'Trailkeeper-LogDelivery', PolicyDocument }),
  );
  const AssumeRolePolicyDocument = JSON.stringify(delivering.trust);
  const PermissionsBoundary = Policy?.Arn;
  await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, PermissionsBoundary }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
}

const ways = {
  'by its event, which the delegated administrator forwards': async () => {
    account.deliver({ paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s, if Mallory', (way, happens) => {
  test.each(attacks)('%s', async (_title, call) => {
    const before = await auditLogs(owner);
    account.deliver({ drop: way.includes('without'), paused: true });
    await call(owner);
    expect(await auditLogs(owner)).not.toEqual(before);

    await happens();

    expect(await auditLogs(owner)).toEqual(before);
    const byRole = account.calls.filter(({ principal }) =>
      principal.endsWith(':assumed-role/Trailkeeper-Dependencies/trailkeeper'),
    );
    expect(byRole.filter(({ error }) => error?.startsWith('AccessDenied'))).toEqual([]);
  });
});

describe.each(Object.entries(ways))('is only reported %s, if Mallory', (way, happens) => {
  test.each(reported)('%s', async (_title, call, alert) => {
    account.deliver({ drop: way.includes('without'), paused: true });
    await call(owner);
    const attacked = await auditLogs(owner);

    await happens();

    expect(await auditLogs(owner)).toEqual(attacked);
    expect((await account.incidents()).map(({ state }) => state)).toEqual(['drifted']);
    expect(await account.alerts()).toContain(alert);
  });
});
