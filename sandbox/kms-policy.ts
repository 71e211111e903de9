import { namesDeletedPrincipal } from './deleted-principals.ts';
import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import { isPolicy } from './policy.ts';
import { AwsError, type Call } from './service.ts';
import type { World } from './world.ts';

/** Source: AWS KMS API reference, PutKeyPolicy: "The key policy size limit is 32 kilobytes (32768 bytes)". */
const maxBytes = 32_768;

/**
 * The key policy in a call. It must let the caller change the policy again, unless the call says otherwise. Source: AWS KMS
 * API reference, PutKeyPolicy; messages as publicly reported. The error of a policy that is too large is an assumption.
 */
export function policyIn(call: Call, arn: string, world: World): string {
  const { Policy, BypassPolicyLockoutSafetyCheck } = call.input;
  if (!isPolicy(Policy)) throw malformed('The policy is not a policy document.');
  if (Buffer.byteLength(Policy) > maxBytes) {
    throw new AwsError('LimitExceededException', `The key policy exceeds ${maxBytes} bytes.`);
  }
  if (namesDeletedPrincipal(Policy)) {
    throw malformed('Policy contains a statement with one or more invalid principals.');
  }
  if (BypassPolicyLockoutSafetyCheck !== true && !mayPutAgain(call, arn, Policy, world)) {
    throw malformed(
      'The new key policy will not allow you to update the key policy in the future.',
    );
  }
  return Policy;
}

const mayPutAgain = (call: Call, resource: string, policy: string, world: World): boolean =>
  isAllowed(
    world,
    call.principal,
    { action: 'kms:PutKeyPolicy', resource, context: contextOf(call) },
    { accountId: call.principal.accountId, policy },
  );

/** Source: AWS KMS developer guide, "AWS KMS condition keys". */
export function contextOf({ principal: { accountId }, input }: Call) {
  const [alias] = /alias\/.*$/.exec(String(input.KeyId ?? '')) ?? [];
  return {
    'kms:CallerAccount': accountId,
    ...(alias !== undefined && { 'kms:RequestAlias': alias }),
  };
}

/** The default key policy, which allows no service. Source: AWS KMS developer guide, "Default key policy". */
export const ownersPolicy = (accountId: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [allowAccount(accountId)] });

/** The key policy statement that lets IAM policies of the key's account control access. */
export const allowAccount = (accountId: string): object => ({
  Effect: 'Allow',
  Principal: { AWS: `${arnPrefix}:iam::${accountId}:root` },
  Action: 'kms:*',
  Resource: '*',
});

const malformed = (message: string): AwsError =>
  new AwsError('MalformedPolicyDocumentException', message);
