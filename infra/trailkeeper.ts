import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type DeploymentProps, parseDeployment } from '#deployment/config.ts';
import { bundleOf } from './bundle.ts';
import { prebuiltFunction } from './prebuilt-function.ts';
import { addStacks } from './stacks.ts';

/**
 * trailkeeper in a CDK app or stage: its stacks in every account and Region that the configuration needs. The props are those of the
 * context `trailkeeper` of `cdk.json`. Throws `ConfigError`.
 */
export class Trailkeeper extends Construct {
  readonly main: Stack;
  readonly forwarders: readonly Stack[];
  readonly recovery: Stack | undefined;

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { main, forwarders, recovery } = addStacks(
      this,
      parseDeployment(props),
      bundleOf(prebuiltFunction),
    );
    this.main = main;
    this.forwarders = forwarders;
    this.recovery = recovery;
  }
}

export { ConfigError } from '#deployment/config.ts';
