import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import { contextOf } from './kms-policy.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { KmsKey, World } from './world.ts';

/**
 * The key of the caller's account that a call names, if the caller may perform the operation on it. Keys of other
 * accounts cannot be managed (AWS KMS API reference, "Cross-account use: No").
 */
export function ownKey(call: Call, world: World): { readonly arn: string; readonly key: KmsKey } {
  const arn = keyArn(call, world);
  if (arn === null) throw unknownKey(call);
  const isOwn = arn.split(':')[4] === call.principal.accountId;
  if (!isOwn) throw notAuthorized(call, arn);
  return { arn, key: keyFor(call, arn, world) };
}

/**
 * The key with this ARN, if its policy and the caller's allow the operation. A caller of another account does not learn
 * whether a key exists.
 */
export function keyFor(call: Call, arn: string, world: World): KmsKey {
  const key = world.keys.get(arn);
  const accountId = arn.split(':')[4] ?? '';
  if (key === undefined && accountId === call.principal.accountId) throw unknownKey(call);
  const need: Need = {
    action: `kms:${call.operation}`,
    resource: arn,
    context: contextOf(call),
  };
  const owner = { accountId, policy: key?.policy ?? null };
  if (key !== undefined && isAllowed(world, call.principal, need, owner)) return key;
  throw notAuthorized(call, arn);
}

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

export const notAuthorized = ({ principal, operation }: Call, arn: string): AwsError =>
  new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: kms:${operation} on resource: ${arn}`,
  );

export const unknownKey = ({ input }: Call): AwsError =>
  new AwsError('NotFoundException', `Key '${input.KeyId}' does not exist`);

/** The ARN of a resource in the caller's account and Region. */
export const prefix = ({ region, principal }: Call, resource: string): string =>
  `${arnPrefix}:kms:${region}:${principal.accountId}:${resource}`;
