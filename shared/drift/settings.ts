import {
  CreateTrailCommand,
  type CreateTrailCommandInput,
  GetTrailCommand,
  UpdateTrailCommand,
  type UpdateTrailCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { z } from 'zod';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import { diff } from '#core/diff.ts';
import * as grammar from '#core/grammar.ts';
import { anyTrail, type DriftKind, type Permission } from './kind.ts';

const shape = {
  S3BucketName: grammar.bucketName,
  S3KeyPrefix: grammar.keyPrefix.nullable(),
  SnsTopicARN: grammar.topicArn.nullable(),
  IncludeGlobalServiceEvents: grammar.flag,
  IsMultiRegionTrail: grammar.flag,
  LogFileValidationEnabled: grammar.flag,
  CloudWatchLogsLogGroupArn: grammar.logGroupArn.nullable(),
  CloudWatchLogsRoleArn: grammar.roleArn.nullable(),
  KmsKeyId: grammar.keyArn.nullable(),
  IsOrganizationTrail: grammar.flag,
  RecursiveLogging: grammar.flag,
};
const state = z.strictObject(shape).superRefine(combinations);
const declared = z
  .strictObject({
    ...shape,
    SnsTopicARN: grammar.topicNameOrArn.nullable(),
    KmsKeyId: grammar.keyIdInAnyForm.nullable(),
  })
  .superRefine(combinations);

type Settings = z.infer<typeof state>;
type SettingsStep =
  | { readonly action: 'CreateTrail'; readonly input: CreateTrailCommandInput }
  | { readonly action: 'UpdateTrail'; readonly input: UpdateTrailCommandInput };

/** The trail exists, and every setting that UpdateTrail can change is as it was. Field names are GetTrail's. */
export const settings: DriftKind<Settings, SettingsStep> = {
  name: 'settings',
  state,
  declared: {
    schema: declared,
    async resolve(written, trail, keyArnOf) {
      const { SnsTopicARN: topic, KmsKeyId: key, ...rest } = declared.parse(written);
      const topicArn = `arn:${trail.partition}:sns:${trail.region}:${trail.accountId}:${topic}`;
      return {
        ...rest,
        SnsTopicARN: topic === null || topic.startsWith('arn:') ? topic : topicArn,
        KmsKeyId: key === null || grammar.keyArn.safeParse(key).success ? key : await keyArnOf(key),
      };
    },
  },
  hints: [
    {
      eventSource: 'cloudtrail.amazonaws.com',
      eventNames: ['CreateTrail', 'UpdateTrail', 'DeleteTrail'],
    },
  ],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetTrail'], resources: anyTrail }],
    repair: [
      { actions: ['cloudtrail:CreateTrail', 'cloudtrail:UpdateTrail'], resources: anyTrail },
      ...forOrganizationTrails(),
      forCloudWatchLogs(),
    ],
  },

  async observe({ cloudtrail }, trail) {
    const found = await nullIfTrailNotFound(
      cloudtrail.send(new GetTrailCommand({ Name: trail.arn })),
    );
    return found === null ? null : observed.parse(found.Trail);
  },

  repair(desired, actual, trail) {
    if (actual === null) {
      const present = fields.filter((field) => desired[field] !== null);
      const input = { Name: trail.name, ...members(desired, present) };
      return [{ action: 'CreateTrail', input: { S3BucketName: desired.S3BucketName, ...input } }];
    }
    const drifted = diff(desired, actual).map(({ path }) => path as Field);
    const input = { Name: trail.arn, ...members(desired, withPartners(drifted)) };
    return [{ action: 'UpdateTrail', input }];
  },

  split({ action, input }, trail) {
    const alone = (group: readonly Member[]): SettingsStep => ({
      action: 'UpdateTrail',
      input: { Name: trail.arn, ...pick(input, group) },
    });
    const present = groups.filter((group) => group.some((member) => member in input));
    if (action === 'UpdateTrail') return present.length > 1 ? present.map(alone) : [];

    const later = present.filter((group) => dependencies.includes(group));
    if (later.length === 0) return [];
    const needed = Object.keys(input).filter((name) => !later.flat().includes(name as Member));
    return [{ action, input: pick(input, needed) as typeof input }, ...later.map(alone)];
  },

  async perform({ cloudtrail }, step) {
    if (step.action === 'CreateTrail') await cloudtrail.send(new CreateTrailCommand(step.input));
    else await cloudtrail.send(new UpdateTrailCommand(step.input));
  },
};

type Field = keyof Settings;

