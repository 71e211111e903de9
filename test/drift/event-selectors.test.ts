import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventSelectors as kind } from '#drift/event-selectors.ts';
import { losses } from '#drift/selectors/coverage.ts';
import { diff, type Json } from '#text/diff.ts';
import { now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import {
  advancedAnswer,
  byDefault,
  given,
  impactOf,
  numbered,
  observe,
  repaired,
  resolve,
  type Selectors,
  selectsSome,
  texts,
} from '../support/event-selectors.ts';
import { withScrambled } from '../support/scrambled.ts';

/** Responses of GetEventSelectors, of either kind. */
const basicAnswer = fc.record({
  EventSelectors: fc.array(
    fc
      .record({
        ReadWriteType: given(fc.constantFrom('All', 'ReadOnly', 'WriteOnly')),
        IncludeManagementEvents: given(fc.boolean()),
        DataResources: given(
          fc.array(
            fc.record({
              Type: fc.constantFrom('AWS::S3::Object', 'AWS::Lambda::Function'),
              Values: given(texts),
            }),
            { maxLength: 2 },
          ),
        ),
        ExcludeManagementEventSources: given(texts),
      })
      .filter(selectsSome),
    { maxLength: 3 },
  ),
});

/** The input of the first call of a restore. */
const sentBy = async (...states: Parameters<typeof repaired>) =>
  (await repaired(...states))[0]?.input as object | undefined;

const answer: fc.Arbitrary<object> = fc.oneof(basicAnswer, advancedAnswer, fc.constant({}));

describe('the selectors of a live trail', () => {
  test('are read by the trail ARN', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([
      { operation: 'GetEventSelectors', input: { TrailName: trail.arn } },
    ]);
  });

  test.each([
    {},
    { EventSelectors: [] },
    { EventSelectors: null, AdvancedEventSelectors: null },
    { AdvancedEventSelectors: [] },
    { EventSelectors: [], AdvancedEventSelectors: [] },
    { EventSelectors: [{}] },
    { EventSelectors: [{ ReadWriteType: 'All' }] },
    { EventSelectors: [{ IncludeManagementEvents: true, DataResources: [] }] },
    { EventSelectors: [{ DataResources: null, ExcludeManagementEventSources: null }] },
    { EventSelectors: [{}, byDefault.EventSelectors?.[0]] },
    byDefault,
  ])('are all management events if the response is %j', async (body) => {
    expect(await observe(body)).toStrictEqual(byDefault);
  });

  test.each([
    { ReadWriteType: 'ReadOnly' },
    { ReadWriteType: 'WriteOnly' },
    { IncludeManagementEvents: false },
    { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] },
    { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
  ])('are read from any response: %j', async (member) => {
    const [selector] = byDefault.EventSelectors ?? [];

    expect(await observe({ EventSelectors: [member] })).toStrictEqual({
      ...byDefault,
      EventSelectors: [{ ...selector, ...member }],
    });
  });

  test('keep a data resource that records nothing', async () => {
    const DataResources = [{ Type: 'AWS::Lambda::Function', Values: [] }];

    for (const Values of [[], null, undefined]) {
      const answered = [{ Type: 'AWS::Lambda::Function', Values }];
      expect(await observe({ EventSelectors: [{ DataResources: answered }] })).toMatchObject({
        EventSelectors: [{ DataResources }],
      });
    }
  });

  test('record all objects in either documented form', async () => {
    const recorded = (value: string) =>
      observe({
        EventSelectors: [{ DataResources: [{ Type: 'AWS::S3::Object', Values: [value] }] }],
      });

    expect(await recorded('arn:aws:s3:::')).toStrictEqual(await recorded('arn:aws:s3'));
    expect(JSON.stringify(await recorded('arn:aws:s3:::'))).toContain('"arn:aws:s3"');
  });

  test('are kept if one has no subject', async () => {
    const basic = await observe({ EventSelectors: [{ DataResources: [{ Values: ['x'] }] }] });
    const AdvancedEventSelectors = [{ FieldSelectors: [{ Equals: ['x'] }] }];
    const advanced = await observe({ AdvancedEventSelectors });

    expect(basic.EventSelectors).toMatchObject([{ DataResources: [{ Type: '', Values: ['x'] }] }]);
    expect(advanced.AdvancedEventSelectors).toMatchObject([
      { FieldSelectors: [{ Field: '', Equals: ['x'] }] },
    ]);
  });

  test('are different if one of them records nothing', async () => {
    const nothing = { IncludeManagementEvents: false, DataResources: [] };

    expect(await observe({ EventSelectors: [nothing] })).not.toStrictEqual(byDefault);
  });

  test.each(['Equals', 'StartsWith', 'EndsWith', 'NotEquals', 'NotStartsWith', 'NotEndsWith'])(
    'are advanced with the operator %s',
    async (operator) => {
      const AdvancedEventSelectors = [
        { Name: 'one', FieldSelectors: [{ Field: 'eventName', [operator]: ['x', 'y'] }] },
      ];

      expect(await observe({ AdvancedEventSelectors })).toStrictEqual({
        EventSelectors: null,
        AdvancedEventSelectors,
      });
    },
  );

  test.each([{}, { Name: null }, { Name: '' }])('have no name if it is %j', async (name) => {
    const FieldSelectors = [{ Field: 'eventCategory', Equals: ['Management'] }];

    expect(await observe({ AdvancedEventSelectors: [{ ...name, FieldSelectors }] })).toStrictEqual({
      EventSelectors: null,
      AdvancedEventSelectors: [{ Name: null, FieldSelectors }],
    });
  });

  test('have no operator without values', async () => {
    const field = { Field: 'eventName', Equals: [], NotEquals: null, NotStartsWith: ['x'] };

    expect(await observe({ AdvancedEventSelectors: [{ FieldSelectors: [field] }] })).toMatchObject({
      AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventName', NotStartsWith: ['x'] }] }],
    });
  });

  test.each([{}, { FieldSelectors: [] }, { FieldSelectors: [{}] }])(
    'include an advanced one without conditions: %j',
    async (selector) => {
      const observed = await observe({ AdvancedEventSelectors: [{ Name: 'all', ...selector }] });

      expect(observed).toMatchObject({
        EventSelectors: null,
        AdvancedEventSelectors: [{ Name: 'all' }],
      });
      expect(kind.state.safeParse(observed).success).toBe(false);
    },
  );

  test('are of one kind: advanced ones replace basic ones', async () => {
    const { AdvancedEventSelectors } = states['event-selectors'];
    const { EventSelectors } = byDefault;

    expect(await observe({ EventSelectors, AdvancedEventSelectors })).toStrictEqual(
      states['event-selectors'],
    );
  });

  test('ignore fields that this version does not know', async () => {
    const unknown = { Unheard: ['of'] };
    const basic = { DataResources: [{ Type: 't', Values: [], ...unknown }], ...unknown };
    const field = { Field: 'eventName', Equals: ['x'], ...unknown };

    expect(await observe({ EventSelectors: [basic], ...unknown })).toStrictEqual(
      await observe({ EventSelectors: [{ DataResources: [{ Type: 't', Values: [] }] }] }),
    );
    expect(
      await observe({ AdvancedEventSelectors: [{ FieldSelectors: [field], ...unknown }] }),
    ).toStrictEqual({
      EventSelectors: null,
      AdvancedEventSelectors: [
        { Name: null, FieldSelectors: [{ Field: 'eventName', Equals: ['x'] }] },
      ],
    });
  });

  test('ignore order and duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(withScrambled(answer), async ([one, other]) => {
        expect(diff((await observe(one)) as Json, (await observe(other)) as Json)).toStrictEqual(
          [],
        );
      }),
    );
  });

  test('can be captured', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (body) => {
        expect(kind.state.safeParse(await observe(body)).error).toBeUndefined();
      }),
    );
  });

  test('are unknown if CloudTrail returns an error', async () => {
    const { aws } = refusing('InsufficientDependencyServiceAccessPermissionException');

    await expect(kind.observe(aws, trail, now)).rejects.toThrow('no');
  });
});

