import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { evidenceBucketName } from '#aws/watchtower-arns.ts';
import { justify } from './justify.ts';

/** A bucket whose objects no one can change or delete for a time, not even the root user. It is kept if the stack is deleted. */
export function evidenceBucket(stack: cdk.Stack, days: number): s3.Bucket {
  const { account, region } = stack;
  const bucket = new s3.Bucket(stack, 'Evidence', {
    bucketName: evidenceBucketName({ account, region }),
    objectLockEnabled: true,
    objectLockDefaultRetention: s3.ObjectLockRetention.compliance(cdk.Duration.days(days)),
    versioned: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // A new version of a link would hide the one before, although that stays.
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'NoOverwriting',
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
  );
  justify(bucket, { S1: 'CloudTrail data events show who reads it; a log of a log has no end' });
  return bucket;
}
