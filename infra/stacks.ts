import type * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { deployedTogether, stackOf, topologyOf } from '#deployment/topology.ts';
import type { Bundler } from './bundle.ts';
import { ForwarderStack } from './forwarder-stack.ts';
import { RecoveryStack } from './recovery-stack.ts';
import { TrailkeeperStack } from './trailkeeper-stack.ts';
import { WatchtowerAccessStack } from './watchtower-access-stack.ts';

export type Stacks = {
  readonly main: cdk.Stack;
  readonly forwarders: readonly cdk.Stack[];
  /** Undefined if the configuration names no bucket for recovered events. */
  readonly recovery: cdk.Stack | undefined;
};

/**
 * Adds the main stack, a forwarder for every other account and Region, the stack that recovers events, and the role of the watchtower.
 * Only mode enforce protects them from deletion: the CDK deletes a stack whose first deployment failed before it deploys again, and cannot
 * delete a protected one (docs/decisions/0004).
 */
export function addStacks(scope: Construct, deployment: Deployment, bundle: Bundler): Stacks {
  const topology = topologyOf(deployment);
  const [at, ...others] = deployedTogether(topology);
  const terminationProtection = deployment.mode === 'enforce';
  // Made first, because the self-check of the main stack knows what it must be, and deployed after that.
  const { recovery } = deployment;
  const recovering =
    recovery &&
    new RecoveryStack(scope, names.recovery, {
      deployment: { ...deployment, recovery },
      bundle,
      env: at,
      terminationProtection,
    });
  const main = new TrailkeeperStack(scope, names.stack, {
    deployment,
    bundle,
    recovery: recovering?.facts,
    stackName: names.stack,
    env: at,
    terminationProtection,
  });
  recovering?.addStackDependency(main);
  const forwarders = others.map((env) => {
    const stackName = stackOf(env, topology);
    const props = { topology, env, stackName, terminationProtection };
    const forwarder = new ForwarderStack(scope, stackName, props);
    // A forwarder in another account may be deployed separately, with credentials of that account.
    if (env.account === at.account) forwarder.addStackDependency(main);
    return forwarder;
  });
  const { watchtower } = deployment;
  if (watchtower !== undefined) {
    new WatchtowerAccessStack(scope, names.watchtowerAccess, {
      ...{ deployment, watchtower, env: at, terminationProtection },
      stackName: names.watchtowerAccess,
    });
  }
  return { main, forwarders, recovery: recovering };
}
