import { describe, expect, test } from 'vitest';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import type { World } from '#sandbox/world.ts';
import {
  distantKeyArn,
  elsewhere,
  foreignKeyArn,
  home,
  keyArn,
  member,
  sandbox,
  sandboxWithTrail,
  stranger,
} from './world.ts';

// What the conformance suite does not state of trails. [M] the API model and reference, [D] the CloudTrail User Guide, [T]
// terraform-provider-aws, [U] not verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const logGroupArn = 'arn:aws:logs:eu-central-1:111122223333:log-group:trail';
const organizationTrail = { IsOrganizationTrail: true, IsMultiRegionTrail: true };
const whole = {
  S3KeyPrefix: 'org',
  SnsTopicName: 'deliveries',
  CloudWatchLogsLogGroupArn: `${logGroupArn}:*`,
  CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs',
  KmsKeyId: keyArn,
};

describe('an input', () => {
  test('that is null is one that is left out', () => {
    const { ask } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' });

    ask('UpdateTrail', { Name: 'main', S3KeyPrefix: null, IsMultiRegionTrail: null });

    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
  });

  test.each([
    ['a number for a name', { Name: 7 }],
    ['a string for a flag', { IsMultiRegionTrail: 'true' }],
    ['a number for a string', { S3KeyPrefix: 7 }],
  ])('of the wrong JSON type is refused before validation: %s', (_case, input) => {
    const { refusal } = sandbox();

    const trail = { Name: 'main', S3BucketName: 'the-logs', ...input };

    expect(refusal('CreateTrail', trail).code).toBe('SerializationException');
  });

  test.each([
    ['CreateTrail', { Name: 'main' }, 'InvalidS3BucketNameException'],
    ['StopLogging', {}, 'InvalidTrailNameException'],
    ['PutEventSelectors', { EventSelectors: [{}] }, 'InvalidTrailNameException'],
  ] as const)('that is required is missing: %s', (operation, input, code) => {
    expect(sandbox().refusal(operation, input).code).toBe(code);
  });

  // [M] The limits and exceptions of each field.
  test.each([
    ['a bucket with adjacent dots', { S3BucketName: 'a..b' }, 'InvalidS3BucketNameException'],
    ['another ARN as topic', { SnsTopicName: 'arn:aws:sqs:x:1:q' }, 'InvalidSnsTopicNameException'],
    ['another ARN as key', { KmsKeyId: 'arn:aws:s3:::the-logs' }, 'InvalidKmsKeyIdException'],
    ['a tag with an empty key', { TagsList: [{ Key: '' }] }, 'InvalidTagParameterException'],
    ['a tag without a key', { TagsList: [{}] }, 'InvalidTagParameterException'],
  ])('is refused: %s', (_case, input, code) => {
    const trail = { Name: 'main', S3BucketName: 'the-logs', ...input };

    expect(sandbox().refusal('CreateTrail', trail).code).toBe(code);
  });
});

// [M] KmsKeyId accepts four forms and returns the key ARN; SnsTopicName accepts a name or an ARN.
describe('a destination', () => {
  test.each([
    ['a key by the ARN of its alias', 'arn:aws:kms:eu-central-1:111122223333:alias/logs', keyArn],
    ['a multi-Region key of another account', foreignKeyArn, foreignKeyArn],
  ])('can be %s', (_case, KmsKeyId, found) => {
    const { ask } = sandboxWithTrail({ KmsKeyId });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.KmsKeyId).toBe(found);
  });

  test.each(['t'.repeat(256), 'arn:aws:sns:us-east-1:222233334444:central'])(
    'can be a topic: %s',
    (SnsTopicName) => {
      const { ask } = sandboxWithTrail({ SnsTopicName });

      expect(ask('GetTrail', { Name: 'main' }).Trail).toMatchObject({ SnsTopicName });
    },
  );

  test('of encryption is in the Region of the bucket, not of the trail', () => {
    const { ask, refusal } = sandboxWithTrail({
      S3BucketName: 'distant-logs',
      KmsKeyId: distantKeyArn,
    });

    expect(ask('GetTrail', { Name: 'main' }).Trail?.KmsKeyId).toBe(distantKeyArn);
    expect(refusal('UpdateTrail', { Name: 'main', S3BucketName: 'the-logs' }).code).toBe(
      'KmsKeyNotFoundException',
    );
  });

  // [T] trail.go: both "need to be updated at the same time or API complains".
  test.each([
    [{ CloudWatchLogsLogGroupArn: '' }, 'InvalidCloudWatchLogsRoleArnException'],
    [{ CloudWatchLogsRoleArn: '' }, 'InvalidCloudWatchLogsLogGroupArnException'],
  ])('of events is cleared with its role: %o alone is refused', (input, code) => {
    const { refusal } = sandboxWithTrail(whole);

    expect(refusal('UpdateTrail', { Name: 'main', ...input }).code).toBe(code);
  });
});

