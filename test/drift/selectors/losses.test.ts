import { describe, expect, test } from 'vitest';
import { losses } from '#drift/selectors/coverage.ts';
import type { Selectors } from '#drift/selectors/schema.ts';
import {
  advanced,
  basic,
  dynamodb,
  everything,
  type Fields,
  lambda,
  management,
  reported,
  s3,
} from '../../support/selectors.ts';

const mallory = 'arn:aws:iam::111122223333:user/mallory';

describe('if all management events are desired, it reports the loss', () => {
  test.each<[string, Selectors, readonly string[]]>([
    [
      'of all of them, by a basic selector that includes none',
      basic({
        IncludeManagementEvents: false,
        DataResources: [
          { Type: s3, Values: [] },
          { Type: lambda, Values: [] },
        ],
      }),
      ['critical: management events are no longer recorded'],
    ],
    [
      'of all of them, by advanced selectors for data events only',
      advanced({ eventCategory: ['Data'], 'resources.type': [s3] }),
      ['critical: management events are no longer recorded'],
    ],
    [
      'of writes',
      basic({ ReadWriteType: 'ReadOnly' }),
      ['critical: management events where readOnly is false are no longer recorded'],
    ],
    [
      'of reads',
      basic({ ReadWriteType: 'WriteOnly' }),
      ['high: management events where readOnly is true are no longer recorded'],
    ],
    [
      'of both by an unknown type',
      basic({ ReadWriteType: 'Neither' }),
      ['critical: management events where readOnly is not Neither are no longer recorded'],
    ],
    [
      'of one source',
      basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] }),
      ['high: management events where eventSource is kms.amazonaws.com are no longer recorded'],
    ],
    [
      'of the two sources that a basic selector can exclude',
      basic({ ExcludeManagementEventSources: ['rdsdata.amazonaws.com', 'kms.amazonaws.com'] }),
      [
        'high: management events where eventSource is kms.amazonaws.com, rdsdata.amazonaws.com are no longer recorded',
      ],
    ],
    [
      'of another source',
      management({ eventSource: { NotEquals: ['iam.amazonaws.com', 'kms.amazonaws.com'] } }),
      [
        'critical: management events where eventSource is iam.amazonaws.com, kms.amazonaws.com are no longer recorded',
      ],
    ],
    [
      'of a source that issues credentials',
      management({ eventSource: { NotEquals: ['sts.amazonaws.com'] } }),
      ['critical: management events where eventSource is sts.amazonaws.com are no longer recorded'],
    ],
    [
      'of all sources except one',
      management({ eventSource: ['iam.amazonaws.com'] }),
      [
        'critical: management events where eventSource is not iam.amazonaws.com are no longer recorded',
      ],
    ],
    [
      'of sources by prefix or suffix',
      management({ eventSource: { NotStartsWith: ['i', 'k'], NotEndsWith: ['.com'] } }),
      [
        'critical: management events where eventSource begins with i, k or ends with .com are no longer recorded',
      ],
    ],
    [
      'of all sources except those with a name',
      management({ eventSource: { StartsWith: ['i', 'k'], EndsWith: ['.com'], Equals: ['x'] } }),
      [
        'critical: management events where eventSource does not end with .com and eventSource is not x and eventSource does not begin with i and eventSource does not begin with k are no longer recorded',
      ],
    ],
    [
      'of one principal',
      management({ 'userIdentity.arn': { NotEquals: [mallory] } }),
      [`critical: management events where userIdentity.arn is ${mallory} are no longer recorded`],
    ],
    [
      'of some principals',
      management({ 'userIdentity.arn': { NotStartsWith: [mallory], NotEndsWith: ['/eve'] } }),
      [
        `critical: management events where userIdentity.arn begins with ${mallory} or ends with /eve are no longer recorded`,
      ],
    ],
    [
      'of everyone else',
      management({ 'userIdentity.arn': { Equals: [mallory] } }),
      [
        `critical: management events where userIdentity.arn is not ${mallory} are no longer recorded`,
      ],
    ],
    [
      'of single calls',
      management({ eventName: { NotEquals: ['StopLogging', 'PutUserPolicy'] } }),
      [
        'critical: management events where eventName is PutUserPolicy, StopLogging are no longer recorded',
      ],
    ],
    [
      'of calls by prefix or suffix',
      management({ eventName: { NotStartsWith: ['Delete'], NotEndsWith: ['Policy'] } }),
      [
        'critical: management events where eventName begins with Delete or ends with Policy are no longer recorded',
      ],
    ],
    [
      'of all calls except some',
      management({ eventName: ['DescribeInstances'] }),
      [
        'critical: management events where eventName is not DescribeInstances are no longer recorded',
      ],
    ],
    [
      'of one call by one principal, excluded by two selectors together',
      advanced(
        {
          eventCategory: ['Management'],
          eventName: { NotEquals: ['StopLogging'] },
        },
        {
          eventCategory: ['Management'],
          'userIdentity.arn': { NotEquals: [mallory] },
        },
      ),
      [
        `critical: management events where eventName is StopLogging and userIdentity.arn is ${mallory} are no longer recorded`,
      ],
    ],
    [
      'of calls to a source',
      advanced(
        { eventCategory: ['Management'], eventName: { NotEquals: ['StopLogging'] } },
        { eventCategory: ['Management'], eventSource: { NotEquals: ['cloudtrail.amazonaws.com'] } },
      ),
      [
        'critical: management events where eventName is StopLogging and eventSource is cloudtrail.amazonaws.com are no longer recorded',
      ],
    ],
    [
      'of writes by one principal with one source',
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { eventCategory: ['Management'], eventSource: { NotEquals: ['iam.amazonaws.com'] } },
        { eventCategory: ['Management'], 'userIdentity.arn': { NotEquals: [mallory] } },
      ),
      [
        `critical: management events where eventSource is iam.amazonaws.com and readOnly is false and userIdentity.arn is ${mallory} are no longer recorded`,
      ],
    ],
    [
      'of two kinds, the more severe first',
      management({
        eventSource: { NotEquals: ['kms.amazonaws.com'] },
        'userIdentity.arn': { NotEquals: [mallory] },
      }),
      [
        `critical: management events where userIdentity.arn is ${mallory} are no longer recorded`,
        'high: management events where eventSource is kms.amazonaws.com are no longer recorded',
      ],
    ],
    [
      'of reads and of a source, each completely',
      basic({
        ReadWriteType: 'WriteOnly',
        ExcludeManagementEventSources: ['kms.amazonaws.com'],
      }),
      [
        'high: management events where readOnly is true are no longer recorded',
        'high: management events where eventSource is kms.amazonaws.com are no longer recorded',
      ].toSorted((one, other) => one.length - other.length),
    ],
    [
      'of endpoints, errors, types and new fields',
      advanced(
        { eventCategory: ['Management'], vpcEndpointId: { NotEquals: ['vpce-1'] } },
        { eventCategory: ['Management'], errorCode: { NotStartsWith: ['Access'] } },
        { eventCategory: ['Management'], eventType: { NotEquals: ['AwsApiCall'] } },
        { eventCategory: ['Management'], moon: { NotEndsWith: ['full'] } },
        { eventCategory: ['Management'], sun: { NotEquals: ['high'] } },
      ),
      [
        'critical: management events where errorCode begins with Access and eventType is AwsApiCall and moon ends with full and sun is high and vpcEndpointId is vpce-1 are no longer recorded',
      ],
    ],
    [
      'of all endpoints, errors, types and new fields except some',
      management({
        errorCode: ['AccessDenied'],
        eventType: ['AwsApiCall'],
        vpcEndpointId: { StartsWith: ['vpce-'] },
        moon: { StartsWith: ['full'] },
      }),
      [
        'critical: management events where errorCode is not AccessDenied are no longer recorded',
        'critical: management events where moon does not begin with full are no longer recorded',
        'critical: management events where eventType is not AwsApiCall are no longer recorded',
        'critical: management events where vpcEndpointId does not begin with vpce- are no longer recorded',
      ].toSorted((one, other) => one.length - other.length),
    ],
    [
      'of a prefix that includes another',
      management({ 'userIdentity.arn': { NotStartsWith: ['arn:a', 'arn:ab', 'arn:b'] } }),
      [
        'critical: management events where userIdentity.arn begins with arn:a, arn:b are no longer recorded',
      ],
    ],
    [
      'of some endpoints',
      management({ vpcEndpointId: { NotStartsWith: ['vpce-'] } }),
      ['critical: management events where vpcEndpointId begins with vpce- are no longer recorded'],
    ],
    [
      'of some event types',
      management({ eventType: { NotStartsWith: ['Aws'] } }),
      ['critical: management events where eventType begins with Aws are no longer recorded'],
    ],
  ])('%s', (_what, actual, expected) => {
    expect(reported(everything, actual)).toStrictEqual(expected);
  });
});

