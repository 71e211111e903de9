import fc from 'fast-check';
import type { Selectors } from '#drift/selectors/schema.ts';
import { lambda, s3 } from './selectors.ts';

/** Selectors over few values, and events with all values that these can distinguish. */
const names = ['a', 'ab', 'ba'];
const arns = ['arn:aws:s3', 'arn:aws:s3:::a', 'arn:aws:s3:::ab', 'arn:aws:lambda', 'f', 'fx'];
export type Event = { readonly [field: string]: string };
export const universe: readonly Event[] = product({
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
export const anySelectors: fc.Arbitrary<Selectors> = fc.oneof(
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
export function matches(
  { EventSelectors, AdvancedEventSelectors }: Selectors,
  event: Event,
): boolean {
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

function product(fields: { readonly [field: string]: readonly string[] }): readonly Event[] {
  return Object.entries(fields).reduce<readonly Event[]>(
    (events, [field, values]) =>
      events.flatMap((event) => values.map((value) => ({ ...event, [field]: value }))),
    [{}],
  );
}
