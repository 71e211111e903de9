import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';
import { least } from '../support/synthesized.ts';

// The commands of the README's first deployment, in their order, as far as the sandbox has what they call. `cdk deploy` itself is the
// start of the sandbox, which deploys the templates; IAM's managed policies and the CDK toolkit are not modeled.

const run = promisify(execFile);

/** The commands of the first shell block under "Deploy", one a line. */
const commands = (readFileSync('README.md', 'utf8').split('## Deploy\n')[1] ?? '')
  .split('```sh\n')[1]
  ?.split('```')[0]
  ?.replaceAll('\\\n', '')
  .split('\n')
  .map((line) => line.split('#')[0]?.trim() ?? '') as readonly string[];

const command = (start: string): string => {
  const found = commands.find((line) => line.startsWith(start));
  if (found === undefined) throw new Error(`README.md, Deploy: no command ${start}`);
  return found;
};

let account: Account;
beforeAll(async () => {
  account = await startAccount({ mode: 'observe' });
});
afterAll(() => account.stop());

const policies = () =>
  command('for name in ')
    .replace(/^for name in |; do$/g, '')
    .split(' ');

test('bootstrap-policies writes the files that create-policy reads', async () => {
  const [, ...script] = command('npm run').split(' ');

  await run('npm', script);

  for (const name of policies()) {
    const file = command('aws iam create-policy')
      .replace(/.*file:\/\//, '')
      .replace('$name', name);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('Statement');
  }
});

test('cdk bootstrap names the policies that were created', async () => {
  const [, , ...bootstrap] = command('npx cdk bootstrap').split(/\s+/);
  const arns = bootstrap
    .at(-1)
    ?.split(',')
    .map((arn) => arn.split('/').at(-1));

  const { stdout } = await run('npx', ['cdk', ...bootstrap, '--show-template']);

  expect(arns).toEqual(policies());
  expect(stdout).toContain('CloudFormationExecutionPolicies');
});

test('cdk deploy --all deploys what cdk list lists', async () => {
  expect(command('npx cdk deploy')).toBe('npx cdk deploy --all');

  const { stdout } = await run(
    'npx',
    [
      'cdk',
      'list',
      ...Object.entries(least).flatMap(([key, value]) => ['-c', `trailkeeper.${key}=${value}`]),
    ],
    {
      env: { ...process.env, CDK_VALIDATION: 'false' },
    },
  );

  expect(stdout.split('\n')[0]).toBe('Trailkeeper');
});

test('capture takes the ARN of a trail, and a sweep finds it in sync', async () => {
  const [, , ...capture] = command('npx trailkeeper capture').split(' ');
  const trail = await account.addTrail('a-trail');
  const { region, account: id } = account;
  const filledIn = capture.map((word) =>
    word.replace('REGION', region).replace('ACCOUNT', id).replace('NAME', 'a-trail'),
  );

  const { code, stderr } = await account.trailkeeper([...filledIn, '--yes']);

  expect([code, filledIn.at(-1)], stderr).toEqual([0, trail]);
  const swept = await account.swept();
  expect(swept.find((one) => one.trail === trail)).toMatchObject({ verdict: 'in-sync' });
});
