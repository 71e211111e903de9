import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DeleteRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import { kinds } from '#drift/index.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { announced } from '../../cli/deploy/announce.ts';
import { incidentDetails, incidentTable } from '../../cli/incident-lines.ts';
import { testAccount } from '../support/account.ts';
import {
  announcement,
  executeChangeSet,
  minutesFromNow,
  type RecordedCall,
  stackUpdateCalled,
} from '../support/stack-update.ts';

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ dropStreams: true });
});

const store = () => windowStore(rowsIn(account.table, account.tableName), kinds, account.signing);
const put = (Item: Record<string, unknown>) =>
  account.table.send(new PutCommand({ TableName: account.tableName, Item }));

/** Writes the row of a window without the checks of the store. */
const putWindow = (window: MaintenanceWindow, row: Record<string, unknown>) =>
  put({
    pk: 'window',
    sk: `trailkeeper#${window.id}`,
    document: JSON.stringify(window),
    ...row,
  });

async function announce(edits: Partial<MaintenanceWindow> = {}): Promise<MaintenanceWindow> {
  const window = announcement(edits);
  await store().add(window);
  return window;
}

const called = (call?: RecordedCall) => stackUpdateCalled(account, call);

const disableRule = () =>
  new EventBridgeClient(account.configOf()).send(
    new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }),
  );

async function removeRolePolicy(): Promise<void> {
  const iam = new IAMClient(account.configOf());
  const RoleName = 'Trailkeeper-Reconcile';
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}

const deleteFunction = () =>
  new LambdaClient(account.configOf()).send(
    new DeleteFunctionCommand({ FunctionName: 'Trailkeeper-Sweep' }),
  );

const alerts = async () => (await account.slack()).map(({ text }) => text);

/** The stored events about trailkeeper itself. */
async function stored(): Promise<readonly TamperEvent[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'incident#trailkeeper' },
    }),
  );
  return Items.map(({ tampering }) => JSON.parse(tampering));
}

describe('an announced deployment', () => {
  test('is recorded with who announced it, and sends no alert', async () => {
    const window = await announce();

    await called(executeChangeSet(window));
    await called();

    expect(await alerts()).toEqual([]);
    const [event, ...others] = await stored();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ callCount: 2, announcedBy: window.by });
    const entry = { at: String(event?.at), of: 'trailkeeper', tampering: event as TamperEvent };
    expect(incidentTable([entry])[1]).toMatch(/ low +announced /);
    expect(incidentDetails(entry, 4).join('\n')).toMatch(/^Announced by +.*user\/alice$/m);
  });

  test('still covers a call whose event arrives after the deployment', async () => {
    const window = await announce();
    const end = { at: minutesFromNow(1), by: window.by, reason: 'the deployment is over' };
    await store().end(window, end);

    await called();

    expect(await alerts()).toEqual([]);
  });

  test('does not silence someone else who makes a call directly', async () => {
    await announce();

    await disableRule();
    await account.settled();

    expect(await alerts()).toEqual([expect.stringMatching(/CRITICAL.*DisableRule/)]);
    expect(await account.notifications()).toHaveLength(1);
  });

  test.each([
    ['a rule', disableRule, 'State is'],
    ['the rights of a role', removeRolePolicy, 'Trailkeeper-Reconcile'],
    ['a function', deleteFunction, 'Trailkeeper-Sweep is gone'],
  ])('does not hide what CloudFormation left different: %s', async (_, change, fault) => {
    await announce();
    account.deliver({ drop: true });
    await change();
    account.deliver({ drop: false });
    await called();
    expect(await alerts()).toEqual([]);

    await account.selfCheck();
    await account.settled();

    const [message, ...others] = await account.slack();
    expect(message?.text).toMatch(/CRITICAL.*drifted/);
    expect(JSON.stringify(message)).toContain(fault);
    expect(others).toEqual([]);
  });

  test('does not join the stack update of someone else', async () => {
    await called();
    await announce();
    await called();

    expect(await alerts()).toEqual([expect.stringContaining('PutRule')]);
    expect((await stored()).map((one) => one.callCount)).toEqual([1, 1]);
  });
});

