import type * as iam from 'aws-cdk-lib/aws-iam';
import { partitionOf } from '#aws/partitions.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsIn, type DependencyKind, replicationRolesIn } from '#deployment/dependencies.ts';
import type { DriftKind, PermissionScope } from '#drift/kind.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { allow } from './function-role.ts';

/** The resources that the configuration names, or else all that a baseline can name. */
export function scopeOf(deployment: Deployment): PermissionScope {
  const { account, region, homeRegions, trails, cloudWatchLogsRoles } = deployment;
  const partition = partitionOf(region);
  const scope = dependencyScope(account, deployment, {});
  return {
    ...scope,
    trails:
      trails ?? homeRegions.map((home) => `arn:${partition}:cloudtrail:${home}:${account}:trail/*`),
    cloudWatchLogsRoles: cloudWatchLogsRoles ?? [`${scope.roles}/*`],
  };
}

/** The scope of the role in another account: its dependencies, and nothing else. */
export const scopeIn = (account: string, deployment: Deployment): PermissionScope => ({
  ...dependencyScope(account, deployment, { account }),
  trails: [],
  cloudWatchLogsRoles: [],
});

/** What the role in an account may do with dependencies; it reads those of `owner`, or of every account, and restores its own. */
function dependencyScope(
  account: string,
  deployment: Deployment,
  owner: { readonly account?: string },
): Omit<PermissionScope, 'trails' | 'cloudWatchLogsRoles'> {
  const partition = partitionOf(deployment.region);
  const { account: owned = '*' } = owner;
  const readable = (kind: DependencyKind, all: string): readonly string[] =>
    deployment.dependencies === undefined
      ? [`arn:${partition}:${all}`]
      : arnsIn(deployment, kind, owner);
  const restorable = (kind: DependencyKind) => arnsIn(deployment, kind, { account, restore: true });
  return {
    roles: `arn:${partition}:iam::${account}:role`,
    buckets: readable('bucket', 's3:::*'),
    keys: readable('key', `kms:*:${owned}:key/*`),
    topics: readable('topic', `sns:*:${owned}:*`),
    logGroups: readable('log-group', `logs:*:${owned}:log-group:*`),
    logRoles: readable('log-role', `iam::${account}:role/*`),
    restorable: {
      buckets: restorable('bucket'),
      replicationRoles: replicationRolesIn(deployment, account),
      keys: restorable('key'),
      topics: restorable('topic'),
      logGroups: restorable('log-group'),
      logRoles: restorable('log-role'),
      alarms: restorable('alarms'),
    },
  };
}

/** The statements that drift kinds need; in mode observe none of them allows a write. */
export const statementsFor = (
  kinds: readonly DriftKind[],
  mode: Mode,
  scope: PermissionScope,
): iam.PolicyStatement[] =>
  kinds
    .flatMap(({ permissions: { observe, repair } }) =>
      mode === 'enforce' ? [...observe, ...repair] : observe,
    )
    .map(({ actions, resources, conditions }) => allow(actions, resources(scope), conditions))
    .filter(({ resources }) => resources.length > 0);
