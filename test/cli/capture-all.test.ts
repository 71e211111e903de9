import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

const account = testAccount();

beforeEach(() => account.reset());

const testMessage = 'This is a test message from trailkeeper';
const versionOf = async (trail: string) =>
  (await account.baselines().known()).find((one) => one.trail === trail);

describe('capture --all', () => {
  test('captures every trail of the account, signed, and sends a test message', async () => {
    const another = await account.addTrail('another-trail');

    const { code, stdout, stderr } = await account.trailkeeper(['capture', '--all', '--yes'], {});

    expect(code, stderr).toBe(0);
    expect(await versionOf(another)).toMatchObject({
      baseline: { version: 1 },
      signedBy: expect.any(String),
    });
    expect(stdout).toContain('unchanged org-trail');
    expect(JSON.stringify(await account.slack())).toContain(testMessage);
  });

  test('prints one answer with --json', async () => {
    const { stdout } = await account.trailkeeper(['capture', '--all', '--yes', '--json'], {});

    expect(JSON.parse(stdout)).toMatchObject({
      trails: [{ status: 'unchanged', baseline: { trail: account.trail } }],
      deliveries: expect.arrayContaining([{ channel: 'slack', status: 'notified' }]),
    });
  });

  test('captures the others if one cannot be captured, and sends no test message', async () => {
    const off = await account.addTrail('a-trail-that-is-off');
    const another = await account.addTrail('another-trail');
    await account.outsider.send(new StopLoggingCommand({ Name: off }));

    const { code, stderr } = await account.trailkeeper(['capture', '--all', '--yes'], {});

    expect(code).toBe(1);
    expect(stderr).toContain('a-trail-that-is-off (us-east-1) was not captured');
    expect(await versionOf(off)).toBeUndefined();
    expect(await versionOf(another)).toMatchObject({ baseline: { version: 1 } });
    expect(JSON.stringify(await account.slack())).not.toContain(testMessage);
  });

  test('asks before it stores anything', async () => {
    const another = await account.addTrail('another-trail');

    const { code, stderr } = await account.trailkeeper(['capture', '--all'], {});

    expect(code).toBe(1);
    expect(stderr).toContain('add --yes');
    expect(await versionOf(another)).toBeUndefined();
  });
});

describe('notify test', () => {
  test('says which channels sent the message', async () => {
    const { code, stdout } = await account.trailkeeper(['notify', 'test'], {});

    expect(code).toBe(0);
    expect(stdout).toContain('test message by slack: notified');
  });

  test('fails if a channel fails, and says why', async () => {
    const secrets = new SecretsManagerClient(account.configOf());
    await secrets.send(
      new PutSecretValueCommand({ SecretId: 'Trailkeeper-Slack', SecretString: 'xoxb-wrong' }),
    );
    account.recycle();

    const { code, stderr } = await account.trailkeeper(['notify', 'test'], {});

    expect(code).toBe(1);
    expect(stderr).toContain('slack');
  });
});
