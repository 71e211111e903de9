import { randomUUID } from 'node:crypto';
import { AddTagsCommand, DeleteTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  DisableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DeleteServiceLinkedRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { attacks, type Clients } from '#sandbox/attacks.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';
import { type Template, templateOf, templatesOf } from '../support/app.ts';
import { ago, backfillsOf } from '../support/backfill.ts';

let account: Account;
let asCaptured: string;
beforeAll(async () => {
  account = await startAccount();
  asCaptured = JSON.stringify(await account.look());
});
beforeEach(async () => {
  await account.reset();
  // What is taken from a role is itself an event: it must not be what a scenario fails on.
  account.deliver({ drop: true, lambdaRetryMs: 10 });
});
afterAll(() => account.stop());

/** What each role is for, as scenarios that end well only if it may do all of it. */
const scenarios: Readonly<Record<string, () => Promise<boolean>>> = {
  'Trailkeeper-Reconcile': async () =>
    (await areAttacksUndone()) && (await isKeptWhatRemediateFailed()) && (await isPastTold()),
  'Trailkeeper-SelfCheck': async () => (await isTamperingTold()) && (await isKeptWhatWatchFailed()),
  'Trailkeeper-Schedule': async () => (await isSwept()) && (await isKeptWhatCouldNotStart()),
  'Trailkeeper-Alert': arePeopleTold,
  'Trailkeeper-Audit': async () => (await isWritingTold()) && (await isKeptWhatChangesFailed()),
  'Trailkeeper-Forward-us-east-1': isEventForwarded,
};

describe.each(Object.keys(scenarios))('the role %s', (role) => {
  const isWell = scenarios[role] as () => Promise<boolean>;

  test('is enough: every call that is made is allowed', async () => {
    expect(await isWell()).toBe(true);
    expect(
      account.calls
        .filter(({ error }) => /^AccessDenied|^Insufficient\w+AccessPermission/.test(error ?? ''))
        .filter(({ principal }) => principal.includes(`:assumed-role/${role}/`)),
    ).toEqual([]);
  });

  test('is as good without what it is not granted', async () => {
    await takeAway(role, 'cloudtrail:DeleteTrail');

    expect(await isWell()).toBe(true);
  });

  test.each(grantedTo(role))(
    'is granted nothing in vain: without %s something fails',
    async (action) => {
      await takeAway(role, action);

      expect(await isWell()).toBe(false);
    },
  );
});

test('every role of trailkeeper has a scenario, but for those that forward as another one does', () => {
  const roles = templatesOf(inject('deployed').enforce).flatMap((template) =>
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => Properties.RoleName),
  );

  expect(new Set(roles)).toEqual(
    new Set([...Object.keys(scenarios), 'Trailkeeper-Forward-eu-central-1']),
  );
});

