import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AdvancedSelector,
  type BasicSelector,
  type FieldSelector,
  type Loss,
  losses,
  type Selectors,
} from '#drift/selectors/coverage.ts';
import { runs } from '../../support/property-runs.ts';

const mallory = 'arn:aws:iam::111122223333:user/mallory';
const s3 = 'AWS::S3::Object';
const lambda = 'AWS::Lambda::Function';
const dynamodb = 'AWS::DynamoDB::Table';
const everything = basic({});

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

describe('nothing is lost', () => {
  const none: Selectors = { EventSelectors: null, AdvancedEventSelectors: null };
  const objects = { eventCategory: ['Data'], 'resources.type': [s3] };
  const functions = { eventCategory: ['Data'], 'resources.type': [lambda] };

  test.each<[string, Selectors, Selectors]>([
    ['without selectors: management events are the default', everything, none],
    ['by empty selectors', everything, { EventSelectors: [], AdvancedEventSelectors: [] }],
    ['by the explicit default', none, everything],
    ['by the advanced selector for all management events', none, management({})],
    ['by a name', none, advancedNamed('the best')],
    [
      'by separate reads and writes',
      everything,
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { eventCategory: ['Management'], readOnly: ['false'] },
      ),
    ],
    [
      'by every kind of reading and writing together',
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { eventCategory: ['Management'], readOnly: ['false'] },
      ),
      everything,
    ],
    [
      'if another selector includes what one excludes',
      everything,
      basic(
        { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
        { ExcludeManagementEventSources: ['rdsdata.amazonaws.com'] },
      ),
    ],
    [
      'by the advanced form of all objects and functions',
      basic({
        DataResources: [
          { Type: s3, Values: ['arn:aws:s3'] },
          { Type: lambda, Values: ['arn:aws:lambda'] },
        ],
      }),
      advanced({ eventCategory: ['Management'] }, objects, functions),
    ],
    [
      'by either form of all objects',
      advanced({ eventCategory: ['Management'] }, objects),
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::'] }] }),
    ],
    [
      'by the form of all tables',
      advanced(
        { eventCategory: ['Management'] },
        { eventCategory: ['Data'], 'resources.type': [dynamodb] },
      ),
      basic({ DataResources: [{ Type: dynamodb, Values: ['arn:x', 'arn:aws:dynamodb'] }] }),
    ],
    [
      'by a shorter prefix',
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::a/b', 'arn:aws:s3:::a/c'] }] }),
      basic({ DataResources: [{ Type: s3, Values: ['arn:aws:s3:::a/'] }] }),
    ],
    [
      'of reads of basic data events',
      basic({ ReadWriteType: 'ReadOnly', DataResources: [{ Type: s3, Values: ['arn:aws:s3'] }] }),
      advanced(
        { eventCategory: ['Management'], readOnly: ['true'] },
        { ...objects, readOnly: ['true'] },
      ),
    ],
    [
      'by selectors that record nothing',
      advanced({ eventCategory: ['Management'], eventName: { Equals: ['a'], NotEquals: ['a'] } }),
      advanced({ eventCategory: ['Data'], 'resources.type': ['x'] }),
    ],
    ['by more than desired', everything, advanced({ eventCategory: ['Management'] }, objects)],
    [
      'by an operator without values',
      everything,
      management({ eventName: { Equals: [], NotEquals: [] } }),
    ],
    [
      'by the complete set in parts',
      everything,
      advanced(
        { eventCategory: ['Management'], eventName: { StartsWith: ['a'] } },
        { eventCategory: ['Management'], eventName: { NotStartsWith: ['a', 'b'] } },
        { eventCategory: ['Management'], eventName: { StartsWith: ['b'] } },
      ),
    ],
  ])('%s', (_what, desired, actual) => {
    expect(losses(desired, actual)).toStrictEqual([]);
  });
});

