import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { type Account, startAccount } from '../support/account.ts';
import { outside, watchtower } from '../support/watchtower.ts';
import { wholeCheckout } from '../support/whole-checkout.ts';

// `deploy --watchtower` with the CDK CLI and the sandbox's CloudFormation.

let account: Account;
beforeAll(async () => {
  account = await startAccount({ isEmpty: true });
});
afterAll(() => account.stop());

async function checkout(): Promise<string> {
  const folder = await wholeCheckout();
  const file = join(folder, 'cdk.json');
  const { context, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  const trailkeeper = { ...deployment, mode: 'enforce', watchtower };
  await writeFile(file, JSON.stringify({ ...rest, context: { ...context, trailkeeper } }));
  return folder;
}

function deploy(folder: string): Promise<{ readonly code: number; readonly output: string }> {
  const env = {
    ...process.env,
    CDK_VALIDATION: 'false',
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_ACCESS_KEY_ID: outside,
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const args = ['cli/trailkeeper.js', 'deploy', '--watchtower', '--yes'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: `${stderr}${stdout}` }),
    );
  });
}

test('one command prepares the account and deploys the watchtower, also once more', async () => {
  const folder = await checkout();
  const created = await deploy(folder);
  expect(created.code, created.output).toBe(0);
  expect(created.output).toContain(`The watchtower is deployed in account ${outside}`);
  expect(created.output.split('\n').filter((line) => line.length > 160)).toEqual([]);

  const again = await deploy(folder);
  expect(again.code, again.output).toBe(0);

  const lambda = new LambdaClient({
    endpoint: account.endpoint,
    region: account.region,
    credentials: { accessKeyId: outside, secretAccessKey: 'any' },
  });
  const FunctionName = 'Trailkeeper-Watchtower';
  await expect(
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
  ).resolves.toMatchObject({ FunctionName });
});
