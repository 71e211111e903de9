import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// [M] the API model and reference of PutEventSelectors and EventSelector; [S 03][S 10][S 16] recorded calls; [T]
// terraform-provider-aws; [I] the messages, as publicly reported; [U] not verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const defaults = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
};
const management = { Field: 'eventCategory', Equals: ['Management'] };

const put = (EventSelectors: unknown) =>
  sandboxWithTrail().ask('PutEventSelectors', { TrailName: 'main', EventSelectors });
const refusal = (EventSelectors: unknown) =>
  sandboxWithTrail().refusal('PutEventSelectors', { TrailName: 'main', EventSelectors });

// [M] PutEventSelectors replaces, and each kind overwrites the other.
describe('writing event selectors', () => {
  const readOnly = { ...defaults, ReadWriteType: 'ReadOnly' };

  test('returns what GetEventSelectors returns', () => {
    const { ask } = sandboxWithTrail();

    const answer = ask('PutEventSelectors', { TrailName: arn, EventSelectors: [readOnly] });

    expect(answer).toStrictEqual({ TrailARN: arn, EventSelectors: [readOnly] });
    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual(answer);
  });

  test('replaces all existing selectors', () => {
    const { ask } = sandboxWithTrail();
    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [readOnly, defaults] });

    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [readOnly] });

    expect(ask('GetEventSelectors', { TrailName: 'main' }).EventSelectors).toStrictEqual([
      readOnly,
    ]);
  });

  test('of one kind removes those of the other', () => {
    const { ask } = sandboxWithTrail();
    const advanced = [{ FieldSelectors: [management] }];

    ask('PutEventSelectors', { TrailName: 'main', AdvancedEventSelectors: advanced });
    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      AdvancedEventSelectors: advanced,
    });

    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [readOnly] });
    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual({
      TrailARN: arn,
      EventSelectors: [readOnly],
    });
  });

  // [M] Of the exceptions that the operation lists, the one about selectors.
  test('of both kinds at once is refused', () => {
    const { refusal } = sandboxWithTrail();
    const both = {
      EventSelectors: [defaults],
      AdvancedEventSelectors: [{ FieldSelectors: [management] }],
    };

    expect(refusal('PutEventSelectors', { TrailName: 'main', ...both })).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message: 'Specify either EventSelectors or AdvancedEventSelectors, not both.',
    });
  });

  test('of one kind ignores a null for the other', () => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: 'main', EventSelectors: [{}], AdvancedEventSelectors: null };

    expect(ask('PutEventSelectors', input).EventSelectors).toHaveLength(1);
  });

  // [I] hashicorp/terraform-provider-aws#6628
  test.each([
    ['neither kind', {}],
    ['an empty list', { EventSelectors: [] }],
    ['an empty list of advanced ones', { AdvancedEventSelectors: [] }],
    ['six', { EventSelectors: Array(6).fill({}) }],
  ])('is refused with %s', (_case, input) => {
    const { refusal } = sandboxWithTrail();

    expect(refusal('PutEventSelectors', { TrailName: 'main', ...input })).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message: 'Specify a valid number of selectors (1 to 5) for your trail.',
    });
  });

  test('is applied completely or not at all', () => {
    const { ask, refusal } = sandboxWithTrail();
    const before = ask('GetEventSelectors', { TrailName: 'main' });

    refusal('PutEventSelectors', {
      TrailName: 'main',
      EventSelectors: [readOnly, { ReadWriteType: 'read-only' }],
    });

    expect(ask('GetEventSelectors', { TrailName: 'main' })).toStrictEqual(before);
  });

  // [T] "removes" selectors by writing the default, which reads as none.
  test('sets HasCustomEventSelectors until the default is written', () => {
    const { ask } = sandboxWithTrail();

    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [readOnly] });
    expect(ask('GetTrail', { Name: 'main' }).Trail?.HasCustomEventSelectors).toBe(true);

    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [{}] });
    expect(ask('GetTrail', { Name: 'main' }).Trail?.HasCustomEventSelectors).toBe(false);
  });

  test('does not change the rest of the trail', () => {
    const { ask, world } = sandboxWithTrail({ TagsList: [{ Key: 'owner' }] });
    const before = world.trails.get(arn);

    ask('PutEventSelectors', { TrailName: 'main', EventSelectors: [readOnly] });

    expect(world.trails.get(arn)).toStrictEqual({
      ...before,
      selectors: { EventSelectors: [readOnly] },
    });
  });
});

