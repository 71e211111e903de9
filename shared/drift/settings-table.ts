import type { UpdateTrailCommandInput } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import type { Change } from '#text/diff.ts';
import * as grammar from '#trail/value-schemas.ts';
import type { CoverageLoss } from './history-model.ts';
import type { Impact } from './impact.ts';
import {
  encryptedBy,
  hidden,
  lost,
  lostFrom,
  misplaced,
  more,
  nothing,
  outOfReach,
  toLogs,
} from './settings-impact.ts';

/** One setting of a trail. */
type Setting = {
  /** Its name in GetTrail's response and in the state, if that differs. */
  readonly field?: string;
  readonly schema: z.ZodType;
  /** Further forms in which a person may write it in a baseline file. */
  readonly declared?: z.ZodType;
  /** Its value in a new trail, if the call does not name it. Source: CloudTrail API reference, CreateTrail. */
  readonly initial: string | boolean | null;
  /** Source: CloudTrail API reference, UpdateTrail; user guide, "Log file integrity validation". */
  readonly impact: (change: Change) => Impact;
  /** The events that are lost while it is drifted; null for none. */
  readonly loss: (change: Change) => CoverageLoss | null;
};

/** A member of UpdateTrail. A new member of the SDK does not compile until the table has it. */
export type Member = Exclude<keyof UpdateTrailCommandInput, 'Name'>;

/** Every setting, by the member of CreateTrail and UpdateTrail that writes it. */
const table = {
  S3BucketName: {
    schema: grammar.bucketName,
    declared: grammar.bucketNameOrArn,
    initial: '',
    impact: ({ desired, actual }) =>
      lost(`the log goes to the bucket ${actual}, not to ${desired}`),
    loss: ({ actual }) =>
      outOfReach(`the log files are in the bucket ${actual}: recoverable only if you can read it`),
  },
  S3KeyPrefix: {
    schema: grammar.keyPrefix.nullable(),
    initial: null,
    impact: ({ actual }) =>
      hidden(
        `log files are written ${actual === null ? 'to the top of the bucket' : `under ${actual}`}: readers see no new files`,
      ),
    loss: ({ actual }) =>
      misplaced(
        `the log files are in the bucket, ${actual === null ? 'under no prefix' : `under ${actual}`}`,
      ),
  },
  SnsTopicName: {
    field: 'SnsTopicARN',
    schema: grammar.topicArn.nullable(),
    declared: grammar.topicNameOrArn.nullable(),
    initial: null,
    impact: ({ actual }) => ({
      description:
        actual === null
          ? 'notifications of new log files are no longer sent: readers that wait for them see no new files'
          : `notifications of new log files go to the topic ${actual}`,
      severity: 'medium',
      losesCoverage: false,
    }),
    loss: ({ desired }) =>
      desired === null
        ? null
        : misplaced('the log files are in the bucket; notifications were not sent'),
  },
  IncludeGlobalServiceEvents: {
    schema: grammar.flag,
    initial: true,
    impact: ({ actual }) =>
      actual
        ? more('events of global services are also recorded')
        : lost('events of IAM, STS and the other global services are lost'),
    loss: ({ desired }) => (desired ? lostFrom('global services') : null),
  },
  IsMultiRegionTrail: {
    schema: grammar.flag,
    initial: false,
    impact: ({ actual }) =>
      actual
        ? more('events of every Region are recorded, more than captured')
        : lost('events of every other Region are lost'),
    loss: ({ desired }) => (desired ? lostFrom('other Regions') : null),
  },
  EnableLogFileValidation: {
    field: 'LogFileValidationEnabled',
    schema: grammar.flag,
    initial: false,
    impact: ({ actual }) =>
      actual
        ? more('log files are validated by digests, which was not captured')
        : hidden(
            'log files can be changed unnoticed: after one hour the chain of digests is broken',
          ),
    loss: ({ desired }) => (desired ? { ...nothing, stopsDigestFiles: true } : null),
  },
  CloudWatchLogsLogGroupArn: {
    schema: grammar.logGroupArn.nullable(),
    declared: grammar.logGroupNameOrArn.nullable(),
    initial: null,
    impact: (change) => toLogs(change, 'the log group'),
    loss: ({ desired }) => (desired === null ? null : misplaced('the events are in the log files')),
  },
  CloudWatchLogsRoleArn: {
    schema: grammar.roleArn.nullable(),
    initial: null,
    impact: (change) => toLogs(change, 'the role'),
    loss: ({ desired }) => (desired === null ? null : misplaced('the events are in the log files')),
  },
  KmsKeyId: {
    schema: grammar.keyArn.nullable(),
    declared: grammar.keyIdInAnyForm.nullable(),
    initial: null,
    impact: encryptedBy,
    loss: ({ actual }) =>
      actual === null
        ? null
        : outOfReach(
            `the log files are encrypted with the key ${actual}: recoverable only if you can use it`,
          ),
  },
  IsOrganizationTrail: {
    schema: grammar.flag,
    initial: false,
    impact: ({ actual }) =>
      actual
        ? more('the member accounts are also recorded')
        : lost('events of every member account are lost'),
    loss: ({ desired }) => (desired ? lostFrom('member accounts') : null),
  },
  RecursiveLogging: {
    schema: grammar.flag,
    initial: true,
    impact: ({ actual }) =>
      more(
        actual
          ? "CloudTrail's own deliveries to the bucket are recorded, each of them by one more"
          : "CloudTrail's own deliveries to the bucket are no longer recorded",
      ),
    loss: ({ desired }) => (desired ? { ...nothing, events: ['data'] } : null),
  },
} as const satisfies Record<Member, Setting>;

