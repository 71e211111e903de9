import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';
import { tooWide } from '../support/pseudo-terminal.ts';
import { tempFolder } from '../support/temp-files.ts';

// test/scenarios/set-up.long.test.ts deploys.

const account = testAccount({ mode: 'observe' });

const writes = () =>
  account.calls.filter(({ operation }) => !/^(Get|List|Describe|Query|Head)/.test(operation));

test('deploy says what to run if cdk.json has no configuration', async () => {
  const folder = await tempFolder();
  await cp('cdk.json', join(folder, 'cdk.json'));

  const { code, stderr } = await account.trailkeeper(['deploy', '--yes'], {}, folder);

  expect(code).toBe(1);
  expect(stderr).toContain('run npx --no -- trailkeeper init');
});

test('deploy refuses credentials of another account', async () => {
  const folder = await checkoutWith({});
  const before = writes().length;

  const { code, stderr } = await account.trailkeeper(
    ['deploy', '--yes'],
    { AWS_ACCESS_KEY_ID: '444455556666' },
    folder,
  );

  expect(code).toBe(1);
  expect(stderr).toContain('your credentials are of account 444455556666');
  expect(writes()).toHaveLength(before);
});

test('deploy in mode enforce shows what the next sweep restores, and does nothing without a yes', async () => {
  const keys = account.signing.trust.keys.map(({ key }) =>
    key.export({ type: 'spki', format: 'pem' }),
  );
  const folder = await checkoutWith({ keys });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  const before = writes().length;

  const { code, stderr } = await account.trailkeeper(['deploy', '--mode', 'enforce'], {}, folder);

  expect(code).toBe(1);
  expect(stderr).toContain('logging.IsLogging is false, must be true');
  expect(stderr).toContain('to restore: StartLogging');
  expect(stderr).toContain('add --yes');
  expect(writes()).toHaveLength(before);
});

test.each([
  ['an account that is not listed', '333344445555', 'has no account 333344445555: add it'],
  ['credentials of the main account', '222233334444', 'this deploys to account 222233334444'],
])('deploy --dependencies refuses %s', async (_what, of, message) => {
  const dependencyAccounts = [{ account: '222233334444', externalId: 'an-external-id' }];
  const folder = await checkoutWith({}, { dependencyAccounts });
  const before = writes().length;

  const { code, stderr } = await account.trailkeeper(
    ['deploy', '--dependencies', of, '--yes'],
    {},
    folder,
  );

  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(writes()).toHaveLength(before);
});

test('deploy --dependencies shows what it may restore and which roles it may pass, and does nothing without a yes', async () => {
  const archive = '222233334444';
  const bucket = { arn: 'arn:aws:s3:::org-logs', account: archive, restore: true };
  const replicationRole = `arn:aws:iam::${archive}:role/replication`;
  const folder = await checkoutWith(
    {},
    {
      mode: 'enforce',
      dependencies: [{ ...bucket, replicationRole }],
      dependencyAccounts: [{ account: archive, externalId: 'an-external-id' }],
    },
  );
  const before = writes().length;

  const { code, stderr } = await account.trailkeeper(
    ['deploy', '--dependencies', archive],
    { AWS_ACCESS_KEY_ID: archive },
    folder,
  );

  expect(code).toBe(1);
  expect(stderr).toContain(`trailkeeper may restore there:\n  ${bucket.arn}\n`);
  expect(stderr).toContain(`and may pass to S3:\n  ${replicationRole}\n`);
  expect(stderr).toContain('add --yes');
  expect(writes()).toHaveLength(before);
});

test('deploy --event-history-template writes the template with the main account, and deploys nothing', async () => {
  const folder = await checkoutWith({});
  const before = writes().length;

  const { code, stdout } = await account.trailkeeper(
    ['deploy', '--event-history-template', 'role.json'],
    {},
    folder,
  );

  const template = JSON.parse(await readFile(join(folder, 'role.json'), 'utf8'));
  expect(code).toBe(0);
  expect(template.Parameters.MainAccount.Default).toBe('111122223333');
  expect(stdout).toContain('--template-body file://role.json');
  expect(tooWide(stdout)).toEqual([]);
  expect(writes()).toHaveLength(before);
});