// [M] The errors of CreateTrail, UpdateTrail and PutInsightSelectors; [U] that a broken key or log group fails other updates, too.
describe.each<[string, (world: World) => void, string, object]>([
  ['a deleted key', ({ keys }) => keys.delete(keyArn), 'KmsKeyNotFoundException', { KmsKeyId: '' }],
  ['a disabled key', withKey({ state: 'Disabled' }), 'KmsException', { KmsKeyId: foreignKeyArn }],
  [
    'a key pending deletion',
    withKey({ state: 'PendingDeletion' }),
    'KmsKeyNotFoundException',
    { KmsKeyId: '' },
  ],
  [
    'a key policy that only allows DescribeKey',
    withKey({ policy: policyForCloudTrail('kms:DescribeKey', '*') }),
    'InsufficientEncryptionPolicyException',
    { KmsKeyId: '' },
  ],
  [
    'a deleted log group',
    ({ logGroups }) => logGroups.delete(logGroupArn),
    'InvalidCloudWatchLogsLogGroupArnException',
    { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
  ],
  [
    'a deleted topic',
    ({ topics }) => topics.delete('arn:aws:sns:eu-central-1:111122223333:deliveries'),
    'InsufficientSnsTopicPolicyException',
    { SnsTopicName: '' },
  ],
])('%s', (_case, breaking, code, replaced) => {
  const broken = () => {
    const made = sandboxWithTrail(whole);
    breaking(made.world);
    return made;
  };

  test('prevents updates of other fields, until it is replaced', () => {
    const { ask, refusal } = broken();
    const before = ask('GetTrail', { Name: 'main' });

    expect(refusal('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new' }).code).toBe(code);
    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
    ask('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new', ...replaced });
  });

  test('does not prevent starting, stopping and deleting the trail', () => {
    const { ask, world } = broken();

    ask('StartLogging', { Name: 'main' });
    ask('StopLogging', { Name: 'main' });
    ask('DeleteTrail', { Name: 'main' });

    expect(world.trails.size).toBe(0);
  });
});

test.each<[string, (world: World) => void, string]>([
  ['a disabled key', withKey({ state: 'Disabled' }), 'KmsException'],
  ['a deleted key', ({ keys }) => keys.delete(keyArn), 'KmsException'],
  [
    'a deleted bucket',
    ({ buckets }) => buckets.delete('the-logs'),
    'S3BucketDoesNotExistException',
  ],
])('Insights are refused for %s', (_case, breaking, code) => {
  const { world, refusal } = sandboxWithTrail(whole);
  breaking(world);
  const input = { TrailName: 'main', InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }] };

  expect(refusal('PutInsightSelectors', input).code).toBe(code);
});

// [M] Shadow trails: IsMultiRegionTrail, includeShadowTrails.
describe('a trail', () => {
  test.each([
    ['GetTrail', { Name: arn }],
    ['StopLogging', { Name: arn }],
    ['PutEventSelectors', { TrailName: arn, EventSelectors: [{}] }],
    ['PutInsightSelectors', { TrailName: arn, InsightSelectors: [] }],
    ['PutEventConfiguration', { TrailName: arn, AggregationConfigurations: [] }],
  ] as const)('is not found in a Region without a shadow trail: %s', (operation, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal(operation, input, elsewhere).code).toBe('TrailNotFoundException');
  });

  test('has no shadow trail in another partition', () => {
    const { ask } = sandboxWithTrail({ IsMultiRegionTrail: true });

    expect(ask('DescribeTrails', {}, { ...home, region: 'cn-north-1' }).trailList).toEqual([]);
  });

  test('of another Region is described by ARN, and is no shadow trail there', () => {
    const { ask } = sandboxWithTrail();
    const input = { trailNameList: [arn], includeShadowTrails: false };

    expect(ask('DescribeTrails', input, elsewhere).trailList).toHaveLength(1);
  });

  test('is refused by the ARN of another account, or with an invalid name', () => {
    const { refusal } = sandboxWithTrail();
    const code = 'CloudTrailARNInvalidException';

    expect(refusal('GetTrail', { Name: arn.replace('main', '-main') }).code).toBe(code);
    expect(refusal('DescribeTrails', { trailNameList: [arn] }, stranger).code).toBe(code);
    expect(refusal('PutEventSelectors', { TrailName: arn }, stranger).code).toBe(code);
  });
});

