import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, test } from 'vitest';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { deployment } from '#sandbox/seed.ts';
import { dependenciesTemplate } from '../../scripts/package/dependencies-template.ts';
import { testAccount } from '../support/account.ts';

/** The template that a StackSet deploys into the account of a dependency, compared with what the command deploys there. */

process.env.CDK_VALIDATION ??= 'false';
const archive = '333344445555';
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const TemplateBody = JSON.stringify(dependenciesTemplate());

type Resource = { readonly Type: string; readonly Properties: { readonly Name?: string } };
const { Resources } = JSON.parse(TemplateBody) as { readonly Resources: Record<string, Resource> };
const ruleNames = Object.values(Resources).flatMap(({ Type, Properties: { Name = [] } }) =>
  Type === 'AWS::Events::Rule' ? Name : [],
);

const account = testAccount();
beforeEach(() => account.reset());

const configIn = (region: string) => account.configOf(archive, region);

const deployIn = (region: string) =>
  new CloudFormationClient(configIn(region)).send(
    new CreateStackCommand({
      StackName: 'Trailkeeper-Dependencies',
      TemplateBody,
      Parameters: Object.entries({ MainAccount: account.account, ExternalId: externalId }).map(
        ([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }),
      ),
    }),
  );

/** The rules of a Region by name, and the trust and permissions of the role. */
async function deployed(region: string) {
  const events = new EventBridgeClient(configIn(region));
  const rules = ruleNames.map(async (Name) => {
    const rule = await events.send(new DescribeRuleCommand({ Name })).catch(() => null);
    return [Name, JSON.parse(rule?.EventPattern ?? 'null')];
  });
  const iam = new IAMClient(configIn(region));
  const named = { RoleName: 'Trailkeeper-Dependencies' };
  const { Role } = await iam.send(new GetRoleCommand(named));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand(named));
  const policies = PolicyNames.map(async (PolicyName) => {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ ...named, PolicyName }));
    return JSON.parse(decodeURIComponent(PolicyDocument ?? ''));
  });
  return {
    rules: Object.fromEntries(await Promise.all(rules)),
    trust: JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')),
    policies: await Promise.all(policies),
  };
}

describe('the static template', () => {
  test.each(['us-east-1', 'eu-central-1'])(
    'makes in %s what the command deploys',
    async (region) => {
      const dependencyAccounts = [{ account: archive, externalId }];
      await deployDependencies(account.endpoint, archive, {
        ...deployment,
        mode: 'enforce',
        dependencyAccounts,
      });
      const byCommand = await deployed(region);
      await account.reset();

      await deployIn('us-east-1');
      await deployIn('eu-central-1');

      expect(await deployed(region)).toEqual(byCommand);
    },
  );

  test('needs no file beside it, and fits into the call that deploys it', () => {
    expect(TemplateBody).not.toContain('cdk-hnb659fds');
    // Source: CloudFormation API reference, CreateStack, TemplateBody.
    expect(TemplateBody.length).toBeLessThan(51_200);
  });
});