describe('the role that guards trails', () => {
  test('in observe mode may write nothing but logs, incidents, own events and dead letters', async () => {
    const actions = statements('observe').flatMap(({ Action }) => Action);

    expect(actions).toEqual(expect.arrayContaining(['cloudtrail:GetTrail', 'dynamodb:GetItem']));
    expect(
      [...new Set(actions)]
        .filter((action) => !/:(Get|List|Describe|Query|Lookup)/.test(action))
        .sort(),
    ).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  test('may write incidents to the table, and no baseline', async () => {
    const [write, ...others] = statements('enforce').filter(({ Action }) =>
      [Action].flat().includes('dynamodb:PutItem'),
    );

    expect(others).toEqual([]);
    expect(write?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['incident#*'] },
    });
  });

  test('may hand a role to CloudTrail alone', async () => {
    const passing = statements('enforce').filter(({ Action }) =>
      [Action].flat().includes('iam:PassRole'),
    );

    expect(passing).toMatchObject([
      { Condition: { StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } } },
    ]);
  });

  test('may do on every resource only what IAM can not narrow', async () => {
    const wide = statements('enforce').filter(({ Resource }) => Resource === '*');

    // Source: Service Authorization Reference, AWS Organizations, AWS CloudTrail and Amazon CloudWatch Logs: none of them has a
    // resource type.
    expect([...new Set(wide.flatMap(({ Action }) => Action))].sort()).toEqual([
      'cloudtrail:LookupEvents',
      'logs:DescribeLogGroups',
      'organizations:DescribeOrganization',
      'organizations:EnableAWSServiceAccess',
      'organizations:ListAWSServiceAccessForOrganization',
      'organizations:ListAccounts',
      'organizations:ListDelegatedAdministrators',
    ]);
  });

  test('may give access to the organization to CloudTrail alone', async () => {
    const giving = statements('enforce').filter(({ Action }) =>
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

describe('the role that watches trailkeeper', () => {
  test('writes nothing but logs, incidents, dead letters and what it tells', async () => {
    const actions = statements('enforce', 'SelfCheckRole').flatMap(({ Action }) => Action);

    expect(
      [...new Set(actions)].filter((action) => !/:(Get|List|Describe)/.test(action)).sort(),
    ).toEqual([
      'dynamodb:PutItem',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
  });

  test('is granted nothing on every resource', async () => {
    expect(
      statements('enforce', 'SelfCheckRole').filter(({ Resource }) => Resource === '*'),
    ).toEqual([]);
  });
});

type Statement = {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

/** Every action that a role is granted, beside writing its log, which the sandbox does not have. */
function grantedTo(roleName: string): string[] {
  const granted = templatesOf(inject('deployed').enforce)
    .flatMap((template) => statementsOf(template, idOf(template, roleName)))
    .flatMap(({ Action }) => Action)
    .filter((action) => !/^logs:(Create|Put)/.test(action));
  return [...new Set(granted)];
}

const statements = (mode: 'observe' | 'enforce', id = 'ReconcileRole'): Statement[] =>
  statementsOf(templateOf(inject('deployed')[mode]), id);

const statementsOf = ({ Resources }: Template, roleId: string): Statement[] =>
  Object.entries(Resources)
    .filter(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(`${roleId}DefaultPolicy`),
    )
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

/** The id of a role's construct: the logical id without its hash. */
function idOf({ Resources }: Template, roleName: string): string {
  const [id = 'none'] =
    Object.entries(Resources).find(([, { Properties }]) => Properties?.RoleName === roleName) ?? [];
  return id.slice(0, -8);
}

/** An administrator takes one action from a role. */
async function takeAway(RoleName: string, action: string): Promise<void> {
  const iam = new IAMClient(as('mallory'));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName }),
    );
    const document = JSON.parse(decodeURIComponent(PolicyDocument));
    for (const statement of document.Statement) {
      const left = [statement.Action].flat().filter((one) => one !== action);
      statement.Action = left.length === 0 ? ['sts:GetCallerIdentity'] : left;
    }
    await iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }),
    );
  }
}

const as = (accessKeyId: string) => ({
  endpoint: account.endpoint,
  region: account.region,
  credentials: { accessKeyId, secretAccessKey: 'any' },
});

/** Whether, after attacks that need every repair, the trail is as it was and known to be, and each incident was kept. */
async function areAttacksUndone(): Promise<boolean> {
  const { trail } = account;
  const another = [{ Key: 'team', Value: 'mallory' }];
  const made = [
    ...attacks.filter(({ id }) => ['A1', 'A2', 'A9', 'A18', 'A19', 'F1'].includes(id)),
    {
      call: ({ cloudtrail }: Clients) =>
        cloudtrail.send(new AddTagsCommand({ ResourceId: trail, TagsList: another })),
    },
    {
      call: async ({ cloudtrail, iam }: Clients) => {
        const RoleName = 'AWSServiceRoleForCloudTrail';
        await cloudtrail.send(new DeleteTrailCommand({ Name: trail }));
        await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
      },
    },
  ];
  for (const { call } of made) {
    await call(account.clientsOf(), trail);
    await account.sweep();
    if (JSON.stringify(await account.look()) !== asCaptured) return false;
  }
  const invocation = await account.sweep();
  if (!JSON.stringify(invocation).includes('"verdict":"in-sync"')) return false;
  return (await account.incidents()).length >= made.length;
}

/** Whether an event lies in the dead-letter queue that the function failed on for good that it started. */
async function isKeptWhatRemediateFailed(): Promise<boolean> {
  const [stop] = attacks.filter(({ id }) => id === 'A1');
  return isKept('Query', () => stop?.call(account.clientsOf(), account.trail));
}

async function isKeptWhatWatchFailed(): Promise<boolean> {
  return isKept('PutItem', () =>
    new EventBridgeClient(as('mallory')).send(
      new DisableRuleCommand({ Name: 'Trailkeeper-Tamper-lambda' }),
    ),
  );
}

async function isKept(failing: 'Query' | 'PutItem', call: () => unknown): Promise<boolean> {
  account.deliver({ drop: false });
  const error = 'ValidationException';
  // Two lists are read at once.
  const times = failing === 'Query' ? 6 : 3;
  await account.fault({ service: 'dynamodb', operation: failing, error, times });
  await call();
  await account.settled();
  return (await account.deadLetterCount()) === 1;
}

/** Whether a backfill finds the attack of before in event history, hands its work on, and tells it. */
async function isPastTold(): Promise<boolean> {
  account.deliver({ drop: true });
  const backfills = backfillsOf(account);
  await backfills.configure({ timeout: 60 });
  const report = await backfills.report({ from: ago(60), to: ago(0) }).catch(() => null);
  return JSON.stringify(report?.text)?.includes('StopLogging in us-east-1 by mallory') === true;
}

