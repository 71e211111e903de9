import { LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountAccess } from '#aws/dependency-clients.ts';
import { nameOf } from '#aws/errors.ts';
import { invoke } from '#backfill/invoke.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { namedDependencies } from '#baseline/named-dependencies.ts';
import { isRestored } from '#baseline/policy.ts';
import { type Dependency, dependencyKind, ownerOf } from '#deployment/dependencies.ts';
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
  if (named == null || named.length === 0) {
    return [ok('what the trails depend on is reported, and not restored')];
  }
  const trails = (await baselines.list()).filter((one) => 'baseline' in one);
  const unnamed = trails.flatMap(({ baseline }) => unnamedFindings(baseline, named));
  if (modeOf(outputs) === 'observe') {
    return [
      ...unnamed,
      ok('mode observe: what the trails depend on is reported, and not restored'),
    ];
  }
  const unasked = named.filter((one) => one.restore && !isAsked(one, trails)).map(dependencyKind);
  const remedy = restoreRemedy([...new Set(unasked)], trails);
  return [...unnamed, ...named.map((one) => restoreFinding(one, isAsked(one, trails), remedy))];
}

type Valid = Extract<ProtectedTrail, { readonly baseline: Baseline }>;

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

/** Whether a baseline restores the kind of a dependency. */
function isAsked(dependency: Dependency, trails: readonly Valid[]): boolean {
  const kind = dependencyKinds.find(({ name }) => name === dependencyKind(dependency));
  return trails.some(({ baseline }) => kind !== undefined && isRestored(baseline.policy, kind));
}

function restoreRemedy(kinds: readonly string[], trails: readonly Valid[]): string {
  const [only, ...others] = trails;
  const { name } = others.length === 0 && only ? parseTrailArn(only.trail) : { name: 'TRAIL' };
  return `to restore it: npx --no -- trailkeeper capture ${name} --restore ${kinds.join(' ')} --reason "…"`;
}

function restoreFinding(dependency: Dependency, isAsked: boolean, remedy: string): Finding {
  const what = `${dependency.arn} of account ${ownerOf(dependency)}`;
  if (dependency.restore && isAsked) return ok(`${what} is restored`);
  if (dependency.restore) {
    return warning(
      `${what} is reported only: no baseline restores ${dependencyKind(dependency)}`,
      remedy,
    );
  }
  if (!isAsked) return ok(`${what} is reported only`);
  return wrong(
    `${what} cannot be restored, although a baseline restores ${dependencyKind(dependency)}`,
    'set restore to true in dependencies of cdk.json, and deploy',
  );
}
