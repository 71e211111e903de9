import { isPublicPolicyRefused } from '#drift/dependencies/public-statements.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** A call that AWS refused, and its trail. */
export type RefusedCall = {
  /** The drift kind that it restores. */
  readonly kind: string;
  readonly action: string;
  readonly input: object;
  /** The message of the error. */
  readonly message?: string;
  readonly trail: Trail;
};

/**
 * What to do about a refused repair of what a trail depends on; null if it is none, or the remedy is unknown. Source: the error
 * documentation of the Amazon S3, AWS KMS, Amazon SNS, CloudWatch Logs and IAM API references.
 */
export function dependencyRemedy(error: string, call: RefusedCall): string | null {
  const dependency = byKind.get(call.kind);
  if (dependency === undefined) return null;
  if (/^(AccessDenied|AuthorizationError)/.test(error)) return deniedRemedy(call, dependency.owner);
  const remedies = {
    ...ofPolicy,
    ...dependency.remedies,
    ...(call.action === 'PutBucketReplication' && ofReplication),
  };
  return Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null;
}

/** The remedy if trailkeeper may not restore a dependency. */
function deniedRemedy(call: RefusedCall, owner: string): string {
  const { kind, action, input, message, trail } = call;
  if (isPublicPolicyRefused(message)) {
    return 'the policy of the bucket lets everyone in, and Block Public Access refuses to write such a policy: remove the public statements from it';
  }
  const [account = trail.accountId] = /\b\d{12}\b/.exec(String(Reflect.get(input, owner))) ?? [];
  if (action === 'PutBucketReplication') return replicationRemedy(call, account);
  const what = kind === 'alarms' ? 'alarm' : kind.replace('-', ' ');
  const allow =
    account === trail.accountId
      ? `trailkeeper may restore only what the configuration names with "restore": true: add it to dependencies (docs/configuration.md) and deploy, or let the policy of the baseline say "alert" for ${kind}`
      : `the ${what} belongs to account ${account}, and only a role there can restore it: add the account to dependencyAccounts and the ${what} with "restore": true to dependencies (docs/configuration.md), deploy, and deploy the role there (npx --no -- trailkeeper deploy --dependencies ${account})`;
  return `${allow}. If that is done, an SCP or the policy of the ${what} denies the call${action === 'PutBucketPolicy' ? orPublic : ''}`;
}

/** The remedy if trailkeeper may not pass the role that replicates a bucket of this account. */
function replicationRemedy({ input, trail }: RefusedCall, account: string): string {
  const role: unknown = Reflect.get(Object(Reflect.get(input, 'ReplicationConfiguration')), 'Role');
  const [named, deployed] =
    account === trail.accountId
      ? ['', '']
      : [
          `, add account ${account} to dependencyAccounts`,
          `, also with npx --no -- trailkeeper deploy --dependencies ${account}`,
        ];
  return `only a person can restore the replication, unless the configuration names its role: restore it by hand, or add "restore": true and "replicationRole": "${role}" to the bucket in dependencies (docs/configuration.md)${named}, and deploy${deployed}. If that is done, an SCP or the policy of the bucket denies the call`;
}

/** S3 names the reason only to callers of the organization of the bucket. Source: Amazon S3 user guide, "Troubleshoot access denied errors". */
const orPublic =
  ', or the policy of the bucket is public and Block Public Access refuses it: remove the public statements';

type Remedies = Readonly<Record<string, string>>;

/** Of the errors that trailkeeper itself throws before it writes a policy. */
const ofPolicy: Remedies = {
  PolicyTooLargeError:
    'remove statements of others from the policy, or shorten them, so that those that CloudTrail needs fit in',
  UnreadablePolicyError: 'correct the policy: it is not valid',
  EmptyPolicyError:
    'delete the policy, or add a statement that allows CloudTrail what it needs: a policy cannot be empty',
};

/** Source of the first: AWS knowledge center, "A conflicting conditional operation is currently in progress": up to 72 hours. */
const ofBucket: Remedies = {
  OperationAborted:
    'S3 frees the name of a deleted bucket after hours, or up to three days: every sweep tries again. To have a log meanwhile, let the trail log to another bucket of yours, and capture it again with --reason',
  BucketAlreadyExists:
    'another account has taken the name of the bucket: let the trail log to another bucket of yours, and capture it again with --reason',
  TooManyBuckets: 'delete buckets that are not used: there is no room for another one',
  InvalidBucketAclWithObjectOwnership:
    'remove what the access control list of the bucket grants to others, or let the policy of the baseline say "restore" for bucket.Acl: Object Ownership cannot be enforced before',
  InvalidTargetBucketForLogging:
    'create the bucket again that requests are logged to, or correct the baseline, and capture the trail again with --reason',
  MalformedPolicy:
    'S3 does not accept the policy with the statements of the baseline: add those of CloudTrail to it by hand, or correct the baseline, and capture the trail again with --reason',
};

const ofReplication: Remedies = {
  InvalidRequest:
    'S3 does not accept the replication of the baseline, for example because a destination does not exist, or because versioning of the log bucket or of a destination is not enabled: correct that, or the baseline, and capture the trail again with --reason',
};

const ofKey: Remedies = {
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

const ofTopic: Remedies = {
  InvalidParameterException:
    'SNS does not accept what the baseline says of the topic, for example a principal that no longer exists: correct it, and capture the trail again with --reason',
  TopicLimitExceededException: 'delete topics that are not used',
  NotFoundException: 'the topic was deleted meanwhile: the next sweep creates it again',
};

const ofLogGroup: Remedies = {
  InvalidParameterException:
    'CloudWatch Logs does not accept what the baseline says of the log group, for example a key that is disabled or does not allow CloudWatch Logs: enable the key, or correct the baseline, and capture the trail again with --reason',
  LimitExceededException: 'delete filters of the log group that are not used: there is no room',
  LogGroupNotFound: 'create the log group again: the steps before say why that failed',
};

const ofLogRole: Remedies = {
  NoSuchEntityException:
    'create the role again, or the managed policy that it has: what does not exist cannot be restored (docs/baselines.md)',
  EntityAlreadyExistsException: 'delete the role of this name that is in another path',
  LimitExceededException: 'remove policies of the role that are not used: there is no room',
  MalformedPolicyDocumentException:
    'IAM does not accept a policy of the baseline, for example a principal that no longer exists: correct it, and capture the trail again with --reason',
};

const ofAlarms: Remedies = {
  LimitExceeded: 'delete alarms that are not used: there is no room for another one',
};

/** By kind: the remedies, and the member of a step that has the account of what it restores. */
const byKind: ReadonlyMap<string, { readonly owner: string; readonly remedies: Remedies }> =
  new Map([
    ['bucket', { owner: 'ExpectedBucketOwner', remedies: ofBucket }],
    ['key', { owner: 'KeyId', remedies: ofKey }],
    ['topic', { owner: 'TopicArn', remedies: ofTopic }],
    ['log-group', { owner: 'logGroupArn', remedies: ofLogGroup }],
    ['log-role', { owner: 'RoleArn', remedies: ofLogRole }],
    ['alarms', { owner: 'alarmArn', remedies: ofAlarms }],
  ]);
