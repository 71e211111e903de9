import { expect, test } from 'vitest';
import { trailInTerraform } from '../../cli/baselines/terraform-state.ts';

const arn = (name: string) => `arn:aws:cloudtrail:us-east-1:111122223333:trail/${name}`;

/** A resource as `terraform show -json` prints it: what is not configured is null, empty text or an empty list. */
const trail = (address: string, values: object = {}) => ({
  address,
  mode: 'managed',
  type: 'aws_cloudtrail',
  provider_name: 'registry.terraform.io/hashicorp/aws',
  values: {
    advanced_event_selector: [],
    arn: arn('main'),
    cloud_watch_logs_group_arn: '',
    cloud_watch_logs_role_arn: '',
    enable_log_file_validation: true,
    enable_logging: true,
    event_selector: [],
    home_region: 'us-east-1',
    id: arn('main'),
    include_global_service_events: true,
    insight_selector: [],
    is_multi_region_trail: true,
    is_organization_trail: false,
    kms_key_id: '',
    name: 'main',
    region: 'us-east-1',
    s3_bucket_name: 'logs',
    s3_key_prefix: null,
    sns_topic_arn: '',
    sns_topic_name: '',
    tags: null,
    tags_all: {},
    ...values,
  },
});

const stateWith = (...resources: readonly object[]) => ({
  format_version: '1.0',
  values: { root_module: { resources } },
});

const read = (content: unknown, address?: string) => trailInTerraform('tf.json', content, address);
const statesOf = (values: object) =>
  read(stateWith(trail('aws_cloudtrail.main', values))).states(null);

test('a trail without optional arguments has the settings of a new trail', () => {
  expect(statesOf({})).toEqual({
    settings: {
      S3BucketName: 'logs',
      S3KeyPrefix: null,
      SnsTopicARN: null,
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
      CloudWatchLogsLogGroupArn: null,
      CloudWatchLogsRoleArn: null,
      KmsKeyId: null,
      IsOrganizationTrail: false,
      RecursiveLogging: true,
    },
    logging: { IsLogging: true },
    'event-selectors': {
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: [],
        },
      ],
      AdvancedEventSelectors: null,
    },
    'insight-selectors': { InsightSelectors: [] },
    tags: { TagsList: [] },
  });
});

test('event selectors, Insights and all tags, also those of the provider, are taken over', () => {
  const states = statesOf({
    event_selector: [
      {
        read_write_type: 'WriteOnly',
        include_management_events: true,
        exclude_management_event_sources: ['kms.amazonaws.com'],
        data_resource: [{ type: 'AWS::Lambda::Function', values: ['arn:aws:lambda'] }],
      },
    ],
    insight_selector: [{ insight_type: 'ApiErrorRateInsight' }],
    tags: { owner: 'security' },
    tags_all: { owner: 'security', managed: 'terraform' },
  });

  expect(states).toMatchObject({
    'event-selectors': {
      EventSelectors: [
        {
          ReadWriteType: 'WriteOnly',
          IncludeManagementEvents: true,
          DataResources: [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }],
          ExcludeManagementEventSources: ['kms.amazonaws.com'],
        },
      ],
    },
    'insight-selectors': {
      InsightSelectors: [{ InsightType: 'ApiErrorRateInsight', EventCategories: ['Management'] }],
    },
    tags: {
      TagsList: [
        { Key: 'owner', Value: 'security' },
        { Key: 'managed', Value: 'terraform' },
      ],
    },
  });
});

test('advanced event selectors have only the operators that are used', () => {
  const states = statesOf({
    advanced_event_selector: [
      {
        name: '',
        field_selector: [
          { field: 'eventCategory', equals: ['Data'], not_equals: [], starts_with: null },
          { field: 'resources.ARN', starts_with: ['arn:aws:s3:::logs/'] },
        ],
      },
    ],
  });

  expect(states).toMatchObject({
    'event-selectors': {
      EventSelectors: null,
      AdvancedEventSelectors: [
        {
          Name: null,
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::logs/'] },
          ],
        },
      ],
    },
  });
});

test('what Terraform does not manage stays as it is in the live trail', () => {
  const content = stateWith(
    trail('aws_cloudtrail.main', { insight_selector: [{ insight_type: 'ApiCallRateInsight' }] }),
  );
  const insight = { InsightType: 'ApiCallRateInsight', EventCategories: ['Data', 'Management'] };

  const states = read(content).states({
    settings: { RecursiveLogging: false },
    'insight-selectors': { InsightSelectors: [insight] },
  });

  expect(states).toMatchObject({
    settings: { RecursiveLogging: false },
    'insight-selectors': { InsightSelectors: [insight] },
  });
});

test('finds a trail in nested modules, and of several the one at an address', () => {
  const address = 'module.logs["eu"].module.trail.aws_cloudtrail.this[0]';
  const data = { ...trail('data.aws_cloudtrail.other'), mode: 'data' };
  const nested = { resources: [data, trail(address, { arn: arn('nested') })] };
  const child_modules = [{ resources: [], child_modules: [nested] }];
  const content = { values: { root_module: { child_modules } } };
  const both = {
    values: { root_module: { resources: [trail('aws_cloudtrail.main')], child_modules } },
  };

  expect(read(content).trail).toBe(arn('nested'));
  expect(read(both, address).trail).toBe(arn('nested'));
  expect(() => read(both)).toThrow(
    `tf.json: has several trails: pass one to --address: aws_cloudtrail.main, ${address}`,
  );
  expect(() => read(both, 'aws_cloudtrail.x')).toThrow('has no resource aws_cloudtrail.x');
});

test.each([
  [{ resource_changes: [], planned_values: {} }, 'values: is missing. Write the file with'],
  [stateWith(), 'has no resource aws_cloudtrail'],
  [
    stateWith(trail('aws_cloudtrail.main', { s3_bucket_name: '' })),
    'aws_cloudtrail.main.s3_bucket_name: is missing',
  ],
  [
    stateWith(trail('aws_cloudtrail.main', { enable_logging: false })),
    'aws_cloudtrail.main.enable_logging: must be true',
  ],
  [
    stateWith(trail('aws_cloudtrail.main', { moonlight: ['full'] })),
    'aws_cloudtrail.main: has moonlight, which this version of trailkeeper does not know: update trailkeeper',
  ],
  [
    stateWith(
      trail('aws_cloudtrail.main', {
        advanced_event_selector: [{ field_selector: [{ field: 'eventName', matches: ['x'] }] }],
      }),
    ),
    'aws_cloudtrail.main.advanced_event_selector.0.field_selector.0: has matches',
  ],
])('%j is refused, naming the field and the remedy', (content, message) => {
  expect(() => read(content)).toThrow(message);
});

test('a field of a newer provider that is empty changes nothing', () => {
  expect(statesOf({ moonlight: [] })).toEqual(statesOf({}));
});
