import { describe, expect, test } from 'vitest';
import { sandboxWithTrail } from './world.ts';

// What the conformance suite does not state of advanced selectors. [M] the API model and reference of AdvancedEventSelector and
// AdvancedFieldSelector; [I] public issue threads; [U] not verified.

const equals = (Field: string, ...Equals: string[]) => ({ Field, Equals });
const management = equals('eventCategory', 'Management');
const data = [equals('eventCategory', 'Data'), equals('resources.type', 'AWS::S3::Object')];
const network = [
  equals('eventCategory', 'NetworkActivity'),
  equals('eventSource', 'kms.amazonaws.com'),
];

const write = (...selectors: unknown[]) =>
  sandboxWithTrail().ask('PutEventSelectors', {
    TrailName: 'main',
    AdvancedEventSelectors: selectors,
  }).AdvancedEventSelectors;
const put = (...FieldSelectors: unknown[]) => write({ FieldSelectors });

const writeRefusal = (...selectors: unknown[]) =>
  sandboxWithTrail().refusal('PutEventSelectors', {
    TrailName: 'main',
    AdvancedEventSelectors: selectors,
  });
const refusal = (...FieldSelectors: unknown[]) => writeRefusal({ FieldSelectors });

describe('an advanced selector', () => {
  test('is returned as it was sent', () => {
    const sent = [
      { Name: 'everything', FieldSelectors: [management] },
      { Name: '', FieldSelectors: data },
      { FieldSelectors: network },
    ];

    expect(write(...sent)).toStrictEqual(sent);
  });

  test('can have a name of up to 1000 characters', () => {
    const named = (length: number) => ({ Name: 'n'.repeat(length), FieldSelectors: [management] });

    expect(write(named(1000))).toHaveLength(1);
    expect(writeRefusal(named(1001)).code).toBe('InvalidEventSelectorsException');
  });

  test('can be one of more than five', () => {
    expect(write(...Array(6).fill({ FieldSelectors: [management] }))).toHaveLength(6);
  });

  test.each([
    ['a selector', ['x']],
    ['no selector', [null]],
    ['a list of fields', [{ FieldSelectors: 'x' }]],
    ['a field', [{ FieldSelectors: [['eventCategory']] }]],
    ['an operator', [{ FieldSelectors: [{ Field: 'eventCategory', Equals: 'Management' }] }]],
  ])('of the wrong JSON type is refused before validation: %s', (_case, selectors) => {
    expect(writeRefusal(...selectors).code).toBe('SerializationException');
  });
});

// [M] "eventCategory: this field is required and must be set to Equals"
describe('the event category', () => {
  test.each([
    ['cannot be one of an event data store', [equals('eventCategory', 'Insight')]],
    ['is one', [equals('eventCategory', 'Management', 'Data')]],
    [
      'accepts no other operator',
      [{ Field: 'eventCategory', Equals: ['Management'], NotEquals: ['Data'] }],
    ],
    ['stands once', [management, management]],
  ])('%s', (_rule, selectors) => {
    expect(refusal(...selectors).code).toBe('InvalidEventSelectorsException');
  });
});