/** Whether a sweep starts at its time. */
const isSwept = (): Promise<boolean> =>
  account.sweep().then(
    () => true,
    () => false,
  );

/** Whether a sweep lies in the dead-letter queue whose function is gone. */
async function isKeptWhatCouldNotStart(): Promise<boolean> {
  await new LambdaClient(as('mallory')).send(
    new DeleteFunctionCommand({ FunctionName: 'Trailkeeper-Sweep' }),
  );
  await isSwept();
  return (await account.deadLetterCount()) === 1;
}

/** Whether an intact wiring is known to be, and a cut one is told on both paths, and kept. */
async function isTamperingTold(): Promise<boolean> {
  const before = await account.watch();
  if (JSON.stringify(before) !== JSON.stringify({ result: { faults: [] } })) return false;
  await new EventBridgeClient(as('mallory')).send(
    new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }),
  );
  const after = await account.watch();
  const again = await account.watch();
  if ('error' in after || 'error' in again) return false;
  const events = account.calls.filter(
    ({ operation, error }) => operation === 'PutEvents' && error === null,
  );
  return (await account.notifications()).length === 1 && events.length === 1;
}

/** Whether people are told of an incident, and an event that they could not be told of is kept. */
async function arePeopleTold(): Promise<boolean> {
  account.deliver({ drop: true });
  const tell = async (id: string) => {
    await startProcessesAnew('Trailkeeper-Alert');
    const { trail } = account;
    const startedAt = '2026-11-22T12:00:00.000Z';
    const key = { pk: `incident#${trail}`, sk: `${startedAt}#${id}` };
    const incident = {
      id,
      trail,
      startedAt,
      status: 'broken',
      severity: 'high',
      also: [],
      count: 1,
    };
    const Item = {
      ...key,
      incident: JSON.stringify({
        ...incident,
        reminders: 0,
        endedAt: null,
        cause: null,
        outcome: null,
        hold: null,
        problem: 'gone',
      }),
    };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    const Entry = {
      Source: 'trailkeeper',
      DetailType: 'Guard Tampered',
      Detail: JSON.stringify({ incident: key }),
      EventBusName: 'trailkeeper',
    };
    const bus = new EventBridgeClient(as('mallory'));
    await bus.send(new PutEventsCommand({ Entries: [Entry] }));
    await account.settled();
  };
  await tell('told');
  if ((await account.slack()).length !== 1) return false;
  await account.fault({ service: 'slack', operation: '*', error: 'is_archived', times: 3 });
  await tell('untold');
  return (await account.deadLetterCount()) === 1;
}

/** A function that runs already remembers what it has read. */
async function startProcessesAnew(FunctionName: string): Promise<void> {
  const lambda = new LambdaClient(as('mallory'));
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ANEW: randomUUID() };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
}

/** Whether what is written to the table is told, with how it differs and whether it is signed. */
async function isWritingTold(): Promise<boolean> {
  account.deliver({ drop: true, dropStreams: false });
  const { trail, table, tableName } = account;
  const store = account.baselines();
  const { arn } = parseTrailArn(trail);
  const known = await store.find(arn);
  const before = await store.newestValid(arn);
  if (before === null) throw new Error('the trail is not guarded');
  const { version: _, previous: __, ...content } = before;
  await store.add({ ...content, policy: { tags: 'ignore' } }, known);
  const Item = { pk: 'window', sk: `${trail}#forged`, document: '{}' };
  await table.send(new PutCommand({ TableName: tableName, Item }));
  await account.settled();
  const told = JSON.stringify(await account.tamperings());
  const said = account.calls.filter(
    ({ operation, error }) => operation === 'PutEvents' && error === null,
  );
  return told.includes('policy.tags is') && told.includes('the Hold') && said.length === 2;
}

/** Whether what was written lies in the dead-letter queue that could not be told. */
async function isKeptWhatChangesFailed(): Promise<boolean> {
  const { trail, table, tableName } = account;
  const error = 'ValidationException';
  await account.fault({ service: 'dynamodb', operation: 'PutItem', error, times: 100 });
  const Key = { pk: 'window', sk: `${trail}#forged` };
  await table.send(new DeleteCommand({ TableName: tableName, Key }));
  await account.settled();
  return (await account.deadLetterCount()) === 1;
}

/** Whether the event of a call in the main Region starts the function behind the bus. */
async function isEventForwarded(): Promise<boolean> {
  account.deliver({ drop: false });
  const [stop] = attacks.filter(({ id }) => id === 'A1');
  await stop?.call(account.clientsOf(), account.trail);
  await account.settled();
  return JSON.stringify(await account.look()) === asCaptured;
}
