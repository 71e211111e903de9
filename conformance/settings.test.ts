import { describe, expect, test } from 'vitest';
import {
  cloudtrail,
  context,
  create,
  getTrail,
  newName,
  ownTrail,
  sharedTrail,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

const { name: Name } = sharedTrail();
const logGroup = `arn:aws:logs:${context.region}:${context.accountId}:log-group:${context.run}:*`;
const logRole = `arn:aws:iam::${context.accountId}:role/${context.run}`;
const unknownKey = `arn:aws:kms:${context.region}:${context.accountId}:key/00000000-0000-4000-8000-00000000ffff`;

describe('CreateTrail and UpdateTrail refuse [M: their errors]', () => {
  test.each([
    ['a blank bucket name', { S3BucketName: '' }, 'InvalidS3BucketNameException'],
    ['a bucket name with capitals', { S3BucketName: 'The-Logs' }, 'InvalidS3BucketNameException'],
    ['a bucket name of 2 characters', { S3BucketName: 'ab' }, 'InvalidS3BucketNameException'],
    [
      'a bucket name of 64 characters',
      { S3BucketName: 'a'.repeat(64) },
      'InvalidS3BucketNameException',
    ],
    [
      'a bucket name that ends with a dash',
      { S3BucketName: 'logs-' },
      'InvalidS3BucketNameException',
    ],
    [
      'a bucket name like an IP address',
      { S3BucketName: '192.168.5.4' },
      'InvalidS3BucketNameException',
    ],
    ['a bucket that does not exist', { S3BucketName: newName() }, 'S3BucketDoesNotExistException'],
    ['a prefix of 201 characters', { S3KeyPrefix: 'p'.repeat(201) }, 'InvalidS3PrefixException'],
    [
      'a topic name of 257 characters',
      { SnsTopicName: 't'.repeat(257) },
      'InvalidSnsTopicNameException',
    ],
    ['a topic name with a space', { SnsTopicName: 'my topic' }, 'InvalidSnsTopicNameException'],
    ['an invalid key', { KmsKeyId: 'my key' }, 'InvalidKmsKeyIdException'],
    ['an unknown key', { KmsKeyId: unknownKey }, 'KmsKeyNotFoundException'],
    ['an unknown alias', { KmsKeyId: `alias/${newName()}` }, 'KmsKeyNotFoundException'],
  ])('%s', async (_case, input, error) => {
    await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);
  });

  test('but accept a prefix of 200 characters', async () => {
    const { name } = await ownTrail({ S3KeyPrefix: 'p'.repeat(200) });

    expect((await getTrail(name))?.S3KeyPrefix).toHaveLength(200);
  });
});

describe('a log group and its role [T: trail.go; I: pulumi/docs#5117]', () => {
  test.each([
    ['a group alone', { CloudWatchLogsLogGroupArn: logGroup }],
    ['a group and no role', { CloudWatchLogsLogGroupArn: logGroup, CloudWatchLogsRoleArn: '' }],
  ])('are refused separately: %s', async (_case, input) => {
    const error = 'InvalidCloudWatchLogsRoleArnException';

    const { message } = await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);

    expect(message).toBe('You must specify a role ARN as well as a log group.');
  });

  test.each([
    ['a role alone', { CloudWatchLogsRoleArn: logRole }],
    ['a role and no group', { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: logRole }],
  ])('are refused separately: %s', async (_case, input) => {
    const error = 'InvalidCloudWatchLogsLogGroupArnException';

    await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);
  });
});

describe('global service events', () => {
  const without = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false };
  const error = 'InvalidParameterCombinationException';

  test('cannot be excluded from a multi-Region trail [M; message: I go-to-k/cdkd]', async () => {
    const { message } = await refusal(create(without), error);

    expect(message).toMatch(/must include global service events/i);
  });

  test('must be included in the call that makes a trail multi-Region [I: go-to-k/cdkd]', async () => {
    const { name } = await ownTrail({ IncludeGlobalServiceEvents: false });
    await refusal(cloudtrail.updateTrail({ Name: name, IsMultiRegionTrail: true }), error);
    const both = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true };

    expect(await cloudtrail.updateTrail({ Name: name, ...both })).toMatchObject(both);
  });
});