describe('a field', () => {
  // [M] both are "required"
  test.each([
    ['resources.type', equals('eventCategory', 'Data')],
    ['eventSource', equals('eventCategory', 'NetworkActivity')],
  ])('is required: %s', (field, category) => {
    expect(refusal(category)).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message: expect.stringContaining(field),
    });
  });

  test.each([
    ['management events', [management, equals('resources.type', 'AWS::S3::Object')]],
    ['management events', [management, equals('resources.ARN', 'arn:aws:s3:::b/')]],
    ['management events', [management, equals('errorCode', 'VpceAccessDenied')]],
    ['management events', [management, equals('vpcEndpointId', 'vpce-1')]],
    ['data events', [...data, equals('errorCode', 'VpceAccessDenied')]],
    ['data events', [...data, equals('vpcEndpointId', 'vpce-1')]],
    ['network events', [...network, equals('readOnly', 'true')]],
    ['network events', [...network, equals('resources.ARN', 'arn:aws:s3:::b/')]],
    ['any events', [management, equals('sourceIPAddress', '192.0.2.1')]],
    ['any events', [management, equals('constructor', 'x')]],
    ['any events', [management, { Equals: ['x'] }]],
  ])('cannot be one of %s: %#', (_events, selectors) => {
    expect(refusal(...selectors).code).toBe('InvalidEventSelectorsException');
  });

  // [U] Documented for resources.type, assumed for all fields.
  test('is used only once per selector', () => {
    const twice = equals('eventName', 'GetObject');

    expect(refusal(...data, twice, twice).code).toBe('InvalidEventSelectorsException');
    expect(write({ FieldSelectors: data }, { FieldSelectors: data })).toHaveLength(2);
  });

  test.each([
    ['readOnly', [management], { NotEquals: ['true'] }],
    ['resources.type', [equals('eventCategory', 'Data')], { StartsWith: ['AWS::S3'] }],
    ['errorCode', network, { NotEquals: ['VpceAccessDenied'] }],
    ['sessionCredentialFromConsole', data, { StartsWith: ['t'] }],
    [
      'eventSource',
      [equals('eventCategory', 'NetworkActivity')],
      { NotEquals: ['kms.amazonaws.com'] },
    ],
  ])('does not accept every operator: %s', (Field, others, operator) => {
    expect(refusal(...others, { Field, ...operator })).toMatchObject({
      code: 'InvalidEventSelectorsException',
      message: expect.stringContaining(`does not accept ${Object.keys(operator)[0]}`),
    });
  });

  test.each([
    ['readOnly', [management], 'True'],
    ['errorCode', network, 'AccessDenied'],
  ])('does not accept every value: %s', (Field, others, value) => {
    expect(refusal(...others, equals(Field, value)).message).toBe(
      `Value ${value} of field ${Field} is invalid.`,
    );
  });

  test.each([
    [[equals('readOnly', 'true'), management]],
    [[management, equals('readOnly', 'false')]],
    [[...data, { Field: 'sessionCredentialFromConsole', NotEquals: ['true'] }]],
    [[...data, { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::b/'], NotEndsWith: ['.log'] }]],
    [[...data, equals('eventType', 'AwsApiCall'), equals('eventName', 'GetObject', 'PutObject')]],
    [[...data, equals('sessionCredentialFromConsole', 'true')]],
    [[...data, { Field: 'eventName', EndsWith: ['Object'] }]],
    [[...network, equals('errorCode', 'VpceAccessDenied')]],
    [[...network, { Field: 'vpcEndpointId', NotStartsWith: ['vpce-1'] }]],
  ])('accepts what is documented: %j', (selectors) => {
    expect(put(...selectors)).toStrictEqual([{ FieldSelectors: selectors }]);
  });

  // [U] Documented for event data stores only; trailkeeper must detect it if AWS accepts it on a trail.
  test.each([
    { Field: 'userIdentity.arn', NotEquals: ['arn:aws:iam::111122223333:user/mallory'] },
    { Field: 'userIdentity.arn', NotStartsWith: ['arn:aws:sts::111122223333:assumed-role/'] },
    { Field: 'eventName', NotEquals: ['StopLogging'] },
    { Field: 'eventSource', NotStartsWith: ['cloudtrail.'] },
    { Field: 'eventType', NotEquals: ['AwsApiCall'] },
    { Field: 'sessionCredentialFromConsole', NotEquals: ['true'] },
  ])('can exclude part of the management events only in a lenient sandbox: %j', (hidden) => {
    const FieldSelectors = [management, hidden];
    const lenient = sandboxWithTrail();
    Object.assign(lenient.world, { lenientSelectors: true });

    const { AdvancedEventSelectors } = lenient.ask('PutEventSelectors', {
      TrailName: 'main',
      AdvancedEventSelectors: [{ FieldSelectors }],
    });

    expect(AdvancedEventSelectors).toStrictEqual([{ FieldSelectors }]);
    expect(refusal(...FieldSelectors).code).toBe('InvalidEventSelectorsException');
  });
});

// [M] each operator has at least one value of 1 to 2048 characters; [I] aws/aws-sdk-go#4260.
describe('a condition', () => {
  test.each([
    ['an operator that exists', { Field: 'eventName', NotContains: ['x'] }],
    ['a value', { Field: 'eventName', Equals: [] }],
    ['a value in each operator', { Field: 'eventName', Equals: ['x'], NotEquals: [] }],
    ['a value that is not empty', { Field: 'eventName', Equals: [''] }],
    ['a value of up to 2048 characters', { Field: 'eventName', Equals: ['v'.repeat(2049)] }],
  ])('needs %s', (_rule, selector) => {
    expect(refusal(...data, selector).code).toBe('InvalidEventSelectorsException');
  });

  test('ignores an operator that is null', () => {
    expect(put({ Field: 'eventCategory', Equals: ['Management'], NotEquals: null })).toStrictEqual([
      { FieldSelectors: [management] },
    ]);
  });
});
