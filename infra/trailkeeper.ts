import { readdirSync, readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type DeploymentProps, parseDeployment } from '#deployment/config.ts';
import { bundleOf, type FunctionFiles } from './bundle.ts';
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

/** The code of a function as the package contains it. */
function prebuiltFunction(name: string): FunctionFiles {
  const folder = new URL(`functions/${name}/`, import.meta.url);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder))]),
  );
}

export { ConfigError } from '#deployment/config.ts';
