import { describe, expect, test } from 'vitest';
import { authorize } from '#sandbox/iam.ts';
import { sessionOf } from '#sandbox/principal.ts';
import type { Need } from '#sandbox/service.ts';
import {
  distantKeyArn,
  elsewhere,
  foreignKeyArn,
  home,
  keyArn,
  keyId,
  member,
  sandbox,
  sandboxWithTrail,
  stranger,
  withoutTexts,
} from './world.ts';

// Each group names its source: [M] the API model and reference, [D] the CloudTrail User Guide, [T]
// terraform-provider-aws, [S] recorded events, [I] public issue threads, [X] the source of emulators and other tools,
// [U] not verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const unknownArn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/gone';
const logGroup = 'arn:aws:logs:eu-central-1:111122223333:log-group:trail:*';
const logRole = 'arn:aws:iam::111122223333:role/logs';
const organizationTrail = { IsOrganizationTrail: true, IsMultiRegionTrail: true };
const whole = {
  S3KeyPrefix: 'org',
  SnsTopicName: 'deliveries',
  CloudWatchLogsLogGroupArn: logGroup,
  CloudWatchLogsRoleArn: logRole,
  KmsKeyId: keyArn,
  EnableLogFileValidation: true,
  IncludeGlobalServiceEvents: false,
  RecursiveLogging: false,
};

// [M] CreateTrail: defaults and output members; [T] a new trail does not log.
describe('a new trail', () => {
  test('has the documented defaults and omits unset fields', () => {
    const { ask } = sandbox();

    expect(ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' })).toStrictEqual({
      Name: 'main',
      TrailARN: arn,
      S3BucketName: 'the-logs',
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      IsOrganizationTrail: false,
      LogFileValidationEnabled: false,
      RecursiveLogging: true,
    });
  });

  test('returns every setting under its response name', () => {
    const { ask } = sandboxWithTrail(whole);

    expect(ask('GetTrail', { Name: 'main' }).Trail).toStrictEqual({
      Name: 'main',
      TrailARN: arn,
      HomeRegion: 'eu-central-1',
      S3BucketName: 'the-logs',
      S3KeyPrefix: 'org',
      SnsTopicName: 'deliveries',
      SnsTopicARN: 'arn:aws:sns:eu-central-1:111122223333:deliveries',
      CloudWatchLogsLogGroupArn: logGroup,
      CloudWatchLogsRoleArn: logRole,
      KmsKeyId: keyArn,
      LogFileValidationEnabled: true,
      IncludeGlobalServiceEvents: false,
      IsMultiRegionTrail: false,
      IsOrganizationTrail: false,
      RecursiveLogging: false,
      HasCustomEventSelectors: false,
      HasInsightSelectors: false,
    });
  });

  test('does not log', () => {
    const { ask } = sandboxWithTrail();

    expect(ask('GetTrailStatus', { Name: 'main' }).IsLogging).toBe(false);
  });

  test('has the tags that it was created with', () => {
    const { ask } = sandboxWithTrail({
      TagsList: [{ Key: 'owner', Value: 'security' }, { Key: 'bare' }],
    });

    expect(ask('ListTags', { ResourceIdList: [arn] })).toStrictEqual({
      ResourceTagList: [
        { ResourceId: arn, TagsList: [{ Key: 'owner', Value: 'security' }, { Key: 'bare' }] },
      ],
    });
  });

  test('is refused if its name is used in the Region', () => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' }).code).toBe(
      'TrailAlreadyExistsException',
    );
  });

  test('can have the name of a trail in another Region', () => {
    const { ask } = sandboxWithTrail();

    ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' }, elsewhere);

    expect(ask('ListTrails').Trails).toHaveLength(2);
  });

  test('does not exist after it was refused', () => {
    const { world, refusal } = sandbox();

    refusal('CreateTrail', { Name: 'main', S3BucketName: 'no-such-bucket' });

    expect(world.trails.size).toBe(0);
  });
});

// [M] The grammar of Name; [X][I] the messages. [M] TrailNotProvidedException is "no longer in use".
describe('a trail name', () => {
  test.each([
    ['is not missing', undefined],
    ['is not blank', ''],
    ['is not shorter than 3 characters', 'ab'],
    ['is not longer than 128 characters', 'a'.repeat(129)],
    ['does not start with a dash', '-trail'],
    ['does not end with a dash', 'trail-'],
    ['contains no other characters', 'my#trail'],
    ['has no adjacent punctuation', 'my-_trail'],
    ['is not an IP address', '192.168.5.4'],
    ['is not an ARN in CreateTrail', arn],
  ])('%s', (_rule, Name) => {
    const { refusal } = sandbox();

    expect(refusal('CreateTrail', { Name, S3BucketName: 'the-logs' }).code).toBe(
      'InvalidTrailNameException',
    );
  });

  test.each(['abc', 'a'.repeat(128), 'My.trail_of-2'])('can be %s', (Name) => {
    const { ask } = sandbox();

    expect(ask('CreateTrail', { Name, S3BucketName: 'the-logs' }).Name).toBe(Name);
  });

  test('that is invalid is refused by reads and writes', () => {
    const { refusal } = sandbox();

    expect(refusal('GetTrail', { Name: '-x-' }).code).toBe('InvalidTrailNameException');
    expect(refusal('StopLogging', {}).code).toBe('InvalidTrailNameException');
  });

  test('of the wrong JSON type is refused before validation', () => {
    const { refusal } = sandbox();

    expect(refusal('GetTrail', { Name: 7 }).code).toBe('SerializationException');
  });
});

