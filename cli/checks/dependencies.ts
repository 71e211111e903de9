import { LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountAccess } from '#aws/dependency-clients.ts';
import { nameOf } from '#aws/errors.ts';
import { invoke } from '#aws/invoke.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { namedDependencies } from '#baseline/named-dependencies.ts';
import { isRestored } from '#baseline/policy.ts';
import { type Dependency, dependencyKind, ownerOf } from '#deployment/dependencies.ts';
import { type Alarms, listed } from '#drift/dependencies/alarm-state.ts';
import { type Bucket, bucket } from '#drift/dependencies/bucket.ts';
import { dependencyKinds } from '#drift/index.ts';
import { parseTrailArn, titleOf } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import { type Deployment, modeOf, output } from '../stack.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** The roles in other accounts can be assumed, and what is restored of what the trails depend on. */
export const dependencies: Check = {
  name: 'dependencies',
  async run(context, deployment) {
    const { facts } = await deployment;
    const { dependencyAccounts = [] } = facts.config;
    const accounts = dependencyAccounts.length === 0 ? [] : await accessFindings(context);
    return [...accounts, ...(await restoreFindings(context, facts))];
  },
};

/** Whether the functions can assume their role in each account: only they may. */
async function accessFindings({ outputs }: Context): Promise<readonly Finding[]> {
  try {
    const name = output(outputs, 'SweepFunctionName');
    const answer = await invoke(new LambdaClient(), name, { checkAccounts: true });
    return (answer as { readonly accounts: readonly AccountAccess[] }).accounts.map(accessFinding);
  } catch (error) {
    if (!nameOf(error).startsWith('AccessDenied')) throw error;
    return [
      warning(
        'the roles in other accounts were not checked: no permission',
        'give yourself lambda:InvokeFunction on the function Trailkeeper-Sweep',
      ),
    ];
  }
}

const accessFinding = ({ account, problem }: AccountAccess): Finding =>
  problem === null
    ? ok(`the role in account ${account} can be assumed with its external id`)
    : wrong(`what trails depend on in account ${account} cannot be read`, problem);

async function restoreFindings(
  { baselines, outputs }: Context,
  { dependencies: named }: Deployment['facts'],
): Promise<readonly Finding[]> {
  const trails = (await baselines.list()).filter((one) => 'baseline' in one);
  const isNamed = named != null && named.length > 0;
  const unnamed = isNamed ? trails.flatMap(({ baseline }) => unnamedFindings(baseline, named)) : [];
  if (modeOf(outputs) === 'observe') {
    return [
      ...unnamed,
      ok('mode observe: what the trails depend on is reported, and not restored'),
    ];
  }
  if (!isNamed) {
    const asked = trails.flatMap(({ baseline }) => askedFindings(baseline));
    return [...asked, ok('what the trails depend on is reported, and not restored')];
  }
  const unasked = named
    .filter((one) => one.restore && asking(one, trails).length === 0)
    .map(dependencyKind);
  const remedy = restoreRemedy([...new Set(unasked)], trails);
  return [
    ...unnamed,
    ...named.map((one) => restoreFinding(one, trails, remedy)),
    ...named.flatMap((one) => replicationFindings(one, trails)),
  ];
}

type Valid = Extract<ProtectedTrail, { readonly baseline: Baseline }>;

/** What the policy of a baseline restores, although the configuration names nothing to restore. */
const askedFindings = ({ trail, states, policy }: Baseline): readonly Finding[] =>
  namedDependencies(trail, states)
    .filter(({ kind }) =>
      dependencyKinds.some((one) => one.name === kind && isRestored(policy, one)),
    )
    .map(({ kind, title }) =>
      wrong(
        `the ${title} of ${titleOf(trail)} cannot be restored, although its baseline restores ${kind}`,
        'npx --no -- trailkeeper init asks what to restore; then npx --no -- trailkeeper deploy',
      ),
    );

/** What a trail depends on and the configuration does not name: the functions have no permission to read it. */
const unnamedFindings = (
  { trail, states }: Baseline,
  named: readonly Dependency[],
): readonly Finding[] =>
  namedDependencies(trail, states)
    .filter(({ arn, kind }) => states[kind] && named.every((one) => one.arn !== arn))
    .map(({ arn, kind, title, account }) => {
      const entry = { arn, ...(kind === 'bucket' && { account: account ?? 'ACCOUNT' }) };
      return wrong(
        `the ${title} of ${titleOf(trail)} cannot be read: dependencies in cdk.json does not name it`,
        `add ${JSON.stringify(entry)} to dependencies, and deploy`,
      );
    });

