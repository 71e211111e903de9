import * as z from 'zod';
import { InvalidBaselineError } from '#baseline/baseline.ts';
import type { States } from '#drift/kind.ts';
import { newTrailState } from '#drift/settings-table.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';

/** A trail in a Terraform state. */
export type TerraformTrail = {
  readonly trail: TrailArn;
  /** The states that its resource declares. What Terraform does not manage stays as in `live`, which is null without a live trail. */
  readonly states: (live: States | null) => States;
};

/**
 * The resource `aws_cloudtrail` in the output of `terraform show -json`: the one at `address`, or the only one. Throws
 * `InvalidBaselineError`.
 */
export function trailInTerraform(file: string, content: unknown, address?: string): TerraformTrail {
  const refuse = (problem: string) => new InvalidBaselineError(`${file}: ${problem}`);
  const state = terraformState.safeParse(content);
  if (!state.success) {
    throw refuse(
      `${describeIssues(state.error)}. Write the file with terraform show -json, without the name of a plan`,
    );
  }
  const trails = resourcesOf(state.data.values.root_module).filter(
    ({ type, mode }) => type === 'aws_cloudtrail' && mode === 'managed',
  );
  const [found, ...others] = trails.filter((one) => one.address === (address ?? one.address));
  const addresses = trails.map((one) => one.address).join(', ');
  if (found === undefined) {
    throw refuse(
      addresses === ''
        ? 'has no resource aws_cloudtrail: name the state of the configuration that creates the trail'
        : `has no resource ${address}: pass one of these to --address: ${addresses}`,
    );
  }
  if (others.length > 0) throw refuse(`has several trails: pass one to --address: ${addresses}`);
  const parsed = trailValues.safeParse(withoutEmptyFields(found.values));
  if (!parsed.success) throw refuse(describeIssues(parsed.error, [found.address]));
  return { trail: parsed.data.arn, states: (live) => statesOf(parsed.data, live) };
}

type Resource = z.infer<typeof resource>;
type Module = {
  readonly resources?: readonly Resource[] | undefined;
  readonly child_modules?: readonly Module[] | undefined;
};

const resource = z.looseObject({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  values: z.record(z.string(), z.unknown()),
});
const module: z.ZodType<Module> = z.looseObject({
  resources: z.array(resource).optional(),
  child_modules: z.array(z.lazy(() => module)).optional(),
});

/** Source: Terraform documentation, "JSON Output Format", values representation. */
const terraformState = z.looseObject({
  values: z.looseObject(
    { root_module: module },
    must('be the values of a state, with root_module'),
  ),
});

const resourcesOf = ({ resources = [], child_modules = [] }: Module): readonly Resource[] => [
  ...resources,
  ...child_modules.flatMap(resourcesOf),
];

