import {
  CreateTrailCommand,
  type CreateTrailCommandInput,
  GetTrailCommand,
  type Trail as LiveTrail,
  UpdateTrailCommand,
  type UpdateTrailCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import { rolePath } from '#aws/service-linked-role.ts';
import { diffReported } from '#text/diff.ts';
import type { Trail } from '#trail/trail-arn.ts';
import * as grammar from '#trail/value-schemas.ts';
import { type DriftKind, type Permission, protectedTrails } from './kind.ts';
import { NotReportedError } from './reported.ts';
import { logGroupArnOf, settingsHistory, topicArnOf } from './settings-history.ts';
import { isForeignKey } from './settings-impact.ts';
import {
  settings as allSettings,
  coupledFields,
  declared,
  type Field,
  type Member,
  newTrailState,
  type Settings,
  settingOf,
  state,
} from './settings-table.ts';

/** Flags that AWS did not report have their default; a bucket has none. */
const { S3BucketName: _, ...defaults } = newTrailState;

type SettingsStep =
  | { readonly action: 'CreateTrail'; readonly input: CreateTrailCommandInput }
  | { readonly action: 'UpdateTrail'; readonly input: UpdateTrailCommandInput };

/** The trail exists, and every setting that UpdateTrail can change. Field names are those of GetTrail. */
export const settings: DriftKind<Settings, SettingsStep> = {
  name: 'settings',
  state,
  coupledFields,
  fileFormat: {
    schema: declared,
    async resolve(written, trail, keyArnOf) {
      const { SnsTopicARN: topic, KmsKeyId: key, ...rest } = declared.parse(written);
      const { CloudWatchLogsLogGroupArn: logGroup } = rest;
      return {
        ...rest,
        SnsTopicARN: topic === null ? null : topicArnOf(topic, trail),
        CloudWatchLogsLogGroupArn: logGroup === null ? null : logGroupArnOf(logGroup, trail),
        KmsKeyId: key === null || grammar.keyArn.safeParse(key).success ? key : await keyArnOf(key),
      };
    },
  },
  triggers: [
    {
      eventSource: 'cloudtrail.amazonaws.com',
      eventNames: ['CreateTrail', 'UpdateTrail', 'DeleteTrail'],
    },
  ],
  // Without access to the organization, an organization trail becomes a trail of the account.
  alsoAffectedBy: new Map([['DisableAWSServiceAccess', ['IsOrganizationTrail']]]),
  permissions: {
    observe: [{ actions: ['cloudtrail:GetTrail'], resources: protectedTrails }],
    repair: [
      { actions: ['cloudtrail:CreateTrail', 'cloudtrail:UpdateTrail'], resources: protectedTrails },
      ...forOrganizationTrails(),
      forCloudWatchLogs(),
    ],
  },

  async observe({ cloudtrail }, trail) {
    const found = await nullIfTrailNotFound(
      cloudtrail.send(new GetTrailCommand({ Name: trail.arn })),
    );
    if (found === null) return null;
    if (found.Trail === undefined) throw new NotReportedError('GetTrail returned no Trail');
    return reported(found.Trail);
  },

  toBaseline: (seen) => ({ ...defaults, ...seen }),

  hardeningAdvice: (state, trail) => [
    ...weak.filter(([is]) => is(state)).map(([, description]) => description),
    ...foreignLogGroup(state, trail),
  ],

  impact: (change) => settingOf[change.path as Field].impact(change),

  repair(desired, actual, trail) {
    if (actual === null) {
      const present = allSettings.filter(({ field }) => desired[field] !== null);
      const input = { Name: trail.name, ...members(desired, present) };
      return [{ action: 'CreateTrail', input: { S3BucketName: desired.S3BucketName, ...input } }];
    }
    const drifted = diffReported(desired, actual).map(({ path }) => path as Field);
    const written = drifted.flatMap(
      (field) => coupledFields.find((group) => group.includes(field)) ?? [field],
    );
    const changed = allSettings.filter(({ field }) => written.includes(field));
    const input = { Name: trail.arn, ...members(desired, changed) };
    return [{ action: 'UpdateTrail', input }];
  },

  decompose({ action, input }, { error, changes }, trail) {
    const alone = (group: readonly Member[]): SettingsStep => ({
      action: 'UpdateTrail',
      input: { Name: trail.arn, ...pick(input, group) },
    });
    const present = groups.filter((group) => group.some((member) => member in input));
    if (action === 'UpdateTrail') {
      if (present.length > 1) return present.map(alone);
      const isKey = present.includes(key) && changes.some(isForeignKey);
      return isKey ? [{ action, input: { Name: trail.arn, KmsKeyId: '' } }] : [];
    }

    const later = present.filter((group) => spared(error, input).includes(group));
    if (later.length === 0) return [];
    const needed = Object.keys(input).filter((name) => !later.flat().includes(name as Member));
    return [{ action, input: pick(input, needed) as typeof input }, ...later.map(alone)];
  },

  async apply({ cloudtrail }, step) {
    if (step.action === 'CreateTrail') await cloudtrail.send(new CreateTrailCommand(step.input));
    else await cloudtrail.send(new UpdateTrailCommand(step.input));
  },

  historyModel: settingsHistory,
};
/** Groups of fields that are sent together after CloudTrail refused the whole update, in the order of repair. */
const bucketFields: readonly Member[] = ['S3BucketName', 'S3KeyPrefix'];
const key: readonly Member[] = ['KmsKeyId'];
const logGroup: readonly Member[] = ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'];
const topic: readonly Member[] = ['SnsTopicName'];
const regions: readonly Member[] = ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'];
const organization: readonly Member[] = ['IsOrganizationTrail'];
const record: readonly Member[] = ['EnableLogFileValidation', 'RecursiveLogging'];
const groups = [bucketFields, key, logGroup, topic, regions, organization, record];

/** Fields without which a trail can be created. */
const dependencies = [key, logGroup, topic];

/**
 * Fields to omit from a refused CreateTrail and to add once the trail exists: its dependencies; then its scope, which fails without
 * access to the organization, or with five trails in another Region. Without its bucket a trail cannot be created.
 */
function spared(error: string, input: CreateTrailCommandInput): readonly (readonly Member[])[] {
  if (error === 'S3BucketDoesNotExistException') return [];
  if (error === 'MaximumNumberOfTrailsExceededException') {
    return input.IsMultiRegionTrail ? [regions] : [];
  }
  const hasDependencies = dependencies.flat().some((member) => member in input);
  if (hasDependencies) return dependencies;
  return input.IsMultiRegionTrail || input.IsOrganizationTrail ? [regions, organization] : [];
}

const pick = (input: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));

