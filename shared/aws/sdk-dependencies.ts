import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';

type Options = Pick<S3ClientConfig, 'credentials' | 'maxAttempts' | 'requestHandler'> & {
  readonly region: string;
};

/** S3 says where a bucket is; a recreated bucket may be in another Region. */
export const s3 = (options: Options): S3Client =>
  new S3Client({ ...options, followRegionRedirects: true });
export const kms = (options: Options): KMSClient => new KMSClient(options);
export const sns = (options: Options): SNSClient => new SNSClient(options);
export const logs = (options: Options): CloudWatchLogsClient => new CloudWatchLogsClient(options);
export const alarms = (options: Options): CloudWatchClient => new CloudWatchClient(options);
export const iam = (options: Options): IAMClient => new IAMClient(options);
export const organizations = (options: Options): OrganizationsClient =>
  new OrganizationsClient(options);
