import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Bucket, BucketConfiguration, World } from '../world.ts';
import { elementsOf, malformedXml } from './xml.ts';

// What a bucket must have, or must not have, for a configuration. Source: Amazon S3 API reference and user guide;
// messages as publicly reported.

type Check = (configuration: BucketConfiguration, bucket: Bucket, world: World) => void;

/** Source: API reference, LifecycleRule: the status is required, and an ID is unique. */
export const checkLifecycle: Check = (configuration) => {
  const rules = rulesOf(configuration);
  if (rules.length === 0 || !rules.every(hasStatus)) throw malformedXml();
  const ids = rules.flatMap(({ ID }) => (ID === undefined ? [] : [ID]));
  if (new Set(ids).size === ids.length) return;
  const message = 'Rule ID must be unique. Found same ID for more than one rule';
  throw new AwsError('InvalidArgument', message);
};

/**
 * Source: user guide, "Object Lock considerations" and "Replication requirements": neither works without versioning.
 * Message: nozaq/terraform-aws-remote-state-s3-backend#59, localstack/localstack#11768.
 */
export const checkVersioning: Check = ({ Status }, { configurations = {} }) => {
  if (!['Enabled', 'Suspended'].includes(String(Status))) throw illegalVersioning();
  if (Status === 'Enabled') return;
  if (configurations['object-lock'] !== undefined) {
    const message =
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.';
    throw new AwsError('InvalidBucketState', message, 409);
  }
  if (configurations.replication === undefined) return;
  const message =
    'A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.';
  throw new AwsError('InvalidBucketState', message, 409);
};

/** Object Lock cannot be disabled again: user guide, "Object Lock considerations". */
export const checkObjectLock: Check = ({ ObjectLockEnabled }, bucket) => {
  if (ObjectLockEnabled !== 'Enabled') throw malformedXml();
  if (isVersioned(bucket)) return;
  const message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
  throw new AwsError('InvalidBucketState', message, 409);
};

/**
 * Both buckets need versioning, and with a filter a rule needs what the first version of rules does not have. Source: API reference,
 * PutBucketReplication. Messages: nozaq/terraform-aws-remote-state-s3-backend#107, rust-lang/simpleinfra#468.
 */
export const checkReplication: Check = (configuration, bucket, { buckets }) => {
  const rules = rulesOf(configuration);
  if (rules.length === 0 || !configuration.Role || !rules.every(hasStatus)) throw malformedXml();
  for (const { Filter, Priority, DeleteMarkerReplication } of rules) {
    const isFirstVersion = Filter === undefined;
    if ((DeleteMarkerReplication === undefined) !== isFirstVersion) {
      throw invalid(
        `DeleteMarkerReplication ${isFirstVersion ? 'cannot be used' : 'must be specified'} for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`,
      );
    }
    if (!isFirstVersion && Priority === undefined) {
      throw invalid(
        'Priority must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.',
      );
    }
  }
  if (!isVersioned(bucket)) {
    throw invalid(
      "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
    );
  }
  for (const { Destination } of rules) {
    const { Bucket: arn } = (Destination ?? {}) as BucketConfiguration;
    const to = buckets.get(String(arn).split(':').at(-1) ?? '');
    if (to === undefined) throw invalid('Destination bucket must exist.');
    if (!isVersioned(to)) throw invalid('Destination bucket must have versioning enabled.');
  }
};

const rulesOf = (configuration: BucketConfiguration) => elementsOf(configuration, 'Rule');

/** Rules without an ID are given one. Source: API reference, LifecycleRule and ReplicationRule. */
export const withRuleIds = (sent: BucketConfiguration): BucketConfiguration => ({
  ...sent,
  Rule: rulesOf(sent).map((rule) => ({ ...rule, ID: rule.ID || randomUUID() })),
});

/** A setting that is left out is off. Source: API reference, PublicAccessBlockConfiguration. */
export const withAllSettings = (sent: BucketConfiguration): BucketConfiguration => ({
  BlockPublicAcls: 'false',
  IgnorePublicAcls: 'false',
  BlockPublicPolicy: 'false',
  RestrictPublicBuckets: 'false',
  ...sent,
});

const hasStatus = ({ Status }: BucketConfiguration): boolean =>
  Status === 'Enabled' || Status === 'Disabled';

const isVersioned = ({ configurations = {} }: Bucket): boolean =>
  configurations.versioning?.Status === 'Enabled';

const invalid = (message: string): AwsError => new AwsError('InvalidRequest', message);

const illegalVersioning = (): AwsError =>
  new AwsError(
    'IllegalVersioningConfigurationException',
    'The Versioning element must be specified',
  );
