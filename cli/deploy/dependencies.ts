import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { nameOf } from '#aws/errors.ts';
import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsIn, dependencyKinds, replicationRolesIn } from '#deployment/dependencies.ts';
import { dependencyStackId, dependencyStacksOf } from '#deployment/dependency-stacks.ts';
import { readRole } from '#deployment/observe-role.ts';
import { answerIn } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import type { GlobalOptions } from '../options.ts';
import { confirm, note } from '../terminal.ts';
import { requireCredentials } from './credentials.ts';
import { deployStacks, isProgress, synthesize } from './process.ts';

/** Deploys the stack `Trailkeeper-Dependencies` into another account. Throws `ConfigError` if `dependencyAccounts` does not list it. */
export async function deployDependencies(
  account: string,
  deployment: Deployment,
  options: Options,
): Promise<ExitCode> {
  const lines = linesFor(account, deployment);
  await requireCredentials(account);
  note(...lines);
  await confirm('Deploy?', options);
  const deployed = await deployTo(account, deployment);
  const left = await leftOnRole();
  answerIn(options.json)({ mode: deployment.mode, deployed }, () => [
    `The role and rules for dependencies are deployed in account ${account}.`,
    'Next, with credentials of the main account: npx --no -- trailkeeper doctor',
  ]);
  if (left.length === 0) return 0;
  note('The role was changed in a way that CloudFormation does not revert:', ...left);
  return 1;
}

type Options = Pick<GlobalOptions, 'json'> & { readonly yes?: true };

/** Where it deploys, and what the role may restore there. */
function linesFor(account: string, deployment: Deployment): readonly string[] {
  const { mode } = deployment;
  const restored = dependencyKinds.flatMap((kind) =>
    arnsIn(deployment, kind, { account, restore: true }),
  );
  const passed = replicationRolesIn(deployment, account);
  return [
    `Mode ${mode}. Deploys the role and rules for dependencies to:`,
    ...dependencyStacksOf(account, deployment).map((at) => `  account ${account}, ${at.region}`),
    ...(mode === 'enforce' && restored.length > 0
      ? [
          'trailkeeper may restore there:',
          ...restored.map((arn) => `  ${arn}`),
          ...(passed.length > 0 ? ['and may pass to S3:', ...passed.map((arn) => `  ${arn}`)] : []),
        ]
      : ['trailkeeper may only read there.']),
  ];
}

/** The account has no roles of the CDK, which says for each stack that it uses the caller's credentials instead. */
const isShown = (line: string): boolean =>
  isProgress(line) && !line.includes('could not be used to assume');

/**
 * Deploys with credentials of the account, which needs no bootstrap of the CDK. In a stack that exists, it reverts what others changed,
 * too: without that, CloudFormation changes nothing if the template is the same.
 */
async function deployTo(
  account: string,
  deployment: Deployment,
): Promise<readonly AccountRegion[]> {
  await synthesize(`dependencies=${account}`);
  const stacks = dependencyStacksOf(account, deployment);
  const deployed = await Promise.all(stacks.map(isDeployed));
  note('Deploying');
  await deploy(stacks.filter((_, i) => !deployed[i]));
  await deploy(
    stacks.filter((_, i) => deployed[i]),
    // CloudFormation refuses it for a new stack.
    '--revert-drift',
  );
  return stacks;
}

async function deploy(stacks: readonly AccountRegion[], ...more: readonly string[]): Promise<void> {
  if (stacks.length === 0) return;
  await deployStacks(stacks.map(dependencyStackId), more, isShown);
}

/** Whether the stack was completely deployed once: then it is updated, and otherwise the CDK creates it. */
async function isDeployed({ region }: AccountRegion): Promise<boolean> {
  try {
    const { Stacks: [stack] = [] } = await new CloudFormationClient({ region }).send(
      new DescribeStacksCommand({ StackName: names.dependencies }),
    );
    return /^(CREATE_COMPLETE|UPDATE_)/.test(stack?.StackStatus ?? '');
  } catch (error) {
    if (nameOf(error) === 'ValidationError') return false;
    throw error;
  }
}

/**
 * What someone put on the role that CloudFormation does not take off, because the template does not have it, and the command that takes
 * it off: managed policies, and a permissions boundary.
 */
async function leftOnRole(): Promise<readonly string[]> {
  const { AttachedPolicies, PermissionsBoundary } = await readRole(
    new IAMClient(),
    names.dependencies,
  );
  const named = `--role-name ${names.dependencies}`;
  return [
    ...AttachedPolicies.map(
      (arn) =>
        `someone attached the policy ${arn} to the role: aws iam detach-role-policy ${named} --policy-arn ${arn}`,
    ),
    ...(PermissionsBoundary === null
      ? []
      : [
          `someone limited the role by the boundary ${PermissionsBoundary}: aws iam delete-role-permissions-boundary ${named}`,
        ]),
  ];
}