describe('a stack update sends an alert', () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ['is not announced', async () => {}],
    ['was announced for later', () => announce({ from: minutesFromNow(5) })],
    ['is made after the announcement', () => announce({ until: minutesFromNow(-1) })],
    [
      'was announced more than an hour before',
      () => announce({ from: minutesFromNow(-61), until: minutesFromNow(60) }),
    ],
    [
      'is made after the announced deployment ended',
      async () => {
        const window = await announce();
        await store().end(window, { at: minutesFromNow(-1), by: window.by, reason: 'over' });
      },
    ],
    [
      'is made after an end that is malformed',
      async () => {
        const { id } = await announce();
        await put({ pk: 'window-end', sk: `trailkeeper#${id}`, at: 'later' });
      },
    ],
    ['is announced without a signature', () => putWindow(announcement(), { signature: null })],
    [
      'is announced by the signature of another document',
      async () => {
        const other = JSON.stringify(announcement());
        const signature = await account.signing.signer?.sign('window', other);
        await putWindow(announcement(), { signature });
      },
    ],
    [
      'is announced by a maintenance window on a trail',
      async () => {
        const { trail } = account;
        const document = JSON.stringify({ ...announcement(), trail, kinds: ['tags'] });
        const signature = await account.signing.signer?.sign('window', document);
        await putWindow(announcement(), { document, signature });
      },
    ],
    [
      'is announced in a table that cannot be read',
      async () => {
        await announce();
        const error = 'AccessDeniedException';
        await account.fault({ service: 'dynamodb', operation: 'Query', error, times: 9 });
      },
    ],
  ])('if it %s', async (_, prepare) => {
    await prepare();

    await called({ eventName: 'PutRule' });

    expect(await alerts()).toEqual([expect.stringMatching(/CRITICAL.*PutRule/)]);
  });

  test.each<readonly [string, RecordedCall]>([
    ['executes another change set', executeChangeSet(announcement({ id: 'other' }))],
    [
      'uses no change set',
      {
        ...executeChangeSet(announcement()),
        eventName: 'UpdateStack',
        requestParameters: { stackName: 'Trailkeeper' },
      },
    ],
    [
      'deletes alarms, which the integrity check does not compare',
      { eventSource: 'monitoring.amazonaws.com', eventName: 'DeleteAlarms' },
    ],
    [
      'is made in another account, which the integrity check does not compare',
      { account: '222233334444', eventName: 'DeleteRule' },
    ],
  ])('during an announced deployment if it %s', async (_, call) => {
    await announce();

    await called(call);

    expect(await alerts()).toEqual([expect.stringMatching(`CRITICAL.*${call.eventName}`)]);
  });
});

describe('the audit of writes', () => {
  beforeEach(() => account.deliver({ dropStreams: false }));

  test('reports an announcement as a change by an approver', async () => {
    const { id, by } = await announce();
    await account.settled();

    const [event] = await account.tamperings();
    expect(event?.faults).toEqual([]);
    expect(event?.changes?.join('\n')).toMatch(/maintenance window for trailkeeper .*deployment/);
    expect(event?.changes?.join('\n')).toContain(by);
    expect(await alerts()).toEqual([expect.stringMatching(/MEDIUM/)]);
    const listed = await account.trailkeeper(['window', 'list']);
    expect(listed.stdout).toMatch(new RegExp(`^trailkeeper .*deployment.*${id}`, 's'));
  });

  test('reports an announcement that no approver signed as tampering', async () => {
    await putWindow(announcement(), { signature: null });
    await account.settled();

    expect(await alerts()).toEqual([
      expect.stringMatching(/CRITICAL: The state table has a change that no approver made/),
    ]);
  });
});

describe('trailkeeper deploy', () => {
  const context = () => ({
    windows: store(),
    caller: async () => announcement().by,
    now: () => new Date(),
  });
  const open = async () =>
    (await store().list(new Date(), 'trailkeeper')).map((one) => 'window' in one && one.ended);

  test('names the change sets after the announcement, and ends it if the deployment fails', async () => {
    const options: string[] = [];
    const deploying = announced(context(), async (...given) => {
      options.push(...given);
      expect(await open()).toEqual([null]);
      throw new Error('CloudFormation failed');
    });

    await expect(deploying).rejects.toThrow('CloudFormation failed');
    const [one] = await store().list(new Date(), 'trailkeeper');
    expect(one).toMatchObject({ ended: { by: announcement().by } });
    expect(options).toEqual([
      '--change-set-name',
      expect.stringContaining(one && 'window' in one ? one.window.id : 'none'),
    ]);
  });

  test('deploys without an announcement if the caller is no approver', async () => {
    const error = 'AccessDeniedException';
    await account.fault({ service: 'dynamodb', operation: 'PutItem', error, times: 9 });
    const during: unknown[] = [];

    await announced(context(), async (...options) => {
      during.push(options, await open());
    });

    expect(during).toEqual([[], []]);
  });
});
