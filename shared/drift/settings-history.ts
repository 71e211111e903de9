import type { Change } from '#text/diff.ts';
import { type Members, type RecordedCall, textOf } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { keyArn, withLogStreams } from '#trail/value-schemas.ts';
import type { CallResult, HistoryModel } from './history-model.ts';
import { type Field, newTrailState, type Settings, settingOf, settings } from './settings-table.ts';

/** How calls changed a trail's settings, and which events were lost by that. */
export const settingsHistory: HistoryModel<Settings> = {
  newTrailState,
  applyCall: (call, _before, trail) =>
    ['CreateTrail', 'UpdateTrail'].includes(call.eventName) ? afterCall(call, trail) : null,
  coverageLoss: (change, desired, actual) =>
    isPartOfLogGroup(change, desired, actual)
      ? null
      : (settingOf[change.path as Field]?.loss(change) ?? null),
  coverage: (state) => ({
    isMultiRegion: state.IsMultiRegionTrail,
    isOrganization: state.IsOrganizationTrail,
    hasDigestFiles: state.LogFileValidationEnabled,
  }),
};

/** The role belongs to the log group: the loss is reported once. */
const isPartOfLogGroup = ({ path }: Change, desired: Settings, actual: Settings): boolean =>
  path === 'CloudWatchLogsRoleArn' &&
  desired.CloudWatchLogsLogGroupArn !== actual.CloudWatchLogsLogGroupArn;

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

const isFlag = (field: Field): boolean => typeof newTrailState[field] === 'boolean';
const fields = settings.map(({ field }) => field);

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
      if (!isFlag(field)) return [[field, text && canonical(field, text)]];
      return typeof response[name] === 'boolean' ? [[field, response[name]]] : [];
    }),
  );
}

type Sent = { readonly set: Partial<Settings>; readonly unclear: readonly Field[] };

/** The settings that a request wrote. A key that is not named by ARN is unknown. */
function sentBy(parameters: Members, trail: Trail): Sent {
  const sent = settings.flatMap(({ field, member }) => {
    const value = parameters[lowerFirst(member)];
    return value === undefined || value === null ? [] : [[field, value] as const];
  });
  const isReadable = ([field, value]: (typeof sent)[number]): boolean =>
    typeof value === (isFlag(field) ? 'boolean' : 'string') &&
    (field !== 'KmsKeyId' || value === '' || keyArn.safeParse(value).success);
  const written = ([field, value]: (typeof sent)[number]) => {
    if (value === '') return [field, null];
    if (field === 'SnsTopicARN') return [field, topicArnOf(String(value), trail)];
    return [field, canonical(field, value)];
  };
  return {
    set: Object.fromEntries(sent.filter(isReadable).map(written)),
    unclear: sent.filter((one) => !isReadable(one)).map(([field]) => field),
  };
}

const canonical = (field: Field, value: unknown): unknown =>
  field === 'CloudWatchLogsLogGroupArn' ? withLogStreams(String(value)) : value;

const lowerFirst = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
