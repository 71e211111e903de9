import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
} from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { messageOf, nameOf } from '#aws/errors.ts';
import {
  expectedResources,
  type FactsInTemplate,
  factsInTemplate,
  factsWith,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import type { DeployedResources } from '#deployment/observe-deployment.ts';
import { parseSigning } from '#deployment/signing-config.ts';
import type { Mode } from '#reconcile/outcome.ts';
import type { TrailArn } from '#trail/trail-arn.ts';

/** The outputs of the main stack. */
export type Outputs = Readonly<Record<string, string>>;

/** Thrown if the stack is not found, or is not that of trailkeeper. */
export class StackError extends Error {
  override readonly name = 'StackError' as const;
}

export async function outputsOf(stack: string): Promise<Outputs> {
  const client = new CloudFormationClient();
  const region = await client.config.region();
  const { Stacks: [found] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(async (cause: unknown) => {
      if (nameOf(cause) !== 'ValidationError') throw cause;
      const { Account } = await new STSClient().send(new GetCallerIdentityCommand());
      throw new StackError(
        `${messageOf(cause)} in ${region} of account ${Account}. If trailkeeper is not deployed yet, run npx --no -- trailkeeper deploy. Name the main Region of trailkeeper with --region, its account with --profile, or its stack with --stack`,
        { cause },
      );
    });
  const entries = (found?.Outputs ?? []).map(
    ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
  );
  return Object.fromEntries(entries);
}

/** The same; null if the stack is not deployed. */
export const outputsIfDeployed = (stack: string): Promise<Outputs | null> =>
  outputsOf(stack).catch((error: unknown) => {
    if (error instanceof StackError) return null;
    throw error;
  });

/** The facts in the metadata of the stack's template. Throws `StackError` if it has none. */
async function factsOf(StackName: string): Promise<FactsInTemplate> {
  const client = new CloudFormationClient();
  const { Metadata } = await client.send(new GetTemplateSummaryCommand({ StackName }));
  const { [factsInTemplate]: facts } = JSON.parse(Metadata ?? '{}');
  if (typeof facts === 'string') return JSON.parse(facts);
  throw new StackError(
    `the template of ${StackName} has no facts of the deployment: deploy this version with npx cdk deploy --all`,
  );
}

/** One output. Throws `StackError` if the stack does not have it. */
export function output(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value !== undefined) return value;
  throw new StackError(
    `the stack has no output ${name}: name the stack of trailkeeper with --stack, or deploy this version with npx cdk deploy --all`,
  );
}

/** The trails that the deployed configuration names. */
export const namedTrails = ({ Signing }: Outputs): readonly TrailArn[] =>
  Signing === undefined ? [] : parseSigning(Signing).trails;

/** The deployed mode; `observe` if the stack does not say. */
export const modeOf = (outputs: Outputs): Mode =>
  outputs.Mode === 'enforce' ? 'enforce' : 'observe';

/** What was deployed. */
export type Deployment = {
  readonly facts: SelfCheckFacts;
  readonly resources: DeployedResources;
};

/** Reads it only from the stack, because `doctor` checks the functions and their variables. */
export async function deploymentOf(outputs: Outputs, stack: string): Promise<Deployment> {
  const { facts: inTemplate, code } = await factsOf(stack);
  const { Configuration } = outputs;
  const facts =
    Configuration === undefined ? inTemplate : factsWith(inTemplate, JSON.parse(Configuration));
  const resources = expectedResources(facts, {
    logGroups: [output(outputs, 'SweepLogGroupName'), output(outputs, 'RemediateLogGroupName')],
    selfCheck: {
      mapping: output(outputs, 'EventSourceMappingId'),
      ...(outputs.LightChecksMappingId && { lightChecks: outputs.LightChecksMappingId }),
      code,
    },
  });
  return { facts, resources };
}
