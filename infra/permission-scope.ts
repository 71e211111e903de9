import type * as iam from 'aws-cdk-lib/aws-iam';
import { partitionOf } from '#aws/partitions.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsIn, type DependencyKind } from '#deployment/dependencies.ts';
import { topologyOf } from '#deployment/topology.ts';
import type { DriftKind, PermissionScope } from '#drift/kind.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { allow } from './function-role.ts';

/** The resources that the configuration names, or else all that a baseline can name. */
export function scopeOf(deployment: Deployment): PermissionScope {
  const { account, region, homeRegions } = topologyOf(deployment);
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role`;
  const readable = (kind: DependencyKind, all: string): readonly string[] =>
    deployment.dependencies === undefined ? [`arn:${partition}:${all}`] : arnsIn(deployment, kind);
  return {
    roles,
    buckets: readable('bucket', 's3:::*'),
    keys: readable('key', 'kms:*:*:key/*'),
    topics: readable('topic', 'sns:*:*:*'),
    logGroups: readable('log-group', 'logs:*:*:log-group:*'),
    logRoles: readable('log-role', `iam::${account}:role/*`),
    restorable: restorableIn(deployment, account),
    trails:
      deployment.trails ??
      homeRegions.map((home) => `arn:${partition}:cloudtrail:${home}:${account}:trail/*`),
    cloudWatchLogsRoles: deployment.cloudWatchLogsRoles ?? [`${roles}/*`],
  };
}

/** The scope of the role in another account: its dependencies, and nothing else. */
export function scopeIn(account: string, deployment: Deployment): PermissionScope {
  const partition = partitionOf(deployment.region);
  const readable = (kind: DependencyKind, all: string): readonly string[] =>
    deployment.dependencies === undefined
      ? [`arn:${partition}:${all}`]
      : arnsIn(deployment, kind, { account });
  return {
    roles: `arn:${partition}:iam::${account}:role`,
    trails: [],
    cloudWatchLogsRoles: [],
    buckets: readable('bucket', 's3:::*'),
    keys: readable('key', `kms:*:${account}:key/*`),
    topics: readable('topic', `sns:*:${account}:*`),
    logGroups: readable('log-group', `logs:*:${account}:log-group:*`),
    logRoles: readable('log-role', `iam::${account}:role/*`),
    restorable: restorableIn(deployment, account),
  };
}

/** What the configuration allows to restore in one account. */
const restorableIn = (deployment: Deployment, account: string): PermissionScope['restorable'] => {
  const named = (kind: DependencyKind) => arnsIn(deployment, kind, { account, restore: true });
  return {
    buckets: named('bucket'),
    keys: named('key'),
    topics: named('topic'),
    logGroups: named('log-group'),
    logRoles: named('log-role'),
  };
};

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