// [M] The limits and exceptions of each field; [T] the log group's wildcard; [I] the messages.
describe('CreateTrail and UpdateTrail refuse', () => {
  test.each([
    ['a missing bucket name', { S3BucketName: undefined }, 'InvalidS3BucketNameException'],
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
      'a bucket name with two adjacent dots',
      { S3BucketName: 'the..logs' },
      'InvalidS3BucketNameException',
    ],
    [
      'a bucket name like an IP address',
      { S3BucketName: '192.168.5.4' },
      'InvalidS3BucketNameException',
    ],
    ['a bucket that does not exist', { S3BucketName: 'no-such' }, 'S3BucketDoesNotExistException'],
    ['a prefix of 201 characters', { S3KeyPrefix: 'p'.repeat(201) }, 'InvalidS3PrefixException'],
    [
      'a topic name of 257 characters',
      { SnsTopicName: 't'.repeat(257) },
      'InvalidSnsTopicNameException',
    ],
    ['a topic name with a space', { SnsTopicName: 'my topic' }, 'InvalidSnsTopicNameException'],
    [
      'an ARN that is not a topic',
      { SnsTopicName: 'arn:aws:sqs:x:1:q' },
      'InvalidSnsTopicNameException',
    ],
    ['an invalid key', { KmsKeyId: 'my key' }, 'InvalidKmsKeyIdException'],
    ['an ARN that is not a key', { KmsKeyId: 'arn:aws:s3:::the-logs' }, 'InvalidKmsKeyIdException'],
    ['an unknown alias', { KmsKeyId: 'alias/none' }, 'KmsKeyNotFoundException'],
    ['an unknown key', { KmsKeyId: keyId.replace('1', '9') }, 'KmsKeyNotFoundException'],
    [
      'a key in another Region than the bucket',
      { KmsKeyId: distantKeyArn },
      'KmsKeyNotFoundException',
    ],
    [
      'a log group of another account',
      {
        CloudWatchLogsLogGroupArn: logGroup.replace('1111', '2222'),
        CloudWatchLogsRoleArn: logRole,
      },
      'InvalidCloudWatchLogsLogGroupArnException',
    ],
    [
      'a log group ARN without the wildcard',
      { CloudWatchLogsLogGroupArn: logGroup.slice(0, -2), CloudWatchLogsRoleArn: logRole },
      'InvalidCloudWatchLogsLogGroupArnException',
    ],
    [
      'a role of another account',
      {
        CloudWatchLogsLogGroupArn: logGroup,
        CloudWatchLogsRoleArn: logRole.replace('1111', '2222'),
      },
      'InvalidCloudWatchLogsRoleArnException',
    ],
    ['a string for a flag', { IsMultiRegionTrail: 'true' }, 'SerializationException'],
    ['a number for a string', { S3KeyPrefix: 7 }, 'SerializationException'],
  ])('%s', (_case, input, code) => {
    const { refusal } = sandbox();

    expect(refusal('CreateTrail', { Name: 'main', S3BucketName: 'the-logs', ...input }).code).toBe(
      code,
    );
  });

  test('but accept a prefix of 200 characters', () => {
    const { ask } = sandboxWithTrail({
      S3KeyPrefix: 'p'.repeat(200),
      SnsTopicName: 't'.repeat(256),
    });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.S3KeyPrefix).toHaveLength(200);
  });
});

// [M] 50 tags a trail, unique keys of 1 to 128 characters.
describe('tags are refused', () => {
  const tagged = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));

  test.each([
    ['more than 50', tagged(51), 'TagsLimitExceededException'],
    ['if a key is given twice', [...tagged(2), ...tagged(1)], 'InvalidTagParameterException'],
    ['if a key is empty', [{ Key: '' }], 'InvalidTagParameterException'],
    ['if a key is missing', [{}], 'InvalidTagParameterException'],
    ['if a key starts with aws:', [{ Key: 'aws:x' }], 'InvalidTagParameterException'],
    [
      'if a value has 257 characters',
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      'InvalidTagParameterException',
    ],
  ])('%s', (_case, TagsList, code) => {
    const { refusal } = sandbox();

    expect(refusal('CreateTrail', { Name: 'main', S3BucketName: 'the-logs', TagsList }).code).toBe(
      code,
    );
  });

  test('but accepted if there are 50', () => {
    const { world } = sandboxWithTrail({ TagsList: tagged(50) });

    expect(world.trails.get(arn)?.tags).toHaveLength(50);
  });
});

