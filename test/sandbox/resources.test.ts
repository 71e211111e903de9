import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterEach, describe, expect, test } from 'vitest';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import { testAccount } from '../support/account.ts';

// The destinations of a trail, called over the wire. [M] the services' API references.

const account = testAccount();

afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

describe('a bucket', () => {
  const Bucket = 'org-trail-logs';
  const owner = () => new S3Client(account.configOf('222233334444'));

  test('returns its policy unchanged, and none after it was deleted', async () => {
    const Policy = ` ${policyForCloudTrail('s3:PutObject', '*').replace('{', '{ "Id": "<&>",')}`;
    await owner().send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const put = await owner().send(new GetBucketPolicyCommand({ Bucket }));
    await owner().send(new DeleteBucketPolicyCommand({ Bucket }));

    expect(put.Policy).toBe(Policy);
    await expect(owner().send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchBucketPolicy',
    });
  });

  test('can be changed only by its owner, and only with a valid policy', async () => {
    const stranger = new S3Client(account.configOf());

    await expect(stranger.send(new DeleteBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(
      owner().send(new PutBucketPolicyCommand({ Bucket, Policy: 'nothing' })),
    ).rejects.toMatchObject({ name: 'MalformedPolicy' });
  });

  test('shows everyone that it exists and its Region, but details only with permission', async () => {
    const head = (accessKeyId: string, input: object = {}) =>
      new S3Client(account.configOf(accessKeyId))
        .send(new HeadBucketCommand({ Bucket, ...input }))
        .then(({ BucketRegion }) => [200, BucketRegion], answerOf);
    const [letIn, stranger] = ['mallory', '444455556666'];

    expect(await head(letIn)).toEqual([200, 'us-east-1']);
    expect(await head(stranger)).toEqual([403, 'us-east-1']);
    expect(await head(letIn, { ExpectedBucketOwner: '222233334444' })).toEqual([200, 'us-east-1']);
    expect(await head(letIn, { ExpectedBucketOwner: '111122223333' })).toEqual([403, 'us-east-1']);
    expect(await head(stranger, { Bucket: 'nowhere' })).toEqual([404, undefined]);
  });

  test('belongs to a new owner if someone else recreates it', async () => {
    const thief = new S3Client(account.configOf('444455556666'));
    await expect(thief.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    });
    await owner().send(new DeleteBucketCommand({ Bucket }));
    await thief.send(new CreateBucketCommand({ Bucket }));

    expect(
      await Promise.all(
        [owner(), thief].map((s3) =>
          s3.send(new HeadBucketCommand({ Bucket })).then(() => 200, answerOf),
        ),
      ),
    ).toEqual([[403, 'us-east-1'], 200]);
  });

  test('in another Region is found by following the redirect', async () => {
    const there = { ...account.configOf(), region: 'eu-central-1' };
    await new S3Client(there).send(new CreateBucketCommand({ Bucket: 'far-away' }));
    const head = (followRegionRedirects: boolean) =>
      new S3Client({ ...account.configOf(), followRegionRedirects })
        .send(new HeadBucketCommand({ Bucket: 'far-away' }))
        .then(({ BucketRegion }) => [200, BucketRegion], answerOf);

    expect([await head(false), await head(true)]).toEqual([
      [301, 'eu-central-1'],
      [200, 'eu-central-1'],
    ]);
  });

  test('is not created by a call for an unsupported subresource', async () => {
    const s3 = new S3Client(account.configOf());
    const tagging = { Bucket: 'not-yet-there', Tagging: { TagSet: [] } };

    await expect(s3.send(new PutBucketTaggingCommand(tagging))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
    });
  });

  test('whose policy is deleted has a record in its owner’s account', async () => {
    await owner().send(new DeleteBucketPolicyCommand({ Bucket }));

    const [record] = await account.recordsIn('222233334444', 'DeleteBucketPolicy');
    expect(await account.recordsIn('111122223333', 'DeleteBucketPolicy')).toEqual([]);
    expect(record).toMatchObject({
      eventSource: 's3.amazonaws.com',
      requestParameters: { bucketName: Bucket, policy: '' },
    });
  });

  test('whose policy is set has a record with the parsed policy', async () => {
    const Policy = policyForCloudTrail('s3:PutObject', '*');
    await owner().send(new PutBucketPolicyCommand({ Bucket, Policy }));

    const [record] = await account.recordsIn('222233334444', 'PutBucketPolicy');
    expect(record?.requestParameters).toEqual({
      bucketName: Bucket,
      policy: '',
      bucketPolicy: JSON.parse(Policy),
    });
  });
});

