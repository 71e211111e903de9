import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import * as cdk from 'aws-cdk-lib';
import { parseDeployment } from '#deployment/config.ts';
import { addDependencyStacks } from '#infra/dependencies-stack.ts';
import { arnPrefix, home } from './home.ts';
import { delegate, logKeyArn, topicArn } from './seed.ts';

// CDK's own validation of templates takes most of a synthesis and changes nothing in them.
process.env.CDK_VALIDATION ??= 'false';

/** Configuration with which trailkeeper may restore everything that the trail depends on; its bucket is in another account. */
export const restoring = {
  dependencies: [
    { arn: `${arnPrefix}:s3:::org-trail-logs`, account: delegate, restore: true },
    { arn: logKeyArn, restore: true },
    { arn: topicArn, restore: true },
    {
      arn: `${arnPrefix}:logs:${home.region}:${home.accountId}:log-group:org-trail`,
      restore: true,
    },
    {
      arn: `${arnPrefix}:iam::${home.accountId}:role/org-trail-to-cloudwatch-logs`,
      restore: true,
    },
  ],
  dependencyAccounts: [{ account: delegate, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
};

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
  const assembly = app.synth();
  return new Map(
    stacks.map(({ artifactId, region }) => [
      region,
      assembly.getStackArtifact(artifactId).template,
    ]),
  );
}