// [M] KmsKeyId accepts four forms and returns the key ARN; [U] the Region of a key ID or alias.
describe('a KMS key', () => {
  test.each([
    ['an alias name', 'alias/logs'],
    ['an alias ARN', 'arn:aws:kms:eu-central-1:111122223333:alias/logs'],
    ['a key ID', keyId],
    ['a key ARN', keyArn],
  ])('given as %s is returned as the key ARN', (_form, KmsKeyId) => {
    const { ask } = sandboxWithTrail({ KmsKeyId });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.KmsKeyId).toBe(keyArn);
  });

  test('can be a multi-Region key of another account', () => {
    const { ask } = sandboxWithTrail({ KmsKeyId: foreignKeyArn });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.KmsKeyId).toBe(foreignKeyArn);
  });

  test('must be in the Region of the bucket, not of the trail', () => {
    const { ask } = sandboxWithTrail({ S3BucketName: 'distant-logs', KmsKeyId: distantKeyArn });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.KmsKeyId).toBe(distantKeyArn);
  });

  test('is not found after the bucket moves to another Region', () => {
    const { refusal } = sandboxWithTrail({ KmsKeyId: keyArn });

    expect(refusal('UpdateTrail', { Name: 'main', S3BucketName: 'distant-logs' }).code).toBe(
      'KmsKeyNotFoundException',
    );
  });
});

// [M] SnsTopicName accepts a name or an ARN; the response has SnsTopicARN.
describe('an SNS topic', () => {
  test('given by ARN keeps its ARN', () => {
    const SnsTopicName = 'arn:aws:sns:us-east-1:222233334444:central';
    const { ask } = sandboxWithTrail({ SnsTopicName });

    expect(ask('GetTrail', { Name: 'main' }).Trail).toMatchObject({
      SnsTopicARN: SnsTopicName,
      SnsTopicName,
    });
  });
});

// [T] trail.go: both "need to be updated at the same time or API complains"; [I] pulumi/docs#5117.
describe('a log group and its role', () => {
  test('are refused separately on creation', () => {
    const { refusal } = sandbox();
    const input = { Name: 'main', S3BucketName: 'the-logs' };

    expect(refusal('CreateTrail', { ...input, CloudWatchLogsLogGroupArn: logGroup })).toMatchObject(
      {
        code: 'InvalidCloudWatchLogsRoleArnException',
        message: 'You must specify a role ARN as well as a log group.',
      },
    );
    expect(refusal('CreateTrail', { ...input, CloudWatchLogsRoleArn: logRole }).code).toBe(
      'InvalidCloudWatchLogsLogGroupArnException',
    );
  });

  test.each([
    [{ CloudWatchLogsLogGroupArn: logGroup }, 'InvalidCloudWatchLogsRoleArnException'],
    [{ CloudWatchLogsLogGroupArn: '' }, 'InvalidCloudWatchLogsRoleArnException'],
    [{ CloudWatchLogsRoleArn: logRole }, 'InvalidCloudWatchLogsLogGroupArnException'],
    [{ CloudWatchLogsRoleArn: '' }, 'InvalidCloudWatchLogsLogGroupArnException'],
    [
      { CloudWatchLogsLogGroupArn: logGroup, CloudWatchLogsRoleArn: '' },
      'InvalidCloudWatchLogsRoleArnException',
    ],
    [
      { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: logRole },
      'InvalidCloudWatchLogsLogGroupArnException',
    ],
  ])('are refused separately on update, whatever the trail has: %o', (input, code) => {
    const { refusal } = sandboxWithTrail(whole);

    expect(refusal('UpdateTrail', { Name: 'main', ...input }).code).toBe(code);
  });
});

// [X][I] "Multi-Region trail must include global service events", measured by cdkd.
describe('global service events', () => {
  test('cannot be excluded from a multi-Region trail', () => {
    const { refusal } = sandboxWithTrail({ IsMultiRegionTrail: true });

    expect(refusal('UpdateTrail', { Name: 'main', IncludeGlobalServiceEvents: false }).code).toBe(
      'InvalidParameterCombinationException',
    );
  });

  test('must be included in the call that makes a trail multi-Region', () => {
    const { ask, refusal } = sandboxWithTrail({ IncludeGlobalServiceEvents: false });

    expect(refusal('UpdateTrail', { Name: 'main', IsMultiRegionTrail: true }).code).toBe(
      'InvalidParameterCombinationException',
    );
    const both = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true };
    expect(ask('UpdateTrail', { Name: 'main', ...both })).toMatchObject(both);
  });
});