// [M] IsOrganizationTrail; [D] "Prepare for creating a trail for your organization".
describe('an organization trail', () => {
  const sees = (made: ReturnType<typeof sandbox>, at: typeof home) =>
    made.ask('DescribeTrails', {}, at).trailList?.length;

  test('is in every Region of its member accounts only if it is multi-Region, until it is deleted', () => {
    const distant = { ...member, region: 'us-east-1' };
    const single = sandboxWithTrail({ IsOrganizationTrail: true });
    const multi = sandboxWithTrail(organizationTrail);

    expect([sees(single, member), sees(single, distant)]).toEqual([1, 0]);
    expect([sees(multi, member), sees(multi, distant), sees(multi, stranger)]).toEqual([1, 1, 0]);
    multi.ask('DeleteTrail', { Name: 'main' });
    expect([sees(multi, member), sees(multi, distant)]).toEqual([0, 0]);
  });

  test('cannot be made of a trail of a member account, or outside of an organization', () => {
    const { ask, refusal } = sandbox();
    const trail = { Name: 'main', S3BucketName: 'the-logs' };
    ask('CreateTrail', trail, member);

    expect(refusal('UpdateTrail', { Name: 'main', IsOrganizationTrail: true }, member).code).toBe(
      'NotOrganizationMasterAccountException',
    );
    expect(refusal('CreateTrail', { ...trail, ...organizationTrail }, stranger).code).toBe(
      'OrganizationsNotInUseException',
    );
  });
});

// [D] Quotas: five trails a Region, shadow trails included.
describe('a sixth trail is refused', () => {
  const fill = (made: ReturnType<typeof sandbox>, names: readonly string[], at: typeof home) => {
    for (const Name of names) made.ask('CreateTrail', { Name, S3BucketName: 'the-logs' }, at);
    return made;
  };
  const sixth = { Name: 'six', S3BucketName: 'the-logs' };

  test('if its shadow trail has no room', () => {
    const { refusal } = fill(sandbox(), ['one', 'two', 'three', 'four', 'five'], elsewhere);

    expect(refusal('CreateTrail', { ...sixth, IsMultiRegionTrail: true }).message).toBe(
      'User: 111122223333 already has 5 trails in us-east-1.',
    );
  });

  test('in a member account if the organization trail is one of its five', () => {
    const made = sandboxWithTrail(organizationTrail);
    const { refusal } = fill(made, ['one', 'two', 'three', 'four'], member);

    expect(refusal('CreateTrail', sixth, member).code).toBe(
      'MaximumNumberOfTrailsExceededException',
    );
  });
});

// [M][U] No record of these is public.
describe('a record', () => {
  test('of advanced selectors has their operators', () => {
    const { record } = sandboxWithTrail();
    const FieldSelectors = [{ Field: 'eventCategory', Equals: ['Management'] }];
    const advancedEventSelectors = [
      { name: 'all', fieldSelectors: [{ field: 'eventCategory', equals: ['Management'] }] },
    ];

    expect(
      record('PutEventSelectors', {
        TrailName: arn,
        AdvancedEventSelectors: [{ Name: 'all', FieldSelectors }],
      }),
    ).toMatchObject({
      requestParameters: { trailName: arn, advancedEventSelectors },
      responseElements: { trailARN: arn, advancedEventSelectors },
    });
  });

  test.each([
    ['PutInsightSelectors', { InsightSelectors: [] }, { insightSelectors: [] }],
    ['PutEventConfiguration', { AggregationConfigurations: [] }, { aggregationConfigurations: [] }],
  ] as const)('of %s has a response even if it clears them', (operation, input, recorded) => {
    const { record } = sandboxWithTrail();

    expect(record(operation, { TrailName: 'main', ...input })).toMatchObject({
      requestParameters: { trailName: 'main', ...recorded },
      responseElements: { trailARN: arn, ...recorded },
    });
  });

  test.each(['AddTags', 'RemoveTags'] as const)('of tags has no response: %s', (operation) => {
    const { record } = sandboxWithTrail();
    const input = { ResourceId: arn, TagsList: [{ Key: 'owner', Value: 'security' }] };

    expect(record(operation, input).responseElements).toBeNull();
  });
});

function withKey(change: object): (world: World) => void {
  return ({ keys }) => {
    const key = keys.get(keyArn);
    if (key) keys.set(keyArn, { ...key, ...change });
  };
}
