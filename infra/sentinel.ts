import * as cdk from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';

/**
 * A second trail that keeps events coming while the first is stopped: EventBridge gets them only while a trail logs. It is
 * of this account alone, as an organization's second copy is billed in every account, and of writes alone, as those are what
 * trailkeeper listens to.
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
  justify(bucket, { S1: 'it holds a copy that is never read; the trail itself is what counts' });
  return new cloudtrail.Trail(stack, 'Sentinel', {
    trailName: names.sentinel,
    // CDK's own type says more than its class where a property may be left out.
    bucket: bucket as s3.IBucket,
    isMultiRegionTrail: true,
    includeGlobalServiceEvents: true,
    enableFileValidation: true,
    managementEvents: cloudtrail.ReadWriteType.WRITE_ONLY,
  });
}
