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
import { type Change, diffReported } from '#text/diff.ts';
import type { Trail } from '#trail/trail-arn.ts';
import * as grammar from '#trail/value-schemas.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, guardedTrails, type Permission } from './kind.ts';
import { NotReportedError } from './reported.ts';
import { logGroupArnOf, settingsPast, topicArnOf } from './settings-history.ts';
import { declared, type Field, type Settings, state } from './settings-schema.ts';

type SettingsStep =
  | { readonly action: 'CreateTrail'; readonly input: CreateTrailCommandInput }
  | { readonly action: 'UpdateTrail'; readonly input: UpdateTrailCommandInput };

/** Fields that CloudTrail accepts only together: the log group and its role; all Regions and global events. */
const partners: readonly (readonly Field[])[] = [
  ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
  ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'],
];

/** The trail exists, and every setting that UpdateTrail can change. Field names are those of GetTrail. */
export const settings: DriftKind<Settings, SettingsStep> = {
  name: 'settings',
  state,
  coupledFields: partners,
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
    observe: [{ actions: ['cloudtrail:GetTrail'], resources: guardedTrails }],
    repair: [
      { actions: ['cloudtrail:CreateTrail', 'cloudtrail:UpdateTrail'], resources: guardedTrails },
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
    ...weak.filter(([is]) => is(state)).map(([, words]) => words),
    ...foreignLogGroup(state, trail),
  ],

  impact: (change, _desired, _actual) => impacts[change.path as Field](change),

  repair(desired, actual, trail) {
    if (actual === null) {
      const present = fields.filter((field) => desired[field] !== null);
      const input = { Name: trail.name, ...members(desired, present) };
      return [{ action: 'CreateTrail', input: { S3BucketName: desired.S3BucketName, ...input } }];
    }
    const drifted = diffReported(desired, actual).map(({ path }) => path as Field);
    const input = { Name: trail.arn, ...members(desired, withPartners(drifted)) };
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

  historyModel: settingsPast,
};
/** The field that each member of UpdateTrail writes. A new member of the SDK does not compile until it is listed here. */
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
 * access to the organization, or with five trails in another Region.
 */
function spared(error: string, input: CreateTrailCommandInput): readonly (readonly Member[])[] {
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
const members = (desired: Settings, written: readonly Field[]): object =>
  Object.fromEntries(
    Object.entries(fieldOf)
      .filter(([, field]) => written.includes(field))
      .map(([member, field]) => [member, desired[field] ?? '']),
  );

const withPartners = (drifted: readonly Field[]): readonly Field[] =>
  drifted.flatMap((field) => partners.find((pair) => pair.includes(field)) ?? [field]);

/** The impact of a change, by field. Source: CloudTrail API reference, UpdateTrail; user guide, "Log file integrity validation". */
const impacts: Readonly<Record<Field, (change: Change) => Impact>> = {
  S3BucketName: ({ desired, actual }) => ({
    words: `the log goes to the bucket ${actual}, not to ${desired}`,
    severity: 'critical',
    losesCoverage: true,
  }),
  S3KeyPrefix: ({ actual }) => ({
    words: `log files are written ${actual === null ? 'to the top of the bucket' : `under ${actual}`}: readers see no new files`,
    severity: 'high',
    losesCoverage: false,
  }),
  SnsTopicARN: ({ actual }) => ({
    words:
      actual === null
        ? 'notifications of new log files are no longer sent: readers that wait for them see no new files'
        : `notifications of new log files go to the topic ${actual}`,
    severity: 'medium',
    losesCoverage: false,
  }),
  IsMultiRegionTrail: ({ actual }) =>
    actual
      ? more('events of every Region are recorded, more than captured')
      : lost('events of every other Region are lost'),
  IncludeGlobalServiceEvents: ({ actual }) =>
    actual
      ? more('events of global services are also recorded')
      : lost('events of IAM, STS and the other global services are lost'),
  LogFileValidationEnabled: ({ actual }) =>
    actual
      ? more('log files are validated by digests, which was not captured')
      : {
          words:
            'log files can be changed unnoticed: after one hour the chain of digests is broken',
          severity: 'high',
          losesCoverage: false,
        },
  CloudWatchLogsLogGroupArn: (change) => toLogs(change, 'the log group'),
  CloudWatchLogsRoleArn: (change) => toLogs(change, 'the role'),
  KmsKeyId: ({ desired, actual }) => encryptedBy(desired, actual),
  IsOrganizationTrail: ({ actual }) =>
    actual
      ? more('the member accounts are also recorded')
      : lost('events of every member account are lost'),
  RecursiveLogging: ({ actual }) =>
    more(
      actual
        ? "CloudTrail's own deliveries to the bucket are recorded, each of them by one more"
        : "CloudTrail's own deliveries to the bucket are no longer recorded",
    ),
};

/** Weak settings and how to harden them. Source: CloudTrail user guide, "Security best practices in AWS CloudTrail". */
const weak: readonly (readonly [is: (state: Settings) => boolean, words: string])[] = [
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
    `the log group is in account ${owner}: if it is cut off, trailkeeper in account ${accountId} cannot restore it, only the delegated administrator ${owner} can; use a log group of account ${accountId} instead`,
  ];
}

const lost = (words: string): Impact => ({ words, severity: 'critical', losesCoverage: true });

const more = (words: string): Impact => ({ words, severity: 'low', losesCoverage: false });

function toLogs({ desired, actual }: Change, what: string): Impact {
  if (desired === null) {
    const words = `events reach CloudWatch Logs through ${what} ${actual}, which was not captured`;
    return { words, severity: 'medium', losesCoverage: false };
  }
  const words =
    actual === null
      ? 'events no longer reach CloudWatch Logs: its alarms and live monitoring see nothing'
      : `events reach CloudWatch Logs through ${what} ${actual}, if at all: alarms and live monitoring may see nothing`;
  return { words, severity: 'high', losesCoverage: false };
}

/** The owner of the log key decides who can read the log. */
function encryptedBy(desired: Change['desired'], actual: Change['actual']): Impact {
  if (actual === null) {
    return {
      words:
        'the log is no longer encrypted with its key: anyone who can read the bucket can read it',
      severity: 'medium',
      losesCoverage: false,
    };
  }
  const isForeign = accountOf(actual) !== accountOf(desired);
  const whose = isForeign ? "another account's key" : 'another key';
  return {
    words: `${desired === null ? 'a key that was not captured' : whose} encrypts the log, ${actual}: only its users can read the log`,
    severity: isForeign ? 'critical' : 'high',
    losesCoverage: true,
  };
}

/** A log that its owner may not be able to read. If the owner's key is unavailable, no key is better than a foreign one. */
const isForeignKey = ({ path, desired, actual }: Change): boolean =>
  path === 'KmsKeyId' && actual !== null && accountOf(actual) !== accountOf(desired);

function accountOf(key: Change['actual']): string | undefined {
  return String(key).split(':')[4];
}

/**
 * GetTrail's response as a canonical state. A missing text means none; a missing flag is not reported. Invalid text is kept, because
 * it is drift as well.
 */
function reported(live: LiveTrail): Settings {
  const { CloudWatchLogsLogGroupArn: logGroup } = live;
  const state = {
    ...(live.S3BucketName && { S3BucketName: live.S3BucketName }),
    S3KeyPrefix: live.S3KeyPrefix || null,
    SnsTopicARN: live.SnsTopicARN || null,
    ...Object.fromEntries(
      Object.keys(defaults)
        .filter((flag) => typeof Reflect.get(live, flag) === 'boolean')
        .map((flag) => [flag, Reflect.get(live, flag)]),
    ),
    CloudWatchLogsLogGroupArn: logGroup ? grammar.withLogStreams(logGroup) : null,
    CloudWatchLogsRoleArn: live.CloudWatchLogsRoleArn || null,
    KmsKeyId: live.KmsKeyId || null,
  };
  return state as Settings;
}

/** Source: CloudTrail API reference, CreateTrail and UpdateTrail. */
const defaults = {
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: false,
  LogFileValidationEnabled: false,
  IsOrganizationTrail: false,
  RecursiveLogging: true,
};

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
