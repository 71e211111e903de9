import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, expect, test } from 'vitest';
import { auditLogRole } from '#sandbox/audit-dependencies.ts';
import { deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { wholeCheckout } from '../support/whole-checkout.ts';

// `deploy --dependencies` with the CDK CLI and the sandbox's CloudFormation, which changes no resource whose template is the same.

const archive = '333344445555';
const RoleName = 'Trailkeeper-Dependencies';
const rule = { Name: 'Trailkeeper-Trail-s3' };
const denyAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
});

const account = testAccount({ isEmpty: true });
let iam: IAMClient;
let events: EventBridgeClient;
beforeAll(async () => {
  iam = new IAMClient(configOf('us-east-1'));
  events = new EventBridgeClient(configOf('us-east-1'));
});

const configOf = (region: string) => account.configOf(archive, region);

/** A checkout whose configuration has the account of dependencies. */
async function checkout(): Promise<string> {
  const folder = await wholeCheckout();
  const file = join(folder, 'cdk.json');
  const { context, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  const trailkeeper = {
    ...deployment,
    mode: 'enforce',
    dependencies: [{ arn: 'arn:aws:s3:::org-logs', account: archive, restore: true }],
    dependencyAccounts: [{ account: archive, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
  };
  await writeFile(file, JSON.stringify({ ...rest, context: { ...context, trailkeeper } }));
  return folder;
}

function deploy(folder: string): Promise<{ readonly code: number; readonly output: string }> {
  const env = {
    ...process.env,
    CDK_VALIDATION: 'false',
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_ACCESS_KEY_ID: archive,
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const args = ['cli/trailkeeper.js', 'deploy', '--dependencies', archive, '--yes'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: `${stderr}${stdout}` }),
    );
  });
}

const deletePolicies = async () => {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
};

const attacks = {
  'takes its permissions away': deletePolicies,
  'denies it everything': () =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'x', PolicyDocument: denyAll })),
  'lets no one assume it': () =>
    iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName,
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
      }),
    ),
  'deletes it': async () => {
    await deletePolicies();
    await iam.send(new DeleteRoleCommand({ RoleName }));
  },
  'disables a rule': () => events.send(new DisableRuleCommand(rule)),
} satisfies Record<string, () => Promise<unknown>>;

test('one command creates the stacks, and repairs them after any change of what the template has', async () => {
  const folder = await checkout();
  const created = await deploy(folder);
  expect(created.code, created.output).toBe(0);
  const audit = async () => [
    await auditLogRole({ iam, name: RoleName }),
    (await events.send(new DescribeRuleCommand(rule))).State,
  ];
  const before = await audit();

  for (const [what, attack] of Object.entries(attacks)) {
    await attack();
    expect(await audit(), what).not.toEqual(before);

    const { code, output } = await deploy(folder);

    expect(code, output).toBe(0);
    expect(await audit(), what).toEqual(before);
  }

  const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const left = await deploy(folder);
  expect(left.code, left.output).toBe(1);
  expect(left.output).toContain(
    `aws iam detach-role-policy --role-name ${RoleName} --policy-arn ${PolicyArn}`,
  );
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(await audit()).toEqual(before);
});
