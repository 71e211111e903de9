import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AccountRegion } from '#aws/resource-names.ts';
import type { Topology } from '#deployment/topology.ts';
import { forwarding } from './forwarding.ts';

export type ForwarderStackProps = cdk.StackProps & {
  readonly topology: Topology;
  readonly env: AccountRegion;
};

/** Forwards events from another Region, or from a delegated administrator's account, to the bus of the main stack. */
export class ForwarderStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { topology, ...props }: ForwarderStackProps) {
    super(scope, id, {
      description: 'trailkeeper: forwards events about trails to the main account and Region',
      ...props,
    });
    forwarding(this, props.env, topology);
  }
}
