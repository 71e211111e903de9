import type { S3 } from '@aws-sdk/client-s3';

type Conditions = {
  readonly ArnLike?: Readonly<Record<string, string>>;
  readonly StringEquals?: Readonly<Record<string, string>>;
};

type Place = { readonly region: string };

/** Creates a bucket that CloudTrail cannot write to yet. */
export async function createBucket(s3: S3, Bucket: string, { region }: Place): Promise<void> {
  const elsewhere = region !== 'us-east-1';
  await s3.createBucket({
    Bucket,
    ...(elsewhere && { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }),
  });
}

/**
 * Allows CloudTrail to write to a bucket for the trails of a run, under any prefix unless `paths` are given. `without`
 * omits one of the two actions, `conditions` are added to each statement, `more` are further statements. Source:
 * CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
 */
export async function allowCloudTrailWrites(
  s3: S3,
  Bucket: string,
  {
    run,
    accountId,
    paths = ['*'],
    without,
    conditions: { ArnLike = {}, StringEquals = {} } = {},
    more = [],
  }: {
    readonly run: string;
    readonly accountId: string;
    readonly paths?: readonly string[];
    readonly without?: string;
    readonly conditions?: Conditions;
    readonly more?: readonly object[];
  },
): Promise<void> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
  };
  const source = { 'aws:SourceArn': `arn:aws:cloudtrail:*:${accountId}:trail/${run}*` };
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...statement,
        Sid: 'AWSCloudTrailAclCheck20150319',
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${Bucket}`,
        Condition: { ArnLike: { ...source, ...ArnLike }, StringEquals },
      },
      {
        ...statement,
        Sid: 'AWSCloudTrailWrite20150319',
        Action: 's3:PutObject',
        Resource: paths.map((path) => `arn:aws:s3:::${Bucket}/${path}`),
        Condition: {
          ArnLike: { ...source, ...ArnLike },
          StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', ...StringEquals },
        },
      },
      ...more,
    ].filter((one) => !('Action' in one) || one.Action !== without),
  });
  await s3.putBucketPolicy({ Bucket, Policy });
}

/** Empties and deletes a bucket. Retries, because CloudTrail can still deliver while the bucket is being emptied. */
export async function removeBucket(s3: S3, Bucket: string, tries = 10): Promise<void> {
  try {
    await s3.deleteBucket({ Bucket });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NoSuchBucket') return;
    if (name !== 'BucketNotEmpty' || tries === 0) throw error;
    const { Contents = [] } = await s3.listObjectsV2({ Bucket });
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await s3.deleteObjects({ Bucket, Delete: { Objects } });
    await removeBucket(s3, Bucket, tries - 1);
  }
}