/** The field that each member of UpdateTrail writes. A member that the SDK gains does not compile until it stands here. */
const fieldOf = {
  S3BucketName: 'S3BucketName',
  S3KeyPrefix: 'S3KeyPrefix',
  SnsTopicName: 'SnsTopicARN',
  IncludeGlobalServiceEvents: 'IncludeGlobalServiceEvents',
  IsMultiRegionTrail: 'IsMultiRegionTrail',
  EnableLogFileValidation: 'LogFileValidationEnabled',
  CloudWatchLogsLogGroupArn: 'CloudWatchLogsLogGroupArn',
  CloudWatchLogsRoleArn: 'CloudWatchLogsRoleArn',
  KmsKeyId: 'KmsKeyId',
  IsOrganizationTrail: 'IsOrganizationTrail',
  RecursiveLogging: 'RecursiveLogging',
} as const satisfies Record<Exclude<keyof UpdateTrailCommandInput, 'Name'>, Field>;

const fields = Object.values(fieldOf);

type Member = keyof typeof fieldOf;

/** What stands or falls together when CloudTrail refuses an update as a whole; in the order of repair. */
const sink: readonly Member[] = ['S3BucketName', 'S3KeyPrefix'];
const key: readonly Member[] = ['KmsKeyId'];
const logGroup: readonly Member[] = ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'];
const topic: readonly Member[] = ['SnsTopicName'];
const scope: readonly Member[] = [
  'IsMultiRegionTrail',
  'IncludeGlobalServiceEvents',
  'IsOrganizationTrail',
];
const record: readonly Member[] = ['EnableLogFileValidation', 'RecursiveLogging'];
const groups = [sink, key, logGroup, topic, scope, record];

/** What a trail can be created without. */
const dependencies = [key, logGroup, topic];

const pick = (input: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));

/** UpdateTrail is a patch: an absent member is left alone and `""` clears (CloudTrail user guide, "Using the CLI to update a trail"). */
const members = (desired: Settings, written: readonly Field[]): object =>
  Object.fromEntries(
    Object.entries(fieldOf)
      .filter(([, field]) => written.includes(field))
      .map(([member, field]) => [member, desired[field] ?? '']),
  );

/** What CloudTrail refuses unless it is sent together: the group and its role; all Regions and global events. */
const partners: readonly (readonly Field[])[] = [
  ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
  ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'],
];

const withPartners = (drifted: readonly Field[]): readonly Field[] =>
  drifted.flatMap((field) => partners.find((pair) => pair.includes(field)) ?? [field]);

/** GetTrail's answer as a canonical state. Its strings are taken as they are: what an outsider wrote need not be valid to be drift. */
const absentIfEmpty = z
  .string()
  .optional()
  .transform((text) => text || null);
const observed = z.object({
  S3BucketName: z.string(),
  S3KeyPrefix: absentIfEmpty,
  SnsTopicARN: absentIfEmpty,
  IncludeGlobalServiceEvents: z.boolean(),
  IsMultiRegionTrail: z.boolean(),
  LogFileValidationEnabled: z.boolean(),
  CloudWatchLogsLogGroupArn: absentIfEmpty,
  CloudWatchLogsRoleArn: absentIfEmpty,
  KmsKeyId: absentIfEmpty,
  IsOrganizationTrail: z.boolean(),
  /** On where GetTrail does not say: the documented default. */
  RecursiveLogging: z.boolean().default(true),
}) satisfies z.ZodType<Settings>;

/** What CloudTrail refuses in combination, told on the field that has to change. */
function combinations(
  value: Omit<Settings, 'SnsTopicARN' | 'KmsKeyId'>,
  context: z.RefinementCtx,
): void {
  const issue = (field: Field, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });

  if (value.CloudWatchLogsLogGroupArn !== null && value.CloudWatchLogsRoleArn === null) {
    issue('CloudWatchLogsRoleArn', 'must be set, because CloudWatchLogsLogGroupArn is');
  }
  if (value.CloudWatchLogsRoleArn !== null && value.CloudWatchLogsLogGroupArn === null) {
    issue('CloudWatchLogsLogGroupArn', 'must be set, because CloudWatchLogsRoleArn is');
  }
  if (value.IsMultiRegionTrail && !value.IncludeGlobalServiceEvents) {
    issue('IncludeGlobalServiceEvents', 'must be true, because IsMultiRegionTrail is');
  }
}

/**
 * What CreateTrail and UpdateTrail look up with the caller's rights when the trail is an organization trail.
 * Source: CloudTrail user guide, "Prepare for creating a trail for your organization".
 */
function forOrganizationTrails(): Permission[] {
  const role = 'aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail';
  return [
    {
      // Neither action can be granted on anything narrower.
      actions: [
        'organizations:DescribeOrganization',
        'organizations:ListAWSServiceAccessForOrganization',
      ],
      resources: () => ['*'],
    },
    {
      actions: ['iam:GetRole'],
      resources: ({ partition, accountId }) => [`arn:${partition}:iam::${accountId}:role/${role}`],
    },
  ];
}

/** The role that a baseline names is data, so any role, but only ever handed to CloudTrail. */
function forCloudWatchLogs(): Permission {
  return {
    actions: ['iam:PassRole'],
    resources: ({ partition, accountId }) => [`arn:${partition}:iam::${accountId}:role/*`],
    conditions: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
  };
}
