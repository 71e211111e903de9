import { createHash } from 'node:crypto';
import { keyArn, keyFor, ownKey, prefix, unknownKey } from './kms-keys.ts';
import { material } from './kms-material.ts';
import { ownersPolicy, policyIn } from './kms-policy.ts';
import { multiRegionConfiguration, relatedTo, replicas } from './kms-replicas.ts';
import { rotation } from './kms-rotation.ts';
import { getPublicKey, sign } from './kms-signing.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { KmsKey, World } from './world.ts';

/** The part of AWS KMS that creates, finds, disables, deletes and restores keys. */
export const kms: Service = {
  CreateKey: {
    needs: () => [{ action: 'kms:CreateKey', resource: '*' }],
    perform(call, world) {
      const { principal, region, input } = call;
      const { accountId } = principal;
      const isMultiRegion = input.MultiRegion === true;
      const keyId = newKeyId(world, isMultiRegion);
      const Arn = prefix(call, `key/${keyId}`);
      const policy =
        input.Policy === undefined ? ownersPolicy(accountId) : policyIn(call, Arn, world);
      const spec: KmsKey['spec'] =
        input.KeySpec === 'ECC_NIST_P256' ? input.KeySpec : 'SYMMETRIC_DEFAULT';
      const identity = { keyId, accountId, region, policy, spec } as const;
      const key: KmsKey =
        input.Origin === 'EXTERNAL'
          ? { ...identity, origin: input.Origin, state: 'PendingImport' }
          : { ...identity, state: 'Enabled' };
      world.keys.set(Arn, key);
      return { KeyMetadata: metadataOf(Arn, key, world) };
    },
  },
  /** A caller whom the key policy does not allow learns only in its own account whether the key exists. */
  DescribeKey: {
    needs: () => [],
    perform(call, world) {
      const Arn = keyArn(call, world);
      if (Arn === null) throw unknownKey(call);
      return { KeyMetadata: metadataOf(Arn, keyFor(call, Arn, world), world) };
    },
  },
  GetKeyPolicy: {
    needs: () => [],
    perform: (call, world) => ({ Policy: ownKey(call, world).key.policy, PolicyName: 'default' }),
  },
  GetPublicKey: using(getPublicKey),
  Sign: using(sign),
  // A key can be given a policy in any state: AWS KMS developer guide, "Key states of AWS KMS keys".
  PutKeyPolicy: {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      world.keys.set(arn, { ...key, policy: policyIn(call, arn, world) });
      return { KeyId: arn };
    },
  },
  EnableKey: changing(switching('Enabled')),
  DisableKey: changing(switching('Disabled')),
  /** A key that is pending deletion cannot be used. */
  ScheduleKeyDeletion: changing((key, { input: { PendingWindowInDays = 30 }, at }, related) => {
    const days = Number(PendingWindowInDays);
    if (!(days >= 7 && days <= 30)) throw notAWindow();
    // A primary key is deleted after its replicas. Source: AWS KMS API reference, ScheduleKeyDeletion.
    if (related > 0 && key.primaryRegion === undefined) {
      return { ...key, state: 'PendingReplicaDeletion' };
    }
    const deletionDate = new Date(at.getTime() + days * 86_400_000);
    return { ...key, state: 'PendingDeletion', deletionDate };
  }),
  /** AWS KMS API reference: "When this operation succeeds, the key state of the KMS key is Disabled." */
  CancelKeyDeletion: {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      if (!isDoomed(key)) throw invalidState(`${arn} is not pending deletion.`);
      const { deletionDate: _, ...kept } = key;
      world.keys.set(arn, { ...kept, state: 'Disabled' });
      return { KeyId: arn };
    },
  },
  ...rotation,
  ...replicas,
  ...material,
  CreateAlias: {
    needs: onAlias,
    perform(call, world) {
      const alias = prefix(call, String(call.input.AliasName));
      const { arn } = ownKey(withKey(call), world);
      if (world.aliases.has(alias)) {
        throw new AwsError('AlreadyExistsException', `An alias ${alias} already exists`);
      }
      world.aliases.set(alias, arn);
      return {};
    },
  },
  UpdateAlias: {
    needs: onAlias,
    perform(call, world) {
      const alias = prefix(call, String(call.input.AliasName));
      const { arn } = ownKey(withKey(call), world);
      if (!world.aliases.has(alias)) {
        throw new AwsError('NotFoundException', `Alias ${alias} is not found.`);
      }
      world.aliases.set(alias, arn);
      return {};
    },
  },
  DeleteAlias: {
    needs: onAlias,
    perform(call, world) {
      const alias = prefix(call, String(call.input.AliasName));
      if (world.aliases.delete(alias)) return {};
      throw new AwsError('NotFoundException', `Alias ${alias} is not found.`);
    },
  },
};

