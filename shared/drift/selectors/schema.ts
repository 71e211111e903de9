import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';

const values = z
  .array(z.string(must('be text')))
  .min(1, must('hold a value'))
  .exactOptional();

/** CloudTrail refuses a field selector without an operator (aws/aws-sdk-go#4260). The SDK ignores operators that it does not know. */
const fieldSelector = z
  .strictObject({
    Field: z.string(must('be the name of a field')),
    Equals: values,
    StartsWith: values,
    EndsWith: values,
    NotEquals: values,
    NotStartsWith: values,
    NotEndsWith: values,
  })
  .refine((selector) => Object.keys(selector).length > 1, must('have an operator, as Equals'));

export type FieldSelector = Of<typeof fieldSelector>;

const basicSelector = z
  .strictObject({
    /** A live trail may have another text. */
    ReadWriteType: z.enum(
      ['All', 'ReadOnly', 'WriteOnly'],
      must('be All, ReadOnly or WriteOnly'),
    ) as z.ZodType<string>,
    IncludeManagementEvents: z.boolean(must('be true or false')),
    DataResources: z.array(
      z.strictObject({ Type: z.string(must('be a resource type')), Values: z.array(z.string()) }),
    ),
    ExcludeManagementEventSources: z.array(z.string(must('be the name of an AWS service'))),
  })
  .refine((selector) => selector.IncludeManagementEvents || selector.DataResources.length > 0, {
    path: ['DataResources'],
    ...must('hold a data resource, because IncludeManagementEvents is false'),
  });

export type BasicSelector = Of<typeof basicSelector>;

const advancedSelector = z.strictObject({
  Name: z.string(must('be text, or null')).nullable(),
  FieldSelectors: z
    .array(fieldSelector)
    .min(1, must('hold a field selector'))
    .refine(
      hasCategory,
      must('have eventCategory once, with Equals and one of Management, Data and NetworkActivity'),
    ),
});

export type AdvancedSelector = Of<typeof advancedSelector>;

/** Selectors as a person may write them: basic or advanced ones, never both; the other is null. */
export const declared = z
  .strictObject({
    EventSelectors: z.array(basicSelector).min(1, must('hold a selector, or be null')).nullable(),
    AdvancedEventSelectors: z
      .array(advancedSelector)
      .min(1, must('hold a selector, or be null'))
      .nullable(),
  })
  .refine(
    ({ EventSelectors, AdvancedEventSelectors }) =>
      (EventSelectors === null) !== (AdvancedEventSelectors === null),
    must('have either EventSelectors or AdvancedEventSelectors, and null for the other'),
  );

export type Selectors = Of<typeof declared>;

/** Selectors within CloudTrail's limits. Sources: API reference, PutEventSelectors, EventSelector. */
export const state = declared
  .refine(({ EventSelectors }) => (EventSelectors?.length ?? 0) <= 5, {
    path: ['EventSelectors'],
    ...must('hold at most 5 selectors'),
  })
  .refine(({ EventSelectors }) => limitedValues(EventSelectors ?? []) <= 250, {
    path: ['EventSelectors'],
    ...must('hold at most 250 values of data resources in all'),
  })
  .refine(({ AdvancedEventSelectors }) => conditionValues(AdvancedEventSelectors ?? []) <= 500, {
    path: ['AdvancedEventSelectors'],
    ...must('hold at most 500 values of conditions in all'),
  });

/** Whether a selector has exactly one of the event categories that trails record. Source: API reference, AdvancedFieldSelector. */
function hasCategory(selectors: readonly FieldSelector[]): boolean {
  const ofCategory = selectors.filter(({ Field }) => Field === 'eventCategory');
  const [value = '', ...more] = new Set(ofCategory.flatMap(({ Equals = [] }) => Equals));
  return (
    categories.includes(value) &&
    more.length === 0 &&
    ofCategory.every(({ Field, Equals, ...others }) => Object.keys(others).length === 0)
  );
}

const categories = ['Management', 'Data', 'NetworkActivity'];

/** The number of values that count towards the limit: none for a type of which every resource is recorded. */
function limitedValues(selectors: readonly BasicSelector[]): number {
  const values = selectors
    .flatMap(({ DataResources }) => DataResources)
    .flatMap(({ Values }) => Values);
  return values.some((value) => everyResource.test(value)) ? 0 : values.length;
}

/** As `arn:aws:s3`. */
const everyResource = /^arn:[^:]+:[^:]+:*$/;

const conditionValues = (selectors: readonly AdvancedSelector[]): number =>
  selectors
    .flatMap(({ FieldSelectors }) => FieldSelectors)
    .flatMap(({ Field, ...operators }) => Object.values(operators).flat()).length;
