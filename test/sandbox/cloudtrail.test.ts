import { describe, expect, test } from 'vitest';
import {
  arn,
  logGroup,
  logRole,
  organizationTrail,
  unknownArn,
  whole,
} from '../support/sandbox-trails.ts';
import { elsewhere, home, keyArn, member, sandbox, sandboxWithTrail, stranger } from './world.ts';

// What [M], [D] and the other marks mean is in test/support/sandbox-trails.ts.

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
