import { type Change, fieldOf, isSame, type Json } from '#text/diff.ts';
import type { Impact, Severity } from '../impact.ts';
import { ownerImpact, regionImpact } from './bucket-identity.ts';
import { type Bucket, publicAccess, type Rule } from './bucket-state.ts';
import { accessDenied } from './dependency.ts';
import type { PolicyStatement } from './policy-document.ts';
import { type PolicyWords, partImpact } from './policy-impact.ts';
import { without } from './statement-meaning.ts';

/** What a change of the bucket costs, and what to do if it is only reported. */
export function bucketImpact(change: Change, desired: Bucket, actual: Bucket): Impact {
  const field = fieldOf(change) as keyof Bucket;
  const isUnseen = change.actual === accessDenied && field !== 'Owner' && field !== 'Region';
  if (isUnseen) return unreadable(field, actions[field]);
  return impacts[field](change, { wanted: desired[field], found: actual[field] });
}

/** The bucket itself was seen. */
const unreadable = (field: string, action: string): Impact =>
  left(
    'medium',
    `${field} of the log bucket cannot be read: grant the role of trailkeeper ${action} on it, name a profile of its account with --dependency-profile if you ask, or let the policy of the baseline ignore bucket.${field}`,
  );

type Values = { readonly wanted: unknown; readonly found: unknown };

const impacts: Readonly<Record<keyof Bucket, (change: Change, values: Values) => Impact>> = {
  Region: ({ desired, actual }) => regionImpact(desired, actual),
  Owner: ({ desired, actual }) => ownerImpact(desired, actual),
  CloudTrailStatements: (change) => partImpact('CloudTrailStatements', change, words),
  Denials: (change) => partImpact('Denials', change, words),
  OtherStatements(change, { wanted, found }) {
    const impact = partImpact('OtherStatements', change, words);
    const added = without(statementsOf(found), statementsOf(wanted));
    return added.some(({ Effect }) => Effect === 'Allow')
      ? { ...impact, severity: 'high' }
      : impact;
  },
  PublicAccessBlock: (_change, { found }) =>
    publicAccess.every((name) => Reflect.get(Object(found), name) === true)
      ? more('Block Public Access')
      : left('high', 'the log bucket no longer blocks public access: block it again'),
  OwnershipControls: ({ desired }) =>
    desired === 'BucketOwnerEnforced'
      ? left(
          'medium',
          'access control lists apply to the log bucket again, and can give others its objects: set Object Ownership to BucketOwnerEnforced',
        )
      : left(
          'medium',
          `Object Ownership of the log bucket changed, and CloudTrail may not be able to deliver: set it to ${desired} again`,
        ),
  Acl: (_change, { wanted, found }) =>
    listIn(found, 'Grants').some((grant) => !isIn(grant, listIn(wanted, 'Grants')))
      ? left(
          'high',
          'the access control list of the log bucket gives others what it did not: they may list or replace the log. Remove the grants that were not captured',
        )
      : left(
          'medium',
          'the access control list of the log bucket lacks a grant that was captured: add it again',
        ),
  Versioning: ({ desired }) =>
    desired === 'Enabled'
      ? left(
          'high',
          'log files that are deleted or overwritten from now on cannot be recovered: enable versioning again',
        )
      : more('versioning'),
  MfaDelete: ({ desired }) =>
    desired === 'Enabled'
      ? left(
          'medium',
          'versions of log files can be deleted without MFA: only the root user of the account can enable MFA delete again',
        )
      : more('MFA delete'),
  Lifecycle: (_change, { wanted, found }) =>
    rulesOf(found).some((rule) => isExpiring(rule) && !isIn(rule, rulesOf(wanted)))
      ? {
          description:
            'a lifecycle rule deletes log files that were to be kept: S3 applies it within a day. Restore the rules that were captured',
          severity: 'critical',
          losesCoverage: true,
        }
      : left(
          'medium',
          'the lifecycle rules of the log bucket changed: log files may be kept, moved or deleted at other times. Restore the rules that were captured',
        ),
  ObjectLock: (_change, { wanted }) =>
    isLocked(wanted)
      ? left(
          'high',
          'new log files are not locked as they were, and can be deleted earlier: restore the default retention of Object Lock',
        )
      : more('Object Lock'),
  Replication: (_change, { wanted, found }) => replicationImpact(rulesOf(wanted), rulesOf(found)),
  Encryption: (_change, { found }) =>
    hasKey(found)
      ? left(
          'high',
          'new objects of the log bucket are encrypted with a key that was not captured, and its owner decides who reads them: restore the default encryption',
        )
      : left(
          'medium',
          'new objects of the log bucket are not encrypted as they were: restore the default encryption',
        ),
  RequestPayment: ({ desired }) =>
    left(
      'high',
      `CloudTrail does not deliver to a bucket whose requesters pay: let ${desired} pay again`,
    ),
  Logging: (_change, { wanted }) =>
    listOf(wanted).length > 0
      ? left(
          'medium',
          'requests to the log bucket are not logged as they were, so who read or deleted the log may not be known: restore its server access logging',
        )
      : left(
          'medium',
          'requests to the log bucket are logged to a bucket that was not captured: disable its server access logging, or capture the trail again with --reason',
        ),
  Notifications: ({ desired, actual }) =>
    isLess(desired, actual)
      ? left(
          'high',
          'those who were notified of new log files no longer are, so what analyzes the log may see nothing: restore the event notifications of the log bucket',
        )
      : left(
          'medium',
          'others are notified of new log files, too: remove the event notifications that were not captured, or capture the trail again with --reason',
        ),
};

