import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import type { Aws } from '#aws/clients.ts';
import { accountOf, regionOf, unlessUnseen } from './reading.ts';

/**
 * The state of a key, as KMS names it; undefined if it is not reported. A key in state `Updating` can be used. Source: AWS KMS API
 * reference, UpdatePrimaryRegion.
 */
export async function keyState(aws: Aws, arn: string): Promise<string | undefined> {
  const kms = await aws.dependenciesIn(accountOf(arn)).kmsIn(regionOf(arn));
  const asked = kms.send(new DescribeKeyCommand({ KeyId: arn }));
  return unlessUnseen(asked, ({ KeyMetadata }) =>
    KeyMetadata?.KeyState === 'Updating' ? 'Enabled' : KeyMetadata?.KeyState,
  );
}
