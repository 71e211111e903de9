import { AddTagsCommand } from '@aws-sdk/client-cloudtrail';
import { describe, expect, inject, test } from 'vitest';
import { attacks, type Clients } from '#sandbox/attacks.ts';
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

    // Source: Service Authorization Reference, AWS Organizations: none of them has a resource type.
    expect([...new Set(wide.flatMap(({ Action }) => Action))].sort()).toEqual([
      'organizations:DescribeOrganization',
      'organizations:EnableAWSServiceAccess',
      'organizations:ListAWSServiceAccessForOrganization',
      'organizations:ListDelegatedAdministrators',
    ]);
  });

  test('may give access to the organization to CloudTrail alone', async () => {
    const giving = (await statements('enforce')).filter(({ Action }) =>
      [Action].flat().includes('organizations:EnableAWSServiceAccess'),
    );

    expect(giving).toMatchObject([
      {
        Action: 'organizations:EnableAWSServiceAccess',
        Condition: {
          StringEquals: { 'organizations:ServicePrincipal': 'cloudtrail.amazonaws.com' },
        },
      },
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

/** Whether, after attacks that need every repair, the trail is as it was and known to be, and each incident was kept. */
async function attacksUndone(
  account: Account,
  work: (account: Account) => Promise<unknown>,
): Promise<boolean> {
  const asCaptured = JSON.stringify(await account.look());
  const { trail } = account;
  const another = [{ Key: 'team', Value: 'mallory' }];
  const made = [
    ...attacks.filter(({ id }) => ['A1', 'A2', 'A9', 'A18', 'A19', 'F1'].includes(id)),
    {
      call: ({ cloudtrail }: Clients) =>
        cloudtrail.send(new AddTagsCommand({ ResourceId: trail, TagsList: another })),
    },
  ];
  for (const { call } of made) {
    await call(account.clientsOf(), trail);
    await work(account);
    if (JSON.stringify(await account.look()) !== asCaptured) return false;
  }
  const invocation = await account.sweep();
  if (!JSON.stringify(invocation).includes('"verdict":"in-sync"')) return false;
  return (await account.incidents()).length >= made.length;
}
