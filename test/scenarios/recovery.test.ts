import { DeleteRoleCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import { SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, expect, test } from 'vitest';
import { startOrAttach } from '#recovery/execution.ts';
import { testAccount } from '../support/account.ts';
import { accounts, recoveryAccount } from '../support/recovery-account.ts';

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, workflowSecondMs: 10 });
});

const byId = (records: readonly { readonly eventID: unknown }[]) =>
  records.toSorted((one, other) => (String(one.eventID) < String(other.eventID) ? -1 : 1));

test('the lost events of every account and Region are written as the trail would have', async () => {
  const gap = recoveryAccount(account);
  await gap.lose(200);
  await gap.letReadLog();

  const ended = await gap.ended(await gap.start());

  expect(ended).toMatchObject({ status: 'SUCCEEDED' });
  expect(byId(await gap.recovered())).toEqual(byId(await gap.lost()));
  expect(await gap.manifest()).toMatchObject({ recovered: 200, missing: [], notCompared: [] });
});

test('an account without the role does not keep the others from being recovered', async () => {
  const gap = recoveryAccount(account);
  const { iam } = account.clientsOf('333344445555');
  const RoleName = 'Trailkeeper-EventHistory';
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'ReadEventHistory' }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await gap.lose(90);
  await gap.letReadLog();

  await gap.ended(await gap.start());

  const { recovered, missing } = await gap.manifest();
  expect(recovered).toBe(60);
  expect(missing).toEqual(
    gap.recovery.regions.map((region) => ({
      account: '333344445555',
      region,
      reason: expect.stringContaining(
        'arn:aws:iam::333344445555:role/Trailkeeper-EventHistory cannot be assumed',
      ),
    })),
  );
});

test('a log that cannot be read is named in the manifest, because its events are doubled', async () => {
  const gap = recoveryAccount(account);
  await gap.lose(9);
  await gap.deliverFirst();

  await gap.ended(await gap.start());

  const { recovered, notCompared } = await gap.manifest();
  expect(recovered).toBe(9);
  expect(notCompared).toEqual([
    { account: '111122223333', region: gap.recovery.regions[0], reason: 'AccessDenied' },
  ]);
});

test('an execution that ListExecutions does not return yet is attached to, or followed by the next', async () => {
  const gap = recoveryAccount(account);
  const input = { recovery: gap.recovery, accounts };
  const machine = `arn:aws:states:${account.region}:${account.account}:stateMachine:Trailkeeper-Recovery`;
  const ended = await gap.start();
  await gap.ended(ended);
  await account.admin('latency', { ms: 15_000, service: 'cloudtrail', operation: 'LookupEvents' });
  const running = await gap.start();

  // The CLI of another version may have planned another input for the same recovery.
  const other = { ...input, recovery: { ...input.recovery, unrecoverable: ['data events'] } };

  expect(await startOrAttach(staleList(), machine, other)).toEqual({ arn: running, isNew: false });
  await gap.stop(running);
  expect(await startOrAttach(staleList(), machine, other)).toEqual({
    arn: ended.replace(/-1$/, '-3'),
    isNew: true,
  });
});

/** A client whose list of executions is of a time before them. */
function staleList(): SFNClient {
  const client = new SFNClient(account.configOf(account.account));
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        return commandName === 'ListExecutionsCommand'
          ? { ...answer, output: { ...answer.output, executions: [] } }
          : answer;
      },
    { step: 'initialize' },
  );
  return client;
}
