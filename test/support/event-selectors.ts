import fc from 'fast-check';
import { eventSelectors as kind } from '#drift/event-selectors.ts';
import { callsOf } from './kind-calls.ts';

export type Selectors = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;
export const { observe, resolve, repaired, impactOf } = callsOf(kind);

export const byDefault: Selectors = {
  EventSelectors: [
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ],
  AdvancedEventSelectors: null,
};

export const texts = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '', '__proto__'), {
  maxLength: 3,
});

export const given = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
export const values = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
export const category = fc
  .constantFrom('Management', 'Data', 'NetworkActivity')
  .map((value) => ({ Field: 'eventCategory', Equals: [value] }));

export const advancedAnswer = fc.record({
  AdvancedEventSelectors: fc.array(
    fc.record({
      Name: given(fc.constantFrom('', 'one', 'two')),
      FieldSelectors: fc
        .tuple(
          category,
          fc.array(
            fc
              .tuple(
                fc.constantFrom('eventName', 'resources.ARN'),
                values,
                fc.record(
                  {
                    Equals: values,
                    StartsWith: values,
                    EndsWith: values,
                    NotEquals: values,
                    NotStartsWith: values,
                  },
                  { requiredKeys: [] },
                ),
              )
              .map(([Field, NotEndsWith, others]) => ({ Field, NotEndsWith, ...others })),
            { maxLength: 2 },
          ),
        )
        .map(([first, others]) => [first, ...others]),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** CloudTrail refuses a selector that selects nothing. */
export function selectsSome(selector: {
  readonly IncludeManagementEvents?: boolean | undefined;
  readonly DataResources?: readonly object[] | undefined;
}): boolean {
  return selector.IncludeManagementEvents !== false || Boolean(selector.DataResources?.length);
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `arn:aws:s3:::bucket-${index}/`);
}