/** The trails that depend on it, and whose baselines restore its kind. */
function asking(dependency: Dependency, trails: readonly Valid[]): readonly Valid[] {
  const kind = dependencyKinds.find(({ name }) => name === dependencyKind(dependency));
  return trails.filter(
    ({ baseline }) =>
      kind !== undefined && isRestored(baseline.policy, kind) && dependsOn(baseline, dependency),
  );
}

function restoreRemedy(kinds: readonly string[], trails: readonly Valid[]): string {
  const [only, ...others] = trails;
  const { name } = others.length === 0 && only ? parseTrailArn(only.trail) : { name: 'TRAIL' };
  return `to restore it: npx --no -- trailkeeper capture ${name} --restore ${kinds.join(' ')} --reason "…"`;
}

function restoreFinding(dependency: Dependency, trails: readonly Valid[], remedy: string): Finding {
  const what = `${dependency.arn} of account ${ownerOf(dependency)}`;
  const asked = asking(dependency, trails);
  if (!dependency.restore) {
    return asked.length === 0
      ? ok(`${what} is reported only`)
      : wrong(
          `${what} cannot be restored, although a baseline restores ${dependencyKind(dependency)}`,
          'set restore to true in dependencies of cdk.json, and deploy',
        );
  }
  if (trails.length > 0 && !trails.some(({ baseline }) => dependsOn(baseline, dependency))) {
    return wrong(
      `${what} is not restored: no baseline names it`,
      'correct its arn or account in dependencies of cdk.json, and deploy; or capture the trail that uses it',
    );
  }
  if (asked.length === 0) {
    return warning(
      `${what} is reported only: no baseline restores ${dependencyKind(dependency)}`,
      remedy,
    );
  }
  const unread = asked.find(({ baseline }) => !isCaptured(baseline, dependency));
  return unread === undefined ? ok(`${what} is restored`) : unreadFinding(what, dependency, unread);
}

/** The roles in baselines that the configuration does not let trailkeeper pass to S3, or one that it may pass for nothing. */
function replicationFindings(dependency: Dependency, trails: readonly Valid[]): readonly Finding[] {
  const { arn, replicationRole: named } = dependency;
  if (!dependency.restore || dependencyKind(dependency) !== 'bucket') return [];
  const roles = trails
    .map(({ baseline }) => baseline)
    .filter((one) => isRestored(one.policy, bucket, ['Replication']) && dependsOn(one, dependency))
    .flatMap(({ states }) => (states.bucket as unknown as Bucket).Replication?.Role ?? []);
  if (named !== undefined && roles.length === 0) {
    return [
      warning(
        `trailkeeper may pass ${named} to S3, but no baseline restores a replication with it`,
        `remove replicationRole from ${arn} in dependencies of cdk.json, and deploy; or capture a trail while the bucket is replicated`,
      ),
    ];
  }
  const others = roles.filter((role) => role !== named);
  return [...new Set(others)].map((role) =>
    warning(
      `the replication of ${arn} can only be restored by a person: dependencies in cdk.json does not name its role`,
      `add "replicationRole": "${role}" to the bucket in dependencies, and deploy; or let the policy of the baseline say "alert" for bucket.Replication`,
    ),
  );
}

function unreadFinding(what: string, dependency: Dependency, unread: Valid): Finding {
  const { accountId, name } = parseTrailArn(unread.trail);
  const owner = ownerOf(dependency);
  const profile = owner === accountId ? '' : ` --dependency-profile PROFILE_OF_${owner}`;
  return warning(
    `${what} is not restored: the baseline of ${titleOf(unread.trail)} does not have what it allows CloudTrail`,
    `npx --no -- trailkeeper capture ${name}${profile} --reason "…"`,
  );
}

/** Whether the trail of a baseline depends on a resource of this account; that of a bucket may not be known. */
function dependsOn({ trail, states }: Baseline, dependency: Dependency): boolean {
  const { Alarms: alarms } = (states.alarms ?? {}) as Partial<Alarms>;
  return (
    listed(alarms).some(({ AlarmArn }) => AlarmArn === dependency.arn) ||
    namedDependencies(trail, states).some(
      ({ arn, account }) =>
        arn === dependency.arn && (account === null || account === ownerOf(dependency)),
    )
  );
}

/** Whether a baseline has the policy, or of a log group whether it exists: null is not protected. */
function isCaptured({ states }: Baseline, dependency: Dependency): boolean {
  const state = states[dependencyKind(dependency)];
  return (
    state != null &&
    ['CloudTrailStatements', 'Existence'].every((field) => Reflect.get(state, field) !== null)
  );
}
