import { describe, expect, test } from 'vitest';
import { cloudtrail, context, create, look, newName, ownTrail, sharedTrail } from './own.ts';
import { refusal } from './refusal.ts';

const { name: Name } = sharedTrail();
const logGroup = `arn:aws:logs:${context.region}:${context.accountId}:log-group:${context.run}:*`;
const logRole = `arn:aws:iam::${context.accountId}:role/${context.run}`;
const unknownKey = `arn:aws:kms:${context.region}:${context.accountId}:key/00000000-0000-4000-8000-00000000ffff`;

describe('a setting is refused by CreateTrail and UpdateTrail [M: their errors]', () => {
  test.each([
    ['a bucket that is blank', { S3BucketName: '' }, 'InvalidS3BucketNameException'],
    ['a bucket named in capitals', { S3BucketName: 'The-Logs' }, 'InvalidS3BucketNameException'],
    ['a bucket of two characters', { S3BucketName: 'ab' }, 'InvalidS3BucketNameException'],
    ['a bucket of 64', { S3BucketName: 'a'.repeat(64) }, 'InvalidS3BucketNameException'],
    ['a bucket ending in a dash', { S3BucketName: 'logs-' }, 'InvalidS3BucketNameException'],
    [
      'a bucket like an IP address',
      { S3BucketName: '192.168.5.4' },
      'InvalidS3BucketNameException',
    ],
    ['a bucket no one has', { S3BucketName: newName() }, 'S3BucketDoesNotExistException'],
    ['a prefix of 201', { S3KeyPrefix: 'p'.repeat(201) }, 'InvalidS3PrefixException'],
    ['a topic of 257', { SnsTopicName: 't'.repeat(257) }, 'InvalidSnsTopicNameException'],
    ['a topic with a space', { SnsTopicName: 'my topic' }, 'InvalidSnsTopicNameException'],
    ['a key like nothing', { KmsKeyId: 'my key' }, 'InvalidKmsKeyIdException'],
    ['an unknown key', { KmsKeyId: unknownKey }, 'KmsKeyNotFoundException'],
    ['an unknown alias', { KmsKeyId: `alias/${newName()}` }, 'KmsKeyNotFoundException'],
  ])('%s', async (_case, input, error) => {
    await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);
  });

  test('not at its limit', async () => {
    const { name } = await ownTrail({ S3KeyPrefix: 'p'.repeat(200) });

    expect((await look(name))?.S3KeyPrefix).toHaveLength(200);
  });
});

describe('a log group and its role [T: trail.go; I: pulumi/docs#5117]', () => {
  test.each([
    ['a group alone', { CloudWatchLogsLogGroupArn: logGroup }],
    ['a group and no role', { CloudWatchLogsLogGroupArn: logGroup, CloudWatchLogsRoleArn: '' }],
  ])('are refused apart: %s', async (_case, input) => {
    const error = 'InvalidCloudWatchLogsRoleArnException';

    const { message } = await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);

    expect(message).toBe('You must specify a role ARN as well as a log group.');
  });

  test.each([
    ['a role alone', { CloudWatchLogsRoleArn: logRole }],
    ['a role and no group', { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: logRole }],
  ])('are refused apart: %s', async (_case, input) => {
    const error = 'InvalidCloudWatchLogsLogGroupArnException';

    await refusal(create(input), error);
    await refusal(cloudtrail.updateTrail({ Name, ...input }), error);
  });
});

describe('global service events', () => {
  const without = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false };
  const error = 'InvalidParameterCombinationException';

  test('cannot be left out of a multi-Region trail [M; the words: I go-to-k/cdkd]', async () => {
    const { message } = await refusal(create(without), error);

    expect(message).toMatch(/must include global service events/i);
  });

  test('must come back in the call that makes a trail multi-Region [I: go-to-k/cdkd]', async () => {
    const { name } = await ownTrail({ IncludeGlobalServiceEvents: false });
    await refusal(cloudtrail.updateTrail({ Name: name, IsMultiRegionTrail: true }), error);
    const both = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true };

    expect(await cloudtrail.updateTrail({ Name: name, ...both })).toMatchObject(both);
  });
});
