import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
} from '@aws-sdk/client-cloudformation';
import { messageOf, nameOf } from '#aws/errors.ts';
import { type FactsInTemplate, factsInTemplate } from '#deployment/expected-deployment.ts';

/** What is deployed, as the outputs of the guard's stack tell. */
export type Outputs = Readonly<Record<string, string>>;

/** Thrown where trailkeeper is not found to be deployed. */
export class StackError extends Error {
  override readonly name = 'StackError' as const;
}

/** The outputs of a stack that was deployed from `infra/`. */
export async function outputsOf(stack: string): Promise<Outputs> {
  const client = new CloudFormationClient();
  const region = await client.config.region();
  const { Stacks: [found] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((cause: unknown) => {
      if (nameOf(cause) !== 'ValidationError') throw cause;
      throw new StackError(
        `${messageOf(cause)} in ${region}. Say where trailkeeper is deployed: --region for its main Region, --profile for its account, --stack for another name`,
        { cause },
      );
    });
  const entries = (found?.Outputs ?? []).map(
    ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
  );
  return Object.fromEntries(entries);
}

/** What the guard's stack was deployed with, as its template says; throws if the template does not say it. */
export async function factsOf(StackName: string): Promise<FactsInTemplate> {
  const client = new CloudFormationClient();
  const { Metadata } = await client.send(new GetTemplateSummaryCommand({ StackName }));
  const { [factsInTemplate]: facts } = JSON.parse(Metadata ?? '{}');
  if (facts !== undefined) return facts;
  throw new StackError(
    `the template of ${StackName} does not say what was deployed: npx cdk deploy brings it up to date`,
  );
}

/** One output; throws where the stack does not have it. */
export function output(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value !== undefined) return value;
  throw new StackError(
    `the stack has no output ${name}: is it trailkeeper's, and deployed from this version? npx cdk deploy brings it up to date`,
  );
}
