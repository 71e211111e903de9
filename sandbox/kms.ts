import { arnPrefix } from './home.ts';
import { isAllowed, isAllowedIn } from './iam.ts';
import { getPublicKey, sign } from './kms-signing.ts';
import type { Operation, Service } from './operation.ts';
import { isPolicy } from './policy.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { KmsKey, World } from './world.ts';

/** The part of AWS KMS that creates, finds, disables, deletes and restores keys. */
export const kms: Service = {
  CreateKey: {
    needs: () => [{ action: 'kms:CreateKey', resource: '*' }],
    perform({ principal: { accountId }, region, input }, { keys }) {
      const keyId = `00000000-0000-4000-8000-${String(keys.size + 1).padStart(12, '0')}`;
      const Arn = `${arnPrefix}:kms:${region}:${accountId}:key/${keyId}`;
      const policy = policyIn(input.Policy ?? ownersPolicy(accountId));
      const spec = input.KeySpec === 'ECC_NIST_P256' ? input.KeySpec : 'SYMMETRIC_DEFAULT';
      const key: KmsKey = { keyId, accountId, region, state: 'Enabled', policy, spec };
      keys.set(Arn, key);
      return { KeyMetadata: metadataOf(Arn, key) };
    },
  },
  /** A caller whom the key policy does not allow learns only in its own account whether the key exists. */
  DescribeKey: {
    needs: () => [],
    perform(call, world) {
      const Arn = keyArn(call, world);
      const key = world.keys.get(Arn ?? '');
      const owner = { accountId: Arn?.split(':')[4] ?? '', policy: key?.policy ?? null };
      const isOwn = owner.accountId === call.principal.accountId;
      if (Arn !== null && !(isOwn && key === undefined)) {
        const need = { action: 'kms:DescribeKey', resource: Arn };
        if (!isAllowed(world, call.principal, need, owner)) throw notAuthorized(call, Arn);
      }
      if (Arn === null || key === undefined) throw unknownKey(call);
      return { KeyMetadata: metadataOf(Arn, key) };
    },
  },
  GetKeyPolicy: {
    needs: onKey,
    perform: (call, world) => ({ Policy: ownKey(call, world).key.policy }),
  },
  GetPublicKey: using(getPublicKey),
  Sign: using(sign),
  PutKeyPolicy: changing((key, { Policy }) => ({ ...key, policy: policyIn(Policy) })),
  EnableKey: changing((key) => ({ ...key, state: 'Enabled' })),
  DisableKey: changing((key) => ({ ...key, state: 'Disabled' })),
  /** A key that is pending deletion cannot be used. */
  ScheduleKeyDeletion: changing((key) => ({ ...key, state: 'PendingDeletion' })),
  /** AWS KMS API reference: "After a key's deletion is canceled, it is disabled". */
  CancelKeyDeletion: {
    needs: onKey,
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      if (key.state !== 'PendingDeletion') throw notPending(arn);
      world.keys.set(arn, { ...key, state: 'Disabled' });
      return { KeyId: arn };
    },
  },
  CreateAlias: {
    needs: (call, world) => [...onAlias(call), ...onKey(withKey(call), world)],
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
  DeleteAlias: {
    needs: onAlias,
    perform(call, world) {
      const alias = prefix(call, String(call.input.AliasName));
      if (world.aliases.delete(alias)) return {};
      throw new AwsError('NotFoundException', `Alias ${alias} is not found.`);
    },
  },
};

/** An operation that uses key material, in any account. The key policy alone decides. */
function using(perform: (arn: string, key: KmsKey, input: Call['input']) => unknown): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const arn = keyArn(call, world);
      const key = world.keys.get(arn ?? '');
      if (arn === null || key === undefined) throw unknownKey(call);
      const { arn: principal, roleArn } = call.principal;
      const action = `kms:${call.operation}`;
      const context = { 'aws:PrincipalArn': roleArn ?? principal };
      if (!isAllowedIn(key.policy, { principal, action, resource: arn, context })) {
        throw notAuthorized(call, arn);
      }
      return perform(arn, key, call.input);
    },
  };
}

/** An operation that changes a key of the caller's account. Fails if the key is pending deletion. */
function changing(change: (key: KmsKey, input: Call['input']) => KmsKey): Operation {
  return {
    needs: onKey,
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      if (key.state === 'PendingDeletion') {
        throw new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`);
      }
      const changed = change(key, call.input);
      world.keys.set(arn, changed);
      const doomed = changed.state === 'PendingDeletion';
      return { KeyId: arn, ...(doomed && { KeyState: changed.state }) };
    },
  };
}

/** The key that a call names. Keys of other accounts cannot be changed (AWS KMS API reference, "Cross-account use: No"). */
function ownKey(call: Call, world: World): { readonly arn: string; readonly key: KmsKey } {
  const arn = keyArn(call, world);
  const key = world.keys.get(arn ?? '');
  if (arn === null || key === undefined) throw unknownKey(call);
  if (key.accountId === call.principal.accountId) return { arn, key };
  throw notAuthorized(call, arn);
}

const notAuthorized = ({ principal, operation }: Call, arn: string): AwsError =>
  new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: kms:${operation} on resource: ${arn}`,
  );

/**
 * The ARN of the key for a key ID, key ARN, alias or alias ARN. IDs and aliases are looked up in the caller's account
 * and Region.
 */
export function keyArn(call: Call, { aliases }: World): string | null {
  const typed = String(call.input.KeyId);
  const isAlias = typed.startsWith('alias/') || typed.includes(':alias/');
  const arn = typed.startsWith('arn:') ? typed : prefix(call, isAlias ? typed : `key/${typed}`);
  return isAlias ? (aliases.get(arn) ?? null) : arn;
}

function onKey(call: Call, world: World): readonly Need[] {
  const resource = keyArn(call, world) ?? prefix(call, 'key/unknown');
  return [{ action: `kms:${call.operation}`, resource }];
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

const metadataOf = (Arn: string, { keyId, accountId, state, spec }: KmsKey) => ({
  Arn,
  KeyId: keyId,
  AWSAccountId: accountId,
  Enabled: state === 'Enabled',
  KeyState: state,
  KeySpec: spec,
  KeyUsage: spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
});

function policyIn(policy: unknown): string {
  if (isPolicy(policy)) return policy;
  throw new AwsError('MalformedPolicyDocumentException', 'The policy is not a policy document.');
}

/** The default key policy, which allows no service. Source: AWS KMS developer guide, "Default key policy". */
const ownersPolicy = (accountId: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [allowAccount(accountId)] });

/** The key policy statement that lets IAM policies of the key's account control access. */
export const allowAccount = (accountId: string): object => ({
  Effect: 'Allow',
  Principal: { AWS: `${arnPrefix}:iam::${accountId}:root` },
  Action: 'kms:*',
  Resource: '*',
});

const notPending = (arn: string): AwsError =>
  new AwsError('KMSInvalidStateException', `${arn} is not pending deletion.`);

const unknownKey = ({ input }: Call): AwsError =>
  new AwsError('NotFoundException', `Key '${input.KeyId}' does not exist`);

const prefix = ({ region, principal }: Call, resource: string): string =>
  `${arnPrefix}:kms:${region}:${principal.accountId}:${resource}`;
