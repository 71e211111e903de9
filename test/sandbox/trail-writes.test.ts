import { describe, expect, test } from 'vitest';
import { elsewhere, member, sandbox, sandboxWithTrail, stranger } from './world.ts';

// Rules that apply both to the trail's settings and to its selectors, configurations and tags.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const organizationTrail = { IsOrganizationTrail: true, IsMultiRegionTrail: true };
const puts = [
  ['PutEventSelectors', { EventSelectors: [{}] }],
  ['PutInsightSelectors', { InsightSelectors: [] }],
  ['PutEventConfiguration', { AggregationConfigurations: [] }],
] as const;

// [M] "must be called from the Region in which the trail was created"; [D] member accounts can read but not change.
describe.each(puts)('%s', (operation, input) => {
  test('accepts a name or an ARN', () => {
    const { ask } = sandboxWithTrail();

    expect(ask(operation, { TrailName: 'main', ...input })).toMatchObject({ TrailARN: arn });
    expect(ask(operation, { TrailName: arn, ...input })).toMatchObject({ TrailARN: arn });
  });

  test.each([
    ['without a trail', undefined, {}, undefined, 'InvalidTrailNameException'],
    ['for an unknown trail', 'gone', {}, undefined, 'TrailNotFoundException'],
    ['in a Region without a shadow trail', arn, {}, elsewhere, 'TrailNotFoundException'],
    [
      'for a shadow trail',
      arn,
      { IsMultiRegionTrail: true },
      elsewhere,
      'InvalidHomeRegionException',
    ],
    ['for another account', arn, {}, stranger, 'CloudTrailARNInvalidException'],
    [
      'by a member account',
      arn,
      organizationTrail,
      member,
      'NotOrganizationMasterAccountException',
    ],
  ])('is refused %s', (_case, TrailName, made, at, code) => {
    const { refusal } = sandboxWithTrail(made);

    expect(refusal(operation, { TrailName, ...input }, at).code).toBe(code);
  });
});

// [D] Service Authorization Reference: the resource that each action is checked on.
describe('a call needs its own action on the trail', () => {
  test.each([
    ['PutEventSelectors', { TrailName: 'main' }],
    ['PutInsightSelectors', { TrailName: arn }],
    ['PutEventConfiguration', { TrailName: 'main' }],
    ['AddTags', { ResourceId: arn }],
    ['RemoveTags', { ResourceId: arn }],
  ] as const)('%s', (operation, input) => {
    const { needs } = sandbox();

    expect(needs(operation, input)).toStrictEqual([
      { action: `cloudtrail:${operation}`, resource: arn },
    ]);
  });
});

// [S 03] PutEventSelectors; [M][U] the others, for which no record is public.
describe('a record', () => {
  test('of selectors has them in the request and in the response', () => {
    const { record } = sandboxWithTrail();
    const DataResources = [{ Type: 'AWS::S3::Object' }];

    expect(
      record('PutEventSelectors', { TrailName: 'main', EventSelectors: [{ DataResources }] }),
    ).toMatchObject({
      eventName: 'PutEventSelectors',
      readOnly: false,
      requestParameters: {
        trailName: 'main',
        eventSelectors: [{ dataResources: [{ type: 'AWS::S3::Object' }] }],
      },
      responseElements: {
        trailARN: arn,
        eventSelectors: [
          {
            readWriteType: 'All',
            includeManagementEvents: true,
            dataResources: [{ type: 'AWS::S3::Object', values: [] }],
            excludeManagementEventSources: [],
          },
        ],
      },
    });
  });

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

  test('of Insights and of a configuration has an object even if it clears them', () => {
    const { record } = sandboxWithTrail();

    expect(
      record('PutInsightSelectors', { TrailName: 'main', InsightSelectors: [] }),
    ).toMatchObject({
      requestParameters: { trailName: 'main', insightSelectors: [] },
      responseElements: { trailARN: arn, insightSelectors: [] },
    });
    expect(
      record('PutEventConfiguration', { TrailName: 'main', AggregationConfigurations: [] }),
    ).toMatchObject({
      requestParameters: { trailName: 'main', aggregationConfigurations: [] },
      responseElements: { trailARN: arn, aggregationConfigurations: [] },
    });
  });

  test.each(['AddTags', 'RemoveTags'] as const)('of tags has no response: %s', (operation) => {
    const { record } = sandboxWithTrail();

    expect(
      record(operation, { ResourceId: arn, TagsList: [{ Key: 'owner', Value: 'security' }] }),
    ).toMatchObject({
      requestParameters: { resourceId: arn, tagsList: [{ key: 'owner', value: 'security' }] },
      responseElements: null,
    });
  });
});