// [M] EventSelector's defaults; [S 03] all four fields are returned.
describe('a basic selector', () => {
  test.each([
    ['without fields', {}, defaults],
    [
      'with nulls',
      {
        ReadWriteType: null,
        IncludeManagementEvents: null,
        DataResources: null,
        ExcludeManagementEventSources: null,
      },
      defaults,
    ],
    ['of writes', { ReadWriteType: 'WriteOnly' }, { ...defaults, ReadWriteType: 'WriteOnly' }],
    [
      'without KMS and the RDS Data API',
      { ExcludeManagementEventSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
      {
        ...defaults,
        ExcludeManagementEventSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'],
      },
    ],
    [
      'of a resource type without values',
      { DataResources: [{ Type: 'AWS::S3::Object' }] },
      { ...defaults, DataResources: [{ Type: 'AWS::S3::Object', Values: [] }] },
    ],
  ])('%s is returned with all four fields', (_case, sent, answered) => {
    expect(put([sent]).EventSelectors).toStrictEqual([answered]);
  });

  // [S 03] As Stratus Red Team calls it.
  test('without management events is accepted with data types without values', () => {
    const losesCoverage = {
      ReadWriteType: 'ReadOnly',
      IncludeManagementEvents: false,
      DataResources: [
        { Type: 'AWS::S3::Object', Values: [] },
        { Type: 'AWS::Lambda::Function', Values: [] },
      ],
      ExcludeManagementEventSources: [],
    };

    expect(put([losesCoverage]).EventSelectors).toStrictEqual([losesCoverage]);
  });

  // [I] awsdocs/aws-cloudformation-user-guide#752, aws/aws-cdk#13966: each selector is checked separately.
  test('without management events is refused without a data type', () => {
    const nothing = { IncludeManagementEvents: false, DataResources: [] };

    expect(refusal([nothing])).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message:
        'Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, DataResources must not be empty.',
    });
    expect(refusal([{}, nothing]).code).toBe('InvalidEventSelectorsException');
  });

  test.each([
    ['an unknown spelling', { ReadWriteType: 'read-only' }],
    ['another source', { ExcludeManagementEventSources: ['s3.amazonaws.com'] }],
    ['an advanced resource type', { DataResources: [{ Type: 'AWS::SNS::Topic' }] }],
    ['a resource without a type', { DataResources: [{ Values: ['arn:aws:s3'] }] }],
    [
      'a value of another type',
      { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:lambda'] }] },
    ],
    [
      'a value that only starts like its type',
      { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3express:::b/'] }] },
    ],
    // [I] aws-samples/aws-security-reference-architecture-examples#335
    ['a wildcard', { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::*'] }] }],
    // [I] hashicorp/terraform-provider-aws#4043
    [
      'a bucket without a slash',
      { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::data-bucket'] }] },
    ],
  ])('is refused with %s', (_case, selector) => {
    expect(refusal([selector]).code).toBe('InvalidEventSelectorsException');
  });

  test('names the invalid field and its allowed values', () => {
    expect(refusal([{ ReadWriteType: 'read-only' }]).message).toBe(
      "Value 'read-only' for ReadWriteType is invalid: it must be one of ReadOnly, WriteOnly, All.",
    );
  });

  test('names the invalid value', () => {
    const DataResources = [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda:*'] }];

    expect(refusal([{ DataResources }]).message).toBe(
      'Value arn:aws:lambda:* for DataResources.Values is invalid.',
    );
  });

  test.each([
    ['AWS::S3::Object', ['arn:aws:s3', 'arn:aws:s3:::', 'arn:aws:s3:::bucket/prefix']],
    [
      'AWS::Lambda::Function',
      ['arn:aws:lambda', 'arn:aws:lambda:us-east-1:111122223333:function:f'],
    ],
    [
      'AWS::DynamoDB::Table',
      ['arn:aws:dynamodb', 'arn:aws:dynamodb:us-east-1:111122223333:table/t'],
    ],
  ])('accepts all and some resources of %s', (Type, Values) => {
    expect(put([{ DataResources: [{ Type, Values }] }]).EventSelectors).toMatchObject([
      { DataResources: [{ Type, Values }] },
    ]);
  });

  test.each([
    ['a selector', ['x']],
    ['a data resource', [{ DataResources: ['x'] }]],
    ['a flag', [{ IncludeManagementEvents: 'false' }]],
    ['a value', [{ DataResources: [{ Type: 'AWS::S3::Object', Values: [7] }] }]],
    ['a list of selectors', {}],
  ])('of the wrong JSON type is refused before validation: %s', (_case, selectors) => {
    expect(refusal(selectors).code).toBe('SerializationException');
  });

  test('can be one of five', () => {
    expect(put(Array(5).fill({})).EventSelectors).toHaveLength(5);
  });
});

// [M] 250 over all selectors, except for "all data events"; [I] aws-solutions/aws-crr-monitor#7: the limit applies to
// values.
describe('data resources', () => {
  const of = (count: number, more: readonly string[] = []) => ({
    DataResources: [
      {
        Type: 'AWS::S3::Object',
        Values: [...Array.from({ length: count }, (_, n) => `arn:aws:s3:::b${n}/`), ...more],
      },
    ],
  });

  test('are limited to 250 in all selectors together', () => {
    expect(put([of(125), of(125)]).EventSelectors).toHaveLength(2);
    expect(refusal([of(125), of(126)])).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message: 'Specify a valid number of DataResources.Values (0 to 250) for all your selectors.',
    });
  });

  test('do not count if they select all of a type', () => {
    expect(put([of(250, ['arn:aws:s3'])]).EventSelectors).toHaveLength(1);
  });
});
