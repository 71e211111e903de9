import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { home } from './home.ts';

export type Clients = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: OrganizationsClient;
  readonly iam: IAMClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly sns: SNSClient;
  readonly logs: CloudWatchLogsClient;
  readonly cloudwatch: CloudWatchClient;
  /** Clients with another access key. */
  as(accessKeyId: string): Clients;
};

/** Plain SDK clients with an access key. */
export function clientsOf(endpoint: string, accessKeyId = 'mallory'): Clients {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  const config = { endpoint, region: home.region, credentials };
  return {
    cloudtrail: new CloudTrailClient(config),
    organizations: new OrganizationsClient(config),
    iam: new IAMClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    kms: new KMSClient(config),
    sns: new SNSClient(config),
    logs: new CloudWatchLogsClient(config),
    cloudwatch: new CloudWatchClient(config),
    as: (another) => clientsOf(endpoint, another),
  };
}
