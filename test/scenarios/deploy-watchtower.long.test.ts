import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { outside } from '../support/watchtower.ts';
import { wholeCheckout } from '../support/whole-checkout.ts';

const watchtower = { account: outside, evidenceDays: 30 };

// `deploy --watchtower` with the CDK CLI and the sandbox's CloudFormation.

const account = testAccount({ isEmpty: true });

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

  const lambda = new LambdaClient(account.configOf(outside));
  const FunctionName = 'Trailkeeper-Watchtower';
  await expect(
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
  ).resolves.toMatchObject({ FunctionName });
});

test('after its stack was deleted, it takes over the table and the evidence that were kept', async () => {
  const folder = await checkout();
  await deploy(folder);
  const dynamodb = new DynamoDBClient(account.configOf(outside));
  const row = {
    TableName: 'Trailkeeper-Watchtower',
    Key: { pk: { S: 'kept' }, sk: { S: 'kept' } },
  };
  await dynamodb.send(new PutItemCommand({ TableName: row.TableName, Item: row.Key }));
  await new CloudFormationClient(account.configOf(outside)).send(
    new DeleteStackCommand({ StackName: 'Trailkeeper-Watchtower' }),
  );
  const again = await deploy(folder);

  expect(again.code, again.output).toBe(0);
  expect(again.output).toContain('Evidence is locked for 30 days');
  expect((await dynamodb.send(new GetItemCommand(row))).Item).toEqual(row.Key);
});
