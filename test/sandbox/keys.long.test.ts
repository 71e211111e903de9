import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterEach, expect, test } from 'vitest';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { keyId as KeyId } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { sessionOf } from '../support/role-session.ts';

// Who may manage the trail's key, and what is recorded. Source: AWS KMS developer guide, "Key policies in AWS KMS".

const home = '111122223333';

const account = testAccount();

afterEach(() => account.reset());

test('administrators are locked out of a key whose policy does not name their account', async () => {
  const kms = new KMSClient(account.configOf(home));
  const named = { AWS: `arn:aws:iam::${home}:user/alice` };
  await kms.send(
    new PutKeyPolicyCommand({
      KeyId,
      Policy: policyOf({ ...allowAccount(home), Principal: named }),
      BypassPolicyLockoutSafetyCheck: true,
    }),
  );

  const alice = new KMSClient(account.configOf('alice'));
  const denied = { name: 'AccessDeniedException' };
  await expect(kms.send(new GetKeyPolicyCommand({ KeyId }))).rejects.toMatchObject(denied);
  await expect(kms.send(new DisableKeyCommand({ KeyId }))).rejects.toMatchObject(denied);
  await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject(denied);
  expect((await alice.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId).toBe(KeyId);
});

test('a policy without the statements of CloudTrail prevents every update of the trail', async () => {
  const kms = new KMSClient(account.configOf(home));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policyOf(allowAccount(home)) }));

  await expect(
    account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'new' })),
  ).rejects.toMatchObject({ name: 'InsufficientEncryptionPolicyException' });
});

test('a role of another account cannot manage the key, whatever the key policy allows', async () => {
  const [owner, other] = [new KMSClient(account.configOf(home)), '222233334444'];
  const policy = policyOf(allowAccount(home), allowAccount(other));
  await owner.send(new PutKeyPolicyCommand({ KeyId, Policy: policy }));
  const kms = new KMSClient(
    account.configOf(await sessionOf(account, `arn:aws:iam::${other}:role/${roleName}`)),
  );
  const foreign = `arn:aws:kms:${account.region}:${home}:key/${KeyId}`;

  expect((await kms.send(new DescribeKeyCommand({ KeyId: foreign }))).KeyMetadata).toBeDefined();
  await expect(kms.send(new GetKeyPolicyCommand({ KeyId: foreign }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });

  const iam = new IAMClient(account.configOf(other));
  const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
  await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
  await expect(kms.send(new DescribeKeyCommand({ KeyId: foreign }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('a scheduled and canceled deletion is recorded with the key and the date', async () => {
  const kms = new KMSClient(account.configOf(home));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));

  const arn = `arn:aws:kms:${account.region}:${home}:key/${KeyId}`;
  const resources = [{ accountId: home, type: 'AWS::KMS::Key', ARN: arn }];
  expect((await account.recordsIn(home, 'ScheduleKeyDeletion'))[0]).toMatchObject({
    requestParameters: { keyId: KeyId, pendingWindowInDays: 7 },
    responseElements: {
      keyId: arn,
      keyState: 'PendingDeletion',
      deletionDate: expect.stringMatching(/^\w{3} \d+, \d{4}/),
    },
    resources,
  });
  expect((await account.recordsIn(home, 'CancelKeyDeletion'))[0]).toMatchObject({
    requestParameters: { keyId: KeyId },
    responseElements: { keyId: arn },
    resources,
  });
});

const roleName = 'OrganizationAccountAccessRole';

const policyOf = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
