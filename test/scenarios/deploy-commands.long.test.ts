import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { command, policies } from '../support/deploy-commands.ts';
import { least } from '../support/synthesized.ts';

// The commands under "Deploy" in docs/operations.md that the CDK runs. `cdk deploy` is replaced by the start of the
// sandbox, which deploys the templates.

/** Runs the CDK without network access: no notices, telemetry or credentials. */
const cdk = (...args: readonly string[]) =>
  promisify(execFile)('npx', ['cdk', ...args, '--no-notices'], {
    env: {
      ...process.env,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_VALIDATION: 'false',
    },
  });

test('cdk bootstrap names the policies that were created', async () => {
  const [, , ...bootstrap] = command('npx cdk bootstrap').split(/\s+/);
  const arns = bootstrap
    .at(-1)
    ?.split(',')
    .map((arn) => arn.split('/').at(-1));

  const { stdout } = await cdk(...bootstrap, '--show-template');

  expect(arns).toEqual(policies());
  expect(stdout).toContain('CloudFormationExecutionPolicies');
});

test('cdk deploy --all deploys what cdk list lists', async () => {
  expect(command('npx cdk deploy')).toBe('npx cdk deploy --all');

  const configured = Object.entries(least).flatMap(([key, value]) => [
    '-c',
    `trailkeeper.${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  const { stdout } = await cdk('list', ...configured);

  expect(stdout.split('\n')[0]).toBe('Trailkeeper');
});
