import type { Change } from '#text/diff.ts';
import { type Members, type RecordedCall, textOf } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { keyArn, withLogStreams } from '#trail/value-schemas.ts';
import type { CallResult, CoverageLoss, HistoryModel } from './history-model.ts';
import type { Settings } from './settings-schema.ts';

/** Source: CloudTrail API reference, CreateTrail: the defaults. The bucket has none. */
const newTrailState: Settings = {
  S3BucketName: '',
  S3KeyPrefix: null,
  SnsTopicARN: null,
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: false,
  LogFileValidationEnabled: false,
  CloudWatchLogsLogGroupArn: null,
  CloudWatchLogsRoleArn: null,
  KmsKeyId: null,
  IsOrganizationTrail: false,
  RecursiveLogging: true,
};

/** How calls changed a trail's settings, and which events were lost by that. */
export const settingsPast: HistoryModel<Settings> = {
  newTrailState,
  applyCall: (call, _before, trail) =>
    ['CreateTrail', 'UpdateTrail'].includes(call.eventName) ? afterCall(call, trail) : null,
  coverageLoss: (change, desired, actual) =>
    missing[change.path as Field]?.(change, { desired, actual }) ?? null,
  coverage: (state) => ({
    isMultiRegion: state.IsMultiRegionTrail,
    isOrganization: state.IsOrganizationTrail,
    hasDigestFiles: state.LogFileValidationEnabled,
  }),
};

/** A topic is named by ARN, or by name in the trail's account and Region. */
export const topicArnOf = (topic: string, { partition, region, accountId }: Trail): string =>
  topic.startsWith('arn:') ? topic : `arn:${partition}:sns:${region}:${accountId}:${topic}`;

/** A log group is named by ARN, or by name in the trail's account and Region. */
export const logGroupArnOf = (logGroup: string, { partition, region, accountId }: Trail): string =>
  withLogStreams(
    logGroup.startsWith('arn:')
      ? logGroup
      : `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}`,
  );

type Field = keyof Settings;
const fields = Object.keys(newTrailState) as Field[];
const isFlag = (field: Field): boolean => typeof newTrailState[field] === 'boolean';

/** The request's settings were written; the response shows all settings. */
function afterCall({ parameters, response }: RecordedCall, trail: Trail): CallResult<Settings> {
  const shown = response === null ? {} : shownBy(response);
  if (parameters === null)
    return { set: shown, indeterminate: fields.filter((one) => !(one in shown)) };
  const sent = sentBy(parameters, trail);
  const isSent = (field: Field): boolean => field in sent.set || sent.unclear.includes(field);
  const pick = (isWanted: (field: Field) => boolean) =>
    Object.fromEntries(Object.entries(shown).filter(([field]) => isWanted(field as Field)));
  return {
    set: { ...sent.set, ...pick(isSent) },
    indeterminate: sent.unclear.filter((field) => !(field in shown)),
    shown: pick((field) => !isSent(field)),
  };
}

/** All settings in a response; a missing text means none. */
function shownBy(response: Members): Partial<Settings> {
  if (textOf(response, 's3BucketName') === null) return {};
  return Object.fromEntries(
    fields.flatMap((field): [Field, unknown][] => {
      const name = lowerFirst(field);
      const text = isFlag(field) ? null : textOf(response, name);
      if (!isFlag(field)) return [[field, text && canonicalText(field, text)]];
      return typeof response[name] === 'boolean' ? [[field, response[name]]] : [];
    }),
  );
}

type Sent = { readonly set: Partial<Settings>; readonly unclear: readonly Field[] };

/** The settings that a request wrote. A key that is not named by ARN is unknown. */
function sentBy(parameters: Members, trail: Trail): Sent {
  const sent = fields.flatMap((field) => {
    const value = parameters[sentAs[field] ?? lowerFirst(field)];
    return value === undefined || value === null ? [] : [[field, value] as const];
  });
  const isReadable = ([field, value]: (typeof sent)[number]): boolean =>
    typeof value === (isFlag(field) ? 'boolean' : 'string') &&
    (field !== 'KmsKeyId' || value === '' || keyArn.safeParse(value).success);
  const canonical = ([field, value]: (typeof sent)[number]) => {
    if (value === '') return [field, null];
    if (field === 'SnsTopicARN') return [field, topicArnOf(String(value), trail)];
    return [field, typeof value === 'string' ? canonicalText(field, value) : value];
  };
  return {
    set: Object.fromEntries(sent.filter(isReadable).map(canonical)),
    unclear: sent.filter((one) => !isReadable(one)).map(([field]) => field),
  };
}

const canonicalText = (field: Field, text: string): string =>
  field === 'CloudWatchLogsLogGroupArn' ? withLogStreams(text) : text;

/** Settings whose names differ between request and response. */
const sentAs: Partial<Record<Field, string>> = {
  SnsTopicARN: 'snsTopicName',
  LogFileValidationEnabled: 'enableLogFileValidation',
};

const lowerFirst = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

type States = { readonly desired: Settings; readonly actual: Settings };

/** The events that are lost while a field is drifted. An addition loses none. */
const missing: Readonly<Record<Field, (change: Change, states: States) => CoverageLoss | null>> = {
  S3BucketName: ({ actual }) =>
    outOfReach(`the log files are in the bucket ${actual}: recoverable only if you can read it`),
  S3KeyPrefix: ({ actual }) =>
    misplaced(
      `the log files are in the bucket, ${actual === null ? 'under no prefix' : `under ${actual}`}`,
    ),
  KmsKeyId: ({ actual }) =>
    actual === null
      ? null
      : outOfReach(
          `the log files are encrypted with the key ${actual}: recoverable only if you can use it`,
        ),
  SnsTopicARN: ({ desired }) =>
    desired === null
      ? null
      : misplaced('the log files are in the bucket; notifications were not sent'),
  CloudWatchLogsLogGroupArn: ({ desired }) => (desired === null ? null : notInLogs),
  CloudWatchLogsRoleArn: ({ desired }, states) =>
    desired === null || hasOtherLogGroup(states) ? null : notInLogs,
  IsMultiRegionTrail: ({ desired }) => (desired ? lostFrom('other Regions') : null),
  IncludeGlobalServiceEvents: ({ desired }) => (desired ? lostFrom('global services') : null),
  IsOrganizationTrail: ({ desired }) => (desired ? lostFrom('member accounts') : null),
  LogFileValidationEnabled: ({ desired }) =>
    desired ? { ...nothing, stopsDigestFiles: true } : null,
  RecursiveLogging: ({ desired }) => (desired ? { ...nothing, events: ['data'] } : null),
};

const nothing: CoverageLoss = {
  scope: 'everywhere',
  events: [],
  stopsDigestFiles: false,
  elsewhere: null,
};

/** No events are lost, but they are not where their readers look. */
const misplaced = (elsewhere: string): CoverageLoss => ({ ...nothing, elsewhere });

const outOfReach = (where: string): CoverageLoss => ({
  ...nothing,
  events: null,
  elsewhere: `${where}, what cannot be recovered is lost`,
});

const notInLogs = misplaced('the events are in the log files');

/** The role belongs to the group: the loss is reported once. */
const hasOtherLogGroup = ({ desired, actual }: States): boolean =>
  desired.CloudWatchLogsLogGroupArn !== actual.CloudWatchLogsLogGroupArn;

/** A trail that no longer covers a Region or account is deleted there, with its digests; global services have no digests. */
const lostFrom = (scope: CoverageLoss['scope']): CoverageLoss => ({
  ...nothing,
  scope,
  events: null,
  stopsDigestFiles: scope !== 'global services',
});
