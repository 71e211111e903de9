import { KMS } from '@aws-sdk/client-kms';
import { describe, expect, onTestFinished, test } from 'vitest';
import { context, kms, newName, ownKey } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] AWS KMS API reference; [D] AWS KMS developer guide.

describe('a key that is pending deletion', () => {
  test('cannot be enabled or disabled, but can be given a policy [D: key-state]', async () => {
    const { id: KeyId } = await doomedKey();

    await refusal(kms.enableKey({ KeyId }), 'KMSInvalidStateException');
    await refusal(kms.disableKey({ KeyId }), 'KMSInvalidStateException');
    await kms.putKeyPolicy({ KeyId, Policy: policyOf(owner) });

    const { KeyMetadata } = await kms.describeKey({ KeyId });
    expect(KeyMetadata).toMatchObject({
      KeyState: 'PendingDeletion',
      DeletionDate: expect.any(Date),
    });
  });

  test('is disabled after the deletion is canceled, until it is enabled [M: CancelKeyDeletion]', async () => {
    const { id: KeyId } = await doomedKey();
    const stateOf = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState;

    await kms.cancelKeyDeletion({ KeyId });
    const canceled = await stateOf();
    await refusal(kms.cancelKeyDeletion({ KeyId }), 'KMSInvalidStateException');
    await kms.enableKey({ KeyId });

    expect([canceled, await stateOf()]).toEqual(['Disabled', 'Enabled']);
  });
});

test('the deletion of a key is scheduled in 7 to 30 days [M: PendingWindowInDays]', async () => {
  const { id: KeyId } = await ownKey();

  await refusal(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 6 }), 'ValidationException');
});

describe('a key policy', () => {
  test('is returned as it was put [M: GetKeyPolicy]', async () => {
    const { id: KeyId } = await ownKey();
    const Policy = policyOf(owner, { ...owner, Sid: 'again' });

    await kms.putKeyPolicy({ KeyId, Policy });

    const { Policy: found = '', PolicyName } = await kms.getKeyPolicy({ KeyId });
    expect(JSON.parse(found)).toEqual(JSON.parse(Policy));
    expect(PolicyName).toBe('default');
  });

  test('that would lock the caller out is refused [M: BypassPolicyLockoutSafetyCheck]', async () => {
    const { id: KeyId } = await ownKey();
    const withoutOwner = policyOf({
      ...owner,
      Principal: { Service: 'cloudtrail.amazonaws.com' },
    });

    // Message: trussworks/terraform-aws-cloudtrail#178.
    const { message } = await refusal(
      kms.putKeyPolicy({ KeyId, Policy: withoutOwner }),
      'MalformedPolicyDocumentException',
    );

    expect(message).toContain('will not allow you to update the key policy in the future');
  });

  test('is limited to 32 KB [M: PutKeyPolicy, Policy; U: the error]', async () => {
    const { id: KeyId } = await ownKey();
    // The SDK retries this error, as if the calls were too frequent.
    const once = new KMS({ ...context.connection, region: context.region, maxAttempts: 1 });
    const statements = Array.from({ length: 400 }, (_, i) => ({ ...owner, Sid: `number${i}` }));

    await refusal(
      once.putKeyPolicy({ KeyId, Policy: policyOf(...statements) }),
      'LimitExceededException',
    );
  });
});

describe('the rotation of a key', () => {
  test('is off until it is enabled, and then every 365 days unless said [M: EnableKeyRotation]', async () => {
    const { id: KeyId } = await ownKey();
    const statusOf = async () => {
      const found = await kms.getKeyRotationStatus({ KeyId });
      return [found.KeyRotationEnabled, found.RotationPeriodInDays];
    };

    const before = await statusOf();
    await kms.enableKeyRotation({ KeyId });
    const enabled = await statusOf();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const quarterly = await statusOf();
    await kms.disableKeyRotation({ KeyId });

    expect([before[0], enabled, quarterly]).toEqual([false, [true, 365], [true, 90]]);
    expect((await statusOf())[0]).toBe(false);
  });

  test('cannot be enabled while the key is disabled [M: EnableKeyRotation]', async () => {
    const { id: KeyId } = await ownKey();
    await kms.disableKey({ KeyId });

    await refusal(kms.enableKeyRotation({ KeyId }), 'DisabledException');
  });

  test('is reported as off while the key is pending deletion [M: GetKeyRotationStatus]', async () => {
    const { id: KeyId } = await ownKey();
    await kms.enableKeyRotation({ KeyId });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const pending = await kms.getKeyRotationStatus({ KeyId });
    await kms.cancelKeyDeletion({ KeyId });

    const canceled = await kms.getKeyRotationStatus({ KeyId });

    expect([pending.KeyRotationEnabled, canceled.KeyRotationEnabled]).toEqual([false, true]);
  });
});

test('a multi-Region key has an ID that says so, and its Regions [D: multi-region-keys-overview]', async () => {
  const { KeyMetadata = { KeyId: '' } } = await kms.createKey({
    Description: context.run,
    MultiRegion: true,
  });
  const { KeyId, Arn } = KeyMetadata;
  onTestFinished(async () => {
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  });

  const found = await kms.describeKey({ KeyId });

  expect(KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
  expect(found.KeyMetadata).toMatchObject({
    Arn,
    MultiRegion: true,
    MultiRegionConfiguration: {
      MultiRegionKeyType: 'PRIMARY',
      PrimaryKey: { Arn, Region: context.region },
      ReplicaKeys: [],
    },
  });
});

test('a key that does not exist is not found [M: NotFoundException]', async () => {
  const KeyId = `alias/${newName()}`;

  await refusal(kms.describeKey({ KeyId }), 'NotFoundException');
  await refusal(kms.enableKey({ KeyId }), 'NotFoundException');
});

const owner = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${context.accountId}:root` },
  Action: 'kms:*',
  Resource: '*',
};

const policyOf = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

/** A key for one test, whose deletion is scheduled. It is scheduled again afterwards if the test canceled it. */
async function doomedKey() {
  const key = await ownKey();
  const { id: KeyId } = key;
  await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  onTestFinished(async () => {
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    if (KeyMetadata?.KeyState === 'PendingDeletion') await kms.cancelKeyDeletion({ KeyId });
  });
  return key;
}
