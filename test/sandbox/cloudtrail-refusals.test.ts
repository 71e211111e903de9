import { describe, expect, test } from 'vitest';
import { authorize } from '#sandbox/iam.ts';
import { sessionOf } from '#sandbox/principal.ts';
import type { Need } from '#sandbox/service.ts';
import {
  arn,
  logGroup,
  logRole,
  organizationTrail,
  unknownArn,
  whole,
} from '../support/sandbox-trails.ts';
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
} from './world.ts';

// What [M], [D] and the other marks mean is in test/support/sandbox-trails.ts.

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