describe('the text of a loss', () => {
  test('contains an attacker’s values unchanged', () => {
    const value = 'a\n\u001b[31m", __proto__';

    expect(
      description(everything, management({ eventSource: { NotEquals: [value] } })),
    ).toStrictEqual([`management events where eventSource is ${value} are no longer recorded`]);
    expect(
      description(everything, management({ __proto__x: { NotEquals: [value] } })),
    ).toStrictEqual([`management events where __proto__x is ${value} are no longer recorded`]);
  });

  test('limits a value, a field, a category and a type to 200 characters', () => {
    const [whole, long] = ['x'.repeat(200), 'x'.repeat(201)];
    const capped = `${whole}…`;

    expect(description(everything, management({ [long]: { NotEquals: [long] } }))).toStrictEqual([
      `management events where ${capped} is ${capped} are no longer recorded`,
    ]);
    expect(description(everything, management({ [whole]: { NotEquals: [whole] } }))).toStrictEqual([
      `management events where ${whole} is ${whole} are no longer recorded`,
    ]);
    expect(description(advanced({ eventCategory: [long] }), everything)).toStrictEqual([
      `${capped} events are no longer recorded`,
    ]);
    const data = { eventCategory: ['Data'], 'resources.type': [long] };
    expect(description(advanced(data), everything)).toStrictEqual([
      `data events where resources.type is ${capped} are no longer recorded`,
    ]);
    expect(description(advanced({ ...data, 'resources.ARN': ['a'] }), everything)).toStrictEqual([
      `data events where resources.type is ${capped} and resources.ARN is a are no longer recorded`,
    ]);
  });

  test('lists at most five values', () => {
    const five = ['a', 'b', 'c', 'd', 'e'];

    expect(description(everything, management({ eventSource: { NotEquals: five } }))).toStrictEqual(
      ['management events where eventSource is a, b, c, d, e are no longer recorded'],
    );
    expect(
      description(everything, management({ eventSource: { NotEquals: [...five, 'f', 'g'] } })),
    ).toStrictEqual([
      'management events where eventSource is a, b, c, d, e and 2 more are no longer recorded',
    ]);
    expect(
      description(
        advanced({ eventCategory: ['Data'], 'resources.type': [...five, 'f'] }),
        everything,
      ),
    ).toStrictEqual([
      `data events where resources.type is ${five.join(', ')} and 1 more are no longer recorded`,
    ]);
  });

  test.each([
    [8, undefined],
    [9, 'critical: and 1 more kind of events is no longer recorded'],
    [10, 'critical: and 2 more kinds of events are no longer recorded'],
  ])('names eight of %i losses', (count, last) => {
    const fields = Array.from({ length: count }, (_, index) => [
      `field${index}`,
      { NotEquals: ['x'] },
    ]);
    const expected = fields
      .slice(0, 8)
      .map(([field]) => `critical: management events where ${field} is x are no longer recorded`);

    expect(reported(everything, management(Object.fromEntries(fields)))).toStrictEqual([
      ...expected,
      ...(last === undefined ? [] : [last]),
    ]);
  });

  test('names the worst losses first; the rest has its own severity', () => {
    const fields = Array.from({ length: 8 }, (_, index) => [`f${index}`, { NotEquals: ['x'] }]);
    const desired = advanced(
      { eventCategory: ['Management'] },
      { eventCategory: ['Data'] },
      { eventCategory: ['Foo'] },
    );

    const found = losses(desired, management(Object.fromEntries(fields)));

    expect(found.slice(0, 8).map(({ severity }) => severity)).toStrictEqual(
      Array(8).fill('critical'),
    );
    expect(found[8]).toStrictEqual({
      description: 'and 2 more kinds of events are no longer recorded',
      severity: 'high',
    });
  });

  test('contains equal losses once', () => {
    const [one, other] = [`${'x'.repeat(200)}a`, `${'x'.repeat(200)}b`];
    const rest = { eventCategory: ['Data'], 'resources.type': ['t'] };
    expect(
      losses(
        advanced(
          { ...rest, eventName: [one], eventSource: { NotEquals: [one] } },
          { ...rest, eventName: [other], eventSource: { NotEquals: [other] } },
        ),
        everything,
      ),
    ).toHaveLength(1);
  });
});

