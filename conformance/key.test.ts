import { describe, expect, onTestFinished, test } from 'vitest';
import {
  cloudtrail,
  context,
  create,
  elsewhere,
  getTrail,
  kms,
  newName,
  ownKey,
  ownTrail,
  trailArn,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('the key of a trail [M: KmsKeyId]', () => {
  test('given by ID or ARN is returned by ARN', async () => {
    const { id, arn } = await ownKey();

    const byId = await create({ KmsKeyId: id });
    const byArn = await create({ KmsKeyId: arn });

    expect([byId.KmsKeyId, byArn.KmsKeyId]).toEqual([arn, arn]);
  });

  test('given by alias is returned by the ARN of the key', async () => {
    const { id, arn } = await ownKey();
    const AliasName = `alias/${newName()}`;
    await kms.createAlias({ AliasName, TargetKeyId: id });
    onTestFinished(async () => {
      await kms.deleteAlias({ AliasName });
    });

    const { name } = await ownTrail({ KmsKeyId: AliasName });

    expect((await getTrail(name))?.KmsKeyId).toBe(arn);
  });

  test('is kept if left out and cleared by an empty string [D: cloudtrail-log-file-encryption-cli]', async () => {
    const { arn } = await ownKey();
    const { name: Name } = await ownTrail({ KmsKeyId: arn });

    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'new' });
    const kept = await getTrail(Name);
    await cloudtrail.updateTrail({ Name, KmsKeyId: '' });

    const { KmsKeyId, ...rest } = kept ?? {};
    expect(KmsKeyId).toBe(arn);
    expect(await getTrail(Name)).toEqual(rest);
  });
});

describe('a key is refused', () => {
  test('that does not allow CloudTrail to encrypt [M: InsufficientEncryptionPolicyException]', async () => {
    const { arn } = await ownKey({ bare: true });
    const { name } = await ownTrail();
    const error = 'InsufficientEncryptionPolicyException';

    // Message: trussworks/terraform-aws-cloudtrail#186.
    const { message } = await refusal(create({ KmsKeyId: arn }), error);
    await refusal(cloudtrail.updateTrail({ Name: name, KmsKeyId: arn }), error);

    expect(message).toContain('Insufficient permissions to access S3 bucket');
  });

  // [D] "Configure AWS KMS key policies for CloudTrail": the encryption context names the trail.
  test('that allows CloudTrail to encrypt only for another trail', async () => {
    const { arn } = await ownKey({ trails: trailArn('another') });

    await refusal(create({ KmsKeyId: arn }), 'InsufficientEncryptionPolicyException');
  });

  test('that is disabled [M: KmsException; U: that it is this error]', async () => {
    const { arn, id } = await ownKey();
    await kms.disableKey({ KeyId: id });

    await refusal(create({ KmsKeyId: arn }), 'KmsException');
  });

  test('in another Region than the bucket [M: KmsKeyNotFoundException]', async () => {
    const { arn } = await ownKey({ client: elsewhere.kms });

    expect(arn).toContain(context.otherRegion);
    await refusal(create({ KmsKeyId: arn }), 'KmsKeyNotFoundException');
  });
});
