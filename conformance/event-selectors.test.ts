import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { cloudtrail, context, getTrail, ownTrail, sharedTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

const { name: TrailName } = sharedTrail();
const byDefault: EventSelector = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
};
const management: AdvancedEventSelector = {
  Name: 'management',
  FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }],
};
const objects = (count: number) => ({
  Type: 'AWS::S3::Object',
  Values: Array.from({ length: count }, (_, index) => `arn:aws:s3:::${context.bucket}/${index}`),
});
const withValues = (count: number): AdvancedEventSelector => ({
  FieldSelectors: [
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    { Field: 'resources.ARN', StartsWith: objects(count - 2).Values },
  ],
});

describe('event selectors [M: PutEventSelectors, GetEventSelectors]', () => {
  test('are one selector of all management events by default [D; I: go-to-k/cdkd]', async () => {
    const { name, arn } = await ownTrail();

    const { $metadata, ...answer } = await cloudtrail.getEventSelectors({ TrailName: name });

    expect(answer).toEqual({ TrailARN: arn, EventSelectors: [byDefault] });
  });

  test('are returned by put and get as they were sent', async () => {
    const { name, arn } = await ownTrail();
    const EventSelectors: EventSelector[] = [
      {
        ReadWriteType: 'WriteOnly',
        IncludeManagementEvents: true,
        DataResources: [objects(2)],
        ExcludeManagementEventSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'],
      },
      {
        ReadWriteType: 'ReadOnly',
        IncludeManagementEvents: false,
        DataResources: [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }],
        ExcludeManagementEventSources: [],
      },
    ];

    const put = await cloudtrail.putEventSelectors({ TrailName: arn, EventSelectors });
    const read = await cloudtrail.getEventSelectors({ TrailName: name });

    expect(put).toMatchObject({ TrailARN: arn, EventSelectors });
    expect(read).toMatchObject({ TrailARN: arn, EventSelectors });
    expect(read.AdvancedEventSelectors ?? []).toEqual([]);
    expect((await getTrail(name))?.HasCustomEventSelectors).toBe(true);
  });

  test('are replaced, not merged', async () => {
    const { name } = await ownTrail();
    await putBasic([{ ...byDefault, ExcludeManagementEventSources: ['kms.amazonaws.com'] }], name);

    await putBasic([{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], name);

    expect(await basicOf(name)).toEqual([{ ...byDefault, ReadWriteType: 'ReadOnly' }]);
  });

  test('get defaults for fields that are left out', async () => {
    const { name } = await ownTrail();

    await putBasic([{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }], name);

    expect(await basicOf(name)).toEqual([
      { ...byDefault, ExcludeManagementEventSources: ['kms.amazonaws.com'] },
    ]);
  });

  test('are no longer custom once the default was put [T: trail.go]', async () => {
    const { name } = await ownTrail();
    await putBasic([{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], name);

    await putBasic([byDefault], name);

    expect((await getTrail(name))?.HasCustomEventSelectors).toBe(false);
  });

  test('can log only data events of no resource [S 03]', async () => {
    const { name } = await ownTrail();
    const blind = {
      ReadWriteType: 'ReadOnly' as const,
      IncludeManagementEvents: false,
      DataResources: [
        { Type: 'AWS::S3::Object', Values: [] },
        { Type: 'AWS::Lambda::Function', Values: [] },
      ],
      ExcludeManagementEventSources: [],
    };

    await putBasic([blind], name);

    expect(await basicOf(name)).toEqual([blind]);
  });

  test.each(['arn:aws:s3', 'arn:aws:s3:::', `arn:aws:s3:::${context.bucket}/`])(
    'can select the objects of %s [M: DataResource; I: boto/boto3#2636]',
    async (value) => {
      const { name } = await ownTrail();
      const DataResources = [{ Type: 'AWS::S3::Object', Values: [value] }];

      await putBasic([{ ...byDefault, DataResources }], name);

      expect(await basicOf(name)).toEqual([{ ...byDefault, DataResources }]);
    },
  );

  test('that are advanced replace basic ones', async () => {
    const { name } = await ownTrail();
    await putBasic([{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], name);

    const put = await putAdvanced([management], name);
    const read = await cloudtrail.getEventSelectors({ TrailName: name });

    expect(put.AdvancedEventSelectors).toEqual([management]);
    expect(read.AdvancedEventSelectors).toEqual([management]);
    expect(read.EventSelectors ?? []).toEqual([]);
    expect((await getTrail(name))?.HasCustomEventSelectors).toBe(true);
  });

  test('that are basic replace advanced ones [U]', async () => {
    const { name } = await ownTrail();
    await putAdvanced([management], name);

    await putBasic([byDefault], name);

    const read = await cloudtrail.getEventSelectors({ TrailName: name });
    expect(read.EventSelectors).toEqual([byDefault]);
    expect(read.AdvancedEventSelectors ?? []).toEqual([]);
  });

  test.each(['AWS::S3::Object', 'AWS::DynamoDB::Table', 'AWS::Lambda::Function'])(
    'that are advanced can select data events: %s [D: logging-data-events]',
    async (type) => {
      const { name } = await ownTrail();
      const data = {
        Name: 'data',
        FieldSelectors: [
          { Field: 'eventCategory', Equals: ['Data'] },
          { Field: 'resources.type', Equals: [type] },
          { Field: 'readOnly', Equals: ['false'] },
          { Field: 'eventName', NotStartsWith: ['Get'], NotEquals: ['PutObject'] },
        ],
      };

      await putAdvanced([management, data], name);

      const { AdvancedEventSelectors = [] } = await cloudtrail.getEventSelectors({
        TrailName: name,
      });
      expect(AdvancedEventSelectors).toMatchObject([management, { Name: 'data' }]);
      expect(new Set(AdvancedEventSelectors[1]?.FieldSelectors)).toEqual(
        new Set(data.FieldSelectors),
      );
    },
  );

  test('have limits of five selectors, 250 data resources and 500 advanced values', async () => {
    const { name } = await ownTrail();

    await putBasic([1, 2, 3, 4, 5].map(() => byDefault).with(0, dataOf(250)), name);
    await putAdvanced([withValues(500)], name);

    const { AdvancedEventSelectors } = await cloudtrail.getEventSelectors({ TrailName: name });
    expect(AdvancedEventSelectors).toHaveLength(1);
  });
});

const bucketOnly = {
  Type: 'AWS::S3::Object',
  Values: [`arn:aws:s3:::${context.bucket}`],
};

describe('event selectors are refused [M: InvalidEventSelectorsException]', () => {
  const error = 'InvalidEventSelectorsException';

  test('if the list is empty [I: go-to-k/cdkd, hashicorp/terraform-provider-aws#6628]', async () => {
    const { message } = await refusal(putBasic([]), error);

    expect(message).toMatch(/valid number of selectors \(1 to 5\)/i);
  });

  test('if both kinds are sent at once', async () => {
    await refusal(
      cloudtrail.putEventSelectors({
        TrailName,
        EventSelectors: [byDefault],
        AdvancedEventSelectors: [management],
      }),
      error,
    );
  });

  test('with more than 250 data resources [I: aws-solutions/aws-crr-monitor#7]', async () => {
    const { message } = await refusal(putBasic([dataOf(125), dataOf(126)]), error);

    expect(message).toMatch(/valid number of DataResources\.Values \(0 to 250\)/i);
  });

  test.each([
    ['more than five selectors', [1, 2, 3, 4, 5, 6].map(() => byDefault)],
    ['an invalid ReadWriteType', [{ ...byDefault, ReadWriteType: 'read-only' as 'All' }]],
    ['a data resource type that only advanced selectors support', [dataOf(1, 'AWS::SNS::Topic')]],
    [
      'neither management events nor data resources [I: awsdocs/aws-cloudformation-user-guide#752]',
      [{ ...byDefault, IncludeManagementEvents: false }],
    ],
    [
      'a wildcard as a data resource [I: aws-security-reference-architecture-examples#335]',
      [{ ...byDefault, DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::*'] }] }],
    ],
    [
      'a bucket without a trailing slash [I: hashicorp/terraform-provider-aws#4043, aws/aws-cdk#3450]',
      [{ ...byDefault, DataResources: [bucketOnly] }],
    ],
    [
      'an excluded source other than KMS and RDS Data',
      [{ ...byDefault, ExcludeManagementEventSources: ['ec2.amazonaws.com'] }],
    ],
  ])('with %s', async (_case, selectors) => {
    await refusal(putBasic(selectors), error);
  });

  test.each<[string, AdvancedEventSelector['FieldSelectors']]>([
    ['no category', [{ Field: 'readOnly', Equals: ['true'] }]],
    ['an unknown category', [{ Field: 'eventCategory', Equals: ['Everything'] }]],
    [
      'a category with another operator than Equals',
      [{ Field: 'eventCategory', StartsWith: ['Manage'] }],
    ],
    ['data events without a type', [{ Field: 'eventCategory', Equals: ['Data'] }]],
    // [M] AdvancedFieldSelector: "The following additional fields are available for event data stores". [U] the error.
    ...['eventName', 'eventType', 'userIdentity.arn', 'sessionCredentialFromConsole'].map(
      (Field): [string, AdvancedEventSelector['FieldSelectors']] => [
        `management events by ${Field}`,
        [...(management.FieldSelectors ?? []), { Field, NotEquals: ['true'] }],
      ],
    ),
    [
      'an excluded management event source other than KMS and RDS Data',
      [
        ...(management.FieldSelectors ?? []),
        { Field: 'eventSource', NotEquals: ['sts.amazonaws.com'] },
      ],
    ],
    ['an unknown field', [...(management.FieldSelectors ?? []), { Field: 'mood', Equals: ['x'] }]],
    [
      'a field without an operator [I: aws/aws-sdk-go#4260]',
      [...(management.FieldSelectors ?? []), { Field: 'eventSource' }],
    ],
  ])('with %s', async (_case, FieldSelectors) => {
    await refusal(putAdvanced([{ FieldSelectors }]), error);
  });

  test('with more than 500 advanced values', async () => {
    await refusal(putAdvanced([withValues(251), withValues(250)]), error);
  });
});

function dataOf(count: number, Type = 'AWS::S3::Object'): EventSelector {
  return { ...byDefault, DataResources: [{ ...objects(count), Type }] };
}

function putBasic(EventSelectors: EventSelector[], trail = TrailName) {
  return cloudtrail.putEventSelectors({ TrailName: trail, EventSelectors });
}

function putAdvanced(AdvancedEventSelectors: AdvancedEventSelector[], trail = TrailName) {
  return cloudtrail.putEventSelectors({ TrailName: trail, AdvancedEventSelectors });
}

async function basicOf(trail: string) {
  return (await cloudtrail.getEventSelectors({ TrailName: trail })).EventSelectors;
}