describe('selectors that are too large to compare', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    eventCategory: ['Management'],
    [`a${index}`]: ['x'],
    [`b${index}`]: ['y'],
  }));

  test('name only what was added to long exceptions', () => {
    const buckets = (names: readonly string[]) =>
      advanced({
        eventCategory: ['Data'],
        'resources.type': ['AWS::S3::Object'],
        'resources.ARN': { NotStartsWith: names.map((name) => `arn:aws:s3:::${name}/`) },
      });
    const size = fc.integer({ min: 1, max: 490 });
    const name = fc.constantFrom('added', 'bucket', 'zz');
    fc.assert(
      fc.property(size, name, (count, added) => {
        const before = numbered(count, 'bucket-');

        const named = description(buckets(before), buckets([...before, added]));

        expect(named).toStrictEqual([
          `data events where resources.type is AWS::S3::Object and resources.ARN begins with arn:aws:s3:::${added}/ are no longer recorded`,
        ]);
      }),
      { numRuns: runs(30) },
    );
  });

  /** Together they record every management event, which the comparison cannot find out among many others. */
  const rest = [
    { eventCategory: ['Management'], z: ['x'] },
    { eventCategory: ['Management'], z: { NotEquals: ['x'] } },
  ];
  const objects = { eventCategory: ['Data'], 'resources.type': [s3] };
  const desired = advanced({ eventCategory: ['Management'] }, objects, {
    eventCategory: ['NetworkActivity'],
  });

  test('are reported as a possible loss of all desired events in doubt', () => {
    expect(reported(desired, advanced(objects, ...many, ...rest))).toStrictEqual([
      'critical: management events may no longer be recorded: the selectors are too large to compare',
      'medium: network activity events are no longer recorded',
    ]);
  });

  test('are reported as a loss if some events are certainly lost', () => {
    expect(reported(desired, advanced(objects, ...many))).toStrictEqual([
      'critical: some management events are no longer recorded',
      'medium: network activity events are no longer recorded',
    ]);
  });

  test('are reported with the severity of losing everything, because more may be lost', () => {
    const writes = { eventCategory: ['Management'], readOnly: ['false'] };

    expect(reported(desired, advanced(objects, ...many, writes))).toContain(
      'critical: some management events are no longer recorded',
    );
  });

  test('are reported as calls if calls are desired', () => {
    expect(
      reported(management({ eventName: ['x'], readOnly: ['true'] }), advanced(...many)),
    ).toStrictEqual([
      'high: some management events where eventName is x and readOnly is true are no longer recorded',
    ]);
  });

  test.each<[string, Selectors, Selectors]>([
    [
      '250 prefixes and 249 suffixes',
      everything,
      management({
        eventName: { StartsWith: numbered(250, 's'), NotEndsWith: numbered(249, 'e') },
      }),
    ],
    ['500 exceptions', everything, management({ eventName: { NotEquals: numbered(499, 's') } })],
    [
      '166 selectors',
      everything,
      advanced(
        ...numbered(166, '').map((name) => ({
          eventCategory: ['Management'],
          eventName: [name],
          eventSource: [`x${name}`],
        })),
      ),
    ],
    [
      '60 overlapping selectors',
      everything,
      advanced(
        ...numbered(60, '').map((name) => ({
          eventCategory: ['Management'],
          eventName: { EndsWith: [`e${name}`] },
          eventSource: { StartsWith: [`s${name}`] },
          'userIdentity.arn': { NotStartsWith: [`u${name}`] },
        })),
      ),
    ],
    [
      '250 resources that are all lost',
      basic({
        DataResources: numbered(250, 'arn:aws:s3:::b').map((value) => ({
          Type: s3,
          Values: [value],
        })),
      }),
      everything,
    ],
  ])('are still compared quickly: %s', (_what, desired, actual) => {
    expect(losses(desired, actual)).not.toStrictEqual([]);
  });

  describe('because of the pairs of prefixes and suffixes', () => {
    const pairs = (count: number) => {
      const name = { StartsWith: numbered(count, 's') };
      const fields = [
        { Field: 'eventName', ...name },
        { Field: 'eventName', EndsWith: numbered(count, 'e') },
      ];
      const of = (category: string) => ({
        Name: null,
        FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }, ...fields],
      });
      return {
        calls: of('Management'),
        data: of('Data'),
        actual: advanced({ eventName: { StartsWith: numbered(count, 't') } }),
      };
    };
    const stored = (...selectors: readonly AdvancedSelector[]): Selectors => ({
      EventSelectors: null,
      AdvancedEventSelectors: selectors,
    });

    test.each([
      [25, 'are no longer'],
      [40, 'may no longer be'],
    ])('with %i pairs: events %s recorded', (count, verb) => {
      const { calls, actual } = pairs(count);

      expect(description(stored(calls), actual)).toStrictEqual([expect.stringContaining(verb)]);
    });

    test('lose nothing if nothing was recorded', () => {
      const { calls, actual } = pairs(40);
      const never = { Field: 'resources.ARN', Equals: ['a'], NotEquals: ['a'] };
      const none = { ...calls, FieldSelectors: [...calls.FieldSelectors, never] };

      expect(description(stored(none), actual)).toStrictEqual([]);
    });

    test('share the effort limit among all desired selectors', () => {
      const { calls, data, actual } = pairs(25);

      expect(description(stored(calls, data), actual)).toStrictEqual([
        expect.stringContaining('may no longer be'),
        expect.stringContaining('may no longer be'),
      ]);
    });
  });

  test('are reported briefly if whole conditions can be left out', () => {
    const [starts, ends] = [numbered(50, 's'), numbered(50, 'e')];

    expect(
      description(everything, management({ eventName: { StartsWith: starts, NotEndsWith: ends } })),
    ).toStrictEqual([
      'management events where eventName ends with e0, e1, e10, e11, e12 and 45 more are no longer recorded',
      'management events where eventName does not begin with s0 and eventName does not begin with s1 and eventName does not begin with s2 and eventName does not begin with s3 and eventName does not begin with s4 and eventName does not begin with s5 and eventName does not begin with s6 and eventName does not begin with s7 and eventName does not begin with s8 and eventName does not begin with s9 are no longer recorded',
    ]);
  });

  test('are reported briefly if one of 250 buckets is lost', () => {
    const buckets = (from: number) =>
      basic({
        DataResources: numbered(250, 'arn:aws:s3:::b')
          .slice(from)
          .map((value) => ({ Type: s3, Values: [`${value}/`] })),
      });

    expect(description(buckets(0), buckets(1))).toStrictEqual([
      'data events where resources.type is AWS::S3::Object and resources.ARN begins with arn:aws:s3:::b0/ are no longer recorded',
    ]);
  });
});

