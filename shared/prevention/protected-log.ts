import { accountOf } from '#aws/resource-names.ts';
import type { Baseline } from '#baseline/baseline.ts';
import { type NamedDependency, namedDependencies } from '#baseline/named-dependencies.ts';
import { type Alarms, listed } from '#drift/dependencies/alarm-state.ts';
import type { Settings } from '#drift/settings-table.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

/** What a trail depends on, or an alarm on what its log group counts. */
export type ProtectedResource = Pick<NamedDependency, 'arn' | 'account'> & {
  readonly kind: NamedDependency['kind'] | 'alarms';
};

/** What has to stay as it is so that trails record and their log survives. */
export type ProtectedLog = {
  readonly partition: string;
  /** The account that owns the trails, and in which trailkeeper is deployed. */
  readonly account: string;
  /** Whether a trail is of an organization, whose management account then is `account`. */
  readonly isOfOrganization: boolean;
  readonly resources: readonly ProtectedResource[];
  /** The ARNs of the log files and digest files, with wildcards. */
  readonly logFiles: readonly string[];
};

/** What the trails of baselines in force need. Throws `RangeError` without a baseline. */
export function protectedLog(baselines: readonly Baseline[]): ProtectedLog {
  const [first] = baselines;
  if (first === undefined) throw new RangeError('no baseline');
  const { partition, accountId: account } = parseTrailArn(first.trail);
  const resources = new Map(
    baselines
      .flatMap((baseline): readonly ProtectedResource[] => [
        ...namedDependencies(baseline.trail, baseline.states),
        ...alarmsOf(baseline),
      ])
      .map((one) => [one.arn, one]),
  );
  return {
    partition,
    account,
    isOfOrganization: baselines.some((one) => settingsOf(one).IsOrganizationTrail),
    resources: [...resources.values()],
    logFiles: [...new Set(baselines.map(logFilesOf))],
  };
}

/** The part in member accounts, if `account` is the management account: policies of the organization apply only to that. */
export function ofMembers(log: ProtectedLog): ProtectedLog {
  const own = log.resources.filter(({ account }) => account === log.account).map(({ arn }) => arn);
  return {
    ...log,
    resources: log.resources.filter(({ arn }) => !own.includes(arn)),
    logFiles: log.logFiles.filter((files) => !own.some((arn) => files.startsWith(`${arn}/`))),
  };
}

const alarmsOf = ({ states }: Baseline): readonly ProtectedResource[] =>
  listed((states.alarms as Alarms | undefined)?.Alarms).map(({ AlarmArn: arn }) => ({
    kind: 'alarms',
    arn,
    account: accountOf(arn),
  }));

const settingsOf = ({ states }: Baseline): Settings => states.settings as Settings;

function bucketArn(baseline: Baseline): string {
  const { partition } = parseTrailArn(baseline.trail);
  return `arn:${partition}:s3:::${settingsOf(baseline).S3BucketName}`;
}

/**
 * The folders `CloudTrail`, `CloudTrail-Digest` and `CloudTrail-Insight` of each account. Source: CloudTrail user guide, "Getting and
 * viewing your CloudTrail log files".
 */
function logFilesOf(baseline: Baseline): string {
  const { S3KeyPrefix: prefix } = settingsOf(baseline);
  return `${bucketArn(baseline)}/${prefix === null ? '' : `${prefix}/`}AWSLogs/*/CloudTrail*`;
}