/** An operation that uses key material, in any account: the key policy and the caller's permissions decide. */
function using(perform: (arn: string, key: KmsKey, input: Call['input']) => unknown): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const arn = keyArn(call, world);
      if (arn === null) throw unknownKey(call);
      return perform(arn, keyFor(call, arn, world), call.input);
    },
  };
}

/** Not of a key that waits for its material. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
function switching(state: 'Enabled' | 'Disabled') {
  return (key: KmsKey): KmsKey => {
    if (key.state === 'PendingImport') throw invalidState(`${key.keyId} is pending import.`);
    return { ...key, state };
  };
}

const isDoomed = ({ state }: KmsKey): boolean =>
  state === 'PendingDeletion' || state === 'PendingReplicaDeletion';

/** An operation that changes a key of the caller's account, which has related keys in other Regions. Fails if the key is pending deletion. */
function changing(change: (key: KmsKey, call: Call, related: number) => KmsKey): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      if (isDoomed(key)) throw invalidState(`${arn} is pending deletion.`);
      const changed = change(key, call, relatedTo(arn, key, world).length);
      world.keys.set(arn, changed);
      const { PendingWindowInDays = 30 } = call.input;
      const { state: KeyState, deletionDate: DeletionDate } = changed;
      return { KeyId: arn, ...(DeletionDate && { DeletionDate, KeyState, PendingWindowInDays }) };
    },
  };
}

/** Source: AWS KMS developer guide, "Multi-Region keys in AWS KMS": `mrk-` and 32 hexadecimal digits. */
function newKeyId({ keys }: World, isMultiRegion: boolean): string {
  const number = String(keys.size + 1);
  if (!isMultiRegion) return `00000000-0000-4000-8000-${number.padStart(12, '0')}`;
  return `mrk-${createHash('sha256').update(number).digest('hex').slice(0, 32)}`;
}

function onAlias(call: Call): readonly Need[] {
  const resource = prefix(call, String(call.input.AliasName));
  return [{ action: `kms:${call.operation}`, resource }];
}

/** Alias operations name the key in another field. */
const withKey = (call: Call): Call => ({
  ...call,
  input: { ...call.input, KeyId: call.input.TargetKeyId },
});

function metadataOf(Arn: string, key: KmsKey, world: World): object {
  const { keyId, accountId } = key;
  const isMultiRegion = keyId.startsWith('mrk-');
  return {
    Arn,
    KeyId: keyId,
    AWSAccountId: accountId,
    Enabled: key.state === 'Enabled',
    KeyState: key.state,
    ...(key.deletionDate && { DeletionDate: key.deletionDate }),
    KeyManager: 'CUSTOMER',
    Origin: key.origin ?? 'AWS_KMS',
    KeySpec: key.spec,
    KeyUsage: key.spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
    MultiRegion: isMultiRegion,
    ...(isMultiRegion && { MultiRegionConfiguration: multiRegionConfiguration(Arn, key, world) }),
  };
}

const notAWindow = (): AwsError =>
  new AwsError('ValidationException', 'PendingWindowInDays must be from 7 to 30.');

const invalidState = (message: string): AwsError =>
  new AwsError('KMSInvalidStateException', message);