// [D][X] UpdateTrail is a patch: a missing field keeps its value, "" clears; [S] the console sends "".
describe('an update', () => {
  test('keeps missing and null fields', () => {
    const { ask } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' });

    ask('UpdateTrail', { Name: 'main', S3KeyPrefix: null, IsMultiRegionTrail: null });

    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
  });

  test('changes the given fields and returns the whole trail', () => {
    const { ask } = sandboxWithTrail(whole);

    const answer = ask('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new' });

    expect(answer).toMatchObject({ S3KeyPrefix: 'new', KmsKeyId: keyArn, TrailARN: arn });
    expect(ask('GetTrail', { Name: 'main' }).Trail).toMatchObject(answer);
  });

  test('takes log file validation under one name and returns it under another', () => {
    const { ask } = sandboxWithTrail(whole);

    const answer = ask('UpdateTrail', { Name: 'main', EnableLogFileValidation: false });

    expect(answer).toHaveProperty('LogFileValidationEnabled', false);
    expect(answer).not.toHaveProperty('EnableLogFileValidation');
  });

  test.each([
    [{ S3KeyPrefix: '' }, ['S3KeyPrefix']],
    [{ SnsTopicName: '' }, ['SnsTopicARN', 'SnsTopicName']],
    [{ KmsKeyId: '' }, ['KmsKeyId']],
    [
      { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
      ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
    ],
  ])('clears a field with an empty string: %o', (input, cleared) => {
    const { ask } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' }).Trail ?? {};

    ask('UpdateTrail', { Name: 'main', ...input });

    const kept = Object.entries(before).filter(([member]) => !cleared.includes(member));
    expect(ask('GetTrail', { Name: 'main' }).Trail).toStrictEqual(Object.fromEntries(kept));
  });

  test('cannot clear the bucket', () => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('UpdateTrail', { Name: 'main', S3BucketName: '' }).code).toBe(
      'InvalidS3BucketNameException',
    );
  });

  test('is applied completely or not at all', () => {
    const { ask, refusal } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' });

    refusal('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new', KmsKeyId: 'alias/none' });

    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
  });

  test('is refused if the bucket does not exist, even if it changes another field', () => {
    const { world, refusal } = sandboxWithTrail();
    world.buckets.delete('the-logs');

    expect(refusal('UpdateTrail', { Name: 'main', RecursiveLogging: false }).code).toBe(
      'S3BucketDoesNotExistException',
    );
  });

  test('does not change logging', () => {
    const { ask } = sandboxWithTrail();
    ask('StartLogging', { Name: 'main' });

    ask('UpdateTrail', { Name: arn, S3KeyPrefix: 'new' });

    expect(ask('GetTrailStatus', { Name: 'main' }).IsLogging).toBe(true);
  });
});

// [M] Names are unique per Region and account; [S 04] the message; [I] aws-sdk-go-v2#1957.
describe('a trail', () => {
  const reads = [
    ['GetTrail', 'Name'],
    ['GetTrailStatus', 'Name'],
    ['GetEventSelectors', 'TrailName'],
    ['GetEventConfiguration', 'TrailName'],
  ] as const;

  test.each(reads)('is found by name and by ARN: %s', (operation, key) => {
    const { ask } = sandboxWithTrail();

    expect(ask(operation, { [key]: arn })).toStrictEqual(ask(operation, { [key]: 'main' }));
  });

  test.each([...reads, ['GetInsightSelectors', 'TrailName'] as const])(
    'is not found by name in another Region: %s',
    (operation, key) => {
      const { refusal } = sandboxWithTrail({ IsMultiRegionTrail: true });

      expect(refusal(operation, { [key]: 'main' }, elsewhere).code).toBe('TrailNotFoundException');
    },
  );

  test('is found by ARN in a Region with a shadow trail', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });

    expect(ask('GetTrail', { Name: arn }, elsewhere).Trail?.HomeRegion).toBe('eu-central-1');
  });

  test('is not found by ARN in a Region without a shadow trail', () => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('GetTrail', { Name: arn }, elsewhere).code).toBe('TrailNotFoundException');
  });

  test('that does not exist is named by its ARN in the error', () => {
    const { refusal } = sandbox();

    expect(refusal('StopLogging', { Name: 'gone' }).message).toBe(
      `Unknown trail: ${unknownArn} for the user: 111122223333`,
    );
  });

  test.each([
    'arn:aws:cloudtrail:eu-central-1:111122223333:main',
    'arn:aws:cloudtrail:eu-central-1:1111:trail/main',
    'arn:aws:cloudtrail:eu-central-1:111122223333:trail/-main',
    'arn:aws:cloudtrail:eu-central-1:111122223333:eventdatastore/main',
    'arn:aws:s3:::the-logs',
  ])('with a malformed ARN is refused: %s', (Name) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('GetTrail', { Name }).code).toBe('CloudTrailARNInvalidException');
    expect(refusal('DeleteTrail', { Name }).code).toBe('CloudTrailARNInvalidException');
  });

  // [I] turbot/steampipe-plugin-aws#577
  test('of another account is refused by ARN, whether it exists or not', () => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('GetTrail', { Name: arn }, stranger)).toMatchObject({
      code: 'CloudTrailARNInvalidException',
      message:
        'AccountID in ARN is wrong, you can only access resources with AccountID 999988887777.',
    });
    expect(refusal('StopLogging', { Name: unknownArn }, member).code).toBe(
      'CloudTrailARNInvalidException',
    );
  });
});

// [M] Every write must be sent to the home Region.
describe('a write', () => {
  const writes = ['UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging'] as const;

  test.each(writes)('accepts a name or an ARN: %s', (operation) => {
    expect(() => sandboxWithTrail().ask(operation, { Name: 'main' })).not.toThrow();
    expect(() => sandboxWithTrail().ask(operation, { Name: arn })).not.toThrow();
  });

  test.each(writes)('to a shadow trail is refused with the home Region: %s', (operation) => {
    const { refusal } = sandboxWithTrail({ IsMultiRegionTrail: true });

    expect(refusal(operation, { Name: arn }, elsewhere).code).toBe('InvalidHomeRegionException');
  });

  test.each(writes)('in a Region without a shadow trail finds no trail: %s', (operation) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, { Name: arn }, elsewhere).code).toBe('TrailNotFoundException');
  });

  // [D] Member accounts can read an organization trail but not change it.
  test.each(writes)('by a member account to the organization trail is refused: %s', (operation) => {
    const { refusal } = sandboxWithTrail(organizationTrail);

    expect(refusal(operation, { Name: arn }, member).code).toBe(
      'NotOrganizationMasterAccountException',
    );
  });
});

