import { describe, expect, onTestFinished, test } from 'vitest';
import { allowCloudTrailWrites, createBucket, removeBucket } from './bucket.ts';
import {
  cloudtrail,
  context,
  create,
  elsewhere,
  getTrail,
  newName,
  ownBucket,
  ownTrail,
  s3,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('the bucket of a trail', () => {
  test('must allow CloudTrail to write [M: InsufficientS3BucketPolicyException]', async () => {
    const bare = await ownBucket({ bare: true });
    const { name } = await ownTrail();
    const error = 'InsufficientS3BucketPolicyException';

    await refusal(create({ S3BucketName: bare }), error);
    await refusal(cloudtrail.updateTrail({ Name: name, S3BucketName: bare }), error);

    expect((await getTrail(name))?.S3BucketName).toBe(context.bucket);
  });

  // [D] "Amazon S3 bucket policy for CloudTrail": both actions, and the prefix in the resource.
  test.each(['s3:GetBucketAcl', 's3:PutObject'])('must allow %s', async (without) => {
    const bucket = await ownBucket({ bare: true });
    await allowCloudTrailWrites(s3, bucket, { ...context, without });

    await refusal(create({ S3BucketName: bucket }), 'InsufficientS3BucketPolicyException');
  });

  // [D] "Amazon S3 bucket policy for CloudTrail", "Using conditions": the context of CloudTrail's requests.
  test.each([
    ['of another trail', { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudtrail:*:*:trail/another' } }],
    ['of another account', { StringEquals: { 'aws:SourceAccount': '123456789012' } }],
    ['of another ACL', { StringEquals: { 's3:x-amz-acl': 'private' } }],
  ])(
    'does not allow CloudTrail to write if its conditions are those %s',
    async (_of, conditions) => {
      const bucket = await ownBucket({ bare: true });
      await allowCloudTrailWrites(s3, bucket, { ...context, conditions });

      await refusal(create({ S3BucketName: bucket }), 'InsufficientS3BucketPolicyException');
    },
  );

  test('allows CloudTrail to write if its conditions are those of the account', async () => {
    const bucket = await ownBucket({ bare: true });
    const conditions = { StringEquals: { 'aws:SourceAccount': context.accountId } };
    await allowCloudTrailWrites(s3, bucket, { ...context, conditions });

    const { name } = await ownTrail({ S3BucketName: bucket });

    expect((await getTrail(name))?.S3BucketName).toBe(bucket);
  });

  // IAM User Guide, "Policy evaluation logic": an explicit deny overrides any allow.
  test('does not allow CloudTrail to write if a statement denies it', async () => {
    const bucket = await ownBucket({ bare: true });
    const deny = {
      Effect: 'Deny',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucket}/*`,
    };
    await allowCloudTrailWrites(s3, bucket, { ...context, more: [deny] });

    await refusal(create({ S3BucketName: bucket }), 'InsufficientS3BucketPolicyException');
  });

  test('allows CloudTrail to write if a statement denies requests without TLS', async () => {
    const bucket = await ownBucket({ bare: true });
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    await allowCloudTrailWrites(s3, bucket, { ...context, more: [deny] });

    const { name } = await ownTrail({ S3BucketName: bucket });

    expect((await getTrail(name))?.S3BucketName).toBe(bucket);
  });

  test('must allow the prefix of the trail', async () => {
    const bucket = await ownBucket({ bare: true });
    await allowCloudTrailWrites(s3, bucket, {
      ...context,
      paths: [`AWSLogs/${context.accountId}/*`],
    });
    const { name: Name } = await ownTrail({ S3BucketName: bucket });

    await refusal(
      cloudtrail.updateTrail({ Name, S3KeyPrefix: 'logs' }),
      'InsufficientS3BucketPolicyException',
    );
    await allowCloudTrailWrites(s3, bucket, {
      ...context,
      paths: [`logs/AWSLogs/${context.accountId}/*`],
    });
    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'logs' });

    expect((await getTrail(Name))?.S3KeyPrefix).toBe('logs');
  });

  test('can be in another Region [D: "CloudTrail log files from multiple Regions"]', async () => {
    const bucket = newName();
    onTestFinished(() => removeBucket(elsewhere.s3, bucket));
    await createBucket(elsewhere.s3, bucket, { region: context.otherRegion });
    await allowCloudTrailWrites(elsewhere.s3, bucket, context);

    const { name } = await ownTrail({ S3BucketName: bucket });

    expect((await getTrail(name))?.S3BucketName).toBe(bucket);
  });
});

describe('HeadBucket [D: HeadBucket; "Verifying bucket ownership with bucket owner condition"]', () => {
  /** The status and the Region of the response. */
  const head = (Bucket: string, ExpectedBucketOwner?: string) =>
    s3.headBucket({ Bucket, ...(ExpectedBucketOwner && { ExpectedBucketOwner }) }).then(
      ({ BucketRegion }) => [200, BucketRegion],
      ({ $metadata, $response }) => [
        $metadata.httpStatusCode,
        $response.headers['x-amz-bucket-region'],
      ],
    );

  test('returns the Region, whether or not the owner is as expected', async () => {
    const bucket = await ownBucket();

    expect(await head(bucket)).toEqual([200, context.region]);
    expect(await head(bucket, context.accountId)).toEqual([200, context.region]);
    expect(await head(bucket, '000000000000')).toEqual([403, context.region]);
  });

  test('returns 404 for a bucket that does not exist, whatever owner is expected', async () => {
    const bucket = await ownBucket();
    await removeBucket(s3, bucket);

    expect((await head(bucket))[0]).toBe(404);
    expect((await head(bucket, '000000000000'))[0]).toBe(404);
  });
});

describe('a trail whose bucket policy was removed', () => {
  const broken = async () => {
    const bucket = await ownBucket();
    const trail = await ownTrail({ S3BucketName: bucket });
    await s3.deleteBucketPolicy({ Bucket: bucket });
    return { ...trail, bucket };
  };

  test('cannot be updated, whatever the field [I: aws-solutions ASR, CloudTrail.5]', async () => {
    const { name } = await broken();

    await refusal(
      cloudtrail.updateTrail({ Name: name, EnableLogFileValidation: true }),
      'InsufficientS3BucketPolicyException',
    );

    expect((await getTrail(name))?.LogFileValidationEnabled).toBe(false);
  });

  test('can be moved to a bucket that allows CloudTrail to write [M]', async () => {
    const { name } = await broken();

    await cloudtrail.updateTrail({ Name: name, S3BucketName: context.bucket });

    expect((await getTrail(name))?.S3BucketName).toBe(context.bucket);
  });

  test('can be started, stopped and given selectors [M: their errors have no bucket]', async () => {
    const { name } = await broken();

    await cloudtrail.startLogging({ Name: name });
    await cloudtrail.stopLogging({ Name: name });
    const { TrailARN } = await cloudtrail.putEventSelectors({
      TrailName: name,
      EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
    });

    expect(TrailARN).toContain(name);
  });

  test('cannot be given Insights selectors [M: PutInsightSelectors’ errors; U]', async () => {
    const { name } = await broken();

    await refusal(
      cloudtrail.putInsightSelectors({
        TrailName: name,
        InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
      }),
      'InsufficientS3BucketPolicyException',
    );
  });
});

describe('a trail whose bucket was deleted', () => {
  test('cannot be updated, whatever the field [U]', async () => {
    const bucket = await ownBucket();
    const { name } = await ownTrail({ S3BucketName: bucket });
    await removeBucket(s3, bucket);

    await refusal(
      cloudtrail.updateTrail({ Name: name, EnableLogFileValidation: true }),
      'S3BucketDoesNotExistException',
    );
  });

  test('can be deleted [M: DeleteTrail’s errors have no bucket]', async () => {
    const bucket = await ownBucket();
    const { name } = await ownTrail({ S3BucketName: bucket });
    await removeBucket(s3, bucket);

    await cloudtrail.deleteTrail({ Name: name });

    await refusal(cloudtrail.getTrail({ Name: name }), 'TrailNotFoundException');
  });
});
