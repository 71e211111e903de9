import type { Trail } from '#trail/trail-arn.ts';

/** A refused repair of what a trail depends on, as far as its remedy depends on it. */
type DependencyCall = { readonly kind: string; readonly input: object; readonly trail: Trail };

/**
 * What to do about a refused repair of what a trail depends on; null if it is none, or the remedy is unknown. Source: the error
 * documentation of the AWS KMS, Amazon SNS, CloudWatch Logs and IAM API references.
 */
export function dependencyRemedy(
  error: string,
  { kind, input, trail }: DependencyCall,
): string | null {
  const { member = '', remedies = {} } = Object.hasOwn(byKind, kind) ? (byKind[kind] ?? {}) : {};
  const arn: unknown = Reflect.get(input, member);
  if (typeof arn !== 'string') return null;
  const account = arn.split(':')[4] ?? '';
  if (/^(AccessDenied|AuthorizationError)/.test(error)) {
    return account === trail.accountId ? null : inAccount(kind, account);
  }
  return Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null;
}

const inAccount = (kind: string, account: string): string =>
  `the ${kind.replace('-', ' ')} belongs to account ${account}, and only a role there can restore it: add the account to dependencyAccounts in cdk.json, and deploy the role there: npx --no -- trailkeeper deploy --dependencies ${account}`;

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

const ofLogGroup: Readonly<Record<string, string>> = {
  InvalidParameterException:
    'CloudWatch Logs does not accept what the baseline says of the log group, for example a key that is disabled or does not allow CloudWatch Logs: enable the key, or correct the baseline, and capture the trail again with --reason',
  LimitExceededException: 'delete filters of the log group that are not used: there is no room',
  LogGroupNotFound: 'create the log group again: the steps before say why that failed',
};

const ofLogRole: Readonly<Record<string, string>> = {
  NoSuchEntityException:
    'create the role again, or the managed policy that it has: what does not exist cannot be restored (docs/baselines.md)',
  EntityAlreadyExistsException: 'delete the role of this name that is in another path',
  LimitExceededException: 'remove policies of the role that are not used: there is no room',
  MalformedPolicyDocumentException:
    'IAM does not accept a policy of the baseline, for example a principal that no longer exists: correct it, and capture the trail again with --reason',
};

/** By kind: the member of a step that names what it restores by ARN, and the remedies. */
const byKind: Readonly<
  Record<string, { readonly member: string; readonly remedies: Readonly<Record<string, string>> }>
> = {
  key: { member: 'KeyId', remedies: ofKey },
  topic: { member: 'TopicArn', remedies: ofTopic },
  'log-group': { member: 'logGroupArn', remedies: ofLogGroup },
  'log-role': { member: 'RoleArn', remedies: ofLogRole },
};