/** UpdateTrail is a patch: an absent member stays unchanged, and `""` clears it (CloudTrail user guide, "Using the CLI to update a trail"). */
const members = (desired: Settings, written: typeof allSettings): object =>
  Object.fromEntries(written.map(({ field, member }) => [member, desired[field] ?? '']));

/** Weak settings and how to harden them. Source: CloudTrail user guide, "Security best practices in AWS CloudTrail". */
const weak: readonly (readonly [is: (state: Settings) => boolean, description: string])[] = [
  [
    ({ IsMultiRegionTrail }) => !IsMultiRegionTrail,
    'events of other Regions are not recorded: make it a trail of all Regions',
  ],
  [
    ({ IncludeGlobalServiceEvents }) => !IncludeGlobalServiceEvents,
    'events of IAM, STS and the other global services are not recorded: include them',
  ],
  [
    ({ LogFileValidationEnabled }) => !LogFileValidationEnabled,
    'log files can be changed unnoticed: enable log file validation',
  ],
  [
    ({ KmsKeyId }) => KmsKeyId === null,
    'anyone who can read the bucket can read the log: encrypt it with a KMS key',
  ],
];

/** CloudTrail accepts only a log group of the caller's account (API reference, UpdateTrail, `CloudWatchLogsLogGroupArn`). */
function foreignLogGroup(
  { CloudWatchLogsLogGroupArn: arn }: Settings,
  { accountId }: Trail,
): readonly string[] {
  const owner = arn?.split(':')[4] ?? accountId;
  if (owner === accountId) return [];
  return [
    `the log group is in account ${owner}: if someone takes it off the trail, only the delegated administrator ${owner} can set it again, and trailkeeper in account ${accountId} cannot; use a log group of account ${accountId} instead`,
  ];
}

/**
 * GetTrail's response as a canonical state. A missing text means none; a missing flag or bucket is not reported. Invalid text is
 * kept, because it is drift as well.
 */
function reported(live: LiveTrail): Settings {
  const { CloudWatchLogsLogGroupArn: logGroup } = live;
  const seen = {
    ...live,
    CloudWatchLogsLogGroupArn: logGroup && grammar.withLogStreams(logGroup),
  };
  const found = allSettings.flatMap(({ field, initial }): (readonly [Field, unknown])[] => {
    const value = seen[field];
    if (initial === null) return [[field, value || null]];
    return typeof value === typeof initial && value !== '' ? [[field, value]] : [];
  });
  return Object.fromEntries(found) as Settings;
}

/**
 * Actions that CreateTrail and UpdateTrail call with the caller's permissions for an organization trail.
 * Source: CloudTrail user guide, "Prepare for creating a trail for your organization".
 */
function forOrganizationTrails(): Permission[] {
  return [
    {
      // These actions cannot be granted on anything narrower.
      actions: [
        'organizations:DescribeOrganization',
        'organizations:ListAccounts',
        'organizations:ListAWSServiceAccessForOrganization',
      ],
      resources: () => ['*'],
    },
    {
      actions: ['iam:GetRole'],
      resources: ({ roles }) => [`${roles}/${rolePath}`],
    },
  ];
}

/** The baseline names the role, which is data: it can be passed only to CloudTrail. */
function forCloudWatchLogs(): Permission {
  return {
    actions: ['iam:PassRole'],
    resources: ({ cloudWatchLogsRoles }) => cloudWatchLogsRoles,
    conditions: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
  };
}
