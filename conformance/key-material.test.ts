import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import type { CreateKeyRequest } from '@aws-sdk/client-kms';
import { describe, expect, onTestFinished, test } from 'vitest';
import { context, elsewhere, eventually, kms, newName, ownKey } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] AWS KMS API reference; [D] AWS KMS developer guide.

describe('a multi-Region key with a replica', () => {
  test('has both in its metadata [M: ReplicateKey, MultiRegionConfiguration]', async () => {
    const { Arn, KeyId, replica } = await replicatedKey();

    const { KeyMetadata } = await elsewhere.kms.describeKey({ KeyId });

    expect(KeyMetadata).toMatchObject({
      Arn: replica,
      KeyId,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: { Arn, Region: context.region },
        ReplicaKeys: [{ Arn: replica, Region: context.otherRegion }],
      },
    });
  });

  test('waits for its replica to be deleted, and is disabled after that is canceled [M: ScheduleKeyDeletion]', async () => {
    const { KeyId } = await replicatedKey();
    const stateOf = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState;

    const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const pending = await stateOf();
    await refusal(kms.enableKey({ KeyId }), 'KMSInvalidStateException');
    await kms.cancelKeyDeletion({ KeyId });

    expect(scheduled).not.toHaveProperty('DeletionDate');
    expect([pending, await stateOf()]).toEqual(['PendingReplicaDeletion', 'Disabled']);
  });

  test('can lose its replica, whose deletion has a date and can be canceled [D: multi-region-keys-delete]', async () => {
    const { KeyId } = await replicatedKey();

    await elsewhere.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const { KeyMetadata } = await elsewhere.kms.describeKey({ KeyId });
    await elsewhere.kms.cancelKeyDeletion({ KeyId });

    expect(KeyMetadata).toMatchObject({
      KeyState: 'PendingDeletion',
      DeletionDate: expect.any(Date),
    });
  });

  test('is rotated by its primary key alone [M: EnableKeyRotation]', async () => {
    const { KeyId } = await replicatedKey();

    await refusal(elsewhere.kms.enableKeyRotation({ KeyId }), 'UnsupportedOperationException');
  });
});

test('a key that is not multi-Region cannot be replicated [M: ReplicateKey]', async () => {
  const { id: KeyId } = await ownKey();

  await refusal(
    kms.replicateKey({ KeyId, ReplicaRegion: context.otherRegion }),
    'UnsupportedOperationException',
  );
});

describe('a key for imported material [M: ImportKeyMaterial, DeleteImportedKeyMaterial]', () => {
  test('waits for it, and again after it was deleted', async () => {
    const { KeyId } = await newKey({ Origin: 'EXTERNAL' });
    const stateOf = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState;
    const before = await stateOf();

    await importMaterial(KeyId);
    const imported = await stateOf();
    await kms.deleteImportedKeyMaterial({ KeyId });
    const deleted = await stateOf();
    await refusal(kms.enableKey({ KeyId }), 'KMSInvalidStateException');

    expect([before, imported, deleted]).toEqual(['PendingImport', 'Enabled', 'PendingImport']);
  });

  test('is not rotated [M: GetKeyRotationStatus]', async () => {
    const { KeyId } = await newKey({ Origin: 'EXTERNAL' });
    await importMaterial(KeyId);

    expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(false);
    await refusal(kms.enableKeyRotation({ KeyId }), 'UnsupportedOperationException');
  });
});

test('an alias can be moved to another key [M: UpdateAlias]', async () => {
  const [{ id: one }, { id: other }] = [await ownKey(), await ownKey()];
  const AliasName = `alias/${newName()}`;
  await kms.createAlias({ AliasName, TargetKeyId: one });
  onTestFinished(async () => {
    await kms.deleteAlias({ AliasName });
  });

  await kms.updateAlias({ AliasName, TargetKeyId: other });

  expect((await kms.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId).toBe(other);
});

/** Creates a key for one test, whose deletion is then scheduled. */
async function newKey(input: CreateKeyRequest) {
  const { KeyMetadata = { KeyId: '' } } = await kms.createKey({
    Description: context.run,
    ...input,
  });
  const { KeyId = '', Arn } = KeyMetadata;
  onTestFinished(async () => {
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }).catch(unlessScheduled);
  });
  return { KeyId, Arn };
}

/** A multi-Region key and its replica in the other Region. The replica is scheduled for deletion first. */
async function replicatedKey() {
  const { KeyId, Arn } = await newKey({ MultiRegion: true });
  const made = await kms.replicateKey({ KeyId, ReplicaRegion: context.otherRegion });
  onTestFinished(async () => {
    const input = { KeyId, PendingWindowInDays: 7 };
    await elsewhere.kms.scheduleKeyDeletion(input).catch(unlessScheduled);
  });
  await eventually(async () => {
    const { KeyMetadata } = await elsewhere.kms.describeKey({ KeyId });
    expect(KeyMetadata?.KeyState).toBe('Enabled');
  });
  return { KeyId, Arn, replica: made.ReplicaKeyMetadata?.Arn };
}

const unlessScheduled = (error: Error): void => {
  if (error.name !== 'KMSInvalidStateException') throw error;
};

async function importMaterial(KeyId: string): Promise<void> {
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.getParametersForImport({
    KeyId,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  await kms.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: publicEncrypt({ key, padding, oaepHash: 'sha256' }, randomBytes(32)),
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  });
}
