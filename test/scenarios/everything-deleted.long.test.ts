import {
  DeleteTrailCommand,
  GetTrailStatusCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DeleteAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteRoleCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  EnableKeyRotationCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import { watchRoot } from '#sandbox/alarm-attacks.ts';
import { auditDependencies } from '#sandbox/audit-dependencies.ts';
import { clientsOf } from '#sandbox/clients.ts';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { protectBucket } from '#sandbox/log-bucket.ts';
import { bucketPolicyForCloudTrail, withStatements } from '#sandbox/policy.ts';
import { delegate as archive, deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { PolicyName, RoleName, resourceArn } from '../support/log-attacks.ts';
import { takeAway } from '../support/role-permissions.ts';
import { profile } from '../support/temp-files.ts';

// A trail that is deleted together with everything that it depends on.

const main = '111122223333';
const Bucket = 'the-logs';
/** The id that the sandbox gives to the next key. */
const KeyId = '00000000-0000-4000-8000-000000000004';
const logGroupName = 'org-trail';

const cloudtrail = (Action: string | readonly string[], Resource: string) => ({
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  ...{ Action, Resource },
});

describe.each([
  ['in one account', main],
  ['with the bucket, the key and the topic in the log archive', archive],
])('%s', (_where, ownerId) => {
  const keyArn = `arn:aws:kms:us-east-1:${ownerId}:key/${KeyId}`;
  const TopicArn = `arn:aws:sns:us-east-1:${ownerId}:log-files`;
  const config = {
    dependencies: [
      { arn: `arn:aws:s3:::${Bucket}`, account: ownerId, restore: true },
      { arn: keyArn, restore: true },
      { arn: TopicArn, restore: true },
      { arn: resourceArn, restore: true },
      { arn: `arn:aws:iam::${main}:role/${RoleName}`, restore: true },
      { arn: `arn:aws:cloudwatch:us-east-1:${main}:alarm:root`, restore: true },
    ],
    dependencyAccounts: [{ account: archive, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
  };
  const account = testAccount({ deployment: config });
  const owner = () => clientsOf(account.endpoint, ownerId);
  const admin = () => clientsOf(account.endpoint, main);

  beforeEach(async () => {
    await account.reset();
    account.recycle();
    account.deliver({ drop: true, lambdaRetryMs: 10 });
    await deployDependencies(account.endpoint, archive, {
      ...deployment,
      ...config,
      mode: 'enforce',
    });
    await createDependencies();
    await account.outsider.send(
      new UpdateTrailCommand({
        Name: account.trail,
        ...{ S3BucketName: Bucket, S3KeyPrefix: '', KmsKeyId: keyArn, SnsTopicName: TopicArn },
      }),
    );
    const kinds = ['bucket', 'key', 'topic', 'log-group', 'log-role', 'alarms'];
    await captureWith(account, Object.fromEntries(kinds.map((kind) => [kind, 'restore'])), {
      args: ['--bucket-owner', ownerId, '--dependency-profile', 'archive'],
      variables: await profile('archive', archive),
    });
  });

  async function createDependencies(): Promise<void> {
    const { s3, kms, sns } = owner();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicyForCloudTrail(Bucket) }),
    );
    await protectBucket(s3, Bucket);
    const encrypting = cloudtrail(['kms:GenerateDataKey*', 'kms:DescribeKey'], '*');
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Policy: withStatements(null, allowAccount(ownerId), encrypting) }),
    );
    expect(KeyMetadata?.Arn).toBe(keyArn);
    await kms.send(new EnableKeyRotationCommand({ KeyId }));
    const Policy = withStatements(null, cloudtrail('sns:Publish', TopicArn));
    await sns.send(new CreateTopicCommand({ Name: 'log-files', Attributes: { Policy } }));
    await watchRoot(admin());
  }

  async function deleteEverything(): Promise<void> {
    const { s3, kms, sns } = owner();
    const { logs, iam, cloudwatch } = account.clientsOf();
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['root'] }));
  }

  /** Everything as an auditor reads it. */
  const audited = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { s3, kms, sns } = owner();
    const { logs, iam, cloudwatch } = admin();
    return {
      trail: await account.auditTrail(),
      ...(await auditDependencies({
        bucket: { s3, name: Bucket },
        key: { kms, arn: keyArn },
        topic: { sns, arn: TopicArn },
        logGroup: { logs, name: logGroupName },
        logRole: { iam, name: RoleName },
        alarms: cloudwatch,
      })),
    };
  };

  test.each([
    ['by its events', false],
    ['by one sweep, without its events', true],
  ])('is restored %s', async (_way, drop) => {
    const before = await audited();
    account.deliver({ drop, paused: true });
    await deleteEverything();
    const start = account.calls.length;

    account.deliver({ paused: false });
    if (drop) await account.sweep();
    await account.settled();

    expect(await audited()).toEqual(before);
    const incidents = await account.incidents();
    expect(incidents.map(({ state }) => state)).toEqual(['restored']);
    expect(await account.alerts()).not.toContain('NOT restored');
    const made = account.calls.slice(start).filter(({ error }) => error === null);
    const first = (operation: string) => made.findIndex((call) => call.operation === operation);
    for (const later of ['PutMetricFilter', 'PutMetricAlarm', 'PutBucketLifecycleConfiguration']) {
      expect(first('StartLogging'), later).toBeLessThan(first(later));
    }
  });

  const [inOwner, inMain] = [
    ownerId === main ? 'Trailkeeper-Reconcile' : 'Trailkeeper-Dependencies',
    'Trailkeeper-Reconcile',
  ];
  test.each([
    ['the bucket', 's3:CreateBucket', inOwner, ['bucket', 'trail']],
    ['the key', 'kms:CancelKeyDeletion', inOwner, ['key', 'trail']],
    ['the topic', 'sns:CreateTopic', inOwner, ['topic', 'trail']],
    ['the log group', 'logs:CreateLogGroup', inMain, ['logGroup', 'trail']],
    ['the role', 'iam:CreateRole', inMain, ['logRole', 'trail']],
    ['the alarm', 'cloudwatch:PutMetricAlarm', inMain, ['alarms']],
    ['the trail', 'cloudtrail:CreateTrail', inMain, ['trail']],
  ])('everything else is restored if %s cannot be', async (what, action, role, lost) => {
    const before = await audited();
    await takeAway(role === inOwner ? owner().iam : admin().iam, role, action);
    await deleteEverything();

    await account.sweep();

    const restored = await audited();
    for (const [part, state] of Object.entries(before)) {
      if (lost.includes(part)) expect(restored[part], part).not.toEqual(state);
      else expect(restored[part], part).toEqual(state);
    }
    if (what === 'the bucket' || what === 'the trail') return;
    const status = await account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }));
    expect(status.IsLogging).toBe(true);
  });
});