// [M] Shadow trails: UpdateTrail's IsMultiRegionTrail, DescribeTrails' includeShadowTrails.
describe('a multi-Region trail', () => {
  test('has a shadow trail in every other Region', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });

    const seen = ['eu-central-1', 'us-east-1', 'ap-southeast-2'].map((region) =>
      ask('DescribeTrails', {}, { ...home, region }),
    );

    expect(seen.map(({ trailList }) => trailList?.[0]?.TrailARN)).toStrictEqual([arn, arn, arn]);
  });

  test('has no shadow trail in another partition', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });

    expect(ask('DescribeTrails', {}, { ...home, region: 'cn-north-1' }).trailList).toEqual([]);
  });

  test('that becomes single-Region loses its shadow trails and stays in its home Region', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });

    ask('UpdateTrail', { Name: 'main', IsMultiRegionTrail: false });

    expect(ask('DescribeTrails', {}, elsewhere).trailList).toStrictEqual([]);
    expect(ask('DescribeTrails').trailList).toHaveLength(1);
  });

  test('returns its status in every Region', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });
    ask('StartLogging', { Name: 'main' });

    expect(ask('GetTrailStatus', { Name: arn }, elsewhere).IsLogging).toBe(true);
  });
});

// [M] IsOrganizationTrail; [D] the same ARN in every member account.
describe('an organization trail', () => {
  test('can be read by member accounts', () => {
    const { ask } = sandboxWithTrail(organizationTrail);

    expect(ask('DescribeTrails', {}, member).trailList?.[0]?.TrailARN).toBe(arn);
    expect(ask('GetTrailStatus', { Name: arn }, member).IsLogging).toBe(false);
    expect(ask('GetEventSelectors', { TrailName: arn }, member).TrailARN).toBe(arn);
  });

  test('cannot be read by an account outside the organization', () => {
    const { ask } = sandboxWithTrail(organizationTrail);

    expect(ask('DescribeTrails', {}, stranger).trailList).toStrictEqual([]);
  });

  test('is not found by name in a member account', () => {
    const { refusal } = sandboxWithTrail(organizationTrail);

    expect(refusal('GetTrail', { Name: 'main' }, member).code).toBe('TrailNotFoundException');
  });

  test('is in all Regions of a member account only if it is multi-Region', () => {
    const distant = { ...member, region: 'us-east-1' };
    const single = sandboxWithTrail({ IsOrganizationTrail: true });
    const multi = sandboxWithTrail(organizationTrail);

    expect(single.ask('DescribeTrails', {}, member).trailList).toHaveLength(1);
    expect(single.ask('DescribeTrails', {}, distant).trailList).toHaveLength(0);
    expect(multi.ask('DescribeTrails', {}, distant).trailList).toHaveLength(1);
  });

  test('that becomes an account trail disappears from member accounts', () => {
    const { ask, refusal } = sandboxWithTrail(organizationTrail);

    ask('UpdateTrail', { Name: 'main', IsOrganizationTrail: false });

    expect(ask('DescribeTrails', {}, member).trailList).toStrictEqual([]);
    expect(refusal('GetTrail', { Name: arn }, member).code).toBe('CloudTrailARNInvalidException');
  });

  test('can be created only by the management account', () => {
    const { ask, refusal } = sandbox();
    const input = { Name: 'main', S3BucketName: 'the-logs' };
    ask('CreateTrail', input, member);

    expect(
      refusal('CreateTrail', { ...input, Name: 'org', ...organizationTrail }, member).code,
    ).toBe('NotOrganizationMasterAccountException');
    expect(refusal('UpdateTrail', { Name: 'main', IsOrganizationTrail: true }, member).code).toBe(
      'NotOrganizationMasterAccountException',
    );
    expect(refusal('CreateTrail', { ...input, ...organizationTrail }, stranger).code).toBe(
      'OrganizationsNotInUseException',
    );
  });
});