describe('for all events of a small model', () => {
  test('exactly the lost events are reported', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, (desired, actual) => {
        const isLost = universe.some((event) => matches(desired, event) && !matches(actual, event));

        expect(losses(desired, actual).length > 0).toBe(isLost);
      }),
      { numRuns: runs(200) },
    );
  });

  test('selectors compared with themselves lose nothing', () => {
    fc.assert(
      fc.property(anySelectors, (selectors) => {
        expect(losses(selectors, selectors)).toStrictEqual([]);
      }),
    );
  });

  test('order and duplicates do not matter', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, (desired, actual) => {
        const reported = losses(desired, actual);

        expect(losses(repeated(desired), actual)).toStrictEqual(reported);
        expect(losses(desired, repeated(actual))).toStrictEqual(reported);
      }),
    );
  });

  test('recording more never adds a loss or raises its severity', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, anySelectors, (desired, actual, more) => {
        fc.pre((actual.EventSelectors === null) === (more.EventSelectors === null));
        const before = losses(desired, actual);
        const after = losses(desired, joined(actual, more));

        expect(severity(after)).toBeLessThanOrEqual(severity(before));
        expect(losses(joined(actual, more), actual).length).toBeGreaterThanOrEqual(
          Math.min(1, before.length - after.length),
        );
      }),
    );
  });

  test('a loss is also reported if only part of it is desired', () => {
    fc.assert(
      fc.property(anySelectors, anySelectors, anySelectors, (desired, more, actual) => {
        fc.pre((desired.EventSelectors === null) === (more.EventSelectors === null));

        expect(severity(losses(joined(desired, more), actual))).toBeGreaterThanOrEqual(
          severity(losses(desired, actual)),
        );
      }),
    );
  });
});

