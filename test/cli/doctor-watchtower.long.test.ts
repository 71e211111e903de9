import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { takeAway } from '../support/role-permissions.ts';
import { profile } from '../support/temp-files.ts';
import { outside, reconcileRole, secondAccount, watchtower } from '../support/watchtower.ts';

const account = testAccount({ deployment: { watchtower } });
let second: ReturnType<typeof secondAccount>;
beforeAll(async () => {
  second = secondAccount(account);
});
beforeEach(async () => {
  expect(await second.deploy()).toEqual([]);
});

const iam = () => new IAMClient(second.as('mallory'));
const RoleName = 'Trailkeeper-Watchtower';

/** What doctor says of the watchtower, without a profile of its account or with one. */
async function found(...args: string[]): Promise<readonly string[]> {
  const { stdout } = await account.trailkeeper(
    ['doctor', '--json', ...args],
    await profile('security', outside),
  );
  const { checks } = JSON.parse(stdout);
  const { findings } = checks.find(({ name }: { readonly name: string }) => name === 'watchtower');
  return findings.map(
    ({ status, message, remedy }: Readonly<Record<string, string | null>>) =>
      `${status}: ${message}${remedy === null ? '' : ` → ${remedy}`}`,
  );
}

const asSecurity = ['--dependency-profile', 'security'];

test('finds nothing wrong, and says what it needs to check the other account', async () => {
  expect(await found(...asSecurity)).toEqual([
    `ok: 2 heartbeats sent to account ${outside} in the last 5 minutes`,
    `ok: the role ${RoleName} trusts account ${outside}`,
    expect.stringMatching(/^ok: the stack in account 333344445555 exists: \w+_COMPLETE$/),
    'ok: the watchtower finished 1 check in the last 5 minutes',
  ]);
  expect((await found()).at(-1)).toMatch(
    /^note: the stack .* not checked: .* --dependency-profile/,
  );
});

test('reports heartbeats that could not be sent', async () => {
  await takeAway(iam(), reconcileRole, 'events:PutEvents');
  account.recycle();
  await second.sweep();

  expect((await found())[0]).toMatch(/^wrong: 2 heartbeats sent .* and 1 failed → check the log/);
});

test('reports a role that trusts another one, or is gone', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${outside}:root` },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${outside}:role/Other` } },
      },
    ],
  });
  await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  expect((await found())[1]).toMatch(/^wrong: the role Trailkeeper-Watchtower does not trust arn/);

  await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'Watchtower' }));
  await iam().send(new DeleteRoleCommand({ RoleName }));
  expect((await found())[1]).toMatch(
    /^wrong: .* is gone: .* → deploy Trailkeeper-WatchtowerAccess/,
  );
});

test('reports that the other account has no watchtower', async () => {
  const there = new CloudFormationClient(second.as(outside));
  await there.send(new DeleteStackCommand({ StackName: 'Trailkeeper-Watchtower' }));

  expect((await found(...asSecurity)).at(-1)).toMatch(
    /^wrong: no watchtower in account 333344445555: .* → npx --no -- trailkeeper deploy --watchtower$/,
  );
});
