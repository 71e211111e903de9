import { DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { beforeEach, expect, test } from 'vitest';
import { recoveryInput } from '#recovery/recovery.ts';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { recoveryAccount } from '../support/recovery-account.ts';

const account = testAccount();
let gap: ReturnType<typeof recoveryAccount>;

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, workflowSecondMs: 10 });
  gap = recoveryAccount(account);
  await gap.lose(90);
  await gap.letReadLog();
});

/** Runs recover for the gap. */
const recover = (...args: string[]) => {
  const [{ from, to } = { from: '', to: '' }] = gap.recovery.intervals;
  const last = new Date(Date.parse(to) - 1000).toISOString();
  return account.trailkeeper(['recover', '--from', from, '--to', last, ...args]);
};

/** The input of the state machine that recover would start. */
async function planned() {
  const { stdout } = await recover('--dry-run', '--json');
  const { recovery, accounts } = recoveryInput.parse(JSON.parse(stdout));
  return { recovery, accounts };
}

/** Runs recover and gives the manifest. */
async function recovered() {
  const { code, stdout, stderr } = await recover('--json');
  const answer = answers.recover.parse(JSON.parse(stdout));
  if (!('manifest' in answer)) throw new Error(stdout);
  return { code, stderr, ...answer };
}

const executions = () =>
  account.calls
    .filter(({ operation, principal }) => operation === 'StartExecution' && /alice/.test(principal))
    .map(({ input }) => String(input.name));

const written = async () =>
  [...(await gap.objects())].filter(([key]) => !key.endsWith('.signature'));

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
