import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { command, policies } from '../support/deploy-commands.ts';

// The commands under "Deploy" in docs/operations.md, in order, as far as the sandbox supports them. `cdk deploy` is
// replaced by the start of the sandbox, which deploys the templates; the policies and the CDK toolkit are not modeled.

const run = promisify(execFile);

const account = testAccount({ mode: 'observe' });

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

test('capture accepts the ARN of a trail, and a sweep finds it in sync', async () => {
  const [, , , , ...capture] = command('npx --no -- trailkeeper capture').split(' ');
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
