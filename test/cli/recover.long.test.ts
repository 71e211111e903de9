import { DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { recoveryInput } from '#recovery/recovery.ts';
import { answers } from '../../cli/json-answers.ts';
import { recoverCommand } from '../support/recover-command.ts';

const { account, gap, recover, recovered, executions, written } = recoverCommand();

/** The input of the state machine that recover would start. */
async function planned() {
  const { stdout } = await recover('--dry-run', '--json');
  const { recovery, accounts } = recoveryInput.parse(JSON.parse(stdout));
  return { recovery, accounts };
}

test('says how to attach to it, without times that depend on when it was run', async () => {
  const { stderr } = await account.trailkeeper(['recover', '--from', '3h', '--to', '2h']);
  const [, command = ''] =
    /To see how far it is, run npx --no -- trailkeeper (.*)$/m.exec(stderr) ?? [];
  const [, id] = /:Trailkeeper-Recovery:([0-9a-f]+)-1$/m.exec(stderr) ?? [];

  const again = await account.trailkeeper([...command.split(' '), '--dry-run', '--json']);

  expect(answers.recover.parse(JSON.parse(again.stdout))).toMatchObject({ recovery: { id } });
});

test('waits for an execution that DescribeExecution does not return yet', async () => {
  const unseen = { service: 'states', operation: 'DescribeExecution' };
  await account.fault({ ...unseen, error: 'ExecutionDoesNotExist', times: 2 });

  const { code, manifest } = await recovered();

  expect({ code, recovered: manifest.recovered }).toEqual({ code: 0, recovered: 90 });
});

test('says at once why nothing can be written, and what to do', async () => {
  const { endpoint } = account;
  await account.fault({
    service: 's3',
    operation: 'PutObject',
    error: 'AccessDenied',
    times: 999,
  });

  const { code, stderr } = await recover();
  const invocations = await (await fetch(`${endpoint}/_sandbox/invocations`)).json();
  await account.clearFaults();

  expect(code).toBe(1);
  expect(stderr).toMatch(/is FAILED \(AccessDenied: [^{]*\)\. Run the same command again/);
  const tasks = (invocations as readonly { payload: { task?: string } }[]).map(
    ({ payload }) => payload?.task,
  );
  expect(tasks.filter((task) => task === 'recover')).toHaveLength(3);
  expect(tasks.filter((task) => task === 'finish')).toHaveLength(1);
  expect((await recovered()).manifest).toMatchObject({ recovered: 90, missing: [] });
});

test('adds nothing if it is run again', async () => {
  await recovered();
  const before = await written();

  const { manifest } = await recovered();

  expect(await written()).toEqual(before);
  expect(executions()).toEqual([`${manifest.recovery.id}-1`, `${manifest.recovery.id}-2`]);
});

test('attaches to the execution that is running', async () => {
  const input = await planned();
  await account.admin('latency', { ms: 15_000, service: 'cloudtrail', operation: 'LookupEvents' });
  await gap.start(input);

  const { code, stderr, manifest } = await recovered();

  expect(code).toBe(0);
  expect(stderr).toContain('Attached to ');
  expect(manifest.recovered).toBe(90);
  expect(executions()).toEqual([]);
});

test('goes on after an execution that was stopped', async () => {
  const execution = await gap.start(await planned());
  await gap.stop(execution);
  await account.settled();

  const { code } = await recovered();

  expect(code).toBe(0);
  expect(await gap.recovered()).toHaveLength(90);
});

test('names the accounts that refuse, and recovers them when they no longer do', async () => {
  const { iam } = account.clientsOf('333344445555');
  const policy = { RoleName: 'Trailkeeper-EventHistory', PolicyName: 'deny' };
  const Statement = { Effect: 'Deny', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));

  const { code, stdout } = await recover();

  expect(code).toBe(2);
  expect(stdout).toMatch(/^missing: .* of 333344445555: AccessDeniedException/m);
  expect(await gap.recovered()).toHaveLength(60);
  await iam.send(new DeleteRolePolicyCommand(policy));
  expect(await recovered()).toMatchObject({ code: 0, manifest: { missing: [] } });
  expect(await gap.recovered()).toHaveLength(90);
});
