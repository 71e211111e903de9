import {
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, inject, test } from 'vitest';
import { type Account, ownAccount } from '../account.ts';
import { editedApp, type Template, templateOf } from '../app.ts';

test.each(await grantedActions())(
  'without %s some attack is not undone, or not kept',
  async (action) => {
    const cdkOut = await editedApp((template) => takeAway(template, action));

    expect(await attacksUndone(await ownAccount({ cdkOut }), (account) => account.sweep())).toBe(
      false,
    );
  },
);

describe('the role of the functions', () => {
  test('is enough for a sweep to undo every attack', async () => {
    expect(await attacksUndone(await ownAccount(), (account) => account.sweep())).toBe(true);
  });

  test('is enough to undo every attack by its event', async () => {
    const account = await ownAccount();
    account.deliver({ drop: false });

    expect(await attacksUndone(account, () => account.settled())).toBe(true);
  });

  test('in observe mode may write nothing but logs, incidents and dead letters', async () => {
    const actions = (await statements('observe')).flatMap(({ Action }) => Action);

    expect(actions).toEqual(expect.arrayContaining(['cloudtrail:GetTrail', 'dynamodb:GetItem']));
    expect(
      [...new Set(actions)]
        .filter((action) => !/:(Get|List|Describe|Query|Lookup)/.test(action))
        .sort(),
    ).toEqual(['dynamodb:PutItem', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage']);
  });

  test('may write incidents to the table, and no baseline', async () => {
    const [write, ...others] = (await statements('enforce')).filter(({ Action }) =>
      [Action].flat().includes('dynamodb:PutItem'),
    );

    expect(others).toEqual([]);
    expect(write?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] },
    });
  });

  test('may hand a role to CloudTrail alone', async () => {
    const passing = (await statements('enforce')).filter(({ Action }) =>
      [Action].flat().includes('iam:PassRole'),
    );

    expect(passing).toMatchObject([
      { Condition: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } } },
    ]);
  });

  test('may do on every resource only what IAM can not narrow', async () => {
    const wide = (await statements('enforce')).filter(({ Resource }) => Resource === '*');

    // Source: Service Authorization Reference, AWS Organizations: neither has a resource type.
    expect(wide.flatMap(({ Action }) => Action).sort()).toEqual([
      'organizations:DescribeOrganization',
      'organizations:ListAWSServiceAccessForOrganization',
    ]);
  });
});

type Statement = {
  Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

/** Every action of the role beside those that no attack shows: its log, and the queue for what failed. */
async function grantedActions(): Promise<string[]> {
  return (await statements('enforce'))
    .flatMap(({ Action }) => Action)
    .filter((action) => !/^(logs|sqs):/.test(action));
}

async function statements(mode: 'observe' | 'enforce'): Promise<Statement[]> {
  return statementsOf(await templateOf(inject('cdkOut')[mode]));
}

function statementsOf({ Resources }: Template): Statement[] {
  return Object.entries(Resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('GuardRole'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

function takeAway(template: Template, action: string): void {
  for (const statement of statementsOf(template)) {
    statement.Action = [statement.Action].flat().filter((one) => one !== action);
    if (statement.Action.length === 0) statement.Action = ['sts:GetCallerIdentity'];
  }
}

/** Whether, after a change of every kind and a deletion, the trail is as it was and each incident was kept. */
async function attacksUndone(
  account: Account,
  work: (account: Account) => Promise<unknown>,
): Promise<boolean> {
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
    await work(account);
    if (JSON.stringify(await account.look()) !== asCaptured) return false;
  }
  return (await account.incidents()).length >= attacks.length;
}
