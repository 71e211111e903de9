import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventConfigurationCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  RemoveTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
} from '@aws-sdk/client-organizations';
import fc from 'fast-check';
import type { Clients } from '#sandbox/clients.ts';

type Callers = Pick<Clients, 'cloudtrail' | 'organizations'>;

/** A call that an administrator can make about the trail. AWS can refuse it. */
export type AnyCall = { readonly name: string; readonly input: object };

const settings = fc.record(
  {
    S3BucketName: fc.constantFrom('org-trail-logs', 'attacker-bucket'),
    S3KeyPrefix: fc.constantFrom('', 'cloudtrail', 'elsewhere'),
    SnsTopicName: fc.constantFrom('', 'org-trail-delivered', 'attackers-topic'),
    IncludeGlobalServiceEvents: fc.boolean(),
    IsMultiRegionTrail: fc.boolean(),
    EnableLogFileValidation: fc.boolean(),
    KmsKeyId: fc.constantFrom(
      '',
      'alias/org-trail',
      'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10',
    ),
    IsOrganizationTrail: fc.boolean(),
    RecursiveLogging: fc.boolean(),
  },
  { requiredKeys: [] },
);
const logs = fc.constantFrom(
  {},
  { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
  ...['org-trail', 'attackers'].map((name) => ({
    CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:111122223333:log-group:${name}:*`,
    CloudWatchLogsRoleArn: `arn:aws:iam::111122223333:role/${name}`,
  })),
);
const patch = fc.tuple(settings, logs).map(([one, other]) => ({ ...one, ...other }));

const basicSelector = fc.record({
  ReadWriteType: fc.constantFrom('All', 'ReadOnly', 'WriteOnly'),
  IncludeManagementEvents: fc.boolean(),
  DataResources: fc.uniqueArray(
    fc.record({
      Type: fc.constantFrom('AWS::S3::Object', 'AWS::Lambda::Function'),
      Values: fc.constantFrom<string[]>([], ['arn:aws:s3'], ['arn:aws:lambda']),
    }),
    { maxLength: 2, selector: ({ Type }) => Type },
  ),
  ExcludeManagementEventSources: fc.constantFrom<string[]>(
    [],
    ['kms.amazonaws.com'],
    ['kms.amazonaws.com', 'rdsdata.amazonaws.com'],
  ),
});
const equals = (Field: string, ...values: string[]) => ({ Field, Equals: values });
const advancedSelector = fc.constantFrom(
  { Name: 'all', FieldSelectors: [equals('eventCategory', 'Management')] },
  { FieldSelectors: [equals('eventCategory', 'Management'), equals('readOnly', 'false')] },
  {
    FieldSelectors: [
      equals('eventCategory', 'Management'),
      { Field: 'eventSource', NotEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
    ],
  },
  {
    Name: 'objects',
    FieldSelectors: [
      equals('eventCategory', 'Data'),
      equals('resources.type', 'AWS::S3::Object'),
      { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::b/', 'arn:aws:s3:::a/'] },
    ],
  },
);
const selectors = fc.oneof(
  fc.record({ EventSelectors: fc.array(basicSelector, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    AdvancedEventSelectors: fc.array(advancedSelector, { minLength: 1, maxLength: 3 }),
  }),
);

const insights = fc.record({
  InsightSelectors: fc.uniqueArray(
    fc.record(
      {
        InsightType: fc.constantFrom('ApiCallRateInsight', 'ApiErrorRateInsight'),
        EventCategories: fc.constantFrom(['Management'], ['Data', 'Management']),
      },
      { requiredKeys: ['InsightType'] },
    ),
    { selector: ({ InsightType }) => InsightType },
  ),
});

const templates = fc.subarray(['API_ACTIVITY', 'RESOURCE_ACCESS', 'USER_ACTIONS'], {
  minLength: 1,
});
const configuration = fc.record({
  AggregationConfigurations: fc.oneof(
    fc.constant([]),
    templates.map((Templates) => [{ EventCategory: 'Data', Templates }]),
  ),
});

const tags = fc.record({
  TagsList: fc.uniqueArray(
    fc.record({
      Key: fc.constantFrom('owner', 'team', 'constructor', '__proto__', 'a.b'),
      Value: fc.constantFrom('security', 'mallory', 'x y'),
    }),
    { minLength: 1, selector: ({ Key }) => Key },
  ),
});

const named = (name: string, input: fc.Arbitrary<object> = fc.constant({})) =>
  input.map((drawn): AnyCall => ({ name, input: drawn }));

/** The calls with which an owner configures a trail. */
export const configuring: fc.Arbitrary<AnyCall> = fc.oneof(
  { weight: 3, arbitrary: named('UpdateTrail', patch) },
  named('PutEventSelectors', selectors),
  named('PutInsightSelectors', insights),
  named('PutEventConfiguration', configuration),
  named('AddTags', tags),
);

/** Any call that an administrator can make. */
export const anyCall: fc.Arbitrary<AnyCall> = fc.oneof(
  { weight: 4, arbitrary: configuring },
  named('RemoveTags', tags),
  named('StartLogging'),
  named('StopLogging'),
  named('DeleteTrail'),
  named('CreateTrail', patch),
  named('DisableAWSServiceAccess'),
  named('EnableAWSServiceAccess'),
);

/** Makes a call. A refused call changes nothing. */
export async function make(
  { name, input }: AnyCall,
  clients: Callers,
  trail: string,
): Promise<void> {
  try {
    await calls[name]?.(clients, trail, input);
  } catch (error) {
    if (!(error instanceof Error && '$fault' in error)) throw error;
  }
}

const ServicePrincipal = 'cloudtrail.amazonaws.com';

// biome-ignore lint/suspicious/noExplicitAny: an input is drawn, and of the type that its call takes
type Send = (clients: Callers, trail: string, input: any) => Promise<unknown>;
const calls: Readonly<Record<string, Send>> = {
  CreateTrail: ({ cloudtrail }, trail, input) =>
    cloudtrail.send(
      new CreateTrailCommand({
        S3BucketName: 'attacker-bucket',
        ...present(input),
        Name: trail.split('/').at(-1) ?? '',
      }),
    ),
  UpdateTrail: ({ cloudtrail }, Name, input) =>
    cloudtrail.send(new UpdateTrailCommand({ Name, ...input })),
  DeleteTrail: ({ cloudtrail }, Name) => cloudtrail.send(new DeleteTrailCommand({ Name })),
  StartLogging: ({ cloudtrail }, Name) => cloudtrail.send(new StartLoggingCommand({ Name })),
  StopLogging: ({ cloudtrail }, Name) => cloudtrail.send(new StopLoggingCommand({ Name })),
  PutEventSelectors: ({ cloudtrail }, TrailName, input) =>
    cloudtrail.send(new PutEventSelectorsCommand({ TrailName, ...input })),
  PutInsightSelectors: ({ cloudtrail }, TrailName, input) =>
    cloudtrail.send(new PutInsightSelectorsCommand({ TrailName, ...input })),
  PutEventConfiguration: ({ cloudtrail }, TrailName, input) =>
    cloudtrail.send(new PutEventConfigurationCommand({ TrailName, ...input })),
  AddTags: ({ cloudtrail }, ResourceId, input) =>
    cloudtrail.send(new AddTagsCommand({ ResourceId, ...input })),
  RemoveTags: ({ cloudtrail }, ResourceId, input) =>
    cloudtrail.send(new RemoveTagsCommand({ ResourceId, ...input })),
  DisableAWSServiceAccess: ({ organizations }) =>
    organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal })),
  EnableAWSServiceAccess: ({ organizations }) =>
    organizations.send(new EnableAWSServiceAccessCommand({ ServicePrincipal })),
};

const present = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ''));
