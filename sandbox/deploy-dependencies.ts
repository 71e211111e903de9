import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import * as cdk from 'aws-cdk-lib';
import { parseDeployment } from '#deployment/config.ts';
import { addDependencyStacks } from '#infra/dependencies-stack.ts';
import { templatesOf } from '#infra/templates.ts';

// CDK's own validation of templates takes most of a synthesis and changes nothing in them.
process.env.CDK_VALIDATION ??= 'false';

/** Deploys the stacks of an account of `dependencyAccounts`, with credentials of that account. */
export async function deployDependencies(
  endpoint: string,
  account: string,
  config: object,
): Promise<void> {
  for (const [region, template] of dependencyTemplates(account, config)) {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new CloudFormationClient({ endpoint, region, credentials });
    const stack = {
      StackName: 'Trailkeeper-Dependencies',
      TemplateBody: JSON.stringify(template),
    };
    await client.send(new CreateStackCommand(stack)).catch((error: Error) => {
      if (error.name !== 'AlreadyExistsException') throw error;
      return client.send(new UpdateStackCommand(stack));
    });
  }
}

/** The templates of these stacks, by Region. */
export function dependencyTemplates(
  account: string,
  config: object,
): ReadonlyMap<string, { readonly Resources: object }> {
  const app = new cdk.App();
  const stacks = addDependencyStacks(app, account, parseDeployment(config));
  const templates = templatesOf(app, stacks);
  return new Map(stacks.map(({ region }, i) => [region, templates[i]]));
}