// [D] Quotas: five trails a Region, shadow trails included; [I] linz/geostore#1450: the message.
describe('a sixth trail', () => {
  const fill = (made: ReturnType<typeof sandbox>, at = home, input = {}) => {
    for (const Name of ['one', 'two', 'three', 'four', 'five']) {
      made.ask('CreateTrail', { Name, S3BucketName: 'the-logs', ...input }, at);
    }
    return made;
  };
  const sixth = { Name: 'six', S3BucketName: 'the-logs' };

  test('is refused in a Region', () => {
    const { refusal } = fill(sandbox());

    expect(refusal('CreateTrail', sixth)).toMatchObject({
      code: 'MaximumNumberOfTrailsExceededException',
      message: 'User: 111122223333 already has 5 trails in eu-central-1.',
    });
  });

  test('can be created in another Region', () => {
    const { ask } = fill(sandbox());

    expect(ask('CreateTrail', sixth, elsewhere).Name).toBe('six');
  });

  test('is refused in a Region that shadow trails have filled', () => {
    const { refusal } = fill(sandbox(), home, { IsMultiRegionTrail: true });

    expect(refusal('CreateTrail', sixth, elsewhere).code).toBe(
      'MaximumNumberOfTrailsExceededException',
    );
  });

  test('is refused if its shadow trail has no room', () => {
    const { refusal } = fill(sandbox(), elsewhere);

    expect(refusal('CreateTrail', { ...sixth, IsMultiRegionTrail: true }).message).toBe(
      'User: 111122223333 already has 5 trails in us-east-1.',
    );
  });

  test('is refused in a member account if the organization trail is one of its five', () => {
    const made = sandboxWithTrail(organizationTrail);
    for (const Name of ['one', 'two', 'three', 'four']) {
      made.ask('CreateTrail', { ...sixth, Name }, member);
    }

    expect(made.refusal('CreateTrail', sixth, member).code).toBe(
      'MaximumNumberOfTrailsExceededException',
    );
  });

  test('is accepted after another one was deleted', () => {
    const { ask } = fill(sandbox());

    ask('DeleteTrail', { Name: 'one' });

    expect(ask('CreateTrail', sixth).Name).toBe('six');
  });
});

// [M] GetTrailStatus: the most recent start and stop; [U] a call that changes nothing.
describe('logging', () => {
  const [noon, one, two] = [12, 13, 14].map((hour) => new Date(Date.UTC(2026, 0, 1, hour)));

  test('that is started has the time of the call', () => {
    const { ask } = sandboxWithTrail();

    expect(ask('StartLogging', { Name: 'main' }, home, noon)).toStrictEqual({});

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, one))).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: noon,
      LatestDeliveryTime: one,
    });
  });

  test('that is stopped keeps its start time', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StopLogging', { Name: 'main' }, home, one);

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, two))).toStrictEqual({
      IsLogging: false,
      StartLoggingTime: noon,
      StopLoggingTime: one,
      LatestDeliveryTime: one,
    });
  });

  test('that is started again keeps its stop time', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StopLogging', { Name: 'main' }, home, one);
    ask('StartLogging', { Name: 'main' }, home, two);

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, two))).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: two,
      StopLoggingTime: one,
      LatestDeliveryTime: two,
    });
  });

  test('that is on keeps its start time when started again', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StartLogging', { Name: 'main' }, home, one);

    expect(ask('GetTrailStatus', { Name: 'main' }).StartLoggingTime).toBe(noon);
  });
});

// [M] DeleteTrail; [T] everything about the trail is deleted.
describe('a deleted trail', () => {
  test('disappears from every Region and member account', () => {
    const { ask, refusal } = sandboxWithTrail(organizationTrail);

    expect(ask('DeleteTrail', { Name: 'main' })).toStrictEqual({});

    expect(refusal('GetTrail', { Name: arn }).code).toBe('TrailNotFoundException');
    expect(ask('DescribeTrails', {}, elsewhere).trailList).toStrictEqual([]);
    expect(ask('DescribeTrails', {}, member).trailList).toStrictEqual([]);
  });

  test('has no logging and no tags when recreated under the same ARN', () => {
    const { ask } = sandboxWithTrail({ TagsList: [{ Key: 'owner' }] });
    ask('StartLogging', { Name: 'main' });
    ask('DeleteTrail', { Name: 'main' });

    expect(ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' }).TrailARN).toBe(arn);

    expect(ask('GetTrailStatus', { Name: 'main' }).IsLogging).toBe(false);
    expect(ask('ListTags', { ResourceIdList: [arn] }).ResourceTagList?.[0]?.TagsList).toStrictEqual(
      [],
    );
  });
});

// [M] DescribeTrails and ListTrails.
describe('a list of trails', () => {
  const threeTrails = () => {
    const made = sandboxWithTrail({ IsMultiRegionTrail: true });
    made.ask('CreateTrail', { Name: 'local', S3BucketName: 'the-logs' });
    made.ask('CreateTrail', { Name: 'distant', S3BucketName: 'the-logs' }, elsewhere);
    return made;
  };
  const distantArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/distant';

  test('contains the trails of the Region and the shadow trails of others', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', {}, elsewhere);

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['main', 'distant']);
  });

  test('contains no shadow trails if they are excluded', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', { includeShadowTrails: false }, elsewhere);

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['distant']);
  });

  test('contains no organization trail in a member account if shadow trails are excluded', () => {
    const { ask } = sandboxWithTrail(organizationTrail);

    expect(ask('DescribeTrails', { includeShadowTrails: false }, member).trailList).toStrictEqual(
      [],
    );
  });

  test('accepts names of the Region and all ARNs, and skips unknown ones', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', {
      trailNameList: ['local', 'distant', distantArn, 'gone', unknownArn],
    });

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['local', 'distant']);
  });

  test('contains a single-Region trail of another Region by ARN, not as a shadow trail', () => {
    const { ask } = threeTrails();
    const input = { trailNameList: [arn, distantArn], includeShadowTrails: false };

    expect(ask('DescribeTrails', input).trailList).toHaveLength(2);
    expect(ask('DescribeTrails', input, elsewhere).trailList).toHaveLength(1);
  });

  test('describes a trail as GetTrail does', () => {
    const { ask } = sandboxWithTrail(whole);

    expect(ask('DescribeTrails', { trailNameList: [] }).trailList).toStrictEqual([
      ask('GetTrail', { Name: 'main' }).Trail,
    ]);
  });

  test('refuses a value that is not a name or an ARN of the account', () => {
    const { refusal } = threeTrails();

    expect(refusal('DescribeTrails', { trailNameList: ['-x-'] }).code).toBe(
      'InvalidTrailNameException',
    );
    expect(refusal('DescribeTrails', { trailNameList: [arn] }, stranger).code).toBe(
      'CloudTrailARNInvalidException',
    );
  });

  test('by ListTrails contains each trail once, in every Region', () => {
    const { ask } = threeTrails();

    expect(ask('ListTrails', {}, elsewhere).Trails).toStrictEqual([
      { TrailARN: arn, Name: 'main', HomeRegion: 'eu-central-1' },
      {
        TrailARN: 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/local',
        Name: 'local',
        HomeRegion: 'eu-central-1',
      },
      { TrailARN: distantArn, Name: 'distant', HomeRegion: 'us-east-1' },
    ]);
  });
});