describe('the repair of selectors', () => {
  test('restores the desired state from any other', async () => {
    await fc.assert(
      fc.asyncProperty(answer, fc.option(answer), async (wanted, found) => {
        const desired = await observe(wanted);
        const actual = found && (await observe(found));

        const [sent, ...others] = await repaired(desired, actual);

        expect(others).toStrictEqual([]);
        expect(await observe((sent?.input as object | undefined) ?? found ?? {})).toStrictEqual(
          desired,
        );
      }),
    );
  });

  test('is one call with only the kind in the baseline', async () => {
    await fc.assert(
      fc.asyncProperty(answer, answer, async (wanted, found) => {
        const desired = await observe(wanted);
        const sent = await sentBy(desired, await observe(found));
        if (sent === undefined) return;

        const kinds = Object.entries(desired).flatMap(([name, list]) => (list ? name : []));
        expect(Object.keys(sent).toSorted()).toStrictEqual([...kinds, 'TrailName'].toSorted());
        expect(sent).toMatchObject({ TrailName: trail.arn });
      }),
    );
  });

  test('never sends an empty list of selectors, which CloudTrail refuses', async () => {
    await fc.assert(
      fc.asyncProperty(answer, answer, async (wanted, found) => {
        const sent = (await sentBy(await observe(wanted), await observe(found))) ?? {};

        expect(Object.values(sent)).not.toContainEqual([]);
      }),
    );
  });

  test('of a new trail needs no step if the default is desired', () => {
    expect(kind.repair(byDefault, null, trail)).toStrictEqual([]);
  });

  test('of a new trail is one step if others are desired', () => {
    expect(kind.repair(states['event-selectors'], null, trail)).toHaveLength(1);
  });

  test('sends the name of an advanced selector only if it has one', async () => {
    const sent = await sentBy(states['event-selectors'], byDefault);

    expect(sent).toMatchObject({ AdvancedEventSelectors: [{}, { Name: 'all' }] });
    expect(Reflect.get(sent ?? {}, 'AdvancedEventSelectors')[0]).not.toHaveProperty('Name');
    const [step] = kind.repair(states['event-selectors'], byDefault, trail);
    expect(JSON.stringify(step)).not.toContain('null');
  });

  test('sends the default selector to disable advanced ones', async () => {
    const sent = await sentBy(byDefault, states['event-selectors']);

    expect(sent).toStrictEqual({
      TrailName: trail.arn,
      EventSelectors: byDefault.EventSelectors,
    });
  });
});

