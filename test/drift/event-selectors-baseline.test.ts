import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { eventSelectors as kind } from '#drift/event-selectors.ts';
import { kinds } from '#drift/index.ts';
import { documentWith, states } from '../support/baseline.ts';
import {
  advancedAnswer,
  byDefault,
  numbered,
  observe,
  resolve,
  selectsSome,
  texts,
} from '../support/event-selectors.ts';
import { withScrambled } from '../support/scrambled.ts';

describe('selectors in a baseline file', () => {
  test('become what CloudTrail returns for them, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(withScrambled(wholeState), async ([state, other]) => {
        const resolved = await resolve(other);

        expect(resolved).toStrictEqual(await observe(state));
        expect(kind.state.safeParse(resolved).error).toBeUndefined();
      }),
    );
  });

  test('are unchanged if they are canonical', async () => {
    expect(await resolve(states['event-selectors'])).toStrictEqual(states['event-selectors']);
    expect(await resolve(byDefault)).toStrictEqual(byDefault);
  });

  test('are refused if they cannot be stored', async () => {
    await expect(resolve({ ...byDefault, EventSelectors: [] })).rejects.toThrow('EventSelectors');
  });
});

describe('a baseline is refused', () => {
  const [selector] = byDefault.EventSelectors ?? [];
  const basic = (member: object) => ({
    ...byDefault,
    EventSelectors: [{ ...selector, ...member }],
  });
  const advanced = (member: object) => ({
    EventSelectors: null,
    AdvancedEventSelectors: [
      { Name: null, FieldSelectors: [{ Field: 'eventName', Equals: ['x'] }], ...member },
    ],
  });
  const field = (member: object) =>
    advanced({ FieldSelectors: [{ Field: 'eventName', ...member }] });
  const { AdvancedEventSelectors } = states['event-selectors'];
  const first = 'AdvancedEventSelectors.0';
  const management = { Field: 'eventCategory', Equals: ['Management'] };

  test.each<[string, unknown, string]>([
    [
      'of both kinds',
      { ...byDefault, AdvancedEventSelectors },
      'must have either EventSelectors or AdvancedEventSelectors',
    ],
    [
      'of neither kind',
      { EventSelectors: null, AdvancedEventSelectors: null },
      'must have either EventSelectors or AdvancedEventSelectors',
    ],
    [
      'without the field of one kind',
      { EventSelectors: selector },
      'AdvancedEventSelectors: is missing',
    ],
    [
      'without the field of the other kind',
      { AdvancedEventSelectors },
      'EventSelectors: is missing',
    ],
    ['without basic selectors', { ...byDefault, EventSelectors: [] }, 'EventSelectors: must hold'],
    [
      'without advanced selectors',
      { EventSelectors: null, AdvancedEventSelectors: [] },
      'AdvancedEventSelectors: must hold a selector, or be null',
    ],
    [
      'with an unknown field',
      { ...byDefault, EventSelector: null },
      'event-selectors: has fields that this version of trailkeeper does not know: EventSelector',
    ],
    ['with an unknown field in a selector', basic({ Typo: 1 }), 'EventSelectors.0: has fields'],
    [
      'with an unknown field in an operator',
      field({ Equal: ['x'] }),
      `${first}.FieldSelectors.0: has fields`,
    ],
    [
      'with an unknown field in a data resource',
      basic({ DataResources: [{ Type: 't', Values: [], Typo: 1 }] }),
      'EventSelectors.0.DataResources.0: has fields',
    ],
    [
      'with an unknown field in an advanced selector',
      advanced({ Typo: 1 }),
      `${first}: has fields that this version of trailkeeper does not know: Typo`,
    ],
    [
      'with an unknown ReadWriteType',
      basic({ ReadWriteType: 'Write' }),
      'ReadWriteType: must be All, ReadOnly or WriteOnly',
    ],
    [
      'with text for a flag',
      basic({ IncludeManagementEvents: 'yes' }),
      'IncludeManagementEvents: must be true or false',
    ],
    [
      'with a resource without type',
      basic({ DataResources: [{ Values: [] }] }),
      'DataResources.0.Type: is missing',
    ],
    [
      'with a type that is not text',
      basic({ DataResources: [{ Type: 1, Values: [] }] }),
      'DataResources.0.Type: must be a resource type',
    ],
    [
      'with a source that is not text',
      basic({ ExcludeManagementEventSources: [1] }),
      'ExcludeManagementEventSources.0: must be the name of an AWS service',
    ],
    ['with a name that is not text', advanced({ Name: 1 }), `${first}.Name: must be text, or null`],
    [
      'with a condition without field',
      advanced({ FieldSelectors: [{ Equals: ['x'] }] }),
      'Field: is missing',
    ],
    [
      'with a field that is not text',
      field({ Field: 1, Equals: ['x'] }),
      'Field: must be the name of a field',
    ],
    [
      'with a selector without conditions',
      advanced({ FieldSelectors: [] }),
      `${first}.FieldSelectors: must hold a field selector`,
    ],
    [
      'with a condition without operator',
      field({}),
      `${first}.FieldSelectors.0: must have an operator`,
    ],
    ['with an operator without values', field({ Equals: [] }), 'Equals: must hold a value'],
    ['with a value that is not text', field({ Equals: [1] }), 'Equals.0: must be text'],
    [
      'with six basic selectors',
      {
        ...byDefault,
        EventSelectors: numbered(6).map((name) => ({
          ...selector,
          DataResources: [{ Type: 't', Values: [name] }],
        })),
      },
      'EventSelectors: must hold at most 5 selectors',
    ],
    [
      'with 251 values in basic selectors',
      {
        ...byDefault,
        EventSelectors: [
          { ...selector, DataResources: [{ Type: 's', Values: numbered(126) }] },
          {
            ...selector,
            DataResources: [
              { Type: 's', Values: numbered(100) },
              { Type: 't', Values: numbered(25) },
            ],
          },
        ],
      },
      'EventSelectors: must hold at most 250 values of data resources in all',
    ],
    [
      'with a basic selector that selects nothing',
      basic({ IncludeManagementEvents: false }),
      'EventSelectors.0.DataResources: must hold a data resource, because IncludeManagementEvents is false',
    ],
    [
      'with 501 values in advanced selectors',
      {
        EventSelectors: null,
        AdvancedEventSelectors: [
          { Name: null, FieldSelectors: [management, { Field: 'a', Equals: numbered(249) }] },
          {
            Name: null,
            FieldSelectors: [
              management,
              { Field: 'a', Equals: numbered(100), NotEndsWith: numbered(150) },
            ],
          },
        ],
      },
      'AdvancedEventSelectors: must hold at most 500 values of conditions in all',
    ],
    ...[
      ['no category', []],
      ['two categories', [management, { ...management, Equals: ['Data'] }]],
      ['a category with two values', [{ ...management, Equals: ['Data', 'Management'] }]],
      ['a category that trails do not record', [{ ...management, Equals: ['Insight'] }]],
      ['a category by its prefix', [{ Field: 'eventCategory', StartsWith: ['Data'] }]],
      ['a category by its suffix too', [{ ...management, EndsWith: ['ment'] }]],
    ].map<[string, unknown, string]>(([what, categories]) => [
      `with ${what}`,
      advanced({ FieldSelectors: [{ Field: 'eventName', Equals: ['x'] }, ...(categories ?? [])] }),
      `${first}.FieldSelectors: must have eventCategory once, with Equals and one of Management, Data and NetworkActivity`,
    ]),
  ])('%s', (_what, state, message) => {
    const document = documentWith({ 'states.event-selectors': state });

    expect(() => parseBaseline(document, kinds)).toThrow(`states.event-selectors`);
    expect(() => parseBaseline(document, kinds)).toThrow(message);
  });
});

const wholeState = fc.oneof(
  fc.record({
    EventSelectors: fc.array(
      fc
        .record({
          ReadWriteType: fc.constantFrom('All', 'ReadOnly', 'WriteOnly'),
          IncludeManagementEvents: fc.boolean(),
          DataResources: fc.array(
            fc.record({
              Type: fc.constantFrom('AWS::S3::Object', 'AWS::DynamoDB::Table'),
              Values: texts,
            }),
            { maxLength: 2 },
          ),
          ExcludeManagementEventSources: texts,
        })
        .filter(selectsSome),
      { minLength: 1, maxLength: 3 },
    ),
    AdvancedEventSelectors: fc.constant(null),
  }),
  advancedAnswer.map(({ AdvancedEventSelectors }) => ({
    EventSelectors: null,
    AdvancedEventSelectors: AdvancedEventSelectors.map(({ Name = null, FieldSelectors }) => ({
      Name,
      FieldSelectors,
    })),
  })),
);
