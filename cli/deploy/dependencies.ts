import type { AccountRegion } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsIn, dependencyKinds } from '#deployment/dependencies.ts';
import { dependencyStacksOf } from '#deployment/dependency-stacks.ts';
import { note } from '../terminal.ts';
import { cdkOut, isProgress, runCdk } from './process.ts';

/** Where `deploy --dependencies` deploys, and what the role may restore there. Throws `ConfigError` if the account is not listed. */
export function dependenciesLines(account: string, deployment: Deployment): readonly string[] {
  const { mode } = deployment;
  const restored = dependencyKinds.flatMap((kind) =>
    arnsIn(deployment, kind, { account, restore: true }),
  );
  return [
    `Mode ${mode}. Deploys the role and rules for dependencies to:`,
    ...dependencyStacksOf(account, deployment).map((at) => `  account ${account}, ${at.region}`),
    ...(mode === 'enforce' && restored.length > 0
      ? ['trailkeeper may restore there:', ...restored.map((arn) => `  ${arn}`)]
      : ['trailkeeper may only read there.']),
  ];
}

/** The account has no roles of the CDK, which says for each stack that it uses the caller's credentials instead. */
const isShown = (line: string): boolean =>
  isProgress(line) && !line.includes('could not be used to assume');

/** Deploys the stack `Trailkeeper-Dependencies` with credentials of its account, which needs no bootstrap of the CDK. */
export async function deployDependencies(
  account: string,
  deployment: Deployment,
): Promise<readonly AccountRegion[]> {
  note('Synthesizing');
  const context = ['--context', `dependencies=${account}`];
  await runCdk(['synth', '--quiet', '--output', cdkOut, ...context]);
  note('Deploying');
  const options = ['--app', cdkOut, '--require-approval', 'never', '--progress', 'events'];
  await runCdk(['deploy', '--all', ...options], {}, isShown);
  return dependencyStacksOf(account, deployment);
}
