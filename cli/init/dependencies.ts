import { randomBytes } from 'node:crypto';
import type { Aws } from '#aws/clients.ts';
import { accountOf } from '#aws/resource-names.ts';
import { namedDependencies } from '#baseline/named-dependencies.ts';
import type { DependencyKind } from '#deployment/dependencies.ts';
import { observeAlarms } from '#drift/dependencies/alarm-calls.ts';
import { canBePut } from '#drift/dependencies/alarm-repair.ts';
import { alarmName, listed } from '#drift/dependencies/alarm-state.ts';
import { findBucketOwner } from '#drift/dependencies/bucket-owner-probe.ts';
import { headBucket, replicationRoleOf } from '#drift/dependencies/bucket-reads.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import type { WrittenConfig } from './config-file.ts';

/** What a live trail depends on, and whether another account owns it. */
export type FoundDependency = {
  readonly kind: DependencyKind;
  readonly title: string;
  readonly arn: string;
  /** Null if that is not known of a bucket. */
  readonly account: string | null;
  readonly isForeign: boolean;
  /** The role that replicates a bucket; null without one, or if the caller may not read it. */
  readonly replicationRole: string | null;
};

/** `bucketOwner` is the owner of a bucket whose owner cannot be found. */
export async function dependenciesOf(
  aws: Aws,
  trail: TrailArn,
  live: object,
  bucketOwner: string | null,
): Promise<readonly FoundDependency[]> {
  const bucket = String(Reflect.get(live, 'S3BucketName'));
  const Owner = (await ownerOfBucket(aws, trail, bucket)) ?? bucketOwner;
  const { accountId, region } = parseTrailArn(trail);
  const target = Owner && { Bucket: bucket, ExpectedBucketOwner: Owner };
  const replicationRole =
    target && (await replicationRoleOf(aws, region, target).catch(() => null));
  const named = namedDependencies(trail, { settings: live, bucket: { Owner } });
  const logGroup = named.find(({ kind }) => kind === 'log-group');
  const alarms = logGroup === undefined ? [] : await restorableAlarms(aws, trail, logGroup.arn);
  return [...named, ...alarms].map((one) => ({
    ...one,
    isForeign: one.account !== accountId,
    replicationRole: one.kind === 'bucket' ? replicationRole : null,
  }));
}

/** The alarms on a log group that trailkeeper could restore; none if the caller may not list them. */
async function restorableAlarms(aws: Aws, trail: TrailArn, logGroup: string) {
  const found = await observeAlarms(aws, logGroup, parseTrailArn(trail), undefined);
  return listed(found)
    .filter(canBePut)
    .map(({ AlarmArn: arn }) => ({
      kind: 'alarms' as const,
      title: `alarm ${alarmName(arn)}`,
      arn,
      account: accountOf(arn),
    }));
}

/** Null if the bucket lets the caller not check it, or if its owner is in no organization with the caller. */
async function ownerOfBucket(aws: Aws, trail: TrailArn, Bucket: string): Promise<string | null> {
  const { accountId, region } = parseTrailArn(trail);
  try {
    const own = await headBucket(aws, region, { Bucket, ExpectedBucketOwner: accountId });
    return own.isAllowedIn ? accountId : await findBucketOwner(aws, region, Bucket);
  } catch {
    return null;
  }
}

/** What a person decides about them. */
export type DependencyAnswers = {
  /** The ARNs to restore. */
  readonly restore: readonly string[];
  /** The roles that may be passed to S3, by the ARN of the bucket that they replicate. */
  readonly replicationRoles: Readonly<Record<string, string>>;
  /** The other accounts in which trailkeeper gets a role. */
  readonly accounts: readonly string[];
};

/** The answers in the configuration. */
export function answersIn(before: WrittenConfig): DependencyAnswers {
  const { dependencies = [], dependencyAccounts = [] } = before;
  return {
    restore: dependencies.flatMap(({ arn, restore }) => (restore ? [arn] : [])),
    replicationRoles: Object.fromEntries(
      dependencies.flatMap(({ arn, replicationRole: role }) =>
        role === undefined ? [] : [[arn, role]],
      ),
    ),
    accounts: dependencyAccounts.map(({ account }) => String(account)),
  };
}

/**
 * The keys `dependencies` and `dependencyAccounts`. If nothing is restored and no account has a role, they stay as they are: all may be read.
 * Otherwise `dependencies` names everything that was found, because the role may read nothing else; alarms can always be read.
 */
export function dependencyConfig(
  { restore, replicationRoles, accounts }: DependencyAnswers,
  before: WrittenConfig,
  found: readonly FoundDependency[],
): Pick<WrittenConfig, 'dependencies' | 'dependencyAccounts'> {
  if (restore.length === 0 && accounts.length === 0) return {};
  const unknown = found.find(({ account }) => account === null);
  if (unknown !== undefined) {
    throw new Error(
      `the account that owns ${unknown.title} was not found: pass --bucket-owner ACCOUNT`,
    );
  }
  const { dependencies = [], dependencyAccounts = [] } = before;
  const others = dependencies.filter(({ arn }) => found.every((one) => one.arn !== arn));
  return {
    dependencies: [
      ...found
        .filter(({ arn, kind }) => kind !== 'alarms' || restore.includes(arn))
        .map(({ arn, kind, account }) => ({
          arn,
          ...(kind === 'bucket' && { account }),
          ...(restore.includes(arn) && {
            ...(replicationRoles[arn] !== undefined && { replicationRole: replicationRoles[arn] }),
            restore: true,
          }),
        })),
      ...others,
    ],
    ...(accounts.length > 0 && {
      dependencyAccounts: accounts.map(
        (account) =>
          dependencyAccounts.find((one) => String(one.account) === account) ?? {
            account,
            externalId: randomBytes(16).toString('hex'),
          },
      ),
    }),
  };
}

/** The accounts that own some of them, other than that of the trail. */
export const otherAccounts = (found: readonly FoundDependency[]): readonly string[] => [
  ...new Set(
    found.flatMap(({ account, isForeign }) => (isForeign && account !== null ? [account] : [])),
  ),
];

/** For people: its name, and which account owns it. */
export function titleWithOwner({ kind, arn, account }: FoundDependency): string {
  const name = arn.replace(/^(?:[^:]*:){5}(?:key\/|log-group:|role\/|alarm:)?/, '');
  const owner = account === null ? 'owner unknown' : `account ${account}`;
  return `${nameOfKind(kind)} ${name} (${owner})`;
}

/** For people: `log group`, `alarm`. */
export const nameOfKind = (kind: DependencyKind): string =>
  kind === 'alarms' ? 'alarm' : kind.replace('-', ' ');
