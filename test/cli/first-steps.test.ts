import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  RegisterOrganizationDelegatedAdminCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { DeleteServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { afterEach, describe, expect, test } from 'vitest';
import { ownKeyArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';
import { tempFolder } from '../support/temp-files.ts';

const account = testAccount();

afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const run = (...args: readonly string[]) => account.trailkeeper(args);

test('capture reports no drift of the service-linked role in an account that has none', async () => {
  const own = await otherTrail('own-trail');
  await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
  const RoleName = 'AWSServiceRoleForCloudTrail';
  await account.clientsOf().iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));

  const { code, stdout, stderr } = await run('capture', own, '--yes');

  expect(code, stderr).toBe(0);
  expect(stdout).toContain('organization.ServiceLinkedRole');
  expect(stdout).not.toContain('The live trail differs');
  expect((await run('plan', own)).stdout).toMatch(/^in sync/);
});

describe('a retired trail that the deployed trails name', () => {
  /** Runs a command with the approver keys and the trails of `cdk.json`. */
  async function named() {
    const keys = account.signing.trust.keys.map(({ key }) =>
      key.export({ type: 'spki', format: 'pem' }),
    );
    const variables = { TRAILKEEPER_SIGNING_KEY: ownKeyArn };
    const folder = await checkoutWith({ keys }, { trails: [account.trail] });
    return (...args: readonly string[]) =>
      account.trailkeeper([...args, '--table', account.tableName], variables, folder);
  }
  const retire = ['retire', '--reason', 'moved', '--yes'];
  const remedy = 'remove it from trails in cdk.json and deploy';

  test('is to be removed from cdk.json, as retire, plan and doctor say', async () => {
    const cli = await named();

    expect((await cli(...retire)).stdout).toContain(remedy);
    expect((await cli('plan')).stdout).toContain(remedy);
    const { stdout } = await cli('doctor');
    expect(stdout.replace(/\s+/g, ' ')).toContain(remedy);
    expect(stdout).not.toContain('is invalid');
  });

  test('needs no change of cdk.json if it is not named there', async () => {
    expect((await run(...retire)).stdout).not.toContain('cdk.json');
  });

  test('is protected again by a capture, which says so', async () => {
    await run(...retire);

    const { stdout } = await run('capture', account.trail, '--yes');

    expect(stdout).toContain('protects it again');
    expect(stdout).not.toContain('renews only its signature');
  });
});

describe('an error of the first steps says what to do', () => {
  test('capture of an unprotected trail by its name', async () => {
    await otherTrail('unprotected');

    const { code, stderr } = await run('capture', 'unprotected');

    expect(code).toBe(1);
    expect(stderr).toContain('give its ARN');
  });

  test('a new key in a folder that does not exist', async () => {
    const folder = await checkoutWith({});
    const file = join(folder, 'none', 'key.pem');

    const { code, stderr } = await account.trailkeeper(
      ['init', '--new-key', file, '--yes'],
      {},
      folder,
    );

    expect(code).toBe(1);
    expect(stderr).toMatch(/--new-key .*key\.pem cannot be written: .*directory/);
  });

  test('a stack that is not deployed', async () => {
    const { stderr } = await run('list', '--stack', 'Moon');

    expect(stderr).toContain(`in us-east-1 of account ${account.account}`);
    expect(stderr).toContain('run npx --no -- trailkeeper deploy');
  });

  test('no configuration and no Region', async () => {
    const folder = await tempFolder();

    const { stderr } = await account.trailkeeper(['list'], { AWS_REGION: '' }, folder);

    expect(stderr).toContain('run npx --no -- trailkeeper init');
  });

  test.each(['init', 'deploy'])('%s in a directory that is no checkout', async (command) => {
    for (const app of ['node other/app.ts', null]) {
      const folder = await tempFolder();
      const cdkJson = JSON.stringify({ app, context: { trailkeeper: { mode: 'observe' } } });
      if (app !== null) await writeFile(join(folder, 'cdk.json'), cdkJson);

      const { code, stderr } = await account.trailkeeper([command, '--yes'], {}, folder);

      expect(code).toBe(1);
      expect(stderr).toContain(`${command} works only in a checkout of trailkeeper`);
      expect(stderr).toMatch(/construct Trailkeeper.*npx cdk deploy --all.*template/);
    }
  });

  test('a mode that does not exist in cdk.json', async () => {
    const folder = await checkoutWith({}, { mode: 'off' });

    const { stderr } = await account.trailkeeper(['deploy', '--yes'], {}, folder);

    expect(stderr).toContain('cdk.json: trailkeeper.mode: must be');
  });

  test('a duration in seconds', async () => {
    const { stderr } = await run('incidents', '--since', '20s');

    expect(stderr).toContain('units are m, h and d');
  });

  test('a trail that may not be read', async () => {
    const error = { operation: 'GetTrailStatus', error: 'AccessDeniedException', times: 9 };
    await account.fault({ service: 'cloudtrail', ...error });

    const { stdout } = await run('plan');

    expect(stdout).toMatch(/grant .*cloudtrail:GetTrailStatus/);
  });
});

test('doctor sends people to plan for drift that only they can repair, and to restore for the rest', async () => {
  const MemberAccountId = '333344445555';
  await account.outsider.send(new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId }));
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

  const { checks } = JSON.parse((await run('doctor', '--json')).stdout);

  const { findings } = checks.find(({ name }: { readonly name: string }) => name === 'trails');
  expect(findings).toContainEqual({
    status: 'wrong',
    message: expect.stringContaining('organization.DelegatedAdministrators'),
    remedy: expect.not.stringContaining('then restore'),
  });
  expect(findings).toContainEqual({
    status: 'wrong',
    message: expect.stringContaining('logging.IsLogging'),
    remedy: expect.stringContaining('then restore'),
  });
});

test('window list says that no maintenance window is open on any trail', async () => {
  expect((await run('window', 'list')).stdout).toBe('no maintenance window is open on any trail\n');
});

/** One more trail, logging; the reset after the test removes it. */
async function otherTrail(Name: string): Promise<string> {
  const { TrailARN = '' } = await account.outsider.send(
    new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name }));
  return TrailARN;
}
