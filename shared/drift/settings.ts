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

/** What CloudTrail refuses unless it is sent together: the group and its role; all Regions and global events. */
const partners: readonly (readonly Field[])[] = [
  ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
  ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'],
];

/** The trail exists, and every setting that UpdateTrail can change is as it was. Field names are GetTrail's. */
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
  // Without the organization's access an organization trail is a trail of the account.
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
    if (found.Trail === undefined) throw new NotReportedError('GetTrail answered without Trail');
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

  past: settingsPast,
};
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
const regions: readonly Member[] = ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'];
const organization: readonly Member[] = ['IsOrganizationTrail'];
const record: readonly Member[] = ['EnableLogFileValidation', 'RecursiveLogging'];
const groups = [sink, key, logGroup, topic, regions, organization, record];

/** What a trail can be created without. */
const dependencies = [key, logGroup, topic];

/**
 * What to leave out of a CreateTrail that was refused, and to add once the trail is there: its dependencies; then its scope,
 * which no access to the organization, or five trails in another Region, stand in the way of.
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

/** UpdateTrail is a patch: an absent member is left alone and `""` clears (CloudTrail user guide, "Using the CLI to update a trail"). */
const members = (desired: Settings, written: readonly Field[]): object =>
  Object.fromEntries(
    Object.entries(fieldOf)
      .filter(([, field]) => written.includes(field))
      .map(([member, field]) => [member, desired[field] ?? '']),
  );

const withPartners = (drifted: readonly Field[]): readonly Field[] =>
  drifted.flatMap((field) => partners.find((pair) => pair.includes(field)) ?? [field]);

/** What a change of each field costs. Source: CloudTrail API reference, UpdateTrail; user guide, "Log file integrity validation". */
const impacts: Readonly<Record<Field, (change: Change) => Impact>> = {
  S3BucketName: ({ desired, actual }) => ({
    words: `the log goes to the bucket ${actual}, not to ${desired}`,
    severity: 'critical',
    losesCoverage: true,
  }),
  S3KeyPrefix: ({ actual }) => ({
    words: `log files are put ${actual === null ? 'at the top of the bucket' : `under ${actual}`}: readers of the log see no new ones`,
    severity: 'high',
    losesCoverage: false,
  }),
  SnsTopicARN: ({ actual }) => ({
    words:
      actual === null
        ? 'new log files are no longer announced: readers that wait for it see none'
        : `new log files are announced to the topic ${actual}`,
    severity: 'medium',
    losesCoverage: false,
  }),
  IsMultiRegionTrail: ({ actual }) =>
    actual
      ? more('events of every Region are recorded, more than was captured')
      : lost('events of every other Region are lost'),
  IncludeGlobalServiceEvents: ({ actual }) =>
    actual
      ? more('events of global services are recorded, too')
      : lost('events of IAM, STS and the other global services are lost'),
  LogFileValidationEnabled: ({ actual }) =>
    actual
      ? more('log files are signed by digests, which were not captured')
      : {
          words:
            'log files can be changed unnoticed: after one hour their chain of digests is broken',
          severity: 'high',
          losesCoverage: false,
        },
  CloudWatchLogsLogGroupArn: (change) => toLogs(change, 'the log group'),
  CloudWatchLogsRoleArn: (change) => toLogs(change, 'the role'),
  KmsKeyId: ({ desired, actual }) => encryptedBy(desired, actual),
  IsOrganizationTrail: ({ actual }) =>
    actual
      ? more('the member accounts are recorded, too')
      : lost('events of every member account are lost'),
  RecursiveLogging: ({ actual }) =>
    more(
      actual
        ? "CloudTrail's own deliveries to the bucket are recorded, each of them by one more"
        : "CloudTrail's own deliveries to the bucket are no longer recorded",
    ),
};

/** What the settings of a trail can leave open. Source: CloudTrail user guide, "Security best practices in AWS CloudTrail". */
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
    'whoever may read the bucket may read the log: encrypt it with a KMS key',
  ],
];

/** CloudTrail takes a log group of the caller's account alone (API reference, UpdateTrail, `CloudWatchLogsLogGroupArn`). */
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
    const words = `events reach CloudWatch Logs through ${what} ${actual}, too, which was not captured`;
    return { words, severity: 'medium', losesCoverage: false };
  }
  const words =
    actual === null
      ? 'events no longer reach CloudWatch Logs: its alarms and live monitoring see nothing'
      : `events reach CloudWatch Logs through ${what} ${actual}, if at all: alarms and live monitoring may see nothing`;
  return { words, severity: 'high', losesCoverage: false };
}

/** Whoever has the key of a log decides who reads it. */
function encryptedBy(desired: Change['desired'], actual: Change['actual']): Impact {
  if (actual === null) {
    return {
      words: 'the log is no longer encrypted with its key: the bucket alone decides who reads it',
      severity: 'medium',
      losesCoverage: false,
    };
  }
  const isForeign = accountOf(actual) !== accountOf(desired);
  const whose = isForeign ? "another account's key" : 'another key';
  return {
    words: `${desired === null ? 'a key that was not captured' : whose} encrypts the log, ${actual}: only who may use it can read the log`,
    severity: isForeign ? 'critical' : 'high',
    losesCoverage: true,
  };
}

/** A log that its owners may not be able to read: where their own key can not be had, no key is better. */
const isForeignKey = ({ path, desired, actual }: Change): boolean =>
  path === 'KmsKeyId' && actual !== null && accountOf(actual) !== accountOf(desired);

function accountOf(key: Change['actual']): string | undefined {
  return String(key).split(':')[4];
}

/**
 * GetTrail's answer as a canonical state. Text that is left out is none; a flag that is left out is not reported. Text that is not
 * valid stays as it is: it is drift, too.
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
 * What CreateTrail and UpdateTrail look up with the caller's rights when the trail is an organization trail.
 * Source: CloudTrail user guide, "Prepare for creating a trail for your organization".
 */
function forOrganizationTrails(): Permission[] {
  return [
    {
      // None of them can be granted on anything narrower.
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

/** The role that a baseline names is data; whichever it is, it is only ever handed to CloudTrail. */
function forCloudWatchLogs(): Permission {
  return {
    actions: ['iam:PassRole'],
    resources: ({ cloudWatchLogsRoles }) => cloudWatchLogsRoles,
    conditions: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
  };
}