/** Terraform writes what is not configured as null, as empty text or as an empty list, also in fields of a newer provider. */
function withoutEmptyFields(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

const text = z.string(must('be text'));
const texts = z.array(text, must('be a list of texts')).nullish();
const ignored = z.unknown().optional();

/** An object with these fields only: what an unknown one declares would be lost. */
const known = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has ${issue.keys.join(', ')}, which this version of trailkeeper does not know: update trailkeeper, or use npx --no -- trailkeeper capture`
        : undefined,
  });

const operators = {
  equals: 'Equals',
  not_equals: 'NotEquals',
  starts_with: 'StartsWith',
  not_starts_with: 'NotStartsWith',
  ends_with: 'EndsWith',
  not_ends_with: 'NotEndsWith',
} as const;

const fieldSelector = known({
  field: text,
  equals: texts,
  not_equals: texts,
  starts_with: texts,
  not_starts_with: texts,
  ends_with: texts,
  not_ends_with: texts,
}).transform(({ field, ...conditions }) => ({
  Field: field,
  ...Object.fromEntries(
    Object.entries(conditions)
      .filter(([, values]) => values && values.length > 0)
      .map(([operator, values]) => [operators[operator as keyof typeof operators], values]),
  ),
}));

const eventSelector = known({
  read_write_type: text,
  include_management_events: z.boolean(must('be true or false')),
  exclude_management_event_sources: texts,
  data_resource: z.array(known({ type: text, values: z.array(text) })).nullish(),
}).transform((selector) => ({
  ReadWriteType: selector.read_write_type,
  IncludeManagementEvents: selector.include_management_events,
  ExcludeManagementEventSources: selector.exclude_management_event_sources ?? [],
  DataResources: (selector.data_resource ?? []).map(({ type, values }) => ({
    Type: type,
    Values: values,
  })),
}));

const advancedSelector = known({ name: text.nullish(), field_selector: z.array(fieldSelector) });

const flag = (initial: boolean) => z.boolean(must('be true or false')).default(initial);
const optionalText = text.nullish().transform((value) => value ?? null);

/** Source: Terraform AWS provider, resource aws_cloudtrail. */
const trailValues = known({
  arn: trailArn,
  name: ignored,
  id: ignored,
  region: ignored,
  home_region: ignored,
  sns_topic_arn: ignored,
  tags: ignored,
  s3_bucket_name: text,
  s3_key_prefix: optionalText,
  sns_topic_name: optionalText,
  include_global_service_events: flag(true),
  is_multi_region_trail: flag(false),
  is_organization_trail: flag(false),
  enable_log_file_validation: flag(false),
  enable_logging: z
    .literal(true, { error: 'must be true: trailkeeper does not protect a trail that is off' })
    .optional(),
  cloud_watch_logs_group_arn: optionalText,
  cloud_watch_logs_role_arn: optionalText,
  kms_key_id: optionalText,
  event_selector: z.array(eventSelector).optional(),
  advanced_event_selector: z.array(advancedSelector).optional(),
  insight_selector: z.array(known({ insight_type: text })).default([]),
  tags_all: z.record(z.string(), text).default({}),
});

type TrailValues = z.infer<typeof trailValues>;

/** The provider does not show the selector of a trail without selectors. Source: its flattenEventSelector. */
const managementEvents = [
  {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  },
];

function statesOf(values: TrailValues, live: States | null): States {
  const { RecursiveLogging } = { ...newTrailState, ...live?.settings };
  const { InsightSelectors: insights = [] } = (live?.['insight-selectors'] ?? {}) as {
    readonly InsightSelectors?: readonly { InsightType: string; EventCategories: string[] }[];
  };
  const categoriesOf = (type: string) =>
    insights.find(({ InsightType }) => InsightType === type)?.EventCategories ?? ['Management'];
  return {
    settings: {
      S3BucketName: values.s3_bucket_name,
      S3KeyPrefix: values.s3_key_prefix,
      SnsTopicARN: values.sns_topic_name,
      IncludeGlobalServiceEvents: values.include_global_service_events,
      IsMultiRegionTrail: values.is_multi_region_trail,
      LogFileValidationEnabled: values.enable_log_file_validation,
      CloudWatchLogsLogGroupArn: values.cloud_watch_logs_group_arn,
      CloudWatchLogsRoleArn: values.cloud_watch_logs_role_arn,
      KmsKeyId: values.kms_key_id,
      IsOrganizationTrail: values.is_organization_trail,
      RecursiveLogging,
    },
    logging: { IsLogging: true },
    'event-selectors': {
      EventSelectors: values.advanced_event_selector
        ? null
        : (values.event_selector ?? managementEvents),
      AdvancedEventSelectors:
        values.advanced_event_selector?.map(({ name, field_selector }) => ({
          Name: name || null,
          FieldSelectors: field_selector,
        })) ?? null,
    },
    'insight-selectors': {
      InsightSelectors: values.insight_selector.map(({ insight_type }) => ({
        InsightType: insight_type,
        EventCategories: categoriesOf(insight_type),
      })),
    },
    tags: { TagsList: Object.entries(values.tags_all).map(([Key, Value]) => ({ Key, Value })) },
  };
}