// [M] The default selectors, InsightNotEnabledException; [X] cdkd: the default is returned with empty lists.
describe('a trail without selectors', () => {
  test('returns the default event selector', () => {
    const { ask } = sandboxWithTrail();

    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: [],
        },
      ],
    });
  });

  test('returns an error for insight selectors', () => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('GetInsightSelectors', { TrailName: 'main' }).code).toBe(
      'InsightNotEnabledException',
    );
  });

  test('returns no aggregation configuration', () => {
    const { ask } = sandboxWithTrail();

    expect(ask('GetEventConfiguration', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      AggregationConfigurations: [],
    });
  });
});

// [M] Reads after a write of selectors.
describe('a trail with selectors', () => {
  const customized = () => {
    const made = sandboxWithTrail();
    const trail = made.world.trails.get(arn);
    if (trail) {
      made.world.trails.set(arn, {
        ...trail,
        selectors: { AdvancedEventSelectors: [{ Name: 'none', FieldSelectors: [] }] },
        insightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
      });
    }
    return made;
  };

  test('returns one kind of event selectors and the insight selectors', () => {
    const { ask } = customized();

    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      AdvancedEventSelectors: [{ Name: 'none', FieldSelectors: [] }],
    });
    expect(ask('GetInsightSelectors', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
    });
  });

  test('reports that it has custom and insight selectors', () => {
    const { ask } = customized();

    expect(ask('GetTrail', { Name: 'main' }).Trail).toMatchObject({
      HasCustomEventSelectors: true,
      HasInsightSelectors: true,
    });
  });

  test('keeps them when it is updated and started', () => {
    const { ask } = customized();

    ask('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new' });
    ask('StartLogging', { Name: 'main' });

    expect(ask('GetInsightSelectors', { TrailName: 'main' }).InsightSelectors).toHaveLength(1);
  });
});

// [M] ListTags takes ARNs; [I] prowler#2025: wrong account, cq-provider-aws#236: wrong Region.
describe('tags cannot be listed', () => {
  const ask = (id: string, at = home, input = {}) =>
    sandboxWithTrail(input).refusal('ListTags', { ResourceIdList: [id] }, at);

  test('by name', () => {
    expect(ask('main').code).toBe('CloudTrailARNInvalidException');
  });

  test('for a trail that does not exist', () => {
    expect(ask(unknownArn).code).toBe('ResourceNotFoundException');
  });

  test('from another Region, with or without a shadow trail', () => {
    expect(ask(arn, elsewhere, { IsMultiRegionTrail: true })).toMatchObject({
      code: 'CloudTrailARNInvalidException',
      message: 'Region in ARN is wrong, you can only access resources in region us-east-1.',
    });
  });

  test('by a member account of the organization', () => {
    expect(ask(arn, member, organizationTrail).code).toBe('CloudTrailARNInvalidException');
  });
});