function replicationImpact(wanted: readonly Rule[], found: readonly Rule[]): Impact {
  const isCopied = found.some((rule) => rule.Status === 'Enabled' && !isIn(rule, wanted));
  if (wanted.length === 0) {
    const added = isCopied
      ? 'log files are replicated, and were not'
      : 'a replication was added to the log bucket, and is not enabled yet';
    return left('high', `${added}: check who owns the destination, and delete the replication`);
  }
  const restore = wanted.every((rule) => isIn(rule, found))
    ? 'restore the rules that were captured'
    : 'restore the rules that were captured, then replicate the missing objects with S3 Batch Replication';
  return left(
    'high',
    isCopied
      ? `log files are replicated to a destination that was not captured, or in another way: check who owns it, and ${restore}`
      : 'the second copy of the log is not kept up to date: restore replication, then replicate the missing objects with S3 Batch Replication',
  );
}

const words: PolicyWords = {
  of: 'the log bucket',
  cost: 'log files may not be delivered (CloudTrail keeps trying for 30 days)',
  risk: 'someone may read, change or delete the log',
  severity: 'high',
};

/** What trailkeeper needs to see each field. Source: Service Authorization Reference, Amazon S3. */
const actions: Readonly<Record<Exclude<keyof Bucket, 'Owner' | 'Region'>, string>> = {
  CloudTrailStatements: 's3:GetBucketPolicy',
  Denials: 's3:GetBucketPolicy',
  OtherStatements: 's3:GetBucketPolicy',
  PublicAccessBlock: 's3:GetBucketPublicAccessBlock',
  OwnershipControls: 's3:GetBucketOwnershipControls',
  Acl: 's3:GetBucketAcl',
  Versioning: 's3:GetBucketVersioning',
  MfaDelete: 's3:GetBucketVersioning',
  Lifecycle: 's3:GetLifecycleConfiguration',
  ObjectLock: 's3:GetBucketObjectLockConfiguration',
  Replication: 's3:GetReplicationConfiguration',
  Encryption: 's3:GetEncryptionConfiguration',
  RequestPayment: 's3:GetBucketRequestPayment',
  Logging: 's3:GetBucketLogging',
  Notifications: 's3:GetBucketNotification',
};

/** The reads of the configuration, as IAM names them. */
export const readActions: readonly string[] = [...new Set(Object.values(actions))];

const left = (severity: Severity, description: string): Impact => ({
  description,
  severity,
  losesCoverage: false,
});

const more = (what: string): Impact =>
  left(
    'low',
    `${what} of the log bucket changed and protects the log better, or as well as before: capture the trail again with --reason`,
  );

const statementsOf = (part: unknown): readonly PolicyStatement[] =>
  Array.isArray(part) ? part : [];

const rulesOf = (configuration: unknown): readonly Rule[] => listIn(configuration, 'Rules');

const listIn = (configuration: unknown, name: string): readonly Rule[] =>
  listOf(Reflect.get(Object(configuration), name));

const listOf = (value: unknown): readonly Rule[] => (Array.isArray(value) ? value : []);

/** Whether a list lacks a rule, or a flag is no longer set. */
const isLess = (desired: Json, actual: Json): boolean =>
  desired === true || listOf(desired).some((rule) => !isIn(rule, listOf(actual)));

const isIn = (rule: Rule, rules: readonly Rule[]): boolean =>
  rules.some((other) => isSame(rule, other));

/** Whether a lifecycle rule deletes objects or their versions. */
const isExpiring = ({ Status, Expiration, NoncurrentVersionExpiration }: Rule): boolean => {
  const { Days, Date: at } = Object(Expiration) as { readonly Days?: Json; readonly Date?: Json };
  return Status === 'Enabled' && [Days, at, NoncurrentVersionExpiration].some(Boolean);
};

const isLocked = (lock: unknown): boolean => Reflect.get(Object(lock), 'IsEnabled') === true;

const hasKey = (rules: unknown): boolean => JSON.stringify(rules ?? []).includes('KMSMasterKeyID');
