import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';

/** Resolves any form of a KMS key id, as seen from one account and Region, to the key's ARN. */
export type KeyArnOf = (keyId: string) => Promise<string>;

export const keyArnFrom =
  (kms: KMSClient): KeyArnOf =>
  async (keyId) => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    if (KeyMetadata?.Arn === undefined) throw new Error(`DescribeKey gave no ARN for ${keyId}`);
    return KeyMetadata.Arn;
  };
