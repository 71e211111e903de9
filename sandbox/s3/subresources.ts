import { AwsError, type Call } from '../service.ts';
import type { Bucket, BucketConfiguration, World } from '../world.ts';
import { checkOwnership } from './acls.ts';
import { checkLogging, checkNotifications, withNotificationIds } from './notifications.ts';
import {
  checkLifecycle,
  checkObjectLock,
  checkReplication,
  checkVersioning,
  withAllSettings,
  withRuleIds,
} from './rules.ts';

/** A part of a bucket's configuration, which is read and replaced as a whole. */
export type Subresource = {
  /** The name in URLs and in records. */
  readonly query: string;
  /** The root element of the body. */
  readonly root: string;
  readonly get: string;
  readonly put: string;
  readonly delete?: string;
  /** What the actions of IAM are named after; deleting needs the permission to put. */
  readonly action: string;
  /** What the events of CloudTrail are named after. */
  readonly event: string;
  /** What a bucket has that was not configured, or the error of reading it. */
  readonly unset: BucketConfiguration | readonly [code: string, message: string];
  /** Throws if the bucket cannot have this configuration. */
  readonly check?: (
    configuration: BucketConfiguration,
    bucket: Bucket,
    world: World,
    call: Pick<Call, 'input'>,
  ) => void;
  /** The configuration that is returned after this one was put. */
  readonly stored?: (sent: BucketConfiguration) => BucketConfiguration;
};

/**
 * Sources: Amazon S3 API reference; of the actions, Service Authorization Reference; of the events, Amazon S3 user guide,
 * "Amazon S3 CloudTrail events".
 */
export const subresources: readonly Subresource[] = [
  {
    query: 'lifecycle',
    root: 'LifecycleConfiguration',
    get: 'GetBucketLifecycleConfiguration',
    put: 'PutBucketLifecycleConfiguration',
    delete: 'DeleteBucketLifecycle',
    action: 'LifecycleConfiguration',
    event: 'BucketLifecycle',
    unset: ['NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'],
    check: checkLifecycle,
    stored: withRuleIds,
  },
  {
    query: 'publicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    get: 'GetPublicAccessBlock',
    put: 'PutPublicAccessBlock',
    delete: 'DeletePublicAccessBlock',
    action: 'BucketPublicAccessBlock',
    event: 'BucketPublicAccessBlock',
    unset: [
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
    ],
    stored: withAllSettings,
  },
  {
    query: 'ownershipControls',
    root: 'OwnershipControls',
    get: 'GetBucketOwnershipControls',
    put: 'PutBucketOwnershipControls',
    delete: 'DeleteBucketOwnershipControls',
    action: 'BucketOwnershipControls',
    event: 'BucketOwnershipControls',
    unset: ['OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'],
    check: checkOwnership,
  },
  {
    query: 'versioning',
    root: 'VersioningConfiguration',
    get: 'GetBucketVersioning',
    put: 'PutBucketVersioning',
    action: 'BucketVersioning',
    event: 'BucketVersioning',
    unset: {},
    check: checkVersioning,
  },
  {
    query: 'object-lock',
    root: 'ObjectLockConfiguration',
    get: 'GetObjectLockConfiguration',
    put: 'PutObjectLockConfiguration',
    action: 'BucketObjectLockConfiguration',
    event: 'BucketObjectLockConfiguration',
    unset: [
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ],
    check: checkObjectLock,
  },
  {
    query: 'replication',
    root: 'ReplicationConfiguration',
    get: 'GetBucketReplication',
    put: 'PutBucketReplication',
    delete: 'DeleteBucketReplication',
    action: 'ReplicationConfiguration',
    event: 'BucketReplication',
    unset: ['ReplicationConfigurationNotFoundError', 'The replication configuration was not found'],
    check: checkReplication,
    stored: withRuleIds,
  },
  {
    query: 'encryption',
    root: 'ServerSideEncryptionConfiguration',
    get: 'GetBucketEncryption',
    put: 'PutBucketEncryption',
    delete: 'DeleteBucketEncryption',
    action: 'EncryptionConfiguration',
    event: 'BucketEncryption',
    // Since January 2023 every bucket is encrypted: Amazon S3 user guide, "Amazon S3 now automatically encrypts all new
    // objects"; API reference, DeleteBucketEncryption.
    unset: {
      Rule: {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
        BucketKeyEnabled: 'false',
      },
    },
  },
  {
    query: 'requestPayment',
    root: 'RequestPaymentConfiguration',
    get: 'GetBucketRequestPayment',
    put: 'PutBucketRequestPayment',
    action: 'BucketRequestPayment',
    event: 'BucketRequestPayment',
    unset: { Payer: 'BucketOwner' },
  },
  {
    query: 'logging',
    root: 'BucketLoggingStatus',
    get: 'GetBucketLogging',
    put: 'PutBucketLogging',
    action: 'BucketLogging',
    event: 'BucketLogging',
    unset: {},
    check: checkLogging,
  },
  {
    query: 'notification',
    root: 'NotificationConfiguration',
    get: 'GetBucketNotificationConfiguration',
    put: 'PutBucketNotificationConfiguration',
    action: 'BucketNotification',
    event: 'BucketNotification',
    unset: {},
    check: checkNotifications,
    stored: withNotificationIds,
  },
];

/** A configuration of a bucket. Throws the named error if there is none. */
export function configurationOf(
  { configurations = {} }: Bucket,
  { query, unset }: Pick<Subresource, 'query' | 'unset'>,
): BucketConfiguration {
  const found = configurations[query];
  if (found !== undefined) return found;
  if (!isError(unset)) return unset;
  const [code, message] = unset;
  throw new AwsError(code, message, 404);
}

const isError = (unset: Subresource['unset']): unset is readonly [string, string] =>
  Array.isArray(unset);

/** The name of the CloudTrail event of a call. */
export const eventNames: Readonly<Record<string, string>> = Object.fromEntries(
  subresources.flatMap((one) => [
    [one.get, `Get${one.event}`],
    [one.put, `Put${one.event}`],
    ...(one.delete ? [[one.delete, `Delete${one.event}`]] : []),
  ]),
);