type Table = typeof table;
type FieldOf<M extends Member> = M extends Member
  ? Table[M] extends { readonly field: infer F extends string }
    ? F
    : M
  : never;
export type Field = FieldOf<Member>;

/** The settings of a trail, with the names of GetTrail. */
export type Settings = { readonly [M in Member as FieldOf<M>]: z.infer<Table[M]['schema']> };

/** Every setting with the member that writes it. */
export const settings: readonly (Setting & { readonly field: Field; readonly member: Member })[] =
  Object.entries(table).map(([member, setting]) => ({
    ...(setting as Setting),
    field: ('field' in setting ? setting.field : member) as Field,
    member: member as Member,
  }));

/** A value of each setting, by field. */
const byField = <Value>(of: (setting: (typeof settings)[number]) => Value) =>
  Object.fromEntries(settings.map((setting) => [setting.field, of(setting)])) as {
    readonly [F in Field]: Value;
  };

export const settingOf = byField((setting) => setting);
export const newTrailState = byField(({ initial }) => initial) as Settings;

export const state = z
  .strictObject(byField(({ schema }) => schema))
  .superRefine((value, context) =>
    combinations(value as Settings, context),
  ) as z.ZodType<Settings> & {
  readonly shape: object;
};

/** A state as a person may write it. */
export const declared = z
  .strictObject(byField(({ schema, declared: wider }) => wider ?? schema))
  .superRefine((value, context) => combinations(value as Settings, context)) as z.ZodType<Settings>;

/** Fields that CloudTrail accepts only together: the log group and its role; all Regions and global events. */
export const coupledFields: readonly (readonly Field[])[] = [
  ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
  ['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'],
];

/** Combinations that CloudTrail refuses, reported on the field that has to change. */
function combinations(value: Settings, context: z.RefinementCtx): void {
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = value;
  const issue = (field: Field, because: Field, rule: string) => {
    const message = `must be ${rule}, because ${because} is`;
    context.addIssue({ code: 'custom', path: [field], message });
  };
  if (group !== null && role === null) {
    issue('CloudWatchLogsRoleArn', 'CloudWatchLogsLogGroupArn', 'set');
  }
  if (role !== null && group === null) {
    issue('CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn', 'set');
  }
  if (value.IsMultiRegionTrail && !value.IncludeGlobalServiceEvents) {
    issue('IncludeGlobalServiceEvents', 'IsMultiRegionTrail', 'true');
  }
}