test('selectors of another kind are reported as such, together with the lost events', () => {
  const actual = states['event-selectors'];
  const changes = diff(byDefault as Json, actual as Json);
  const reported = changes.map((change) => kind.impact(change, byDefault, actual));

  expect(changes.map(({ desired }) => desired === null)).toStrictEqual([false, true]);
  expect(new Set(reported.map(({ description }) => description)).size).toBe(2);
  expect(reported[1]).toMatchObject({ severity: 'low', losesCoverage: false });
});

describe('selectors that record less', () => {
  const basic = (member: object): Selectors => ({
    ...byDefault,
    EventSelectors: [{ ...byDefault.EventSelectors?.[0], ...member } as never],
  });
  const advanced = (
    ...FieldSelectors: NonNullable<Selectors['AdvancedEventSelectors']>[number]['FieldSelectors']
  ): Selectors => ({
    EventSelectors: null,
    AdvancedEventSelectors: [{ Name: null, FieldSelectors }],
  });
  const data = basic({ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] });
  const management = { Field: 'eventCategory', Equals: ['Management'] };

  test.each<[string, Selectors, Selectors]>([
    ['no events', byDefault, basic({ IncludeManagementEvents: false })],
    ['no writes', byDefault, basic({ ReadWriteType: 'ReadOnly' })],
    ['no reads', byDefault, basic({ ReadWriteType: 'WriteOnly' })],
    ['no use of keys', byDefault, basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] })],
    ['no data events', data, byDefault],
    [
      'nothing of one event',
      byDefault,
      advanced(management, { Field: 'eventName', NotEquals: ['DeleteTrail'] }),
    ],
    ['no management events', byDefault, advanced({ Field: 'eventCategory', Equals: ['Data'] })],
  ])('lose events: %s', (_what, desired, actual) => {
    const impact = impactOf(desired, actual);
    const [worst, ...others] = losses(desired, actual);

    expect(impact.losesCoverage).toBe(true);
    expect(impact.severity).toBe(worst?.severity);
    for (const loss of [worst, ...others]) expect(impact.description).toContain(loss?.description);
  });

  test('have the severity of the worst loss, and all losses are reported', () => {
    const { description, severity } = impactOf(data, basic({ IncludeManagementEvents: false }));
    const alone = impactOf(byDefault, basic({ IncludeManagementEvents: false }));

    expect(severity).toBe('critical');
    expect(description).toContain(alone.description);
    expect(description.split('; ').length).toBeGreaterThan(1);
  });

  test.each<[string, Selectors, Selectors]>([
    ['more', byDefault, data],
    ['the same events in another form', byDefault, advanced(management)],
  ])('do not lose events if they record %s', (_what, desired, actual) => {
    const { description, ...impact } = impactOf(desired, actual);

    expect(impact).toEqual({ severity: 'low', losesCoverage: false });
    expect(description).toContain('no captured events are lost');
  });
});

