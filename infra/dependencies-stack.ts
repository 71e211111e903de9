import * as cdk from 'aws-cdk-lib';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import {
  dependencyStackId,
  dependencyStacksOf,
  externalIdOf,
} from '#deployment/dependency-stacks.ts';
import { isOfDependencies, topologyOf } from '#deployment/topology.ts';
import { dependencyKinds } from '#drift/index.ts';
import { dependenciesRole } from './dependencies-role.ts';
import { forwarding } from './forwarder-stack.ts';
import { scopeIn, statementsFor } from './permission-scope.ts';

type DependenciesStackProps = cdk.StackProps & {
  readonly deployment: Deployment;
  readonly env: AccountRegion;
};

/**
 * The stack in another account that trails depend on: in the main Region the role that reads and restores there, and in each Region the
 * rules that forward events. It has no assets, so that the account needs no bootstrap of the CDK.
 */
class DependenciesStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: DependenciesStackProps) {
    super(scope, id, {
      description: 'trailkeeper: reads and restores what trails depend on in this account',
      stackName: names.dependencies,
      synthesizer: new cdk.BootstraplessSynthesizer() as cdk.IStackSynthesizer,
      terminationProtection: deployment.mode === 'enforce',
      ...props,
    });
    this.node.setContext(cxapi.IAM_MINIMIZE_POLICIES, true);
    const topology = topologyOf(deployment);
    const { account, region } = props.env;
    if (region === topology.region) {
      dependenciesRole(this, {
        topology,
        externalId: externalIdOf(account, deployment),
        statements: statementsFor(dependencyKinds, deployment.mode, scopeIn(account, deployment)),
      });
    }
    if (isOfDependencies(props.env, topology)) forwarding(this, props.env, topology);
  }
}

/** Adds the stacks for an account that `dependencyAccounts` names. Throws `ConfigError` if it does not. */
export function addDependencyStacks(
  scope: Construct,
  account: string,
  deployment: Deployment,
): readonly cdk.Stack[] {
  return dependencyStacksOf(account, deployment).map(
    (env) => new DependenciesStack(scope, dependencyStackId(env), { deployment, env }),
  );
}
