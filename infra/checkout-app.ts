import * as cdk from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigError } from '#deployment/config.ts';
import { bundle as bundleSources } from './build-function.ts';
import type { Bundler } from './bundle.ts';
import { deploymentIn } from './context.ts';
import { addDependencyStacks } from './dependencies-stack.ts';
import { problemsIn } from './limits.ts';
import { addStacks } from './stacks.ts';
import { addWatchtowerStack } from './watchtower-stack.ts';

/**
 * Adds the stacks that the app's context describes, and the checks of cdk-nag. The context `dependencies` is an account of
 * `dependencyAccounts`: then only the stacks in this account. With the context `watchtower`, only the stack of the watchtower. `credentialsOf` is the account of the credentials, undefined if there are
 * none. Throws `ConfigError`.
 */
export function addConfiguredStacks(
  app: cdk.App,
  credentialsOf: string | undefined,
  bundle: Bundler = bundleSources,
): void {
  cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const account: unknown = app.node.tryGetContext('dependencies');
  const isWatchtower = app.node.tryGetContext('watchtower') !== undefined;
  const isMain = account === undefined && !isWatchtower;
  const deployment = deploymentIn(app.node, isMain ? credentialsOf : undefined);
  if (isMain) addStacks(app, deployment, bundle);
  else if (isWatchtower) addWatchtowerStack(app, deployment, bundle);
  else addDependencyStacks(app, String(account), deployment);
}

/** Synthesizes an app. Throws `ConfigError` if a template exceeds an AWS limit. */
export function synthesizeWithinLimits(app: cdk.App): void {
  const { stacks } = app.synth();
  const problems = problemsIn(stacks.map(({ template }) => template));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
}