describe('as many selectors as CloudTrail accepts', () => {
  const [selector] = byDefault.EventSelectors ?? [];
  const Type = 'AWS::S3::Object';

  test.each<[string, object]>([
    [
      '5 basic ones with 250 values',
      {
        EventSelectors: [0, 50, 100, 150, 200].map((from) => ({
          ...selector,
          IncludeManagementEvents: false,
          DataResources: [{ Type, Values: numbered(250).slice(from, from + 50) }],
        })),
      },
    ],
    [
      'any number of values next to all resources, to which the limit does not apply',
      {
        EventSelectors: [
          { DataResources: [{ Type, Values: ['arn:aws-cn:s3', ...numbered(251)] }] },
        ],
      },
    ],
    [
      'a resource without values',
      { EventSelectors: [{ IncludeManagementEvents: false, DataResources: [{ Type }] }] },
    ],
    [
      'any number of advanced ones with 500 values',
      {
        AdvancedEventSelectors: numbered(250).map((name) => ({
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'resources.ARN', StartsWith: [name] },
          ],
        })),
      },
    ],
  ])('can be captured: %s', async (_what, body) => {
    expect(kind.state.safeParse(await observe(body)).error).toBeUndefined();
  });

  test('can contain duplicates in a baseline file', async () => {
    const value = { Field: 'eventCategory', Equals: ['Data'] };
    const once = { Name: null, FieldSelectors: [value, { Field: 'a', Equals: numbered(300) }] };
    const written = { EventSelectors: null, AdvancedEventSelectors: [once, once] };

    const schema = kind.fileFormat?.schema;

    expect(schema?.safeParse(written).error).toBeUndefined();
    expect(kind.state.safeParse(await resolve(written)).error).toBeUndefined();
  });
});

describe('a capture warns about management events that the trail does not record', () => {
  const basic = {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
  const weaknesses = (patch: object) =>
    kind.hardeningAdvice?.(
      { EventSelectors: [{ ...basic, ...patch }], AdvancedEventSelectors: null },
      trail,
    );

  test.each([
    [{ ReadWriteType: 'WriteOnly' }, 'management events where readOnly is true are not recorded'],
    [
      { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
      'management events where eventSource is kms.amazonaws.com are not recorded',
    ],
  ])('%j', (patch, description) => {
    expect(weaknesses(patch)).toEqual([description]);
  });

  test('a capture of a trail that records all of them has no warning', () => {
    expect(weaknesses({})).toEqual([]);
  });
});