/** Selectors over few values, and events with all values that these can distinguish. */
const names = ['a', 'ab', 'ba'];
const arns = ['arn:aws:s3', 'arn:aws:s3:::a', 'arn:aws:s3:::ab', 'arn:aws:lambda', 'f', 'fx'];
type Event = { readonly [field: string]: string };
const universe: readonly Event[] = product({
  eventCategory: ['Management', 'Data', 'x'],
  readOnly: ['true', 'false'],
  eventName: [
    '',
    ...names,
    ...['', ...names].flatMap((start) => ['', ...names].map((end) => `${start}x${end}`)),
  ],
  'resources.type': [s3, lambda, 'x'],
  'resources.ARN': ['', 'x', ...arns, ...arns.map((arn) => `${arn}!`)],
});

const someOf = (values: readonly string[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const nameOperators = fc.record(
  {
    Field: fc.constant('eventName'),
    Equals: someOf(names),
    StartsWith: someOf(names),
    EndsWith: someOf(names),
    NotEquals: someOf(names),
    NotStartsWith: someOf(names),
    NotEndsWith: someOf(names),
  },
  { requiredKeys: ['Field'], noNullPrototype: true },
);
const arnOperators = fc.record(
  {
    Field: fc.constant('resources.ARN'),
    Equals: someOf(arns),
    StartsWith: someOf(arns),
    NotEquals: someOf(arns),
    NotStartsWith: someOf(arns),
  },
  { requiredKeys: ['Field'], noNullPrototype: true },
);
const equals = (Field: string, values: readonly string[]) =>
  fc.record({ Field: fc.constant(Field), Equals: someOf(values) }, { noNullPrototype: true });
const anySelectors: fc.Arbitrary<Selectors> = fc.oneof(
  fc.record(
    {
      EventSelectors: fc.constant(null),
      AdvancedEventSelectors: fc.array(
        fc.record(
          {
            Name: fc.constantFrom(null, 'a', 'b'),
            FieldSelectors: fc
              .tuple(
                fc.option(equals('eventCategory', ['Management', 'Data']), { freq: 8 }),
                fc.option(equals('readOnly', ['true', 'false'])),
                fc.option(equals('resources.type', [s3, lambda])),
                fc.option(nameOperators),
                fc.option(nameOperators),
                fc.option(arnOperators),
              )
              .map((selectors) => selectors.filter((selector) => selector !== null)),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 4 },
      ),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      EventSelectors: fc.array(
        fc.record(
          {
            ReadWriteType: fc.constantFrom('All', 'ReadOnly', 'WriteOnly'),
            IncludeManagementEvents: fc.boolean(),
            DataResources: fc.array(
              fc.record(
                {
                  Type: fc.constantFrom(s3, lambda),
                  Values: fc.array(fc.constantFrom(...arns), { maxLength: 2 }),
                },
                { noNullPrototype: true },
              ),
              { maxLength: 3 },
            ),
            ExcludeManagementEventSources: fc.constant([]),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 3 },
      ),
      AdvancedEventSelectors: fc.constant(null),
    },
    { noNullPrototype: true },
  ),
);

/** An independent implementation of CloudTrail's documentation for one event. */
function matches({ EventSelectors, AdvancedEventSelectors }: Selectors, event: Event): boolean {
  const isManagement = event.eventCategory === 'Management';
  if (AdvancedEventSelectors !== null && AdvancedEventSelectors.length > 0) {
    return AdvancedEventSelectors.some(({ FieldSelectors }) =>
      FieldSelectors.every((selector) => {
        const value = event[selector.Field] ?? '';
        const { Equals, StartsWith, EndsWith } = selector;
        const positive = [
          ...(Equals ?? []).map((text) => value === text),
          ...(StartsWith ?? []).map((text) => value.startsWith(text)),
          ...(EndsWith ?? []).map((text) => value.endsWith(text)),
        ];
        return (
          (positive.length === 0 || positive.includes(true)) &&
          !selector.NotEquals?.includes(value) &&
          !selector.NotStartsWith?.some((text) => value.startsWith(text)) &&
          !selector.NotEndsWith?.some((text) => value.endsWith(text))
        );
      }),
    );
  }
  if (EventSelectors === null || EventSelectors.length === 0) return isManagement;
  return EventSelectors.some((selector) => {
    if (selector.ReadWriteType === 'ReadOnly' && event.readOnly !== 'true') return false;
    if (selector.ReadWriteType === 'WriteOnly' && event.readOnly !== 'false') return false;
    if (isManagement) return selector.IncludeManagementEvents;
    if (event.eventCategory !== 'Data') return false;
    const arn = event['resources.ARN'] ?? '';
    return selector.DataResources.some(({ Type, Values }) => {
      if (Type !== event['resources.type']) return false;
      return Type === s3
        ? Values.some((value) => value === 'arn:aws:s3' || arn.startsWith(value))
        : Values.some((value) => value === 'arn:aws:lambda' || arn === value);
    });
  });
}

function repeated({ EventSelectors, AdvancedEventSelectors }: Selectors): Selectors {
  const twice = <T>(items: readonly T[]): readonly T[] => [...items, ...items].toReversed();
  const basics = EventSelectors?.map((selector) => ({
    ...selector,
    DataResources: twice(
      selector.DataResources.map(({ Type, Values }) => ({ Type, Values: twice(Values) })),
    ),
  }));
  const advanceds = AdvancedEventSelectors?.map(({ FieldSelectors }) => ({
    Name: 'another',
    FieldSelectors: twice(
      FieldSelectors.map(
        (selector) =>
          Object.fromEntries(
            Object.entries(selector).map(([key, value]) => [
              key,
              typeof value === 'string' ? value : twice(value),
            ]),
          ) as FieldSelector,
      ),
    ),
  }));
  return {
    EventSelectors: basics === undefined ? null : twice(basics),
    AdvancedEventSelectors: advanceds === undefined ? null : twice(advanceds),
  };
}

/** The events of both selectors. No selectors mean the default. */
function joined(one: Selectors, other: Selectors): Selectors {
  const whole = everything.EventSelectors ?? [];
  const calls = management({}).AdvancedEventSelectors ?? [];
  const or = <T>(items: readonly T[] | null, fallback: readonly T[]) =>
    items?.length ? items : fallback;
  return one.EventSelectors === null
    ? {
        EventSelectors: null,
        AdvancedEventSelectors: [
          ...or(one.AdvancedEventSelectors, calls),
          ...or(other.AdvancedEventSelectors, calls),
        ],
      }
    : {
        EventSelectors: [...or(one.EventSelectors, whole), ...or(other.EventSelectors, whole)],
        AdvancedEventSelectors: null,
      };
}

const severity = (found: readonly Loss[]): number =>
  Math.max(
    0,
    ...found.map(({ severity }) => ['low', 'medium', 'high', 'critical'].indexOf(severity) + 1),
  );

function product(fields: { readonly [field: string]: readonly string[] }): readonly Event[] {
  return Object.entries(fields).reduce<readonly Event[]>(
    (events, [field, values]) =>
      events.flatMap((event) => values.map((value) => ({ ...event, [field]: value }))),
    [{}],
  );
}

function numbered(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function description(desired: Selectors, actual: Selectors): readonly string[] {
  return losses(desired, actual).map((loss) => loss.description);
}

function advancedNamed(Name: string): Selectors {
  const calls = selector({ eventCategory: ['Management'] });
  return { EventSelectors: null, AdvancedEventSelectors: [{ ...calls, Name }] };
}

function reported(desired: Selectors, actual: Selectors): readonly string[] {
  return losses(desired, actual).map(({ severity, description }) => `${severity}: ${description}`);
}

function basic(...selectors: readonly Partial<BasicSelector>[]): Selectors {
  const whole = {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
  return {
    EventSelectors: selectors.map((selector) => ({ ...whole, ...selector })),
    AdvancedEventSelectors: null,
  };
}

type Fields = { readonly [field: string]: readonly string[] | Omit<FieldSelector, 'Field'> };

function advanced(...selectors: readonly Fields[]): Selectors {
  return { EventSelectors: null, AdvancedEventSelectors: selectors.map(selector) };
}

function management(fields: Fields): Selectors {
  return advanced({ eventCategory: ['Management'], ...fields });
}

function selector(fields: Fields): AdvancedSelector {
  const selectors = Object.entries(fields).map(([Field, operators]) =>
    Array.isArray(operators) ? { Field, Equals: operators } : { Field, ...operators },
  );
  return { Name: null, FieldSelectors: selectors as FieldSelector[] };
}

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
    }
  },
);
