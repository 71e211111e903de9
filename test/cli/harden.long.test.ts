import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetTrailStatusCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
} from '@aws-sdk/client-organizations';
import { GetBucketVersioningCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditBucket } from '#sandbox/audit-dependencies.ts';
import { bucketAttacks } from '#sandbox/bucket-attacks.ts';
import { protectBucket, setVersioning } from '#sandbox/log-bucket.ts';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { delegate } from '#sandbox/seed.ts';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { tempFolder } from '../support/temp-files.ts';

// `harden` prints policies. Attached to the sandbox's organization, they stop the attacks that trailkeeper otherwise reverts or reports.

const Bucket = 'org-trail-logs';
const operator = `arn:aws:iam::${delegate}:user/operator`;

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  await protectBucket(account.clientsOf(delegate).s3, Bucket);
});

async function hardened(...args: readonly string[]) {
  const { code, stdout, stderr } = await account.trailkeeper(['harden', '--json', ...args]);
  expect(code, stderr).toBe(0);
  return answers.harden.parse(JSON.parse(stdout));
}

/** Attaches the policies of a type to the root of the organization. */
async function attach(type: 'service control' | 'resource control'): Promise<void> {
  const { organizations } = account.clientsOf(account.account);
  const { policies } = await hardened('--except', operator);
  const { Roots: [root] = [] } = await organizations.send(new ListRootsCommand());
  const Type = type === 'service control' ? 'SERVICE_CONTROL_POLICY' : 'RESOURCE_CONTROL_POLICY';
  if (root?.PolicyTypes?.every((one) => one.Type !== Type)) {
    await organizations.send(new EnablePolicyTypeCommand({ RootId: root.Id, PolicyType: Type }));
  }
  for (const { name, document } of policies.filter((one) => one.type === type)) {
    const { Policy } = await organizations.send(
      new CreatePolicyCommand({
        ...{ Name: name, Description: 'test', Type },
        Content: JSON.stringify(document),
      }),
    );
    await organizations.send(
      new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId: root?.Id }),
    );
  }
}

const denied = { name: expect.stringMatching(/^AccessDenied/) };

describe('the service control policy', () => {
  test.each(bucketAttacks)('stops $id by the log-archive account: $title', async ({ call }) => {
    await attach('service control');
    const clients = account.clientsOf(delegate);
    const before = await auditBucket(clients.s3, Bucket);

    await expect(call(clients, Bucket)).rejects.toMatchObject(denied);

    expect(await auditBucket(clients.s3, Bucket)).toEqual(before);
  });

  test('stops a delegated administrator who stops the trail', async () => {
    const { cloudtrail } = account.clientsOf(delegate);
    await attach('service control');

    const Name = account.trail;
    await expect(cloudtrail.send(new StopLoggingCommand({ Name }))).rejects.toMatchObject(denied);

    const { IsLogging } = await account.outsider.send(new GetTrailStatusCommand({ Name }));
    expect(IsLogging).toBe(true);
  });

  test('stops a member account that disables a rule of trailkeeper', async () => {
    const events = new EventBridgeClient(account.configOf(delegate));
    const Name = 'Trailkeeper-Forwards';
    const EventPattern = JSON.stringify({ source: ['aws.cloudtrail'] });
    await events.send(new PutRuleCommand({ Name, EventPattern }));
    await attach('service control');

    await expect(events.send(new DisableRuleCommand({ Name }))).rejects.toMatchObject(denied);

    expect((await events.send(new DescribeRuleCommand({ Name }))).State).toBe('ENABLED');
  });

  test('lets an exception change the bucket, and CloudTrail deliver', async () => {
    await attach('service control');
    const { s3 } = account.clientsOf(`${delegate}-operator`);

    await s3.send(setVersioning(Bucket, 'Suspended'));

    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
    expect(Status).toBe('Suspended');
    expect(await deliveryError()).toBeUndefined();
  });
});

test('the resource control policy stops the management account, and CloudTrail delivers', async () => {
  const { s3 } = account.clientsOf(delegate);
  const Principal = { AWS: `arn:aws:iam::${account.account}:root` };
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const everything = { Effect: 'Allow', Principal, Action: 's3:*', Resource };
  const Policy = bucketPolicyForCloudTrail(Bucket, everything);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const suspend = () =>
    account.clientsOf(account.account).s3.send(setVersioning(Bucket, 'Suspended'));
  await expect(suspend()).resolves.toBeDefined();
  await s3.send(setVersioning(Bucket, 'Enabled'));

  await attach('resource control');

  await expect(suspend()).rejects.toMatchObject(denied);
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
  expect(Status).toBe('Enabled');
  expect(await deliveryError()).toBeUndefined();
});

describe('the statements for the log bucket', () => {
  test.each(bucketAttacks)('stop $id without an organization: $title', async ({ call }) => {
    const clients = account.clientsOf(delegate);
    const { policies } = await hardened();
    const { document } = policies.find(({ type }) => type === 'bucket') ?? {};
    const { Statement } = document as { readonly Statement: readonly object[] };
    const Policy = bucketPolicyForCloudTrail(Bucket, ...Statement);
    await clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));

    await expect(call(clients, Bucket)).rejects.toMatchObject(denied);

    expect(await deliveryError()).toBeUndefined();
  });
});

test('writes each policy into a file, with the commands that attach it', async () => {
  const folder = await tempFolder();
  const { policies } = await hardened('--except', operator);

  const { stdout } = await account.trailkeeper(['harden', '--except', operator, '--out', folder]);

  for (const { name, document } of policies) {
    const file = join(folder, `${name}.json`);
    expect(stdout).toContain(file);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(document);
  }
});

/** Why CloudTrail cannot deliver log files, if it cannot. */
async function deliveryError(): Promise<string | undefined> {
  const { LatestDeliveryError } = await account.outsider.send(
    new GetTrailStatusCommand({ Name: account.trail }),
  );
  return LatestDeliveryError;
}
