import type { Trail } from '#trail/trail-arn.ts';

/** A refused repair of what a trail depends on, as far as its remedy depends on it. */
type DependencyCall = { readonly kind: string; readonly input: object; readonly trail: Trail };

/**
 * What to do about a refused repair of a trail's key or topic; null if it is none, or the remedy is unknown. Source: the error
 * documentation of the AWS KMS and Amazon SNS API references.
 */
export function dependencyRemedy(
  error: string,
  { kind, input, trail }: DependencyCall,
): string | null {
  const { KeyId, TopicArn } = input as { readonly KeyId?: string; readonly TopicArn?: string };
  const arn = kind === 'key' ? KeyId : kind === 'topic' ? TopicArn : undefined;
  if (arn === undefined) return null;
  const account = arn.split(':')[4] ?? '';
  if (/^(AccessDenied|AuthorizationError)/.test(error)) {
    return account === trail.accountId ? null : inAccount(kind, account);
  }
  const remedies = kind === 'key' ? ofKey : ofTopic;
  return Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null;
}

const inAccount = (kind: string, account: string): string =>
  `the ${kind} belongs to account ${account}, and only a role there can restore it: add the account to dependencyAccounts in cdk.json, and deploy the role there: npx --no -- trailkeeper deploy --dependencies ${account}`;

const ofKey: Readonly<Record<string, string>> = {
  KMSInvalidStateException:
    'the key is in a state in which this is not possible: the next sweep tries again. If it lost its key material, import it again',
  DisabledException: 'enable the key: a disabled key cannot be rotated',
  NotFoundException:
    'the key was deleted: let the trail use another key, and capture it again with --reason',
  MalformedPolicyDocumentException:
    'the key policy would lock its account out, or names principals that no longer exist: add the statements of CloudTrail to it by hand',
  UnsupportedOperationException:
    'this key cannot be rotated here: for a replica of a multi-Region key, enable the rotation of its primary key',
};

const ofTopic: Readonly<Record<string, string>> = {
  InvalidParameterException:
    'SNS does not accept what the baseline says of the topic, for example a principal that no longer exists: correct it, and capture the trail again with --reason',
  TopicLimitExceededException: 'delete topics that are not used',
  NotFoundException: 'the topic was deleted meanwhile: the next sweep creates it again',
};
