import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type Account, ownAccount } from '../account.ts';

const template = 'Trailkeeper.template.json';

test.each(await grantedActions())('without %s some attack is not undone', async (action) => {
  const account = await ownAccount({ cdkOut: await appWithout(action) });

  expect(await attacksUndone(account)).toBe(false);
});

test('with the actions granted every attack is undone', async () => {
  expect(await attacksUndone(await ownAccount())).toBe(true);
});

test('in observe mode the role may write nothing but its own log', async () => {
  const statements = await roleStatements(inject('cdkOut').observe);

  const actions = statements.flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining(['cloudtrail:GetTrail', 'dynamodb:GetItem']));
  const writes = actions.filter((action) => !/:(Get|List|Describe|Query|Lookup)/.test(action));
  expect(writes).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
});

test('a role is handed to CloudTrail alone', async () => {
  const statements = await roleStatements(inject('cdkOut').enforce);

  const passing = statements.filter(({ Action }) => [Action].flat().includes('iam:PassRole'));
  expect(passing).toHaveLength(1);
  expect(passing[0]?.Condition).toEqual({
    StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
  });
});

test('an action on every resource is one that IAM can not narrow', async () => {
  const statements = await roleStatements(inject('cdkOut').enforce);

  const wide = statements
    .filter(({ Resource }) => Resource === '*')
    .flatMap(({ Action }) => Action);
  // Source: Service Authorization Reference, AWS Organizations: neither has a resource type.
  expect(wide.sort()).toEqual([
    'organizations:DescribeOrganization',
    'organizations:ListAWSServiceAccessForOrganization',
  ]);
});

type Statement = {
  Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

/** Every action of the sweep's role beside those of its log, which no API call of the function shows. */
async function grantedActions(): Promise<string[]> {
  const statements = await roleStatements(inject('cdkOut').enforce);
  return statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('logs:'));
}

async function roleStatements(cdkOut: string): Promise<Statement[]> {
  return statementsOf(JSON.parse(await readFile(join(cdkOut, template), 'utf8')));
}

function statementsOf(json: { Resources: Record<string, never> }): Statement[] {
  return Object.entries<{
    Type: string;
    Properties: { PolicyDocument: { Statement: Statement[] } };
  }>(json.Resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('SweepRole'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

/** The synthesised app, with one action taken out of the sweep's role. */
async function appWithout(action: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(inject('cdkOut').enforce, folder, { recursive: true });
  const json = JSON.parse(await readFile(join(folder, template), 'utf8'));
  for (const statement of statementsOf(json)) {
    statement.Action = [statement.Action].flat().filter((one) => one !== action);
    if (statement.Action.length === 0) statement.Action = ['sts:GetCallerIdentity'];
  }
  await writeFile(join(folder, template), JSON.stringify(json));
  return folder;
}

/** Whether the trail is as it was after a change of every kind, and after its deletion. */
async function attacksUndone(account: Account): Promise<boolean> {
  const asCaptured = JSON.stringify(await account.look());
  const Name = account.trail;
  const { outsider } = account;
  const noLogs = { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' };
  const attacks = [
    () => outsider.send(new StopLoggingCommand({ Name })),
    () => outsider.send(new UpdateTrailCommand({ Name, ...noLogs })),
    () => outsider.send(new DeleteTrailCommand({ Name })),
  ];
  for (const attack of attacks) {
    await attack();
    await account.sweep();
    if (JSON.stringify(await account.look()) !== asCaptured) return false;
  }
  return true;
}