// [D] Service Authorization Reference: the resource that each action is checked on.
describe('a call needs', () => {
  test.each([
    ['CreateTrail', { Name: 'main' }],
    ['UpdateTrail', { Name: 'main' }],
    ['DeleteTrail', { Name: arn }],
    ['StartLogging', { Name: 'main' }],
    ['StopLogging', { Name: arn }],
    ['GetTrail', { Name: 'main' }],
    ['GetTrailStatus', { Name: 'main' }],
    ['GetEventSelectors', { TrailName: 'main' }],
    ['GetInsightSelectors', { TrailName: arn }],
    ['GetEventConfiguration', { TrailName: 'main' }],
    ['ListTags', { ResourceIdList: [arn] }],
  ] as const)('its own action on the trail: %s', (operation, input) => {
    const { needs } = sandbox();

    expect(needs(operation, input)).toStrictEqual([
      { action: `cloudtrail:${operation}`, resource: arn },
    ]);
  });

  test.each(['DescribeTrails', 'ListTrails'] as const)(
    'its own action on all resources: %s',
    (operation) => {
      const { needs } = sandbox();

      expect(needs(operation)).toStrictEqual([
        { action: `cloudtrail:${operation}`, resource: '*' },
      ]);
    },
  );

  test('permission for a name in the caller’s account and Region', () => {
    const { needs } = sandbox();

    expect(
      needs('StopLogging', { Name: 'main' }, { ...member, region: 'us-east-1' }),
    ).toStrictEqual([
      {
        action: 'cloudtrail:StopLogging',
        resource: 'arn:aws:cloudtrail:us-east-1:222233334444:trail/main',
      },
    ]);
  });

  test('permission before its input is validated', () => {
    const { needs } = sandbox();

    expect(needs('ListTags')).toStrictEqual([]);
    expect(needs('GetTrail', {})).toHaveLength(1);
  });

  // [D] "Granting permission to pass a role to CloudTrail"
  test.each(['CreateTrail', 'UpdateTrail'] as const)(
    'to pass the role that it sends: %s',
    (operation) => {
      const { needs } = sandbox();

      expect(needs(operation, { Name: 'main', CloudWatchLogsRoleArn: logRole })).toContainEqual({
        action: 'iam:PassRole',
        resource: logRole,
        context: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
      });
      expect(needs(operation, { Name: 'main', CloudWatchLogsRoleArn: '' })).toHaveLength(1);
    },
  );

  // [D] "Prepare for creating a trail for your organization"
  describe('to read the organization', () => {
    const rights = ({ action, resource }: Need) => [action, resource];
    const rightsFor = (made: ReturnType<typeof sandbox>, ...asked: Parameters<typeof made.needs>) =>
      made
        .needs(...asked)
        .slice(1)
        .map(rights);
    const organization = [
      ['organizations:DescribeOrganization', '*'],
      ['organizations:ListAWSServiceAccessForOrganization', '*'],
    ];
    const listAccounts = ['organizations:ListAccounts', '*'];
    const serviceRole = [
      'iam:GetRole',
      'arn:aws:iam::111122223333:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail',
    ];

    test('if it creates an organization trail', () => {
      const made = sandboxWithTrail();
      const input = { Name: 'main', IsOrganizationTrail: true };

      const expected = [...organization, listAccounts, serviceRole];
      expect(rightsFor(made, 'CreateTrail', input)).toStrictEqual(expected);
      expect(rightsFor(made, 'UpdateTrail', input)).toStrictEqual(expected);
    });

    test('and to create the service-linked role, if it creates the first organization trail', () => {
      const made = sandboxWithTrail();
      made.world.roles.clear();

      const needs = made.needs('CreateTrail', { Name: 'main', IsOrganizationTrail: true });

      expect(needs.at(-1)).toMatchObject({
        action: 'iam:CreateServiceLinkedRole',
        resource: serviceRole[1],
        context: { 'iam:AWSServiceName': 'cloudtrail.amazonaws.com' },
      });
    });

    test('if it updates an organization trail', () => {
      const made = sandboxWithTrail(organizationTrail);

      expect(rightsFor(made, 'UpdateTrail', { Name: arn })).toStrictEqual([
        ...organization,
        listAccounts,
        serviceRole,
      ]);
    });

    // [M] Their errors include InsufficientDependencyServiceAccessPermissionException; [U] the required permissions.
    test.each([
      ['StartLogging', { Name: 'main' }],
      ['StopLogging', { Name: arn }],
      ['DeleteTrail', { Name: 'main' }],
      ['PutEventSelectors', { TrailName: 'main' }],
      ['PutEventConfiguration', { TrailName: arn }],
    ] as const)('if it changes an organization trail otherwise: %s', (operation, input) => {
      expect(rightsFor(sandboxWithTrail(organizationTrail), operation, input)).toStrictEqual(
        organization,
      );
      expect(rightsFor(sandboxWithTrail(), operation, input)).toStrictEqual([]);
    });

    // [I] Message: natsukium/dotfiles#716.
    test('and fails with InsufficientDependencyServiceAccessPermissionException otherwise', async () => {
      const { world, needs } = sandboxWithTrail(organizationTrail);
      const roleArn = 'arn:aws:iam::111122223333:role/operator';
      world.roles.set(roleArn, {
        policies: new Map([
          [
            'CloudTrail',
            {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'cloudtrail:*', Resource: '*' }],
            },
          ],
        ]),
        attached: [],
        boundary: null,
        trust: {},
      });
      const operator = sessionOf(roleArn, 'night', 'an-access-key');

      await expect(
        authorize(world, operator, needs('StopLogging', { Name: 'main' })),
      ).rejects.toMatchObject({
        code: 'InsufficientDependencyServiceAccessPermissionException',
        message:
          'AWS CloudTrail cannot create resources for your organization because access to one or more required APIs has been denied.',
      });
    });

    test('but not if it updates an account trail', () => {
      const { needs } = sandboxWithTrail(organizationTrail);

      expect(needs('UpdateTrail', { Name: arn, IsOrganizationTrail: false })).toHaveLength(1);
    });
  });
});
