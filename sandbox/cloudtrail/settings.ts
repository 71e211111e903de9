import type { UpdateTrailResponse } from '@aws-sdk/client-cloudtrail';
import type { AccountRegion } from '../account-region.ts';
import type { Call } from '../service.ts';
import type { World } from '../world.ts';
import { checkLogsPair, checkScope } from './combinations.ts';
import { checkDependencies } from './dependencies.ts';
import { flag, text } from './input.ts';
import { bucketName, keyArn, keyPrefix, logGroupArn, logRoleArn, topicArn } from './rules.ts';
import type { Identity, Settings, Trail } from './trail-state.ts';
import { accountRegionOf } from './trails.ts';

/** The settings after an update, validated as a whole. A missing field keeps its value; "" clears it. */
export const applyUpdate = (
  before: Partial<Settings>,
  call: Call,
  { arn, accountId, homeRegion }: Identity,
  world: World,
): Settings => {
  const { input } = call;
  const home = { accountId, region: homeRegion };
  const places: Places = { home, caller: accountRegionOf(call) };
  const after: Settings = Object.fromEntries(
    fields
      .map((field) => [field.output, valueAfter(field, input[field.input], before, places, world)])
      .filter(([, value]) => value !== undefined),
  );
  checkLogsPair(input);
  checkScope(after, home, world);
  checkDependencies({ arn, accountId, settings: after }, world);
  return after;
};

/** A trail's settings in the responses of CreateTrail, UpdateTrail, GetTrail and DescribeTrails. */
export const configurationOf = ({ name, arn, settings }: Trail): UpdateTrailResponse => ({
  Name: name,
  TrailARN: arn,
  ...settings,
});

type Field =
  | { readonly input: string; readonly output: keyof Settings; readonly default: boolean }
  | {
      readonly input: string;
      readonly output: keyof Settings;
      readonly clearable: boolean;
      readonly parse: (value: string, place: AccountRegion, world: World) => string;
      /** The value must belong to the caller's account, which for a delegated administrator is not the trail's account. */
      readonly ofCaller?: true;
    };

type Places = { readonly home: AccountRegion; readonly caller: AccountRegion };

const fields: readonly Field[] = [
  { input: 'S3BucketName', output: 'S3BucketName', clearable: false, parse: bucketName },
  { input: 'S3KeyPrefix', output: 'S3KeyPrefix', clearable: true, parse: keyPrefix },
  { input: 'SnsTopicName', output: 'SnsTopicARN', clearable: true, parse: topicArn },
  { input: 'SnsTopicName', output: 'SnsTopicName', clearable: true, parse: (value) => value },
  {
    input: 'CloudWatchLogsLogGroupArn',
    output: 'CloudWatchLogsLogGroupArn',
    clearable: true,
    parse: logGroupArn,
    ofCaller: true,
  },
  {
    input: 'CloudWatchLogsRoleArn',
    output: 'CloudWatchLogsRoleArn',
    clearable: true,
    parse: logRoleArn,
    ofCaller: true,
  },
  { input: 'KmsKeyId', output: 'KmsKeyId', clearable: true, parse: keyArn },
  { input: 'IncludeGlobalServiceEvents', output: 'IncludeGlobalServiceEvents', default: true },
  { input: 'IsMultiRegionTrail', output: 'IsMultiRegionTrail', default: false },
  { input: 'IsOrganizationTrail', output: 'IsOrganizationTrail', default: false },
  { input: 'EnableLogFileValidation', output: 'LogFileValidationEnabled', default: false },
  { input: 'RecursiveLogging', output: 'RecursiveLogging', default: true },
];

const valueAfter = (
  field: Field,
  sent: unknown,
  before: Partial<Settings>,
  { home, caller }: Places,
  world: World,
): Settings[keyof Settings] => {
  const stored = before[field.output];
  const absent = sent === undefined || sent === null;
  if (absent && stored !== undefined) return stored;
  if ('default' in field) return absent ? field.default : flag(sent);
  const value = text(sent);
  return value === '' && field.clearable
    ? undefined
    : field.parse(value, field.ofCaller ? caller : home, world);
};
