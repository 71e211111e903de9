import type { Distribution, StandardUnit } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { asSet } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import { keyArn } from '#trail/value-schemas.ts';
import { there } from './dependency.ts';

/** A retention without end, and a group without a key of KMS or a mask: these are values, because their loss and appearance matter. */
export const never = 'never';
export const none = 'none';

/** A data protection policy masks parts of the events. */
export const masked = 'ACTIVATED';

const text = z.string(must('be text'));
const texts = z.array(text, must('be a list of text'));
const flag = z.boolean(must('be true or false'));

const metricFilter = z.strictObject({
  filterName: text,
  filterPattern: text.default(''),
  metricTransformations: z.array(
    z.strictObject({
      metricName: text,
      metricNamespace: text,
      metricValue: text,
      defaultValue: z.number(must('be a number')).optional(),
      dimensions: z.record(z.string(), text).optional(),
      unit: (text as unknown as z.ZodType<StandardUnit>).optional(),
    }),
    must('be a list'),
  ),
  applyOnTransformedLogs: flag.optional(),
  fieldSelectionCriteria: text.optional(),
  emitSystemFieldDimensions: texts.optional(),
});

const subscriptionFilter = z.strictObject({
  filterName: text,
  filterPattern: text.default(''),
  destinationArn: text,
  roleArn: text.optional(),
  distribution: (text as unknown as z.ZodType<Distribution>).optional(),
  applyOnTransformedLogs: flag.optional(),
  fieldSelectionCriteria: text.optional(),
  emitSystemFields: texts.optional(),
});

const filters = <Filter extends z.ZodType<{ readonly filterName: string }>>(filter: Filter) =>
  z
    .array(filter, must('be a list: an empty one for none, or null'))
    .refine(
      (all) => new Set(all.map(({ filterName }) => filterName)).size === all.length,
      must('name each filter once'),
    )
    .nullable();

/** The state that a baseline has. Null means not protected: the trail has no log group, or it could not be read at the capture. */
export const state = z.strictObject({
  Existence: z.literal(there, must('be there, or null')).nullable(),
  LogGroupClass: z.string(must('be STANDARD or another class, or null')).nullable(),
  RetentionInDays: z
    .union(
      [z.int().min(1), z.literal(never)],
      must('be a number of days, "never" if events never expire, or null'),
    )
    .nullable(),
  KmsKeyId: z
    .union([keyArn, z.literal(none)], must('be the ARN of a KMS key, "none" without one, or null'))
    .nullable(),
  Tags: z
    .array(z.strictObject({ Key: text, Value: text }), must('be a list of tags, or null'))
    .nullable(),
  DataProtection: z
    .enum([masked, none], must('be "ACTIVATED" if events are masked, "none" if not, or null'))
    .nullable(),
  MetricFilters: filters(metricFilter),
  SubscriptionFilters: filters(subscriptionFilter),
});

export type MetricFilter = z.infer<typeof metricFilter>;
export type SubscriptionFilter = z.infer<typeof subscriptionFilter>;
export type Tag = { readonly Key: string; readonly Value: string };

/** A log group as it is stored or was observed: a field that could not be read says so. */
export type LogGroup = {
  readonly Existence: string | null;
  readonly LogGroupClass: string | null;
  readonly RetentionInDays: number | string | null;
  readonly KmsKeyId: string | null;
  readonly Tags: readonly Tag[] | string | null;
  readonly DataProtection: string | null;
  readonly MetricFilters: readonly MetricFilter[] | string | null;
  readonly SubscriptionFilters: readonly SubscriptionFilter[] | string | null;
};

/** Nothing of a log group is protected. */
export const unprotected: LogGroup = {
  Existence: null,
  LogGroupClass: null,
  RetentionInDays: null,
  KmsKeyId: null,
  Tags: null,
  DataProtection: null,
  MetricFilters: null,
  SubscriptionFilters: null,
};

/** The filters in a response or a record, in one form; null if one of them is not complete. */
export const metricFilters = (found: unknown): readonly MetricFilter[] | null =>
  canonical(metricFilter, found);
export const subscriptionFilters = (found: unknown): readonly SubscriptionFilter[] | null =>
  canonical(subscriptionFilter, found);

/** `aws:` tags are reserved and ignored. */
export const tagSet = (tags: Readonly<Record<string, string>>): readonly Tag[] =>
  asSet(
    Object.entries(tags)
      .filter(([Key]) => !Key.startsWith('aws:'))
      .map(([Key, Value]) => ({ Key, Value })),
  );

/** The items of a list as it was observed; none if it was not read. */
export const listed = <Item>(
  field: readonly Item[] | string | null | undefined,
): readonly Item[] => (Array.isArray(field) ? field : []);

function canonical<Filter>(schema: z.ZodType<Filter>, found: unknown): readonly Filter[] | null {
  const parsed = z.array(z.preprocess(withoutDefaults, schema)).safeParse(found);
  return parsed.success ? asSet(parsed.data) : null;
}

/** Members that AWS may leave out, with the values that mean the same. Members of the response that no call sets are dropped. */
function withoutDefaults(filter: unknown): unknown {
  if (typeof filter !== 'object' || filter === null) return filter;
  return Object.fromEntries(
    Object.entries(filter)
      .filter(([name]) => name !== 'creationTime' && name !== 'logGroupName')
      .filter(([, value]) => !isDefault(value))
      .map(([name, value]) => [
        name,
        name === 'metricTransformations' && Array.isArray(value)
          ? asSet(value.map(withoutDefaults))
          : value,
      ]),
  );
}

const isDefault = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/**
 * A retention that a policy of the account sets: putting that of the group again does not help. Source: CloudWatch Logs API reference,
 * PutRetentionPolicy.
 */
export const retentionByAccountPolicy = (days: number | string, policy: string): string =>
  `${days}${byAccountPolicy}${policy}`;

export const isByAccountPolicy = (retention: unknown): boolean =>
  typeof retention === 'string' && retention.includes(byAccountPolicy);

const byAccountPolicy = ', by the account policy ';
