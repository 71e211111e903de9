import type { DeployedResources } from '#deployment/deployed-resources.ts';
import {
  expectedResources,
  type FactsInTemplate,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import { factsOf, type Outputs, output } from './stack.ts';

/** What was deployed. */
export type Deployment = {
  readonly facts: SelfCheckFacts;
  readonly resources: DeployedResources;
};

/** Reads it from the stack only, because the functions and their variables are what `doctor` checks. */
export async function deploymentOf(outputs: Outputs, stack: string): Promise<Deployment> {
  const { facts, code }: FactsInTemplate = await factsOf(stack);
  const resources = expectedResources(facts, {
    logGroups: [output(outputs, 'SweepLogGroupName'), output(outputs, 'RemediateLogGroupName')],
    selfCheck: {
      mapping: output(outputs, 'EventSourceMappingId'),
      signingKey: outputs.SigningKeyArn?.split('/').at(-1) ?? null,
      code,
    },
  });
  return { facts, resources };
}
