import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parseFunctionEnvironment } from '#deployment/config.ts';
import { type Deployed, deployedAs } from '#deployment/expected-deployment.ts';
import { factsOf, type Outputs, output } from './stack.ts';

/**
 * What was deployed. The facts, the mode and the table are what the stack says, and not what a function is told: its code and its
 * variables are among what is to be proven.
 */
export async function deploymentOf(outputs: Outputs, stack: string): Promise<Deployed> {
  const FunctionName = output(outputs, 'SelfCheckFunctionName');
  const { facts, code } = await factsOf(stack);
  const { Environment } = await new LambdaClient().send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  const variables = Environment?.Variables ?? {};
  const config = parseFunctionEnvironment(
    {
      ...variables,
      TRAILKEEPER_MODE: output(outputs, 'Mode'),
      TRAILKEEPER_TABLE: output(outputs, 'StateTableName'),
    },
    facts.signing,
  );
  return deployedAs(facts, { ...variables, TRAILKEEPER_CODE: code }, config);
}
