import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { type Account, ownAccount } from '../support/account.ts';
import { runInTerminal, tooWide } from '../support/pseudo-terminal.ts';
import { wholeCheckout } from '../support/whole-checkout.ts';

// The commands of the README from `npm ci` to enforce mode, with the CDK CLI and the sandbox's CloudFormation.

const variablesOf = (account: Account, accessKeyId: string) => ({
  CDK_VALIDATION: 'false',
  AWS_ENDPOINT_URL: account.endpoint,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: 'any',
});

/** Runs a CLI command as a process in a copy of the checkout. */
function cli(folder: string, account: Account, accessKeyId: string, args: readonly string[]) {
  const env = { ...process.env, ...variablesOf(account, accessKeyId) };
  return new Promise<{ code: number; output: string }>((resolve) => {
    execFile(
      process.execPath,
      ['cli/trailkeeper.js', ...args],
      { env, cwd: folder },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ code, output: `${stderr}${stdout}` });
      },
    );
  });
}

/** Asked if another account owns the bucket. */
const ofOtherAccount = 'Deploy a role in account 222233334444 to read what is there?';

const [enter, up] = ['\r', '\u001b[A'];

/** The commands of the README, and what a person answers. Without a key: the resource policy of the table protects the baselines. */
const dialogs = [
  {
    args: ['init'],
    answers: [
      ['Which trails should trailkeeper protect?', enter],
      ['What should it do about unauthorized changes?', enter],
      ['Which of these should it restore, too?', enter],
      [ofOtherAccount, enter],
      ['Users and roles that may change baselines', enter],
      ['Which key should sign baselines?', `${up}${enter}`],
      ['E-mail addresses for alarms:', `soc@example.com${enter}`],
      ['Slack channel', enter],
      ['Write cdk.json? [y/N]', `y${enter}`],
    ],
    ends: 'Next:',
  },
  {
    args: ['deploy'],
    answers: [['Deploy? [y/N]', `y${enter}`]],
    ends: 'soc@example.com: until it is confirmed there',
  },
  {
    args: ['capture', '--all'],
    answers: [['Protect this trail? [y/N]', `y${enter}`]],
    ends: 'version 1',
  },
] as const;

test.each([
  ['an organization', 'alice', '111122223333', 'mallory'],
  ['a standalone account', '444455556666', '444455556666', '444455556666-mallory'],
])(
  'three commands at a terminal lead to mode enforce without a key in %s',
  async (_what, accessKeyId, accountId, otherAdministrator) => {
    const account = await ownAccount({ isEmpty: true });
    const client = account.clientOf(accessKeyId);
    const config = account.configOf(accessKeyId);
    if (accountId !== account.account) {
      await client.send(new CreateTrailCommand({ Name: 'own', S3BucketName: 'attacker-bucket' }));
      await client.send(new StartLoggingCommand({ Name: 'own' }));
    }
    const folder = await wholeCheckout();
    const run = (...args: readonly string[]) => cli(folder, account, accessKeyId, args);

    const command = ['npx', '--no', '--', 'trailkeeper'];
    const variables = variablesOf(account, accessKeyId);
    const ownsBucket = accountId !== account.account;
    for (const { args, answers: all, ends } of dialogs) {
      const answers = all.filter(([question]) => !(ownsBucket && question === ofOtherAccount));
      const conversation = { cwd: folder, command, variables, answers };
      const { code, output } = await runInTerminal(args, conversation);
      expect(code, output).toBe(0);
      expect(output.replace(/\s+/g, ' ')).toContain(ends);
      expect(tooWide(output)).toEqual([]);
    }

    const { context } = JSON.parse(await readFile(join(folder, 'cdk.json'), 'utf8'));
    const { trails } = context.trailkeeper;
    expect(context.trailkeeper).toMatchObject({ mode: 'enforce', account: accountId });
    const PolicyArn = `arn:aws:iam::${accountId}:policy/Trailkeeper-Deploy-Compute`;
    await new IAMClient(config).send(new GetPolicyCommand({ PolicyArn }));

    const isRestored = async () => {
      await client.send(new StopLoggingCommand({ Name: trails[0] }));
      await new LambdaClient(config).send(new InvokeCommand({ FunctionName: 'Trailkeeper-Sweep' }));
      const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: trails[0] }));
      return IsLogging;
    };
    expect(await isRestored()).toBe(true);

    const table = new DynamoDBClient(account.configOf(otherAdministrator));
    const row = { pk: { S: trails[0] }, sk: { S: 'baseline#000002' }, document: { S: '{}' } };
    await expect(
      table.send(new PutItemCommand({ TableName: 'Trailkeeper-State', Item: row })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });

    // Keys are switched on later.
    const created = await run('init', '--new-key', 'kms', '--yes');
    expect(created.code, created.output).toBe(0);
    await addDependencyAccount(folder, '222233334444');
    const again = await run('deploy', '--yes');
    expect(again.code, again.output).toBe(0);
    expect(again.output).toContain('Signs version 1 of');
    expect(again.output).toContain('deploy --dependencies 222233334444');
    const { Items: announced = [] } = await table.send(
      new QueryCommand({
        TableName: 'Trailkeeper-State',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'window-end' } },
      }),
    );
    expect(announced.map(({ sk }) => sk?.S)).toEqual([expect.stringMatching(/^trailkeeper#/)]);
    const executed = account.calls.findLast(({ operation }) => operation === 'ExecuteChangeSet');
    expect(executed?.input.ChangeSetName).toContain(announced[0]?.sk?.S?.replace('#', '-'));
    const listed = await run('history', trails[0], '--json');
    expect(JSON.parse(listed.output.slice(listed.output.indexOf('{'))).versions[0]).toMatchObject({
      version: 2,
      signedBy: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await isRestored()).toBe(true);
  },
);

const addDependencyAccount = (folder: string, account: string) =>
  configure(folder, { dependencyAccounts: [{ account, externalId: 'an-external-id' }] });

/** Writes keys of the configuration, as a person does. */
async function configure(folder: string, keys: object): Promise<void> {
  const file = join(folder, 'cdk.json');
  const cdk = JSON.parse(await readFile(file, 'utf8'));
  Object.assign(cdk.context.trailkeeper, keys);
  await writeFile(file, JSON.stringify(cdk));
}

test('a deployment that failed continues when deploy is run again', async () => {
  const account = await ownAccount({ isEmpty: true });
  const folder = await wholeCheckout();
  const run = (...args: readonly string[]) => cli(folder, account, 'alice', args);
  await run('init', '--slack-channel', 'C0123ABCDEF', '--yes');
  const fault = { service: 'cloudformation', operation: 'CreateChangeSet', error: 'AccessDenied' };
  await account.fault({ ...fault, times: 1 });

  const failed = await run('deploy', '--yes');
  expect(failed.code, failed.output).toBe(1);
  expect(failed.output).toMatch(/^error: .* ended with exit code 1, see above/m);

  const approvers = { U0123ABCDEF: 'arn:aws:iam::111122223333:user/alice' };
  await configure(folder, { channels: { slack: { channel: 'C0123ABCDEF', approvers } } });
  const again = await run('deploy', '--yes');
  expect(again.code, again.output).toBe(0);
  expect(again.output).toContain('trailkeeper is deployed');
  expect(again.output).toMatch(/Slack gets no alerts yet: .* aws secretsmanager put-secret-value/);
  expect(again.output).toMatch(/No one can decide in Slack yet .*:Trailkeeper-SlackSigning-/);
  expect(again.output).toMatch(/The Slack app sends its requests to https:.*lambda-url/);
});