describe('a key', () => {
  const id = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
  const kms = () => new KMSClient(account.configOf());

  test('of another account cannot be changed', async () => {
    const stranger = new KMSClient(account.configOf('222233334444'));
    const arn = `arn:aws:kms:us-east-1:111122223333:key/${id}`;

    await expect(stranger.send(new DisableKeyCommand({ KeyId: arn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('of another account is described only if its policy allows', async () => {
    const stranger = new KMSClient(account.configOf('222233334444'));
    const arn = `arn:aws:kms:us-east-1:111122223333:key/${id}`;
    const describe = (KeyId: string) => stranger.send(new DescribeKeyCommand({ KeyId }));
    const refused = { name: 'AccessDeniedException' };

    await expect(describe(arn)).rejects.toMatchObject(refused);
    await expect(describe(`${arn.slice(0, -1)}5`)).rejects.toMatchObject(refused);
    const Statement = { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' };
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { ...Statement, Principal: { AWS: 'arn:aws:iam::222233334444:root' } },
        allowAccount('111122223333'),
      ],
    });
    await kms().send(new PutKeyPolicyCommand({ KeyId: id, Policy }));
    expect(await describe(arn)).toMatchObject({ KeyMetadata: { KeyState: 'Enabled' } });
  });
});

describe('a topic', () => {
  const TopicArn = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';
  const sns = () => new SNSClient(account.configOf());
  const policy = (Policy: string) => ({
    TopicArn,
    AttributeName: 'Policy',
    AttributeValue: Policy,
  });

  test('returns the policy that it was created with', async () => {
    const Policy = '{"Statement":[],"Id":"<&>"}';
    const made = await sns().send(new CreateTopicCommand({ Name: 'new', Attributes: { Policy } }));

    expect(
      await sns().send(new GetTopicAttributesCommand({ TopicArn: made.TopicArn })),
    ).toMatchObject({
      Attributes: { TopicArn: 'arn:aws:sns:us-east-1:111122223333:new', Policy },
    });
  });

  test('of another account cannot be changed', async () => {
    const stranger = new SNSClient(account.configOf('222233334444'));

    await expect(stranger.send(new DeleteTopicCommand({ TopicArn }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });
  });

  test('that is changed has a record with the input', async () => {
    await sns().send(new SetTopicAttributesCommand(policy('{"Statement":[]}')));

    const [record] = await account.recordsIn('111122223333', 'SetTopicAttributes');
    expect(record).toMatchObject({
      eventSource: 'sns.amazonaws.com',
      requestParameters: {
        topicArn: TopicArn,
        attributeName: 'Policy',
        attributeValue: '{"Statement":[]}',
      },
    });
  });
});

describe('a log group', () => {
  const logs = () => new CloudWatchLogsClient(account.configOf());
  const named = { logGroupName: 'org-trail' };

  test('can be created and deleted only once', async () => {
    await expect(logs().send(new CreateLogGroupCommand(named))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await logs().send(new DeleteLogGroupCommand(named));
    await expect(logs().send(new DeleteLogGroupCommand(named))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('is listed by prefix, in pages', async () => {
    const first = await logs().send(new DescribeLogGroupsCommand({ limit: 1 }));
    const second = await logs().send(
      new DescribeLogGroupsCommand({ nextToken: first.nextToken, limit: 1 }),
    );
    const some = await logs().send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'org' }));

    expect(first.logGroups).toMatchObject([
      {
        logGroupName: 'attackers',
        arn: 'arn:aws:logs:us-east-1:111122223333:log-group:attackers:*',
        logGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:attackers',
        creationTime: expect.any(Number),
      },
    ]);
    expect(second.logGroups).toEqual(some.logGroups);
    expect(second.nextToken).toBeUndefined();
  });
});

/** HTTP status and Region of an error: HEAD returns nothing else. */
function answerOf(error: unknown) {
  const { $metadata, $response } = error as {
    readonly $metadata: { readonly httpStatusCode: number };
    readonly $response: { readonly headers: Record<string, string> };
  };
  return [$metadata.httpStatusCode, $response.headers['x-amz-bucket-region']];
}
