import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// What the conformance suite does not state of basic selectors. [M] the API model and reference of PutEventSelectors and EventSelector;
// [S 03] a recorded call; [I] the messages, as publicly reported.

const defaults = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
};

const put = (EventSelectors: unknown) =>
  sandboxWithTrail().ask('PutEventSelectors', { TrailName: 'main', EventSelectors });
const refusal = (EventSelectors: unknown) =>
  sandboxWithTrail().refusal('PutEventSelectors', { TrailName: 'main', EventSelectors });

describe('writing event selectors', () => {
  const readOnly = { ...defaults, ReadWriteType: 'ReadOnly' };

  test('of one kind ignores a null for the other', () => {
    const { ask } = sandboxWithTrail();
    const input = { TrailName: 'main', EventSelectors: [{}], AdvancedEventSelectors: null };

    expect(ask('PutEventSelectors', input).EventSelectors).toHaveLength(1);
  });

  // [I] hashicorp/terraform-provider-aws#6628
  test.each([
    ['neither kind', {}],
    ['an empty list of advanced ones', { AdvancedEventSelectors: [] }],
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
});

// [M] EventSelector's defaults; [S 03] all four fields are returned.
describe('a basic selector', () => {
  test.each([
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
    [
      'of a resource type without values',
      { DataResources: [{ Type: 'AWS::S3::Object' }] },
      { ...defaults, DataResources: [{ Type: 'AWS::S3::Object', Values: [] }] },
    ],
  ])('%s is returned with all four fields', (_case, sent, answered) => {
    expect(put([sent]).EventSelectors).toStrictEqual([answered]);
  });

  test.each([
    ['a resource without a type', { DataResources: [{ Values: ['arn:aws:s3'] }] }],
    [
      'a value of another type',
      { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:lambda'] }] },
    ],
    [
      'a value that only starts like its type',
      { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3express:::b/'] }] },
    ],
  ])('is refused with %s', (_case, selector) => {
    expect(refusal([selector]).code).toBe('InvalidEventSelectorsException');
  });

  // [I] awsdocs/aws-cloudformation-user-guide#752, aws/aws-cdk#13966
  test('that selects nothing is refused beside one that selects something', () => {
    expect(refusal([{}, { IncludeManagementEvents: false, DataResources: [] }])).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message:
        'Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, DataResources must not be empty.',
    });
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
});

// [M] 250 over all selectors, except for "all data events".
test('data resources do not count if they select all of a type', () => {
  const buckets = Array.from({ length: 250 }, (_, n) => `arn:aws:s3:::b${n}/`);
  const DataResources = [{ Type: 'AWS::S3::Object', Values: [...buckets, 'arn:aws:s3'] }];

  expect(put([{ DataResources }]).EventSelectors).toHaveLength(1);
});