describe('if data events are desired, it reports the loss', () => {
  const every = basic({
    DataResources: [
      { Type: s3, Values: ['arn:aws:s3'] },
      { Type: lambda, Values: ['arn:aws:lambda'] },
    ],
  });
  const objects = { eventCategory: ['Data'], 'resources.type': [s3] };
  const functions = { eventCategory: ['Data'], 'resources.type': [lambda] };
  const calls = { eventCategory: ['Management'] };

  test.each<[string, Selectors, Selectors, readonly string[]]>([
    [
      'of all of them, sorted',
      every,
      everything,
      [
        'high: data events where resources.type is AWS::Lambda::Function, AWS::S3::Object are no longer recorded',
      ],
    ],
    [
      'of them after the loss of management events',
      every,
      management({ eventSource: ['x'], readOnly: ['true'], eventName: ['x'] }),
      [
        'critical: management events where readOnly is false are no longer recorded',
        'critical: management events where eventName is not x are no longer recorded',
        'critical: management events where eventSource is not x are no longer recorded',
        'high: data events where resources.type is AWS::Lambda::Function, AWS::S3::Object are no longer recorded',
      ].toSorted(
        (one, other) =>
          Number(one.startsWith('h')) - Number(other.startsWith('h')) || one.length - other.length,
      ),
    ],
    [
      'of every function',
      every,
      advanced(calls, objects),
      ['high: data events where resources.type is AWS::Lambda::Function are no longer recorded'],
    ],
    [
      'of writes to objects',
      every,
      advanced(calls, { ...objects, readOnly: ['true'] }, functions),
      [
        'high: data events where resources.type is AWS::S3::Object and readOnly is false are no longer recorded',
      ],
    ],
    [
      'of objects under a prefix',
      every,
      advanced(
        calls,
        { ...objects, 'resources.ARN': { NotStartsWith: ['arn:aws:s3:::crown/'] } },
        functions,
      ),
      [
        'high: data events where resources.type is AWS::S3::Object and resources.ARN begins with arn:aws:s3:::crown/ are no longer recorded',
      ],
    ],
    [
      'of objects by suffix, and of single ones',
      every,
      advanced(
        calls,
        { ...objects, 'resources.ARN': { NotEndsWith: ['.key'], NotEquals: ['arn:aws:s3:::a/b'] } },
        functions,
      ),
      [
        'high: data events where resources.type is AWS::S3::Object and resources.ARN is arn:aws:s3:::a/b or ends with .key are no longer recorded',
      ],
    ],
    [
      'of all objects except those under a prefix',
      every,
      basic({
        DataResources: [
          { Type: s3, Values: ['arn:aws:s3:::dull/', 'arn:aws:s3:::duller/'] },
          { Type: lambda, Values: ['arn:aws:lambda'] },
        ],
      }),
      [
        'high: data events where resources.type is AWS::S3::Object and resources.ARN does not begin with arn:aws:s3:::dull/ and resources.ARN does not begin with arn:aws:s3:::duller/ are no longer recorded',
      ],
    ],
    [
      'of objects if the prefixes match nothing',
      every,
      basic({
        DataResources: [
          { Type: s3, Values: [] },
          { Type: lambda, Values: ['arn:aws:lambda'] },
        ],
      }),
      ['high: data events where resources.type is AWS::S3::Object are no longer recorded'],
    ],
    [
      'of objects if all functions are selected instead',
      every,
      basic({
        DataResources: [
          { Type: s3, Values: ['arn:aws:lambda'] },
          { Type: lambda, Values: ['arn:aws:lambda'] },
        ],
      }),
      [
        'high: data events where resources.type is AWS::S3::Object and resources.ARN does not begin with arn:aws:lambda are no longer recorded',
      ],
    ],
    [
      'of a function whose name only starts like a recorded one',
      basic({ DataResources: [{ Type: lambda, Values: ['arn:f', 'arn:fx'] }] }),
      basic({ DataResources: [{ Type: lambda, Values: ['arn:f'] }] }),
      [
        'high: data events where resources.type is AWS::Lambda::Function and resources.ARN is arn:fx are no longer recorded',
      ],
    ],
    [
      'of functions whose ARNs have the same prefix',
      advanced(calls, { ...functions, 'resources.ARN': { StartsWith: ['arn:f'] } }),
      everything,
      [
        'high: data events where resources.type is AWS::Lambda::Function and resources.ARN begins with arn:f are no longer recorded',
      ],
    ],
    [
      'of resources of several types with the same ARN prefix',
      advanced(calls, {
        ...objects,
        'resources.type': [s3, lambda],
        'resources.ARN': { StartsWith: ['arn:'] },
      }),
      everything,
      [
        'high: data events where resources.type is AWS::Lambda::Function, AWS::S3::Object and resources.ARN begins with arn: are no longer recorded',
      ],
    ],
    [
      'of tables',
      basic({ DataResources: [{ Type: dynamodb, Values: ['arn:aws:dynamodb'] }] }),
      everything,
      ['high: data events where resources.type is AWS::DynamoDB::Table are no longer recorded'],
    ],
    [
      'of a table',
      basic({ DataResources: [{ Type: dynamodb, Values: ['arn:t'] }] }),
      everything,
      [
        'high: data events where resources.type is AWS::DynamoDB::Table and resources.ARN is arn:t are no longer recorded',
      ],
    ],
    [
      'of resources of a new type',
      advanced(calls, { ...objects, 'resources.type': ['AWS::Foo::Bar'] }),
      everything,
      ['high: data events where resources.type is AWS::Foo::Bar are no longer recorded'],
    ],
    [
      'of resources of a type that basic selectors do not support yet',
      basic({ DataResources: [{ Type: 'AWS::Foo::Bar', Values: ['arn:b'] }] }),
      everything,
      [
        'high: data events where resources.type is AWS::Foo::Bar and resources.ARN is arn:b are no longer recorded',
      ],
    ],
    [
      'of some resources of a new type',
      advanced(calls, {
        eventCategory: ['Data'],
        'resources.type': ['AWS::Foo::Bar'],
        'resources.ARN': ['arn:b'],
      }),
      everything,
      [
        'high: data events where resources.type is AWS::Foo::Bar and resources.ARN is arn:b are no longer recorded',
      ],
    ],
    [
      'of every type except one',
      advanced(calls, { eventCategory: ['Data'] }),
      advanced(calls, objects),
      ['high: data events where resources.type is not AWS::S3::Object are no longer recorded'],
    ],
    [
      'of resources of any type',
      advanced(calls, { eventCategory: ['Data'], 'resources.ARN': { StartsWith: ['arn:'] } }),
      everything,
      ['high: data events where resources.ARN begins with arn: are no longer recorded'],
    ],
    [
      'of types by prefix',
      advanced(calls, { eventCategory: ['Data'], 'resources.type': { StartsWith: ['AWS::S3'] } }),
      everything,
      ['high: data events where resources.type begins with AWS::S3 are no longer recorded'],
    ],
    [
      'of types by prefix or exact name',
      advanced(calls, {
        eventCategory: ['Data'],
        'resources.type': { Equals: ['x'], StartsWith: ['AWS::S3'] },
      }),
      everything,
      ['high: data events where resources.type is x or begins with AWS::S3 are no longer recorded'],
    ],
    [
      'of all of them',
      advanced(calls, { eventCategory: ['Data'] }),
      everything,
      ['high: data events are no longer recorded'],
    ],
    [
      'of calls on objects',
      every,
      advanced(calls, { ...objects, eventName: { NotEquals: ['GetObject'] } }, functions),
      [
        'high: data events where resources.type is AWS::S3::Object and eventName is GetObject are no longer recorded',
      ],
    ],
    [
      'of ARNs with both a prefix and a suffix',
      every,
      advanced(
        calls,
        { ...objects, 'resources.ARN': { NotStartsWith: ['arn:a'] } },
        { ...objects, 'resources.ARN': { NotEndsWith: ['z'] } },
        functions,
      ),
      [
        'high: data events where resources.type is AWS::S3::Object and resources.ARN ends with z and resources.ARN begins with arn:a are no longer recorded',
      ],
    ],
  ])('%s', (_what, desired, actual, expected) => {
    expect(reported(desired, actual)).toStrictEqual(expected);
  });
});

