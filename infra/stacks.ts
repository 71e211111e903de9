import * as cdk from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { names } from '#aws/resource-names.ts';
import { ConfigError, type Deployment, topologyOf } from '#deployment/config.ts';
import { accountRegionsOf, stackOf } from '#deployment/topology.ts';
import { deploymentIn } from './context.ts';
import { ForwarderStack } from './forwarder-stack.ts';
import { problemsIn } from './limits.ts';
import { TrailkeeperStack } from './trailkeeper-stack.ts';

/**
 * Adds the stacks that the app's context describes, and the checks of cdk-nag. `credentialsOf` is the account of the credentials,
 * undefined if there are none. Throws `ConfigError`.
 */
export function addStacks(app: cdk.App, credentialsOf: string | undefined): void {
  cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  addStacksOf(app, deploymentIn(app.node, credentialsOf));
}

/**
 * Adds the main stack, and a forwarder for every other account and Region. Only mode enforce protects them from deletion: the CDK
 * deletes a stack whose first deployment failed before it deploys again, and cannot delete a protected one (docs/decisions/0004).
 */
export function addStacksOf(app: cdk.App, deployment: Deployment): void {
  const topology = topologyOf(deployment);
  const [main, ...forwarders] = accountRegionsOf(topology);
  const terminationProtection = deployment.mode === 'enforce';
  const guard = new TrailkeeperStack(app, names.stack, {
    deployment,
    env: main,
    terminationProtection,
  });
  for (const at of forwarders) {
    const props = { topology, env: at, terminationProtection };
    const forwarder = new ForwarderStack(app, stackOf(at, topology), props);
    // A forwarder in another account may be deployed separately, with credentials of that account.
    if (at.account === main.account) forwarder.addStackDependency(guard);
  }
}

/** Synthesizes an app. Throws `ConfigError` if a template exceeds an AWS limit. */
export function synthesizeWithinLimits(app: cdk.App): void {
  const { stacks } = app.synth();
  const problems = problemsIn(stacks.map(({ template }) => template));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
}
