import * as cdk from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';

/**
 * A second trail. EventBridge gets the events of an account only while one of its trails logs, so the sentinel keeps them coming while
 * the protected trail is stopped. It records only this account, because an organization trail would cost a second copy in every account,
 * and only writes, because trailkeeper matches no reads.
 */
export function sentinel(stack: cdk.Stack): cloudtrail.Trail {
  const bucket = new s3.Bucket(stack, 'SentinelBucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    versioned: true,
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [
      { expiration: cdk.Duration.days(90), noncurrentVersionExpiration: cdk.Duration.days(1) },
    ],
  });
  justify(bucket, { S1: 'its content is an extra copy that is never read' });
  return new cloudtrail.Trail(stack, 'Sentinel', {
    trailName: names.sentinel,
    // The CDK's interface and class differ in optional properties.
    bucket: bucket as s3.IBucket,
    isMultiRegionTrail: true,
    includeGlobalServiceEvents: true,
    enableFileValidation: true,
    managementEvents: cloudtrail.ReadWriteType.WRITE_ONLY,
  });
}
