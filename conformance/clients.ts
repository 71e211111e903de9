import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { Organizations } from '@aws-sdk/client-organizations';
import { S3 } from '@aws-sdk/client-s3';
import { SNS } from '@aws-sdk/client-sns';
import { STS } from '@aws-sdk/client-sts';
import type { Connection } from './context.ts';

/**
 * Plain clients for an account and Region. Most CloudTrail calls are limited to one a second: the SDK slows down when
 * it is throttled, so that a refused call is refused for its own reason.
 */
export function clientsOf(connection: Connection, region: string) {
  const config = { ...connection, region, maxAttempts: 12, retryMode: 'adaptive' };
  return {
    cloudtrail: new CloudTrail(config),
    cloudwatch: new CloudWatch(config),
    dynamodb: new DynamoDB(config),
    kms: new KMS(config),
    logs: new CloudWatchLogs(config),
    organizations: new Organizations(config),
    s3: new S3({ ...config, forcePathStyle: connection.endpoint !== undefined }),
    sns: new SNS(config),
    sts: new STS(config),
  };
}

export type Clients = ReturnType<typeof clientsOf>;
