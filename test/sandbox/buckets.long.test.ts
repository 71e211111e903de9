import { GetTrailStatusCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DeleteBucketLifecycleCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { sessionOf } from '../support/role-session.ts';

// Who may read and change the log bucket, what is recorded, and what stops delivery. The bucket belongs to another
// account than the trail.

const Bucket = 'org-trail-logs';
const owner = '222233334444';
const other = '333344445555';

const account = testAccount();

afterEach(() => account.reset());

test('calls have the names and parameters that AWS records, in the account of the caller', async () => {
  const s3 = s3As(owner);
  await s3.send(new PutBucketLifecycleConfigurationCommand(expiring));
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  const PublicAccessBlockConfiguration = { BlockPublicAcls: false };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));

  const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';
  const Rule = { Status: 'Enabled', Filter: { Prefix: 'a' }, Expiration: { Days: 1 } };
  expect(await eventsOf(owner)).toEqual([
    [
      'PutBucketLifecycle',
      { bucketName: Bucket, lifecycle: '', LifecycleConfiguration: { xmlns, Rule } },
    ],
    ['DeleteBucketLifecycle', { bucketName: Bucket, lifecycle: '' }],
    [
      'PutBucketPublicAccessBlock',
      {
        bucketName: Bucket,
        publicAccessBlock: '',
        PublicAccessBlockConfiguration: { xmlns, BlockPublicAcls: false },
      },
    ],
    ['DeleteBucketPublicAccessBlock', { bucketName: Bucket, publicAccessBlock: '' }],
  ]);
  // trailkeeper reads the bucket, too.
  const written = (await eventsOf('111122223333')).filter(([name]) => !name.startsWith('Get'));
  expect(written).toEqual([]);
});

test('another account may do what the bucket policy allows, but not use the policy itself', async () => {
  const read = (accessKeyId: string) =>
    s3As(accessKeyId).send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  await s3As(owner).send(new PutBucketLifecycleConfigurationCommand(expiring));
  await expect(read(other)).rejects.toMatchObject({ name: 'AccessDenied' });
  await putPolicy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${other}:root` },
    Action: ['s3:GetLifecycleConfiguration', 's3:GetBucketPolicy'],
    Resource: `arn:aws:s3:::${Bucket}`,
  });

  expect((await read(other)).Rules).toHaveLength(1);
  await expect(s3As(other).send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
    name: 'MethodNotAllowed',
  });
});

test('an object is not written over if the caller asks for that, and HEAD has its metadata', async () => {
  const s3 = s3As(owner);
  const put = (
    text: string,
    condition: { readonly IfNoneMatch?: string; readonly IfMatch?: string } = {},
  ) =>
    s3.send(
      new PutObjectCommand({ Bucket, Key: 'a', Body: text, Metadata: { text }, ...condition }),
    );
  await put('first', { IfNoneMatch: '*' });

  await expect(put('second', { IfNoneMatch: '*' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  expect(Metadata).toEqual({ text: 'first' });
  const { ETag = '' } = await put('second');
  await put('third', { IfMatch: ETag });
  await expect(put('fourth', { IfMatch: ETag })).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  expect(await Body?.transformToString()).toBe('third');
});

test('a denial for everyone locks the owner out', async () => {
  await putPolicy({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  });

  const denied = { name: 'AccessDenied' };
  await expect(s3As(owner).send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject(
    denied,
  );
  await expect(putPolicy()).rejects.toMatchObject(denied);
  await expect(s3As(owner).send(new GetBucketAclCommand({ Bucket }))).rejects.toMatchObject(denied);
});

test('a role needs the action that IAM names, not the operation', async () => {
  const iam = new IAMClient(account.configOf(owner));
  const role = { RoleName: 'OrganizationAccountAccessRole', PolicyName: 'no-lifecycle' };
  const Statement = { Effect: 'Deny', Action: 's3:PutLifecycleConfiguration', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const s3 = s3As(await sessionOf(account, `arn:aws:iam::${owner}:role/${role.RoleName}`));
  await s3.send(new PutBucketLifecycleConfigurationCommand(expiring));
  await iam.send(new PutRolePolicyCommand({ ...role, PolicyDocument }));

  const denied = { name: 'AccessDenied' };
  await expect(s3.send(new PutBucketLifecycleConfigurationCommand(expiring))).rejects.toMatchObject(
    denied,
  );
  await expect(s3.send(new DeleteBucketLifecycleCommand({ Bucket }))).rejects.toMatchObject(denied);
});

test.each([
  ['denies CloudTrail', { Effect: 'Deny', Principal: { Service: 'cloudtrail.amazonaws.com' } }],
  [
    'denies all services but another',
    {
      Effect: 'Deny',
      Principal: '*',
      Condition: { StringNotEquals: { 'aws:PrincipalServiceName': 'config.amazonaws.com' } },
    },
  ],
  [
    'denies other trails',
    {
      Effect: 'Deny',
      Principal: '*',
      Condition: { ArnNotLike: { 'aws:SourceArn': 'arn:aws:cloudtrail:*:*:trail/another' } },
    },
  ],
])('a statement that %s stops delivery and updates', async (_case, statement) => {
  await addStatement({
    ...statement,
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  });

  expect(await deliveryError()).toBe('AccessDenied');
  await expect(update()).rejects.toMatchObject({ name: 'InsufficientS3BucketPolicyException' });
});

test('a bucket that requesters pay for gets no log files', async () => {
  const pay = (Payer: 'Requester' | 'BucketOwner') =>
    s3As(owner).send(
      new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer } }),
    );
  await pay('Requester');
  const broken = await deliveryError();
  await pay('BucketOwner');

  expect([broken, await deliveryError()]).toEqual(['AccessDenied', undefined]);
});

const expiring = {
  Bucket,
  LifecycleConfiguration: {
    Rules: [{ Status: 'Enabled' as const, Filter: { Prefix: 'a' }, Expiration: { Days: 1 } }],
  },
};

const s3As = (accessKeyId: string) => new S3Client(account.configOf(accessKeyId));

const putPolicy = (...Statement: readonly object[]) =>
  s3As(owner).send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );

async function addStatement(statement: object) {
  const { Policy = '' } = await s3As(owner).send(new GetBucketPolicyCommand({ Bucket }));
  await putPolicy(...JSON.parse(Policy).Statement, statement);
}

const deliveryError = async () =>
  (await account.outsider.send(new GetTrailStatusCommand({ Name: account.trail })))
    .LatestDeliveryError;

const update = () =>
  account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'new' }));

/** The names and parameters of the calls to S3 in an account, oldest first. */
async function eventsOf(accountId: string) {
  return (await account.recordsIn(accountId))
    .filter(({ eventSource }) => eventSource === 's3.amazonaws.com')
    .map(({ eventName, requestParameters }) => [eventName, requestParameters])
    .toReversed();
}