describe('if other events are desired, it reports the loss', () => {
  const network = { eventCategory: ['NetworkActivity'], eventSource: ['s3.amazonaws.com'] };

  test.each<[string, Fields, string]>([
    [
      'of network activity',
      network,
      'medium: network activity events where eventSource is s3.amazonaws.com are no longer recorded',
    ],
    [
      'of denied network activity',
      { ...network, errorCode: ['VpceAccessDenied'] },
      'medium: network activity events where errorCode is VpceAccessDenied and eventSource is s3.amazonaws.com are no longer recorded',
    ],
    [
      'of network activity and of data events together',
      { eventCategory: ['NetworkActivity', 'Data'] },
      'high: events where eventCategory is Data, NetworkActivity are no longer recorded',
    ],
    ['of a new category', { eventCategory: ['Foo'] }, 'medium: Foo events are no longer recorded'],
    [
      'of categories by name',
      { eventCategory: { EndsWith: ['Activity'], Equals: ['Foo'] } },
      'medium: events where eventCategory is Foo or ends with Activity are no longer recorded',
    ],
    [
      'of every category except management',
      { readOnly: ['true'] },
      'high: events where eventCategory is not Management and readOnly is true are no longer recorded',
    ],
  ])('%s', (_what, fields, expected) => {
    const calls = { eventCategory: ['Management'] };

    expect(reported(advanced(calls, fields), everything)).toStrictEqual([expected]);
  });

  test('it reports the loss of all events if no category is named', () => {
    expect(
      reported(advanced({ 'userIdentity.arn': [mallory] }), advanced({ eventName: ['x'] })),
    ).toStrictEqual([
      `critical: events where eventName is not x and userIdentity.arn is ${mallory} are no longer recorded`,
    ]);
  });
});

test.each(['aws', 'aws-us-gov', 'aws-cn'])(
  'the ARN of only the service of partition %s means all resources of its type',
  (partition) => {
    const basic = (Type: string, value: string): Selectors => ({
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [{ Type, Values: [value] }],
          ExcludeManagementEventSources: [],
        },
      ],
      AdvancedEventSelectors: null,
    });
    const whole = (Type: string): Selectors => ({
      EventSelectors: null,
      AdvancedEventSelectors: [
        { Name: null, FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
        {
          Name: null,
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'resources.type', Equals: [Type] },
          ],
        },
      ],
    });

    for (const [Type, service] of [
      ['AWS::S3::Object', 's3'],
      ['AWS::S3::Object', 's3:::'],
      ['AWS::Lambda::Function', 'lambda'],
      ['AWS::DynamoDB::Table', 'dynamodb'],
    ] as const) {
      expect(losses(whole(Type), basic(Type, `arn:${partition}:${service}`))).toStrictEqual([]);
      for (const value of [`x-arn:${partition}:${service}`, `arn:${partition}:${service}:x`]) {
        expect(losses(whole(Type), basic(Type, value))).toHaveLength(1);
      }
    }
  },
);
