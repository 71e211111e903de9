import { LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountAccess } from '#aws/dependency-clients.ts';
import { nameOf } from '#aws/errors.ts';
import { invoke } from '#backfill/invoke.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { isRestored } from '#baseline/policy.ts';
import { type Dependency, dependencyKind, ownerOf } from '#deployment/dependencies.ts';
import { dependencyKinds } from '#drift/index.ts';
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
  if (modeOf(outputs) === 'observe') {
    return [ok('mode observe: what the trails depend on is reported, and not restored')];
  }
  const trails = await baselines.list();
  return named.map((one) => restoreFinding(one, ownerOf(one), trails));
}

function restoreFinding(
  dependency: Dependency,
  owner: string,
  trails: readonly ProtectedTrail[],
): Finding {
  const kind = dependencyKinds.find(({ name }) => name === dependencyKind(dependency));
  const isAsked = trails.some(
    (trail) => kind && 'baseline' in trail && isRestored(trail.baseline.policy, kind),
  );
  const what = `${dependency.arn} of account ${owner}`;
  if (dependency.restore && isAsked) return ok(`${what} is restored`);
  if (dependency.restore) {
    return warning(
      `${what} is reported only: no baseline restores ${dependencyKind(dependency)}`,
      `npx --no -- trailkeeper capture TRAIL --policy FILE; FILE has { "${dependencyKind(dependency)}": "restore" }`,
    );
  }
  if (!isAsked) return ok(`${what} is reported only`);
  return wrong(
    `${what} cannot be restored, although a baseline restores ${dependencyKind(dependency)}`,
    'set restore to true in dependencies of cdk.json, and deploy',
  );
}
