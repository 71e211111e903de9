import { ownKey } from './kms-keys.ts';
import { ownersPolicy, policyIn } from './kms-policy.ts';
import type { Service } from './operation.ts';
import { AwsError } from './service.ts';
import type { KmsKey, World } from './world.ts';

/** The operation that makes a replica of a multi-Region key. Source: AWS KMS API reference, ReplicateKey. */
export const replicas: Service = {
  ReplicateKey: {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      if (!key.keyId.startsWith('mrk-')) {
        throw new AwsError('UnsupportedOperationException', `${arn} is not a multi-Region key.`);
      }
      const region = String(call.input.ReplicaRegion);
      const Arn = arn.replace(`:${key.region}:`, `:${region}:`);
      if (world.keys.has(Arn)) throw new AwsError('AlreadyExistsException', `${Arn} exists.`);
      const { rotationPeriodInDays: _, ...copied } = key;
      const policy =
        call.input.Policy === undefined ? ownersPolicy(key.accountId) : policyIn(call, Arn, world);
      world.keys.set(Arn, { ...copied, region, policy, primaryRegion: key.region });
      return { ReplicaKeyMetadata: { Arn, KeyId: key.keyId, KeyState: 'Creating' } };
    },
  },
};

/** The ARNs and keys of a multi-Region key in other Regions. */
export const relatedTo = (arn: string, { keyId }: KmsKey, { keys }: World) =>
  keyId.startsWith('mrk-')
    ? [...keys].filter(([other, key]) => key.keyId === keyId && other !== arn)
    : [];

/** Source: AWS KMS API reference, MultiRegionConfiguration. */
export function multiRegionConfiguration(Arn: string, key: KmsKey, world: World): object {
  const all: readonly (readonly [string, KmsKey])[] = [[Arn, key], ...relatedTo(Arn, key, world)];
  const named = all.map(([arn, { region, primaryRegion }]) => ({
    isPrimary: primaryRegion === undefined,
    in: { Arn: arn, Region: region },
  }));
  return {
    MultiRegionKeyType: key.primaryRegion === undefined ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: named.find(({ isPrimary }) => isPrimary)?.in,
    ReplicaKeys: named.filter(({ isPrimary }) => !isPrimary).map((one) => one.in),
  };
}
