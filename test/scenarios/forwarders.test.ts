import {
  CreateTrailCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DeleteRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { DisableAWSServiceAccessCommand } from '@aws-sdk/client-organizations';
import { beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { tempFile } from '../support/temp-files.ts';

const delegate = '222233334444';
const frankfurt = 'eu-central-1';

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: false });
});

const isLogging = async (trail: string, region: string): Promise<boolean | undefined> =>
  (await account.clientOf('auditor', region).send(new GetTrailStatusCommand({ Name: trail })))
    .IsLogging;

/** Disables the rule that forwards CloudTrail events. */
const disableForwarder = (accessKeyId: string, region: string) =>
  new EventBridgeClient(account.configOf(accessKeyId, region)).send(
    new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }),
  );

describe('a trail with another home Region', () => {
  const name = 'frankfurt-trail';
  let trail: string;
  beforeEach(async () => {
    account.deliver({ drop: true });
    const frankfurter = account.clientOf('mallory', frankfurt);
    const { TrailARN = '' } = await frankfurter.send(
      new CreateTrailCommand({ Name: name, S3BucketName: 'org-trail-logs' }),
    );
    trail = TrailARN;
    await frankfurter.send(new StartLoggingCommand({ Name: trail }));
    expect((await account.trailkeeper(['capture', trail, '--yes'])).stderr).toBe('');
    account.deliver({ drop: false });
  });

  test('is restored by its forwarded event', async () => {
    const frankfurter = account.clientOf('mallory', frankfurt);
    await frankfurter.send(new UpdateTrailCommand({ Name: name, S3KeyPrefix: 'elsewhere' }));
    await frankfurter.send(new StopLoggingCommand({ Name: name }));
    await account.settled();

    expect(await isLogging(trail, frankfurt)).toBe(true);
    const { Trail } = await frankfurter.send(new GetTrailCommand({ Name: trail }));
    expect(Trail).not.toHaveProperty('S3KeyPrefix');
  });

  test('is restored by the sweep, not by an event, if the forwarder is disabled', async () => {
    await disableForwarder('mallory', frankfurt);
    await account.clientOf('mallory', frankfurt).send(new StopLoggingCommand({ Name: name }));
    await account.settled();
    expect(await isLogging(trail, frankfurt)).toBe(false);

    await account.sweep();

    expect(await isLogging(trail, frankfurt)).toBe(true);
  });

  test('is restored by a redrive of events that the forwarder could not send', async () => {
    const iam = new IAMClient(account.configOf('mallory', frankfurt));
    const RoleName = `Trailkeeper-Forward-${frankfurt}`;
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    await account.clientOf('mallory', frankfurt).send(new StopLoggingCommand({ Name: name }));
    await account.settled();
    expect(await isLogging(trail, frankfurt)).toBe(false);

    const queue = `https://sqs.${frankfurt}.amazonaws.com/111122223333/Trailkeeper-DeadLetters`;
    const { code, stdout } = await account.trailkeeper(['redrive', '--yes', '--queue', queue]);

    expect(stdout).toContain('0 failed again, 0 in the queue');
    expect(code).toBe(0);
    expect(await isLogging(trail, frankfurt)).toBe(true);
  });
});

describe("a delegated administrator's StopLogging", () => {
  const stop = () =>
    account.clientOf(delegate).send(new StopLoggingCommand({ Name: account.trail }));

  test('is reverted by its event, which is recorded in its own account', async () => {
    await stop();
    await account.settled();

    expect(await isLogging(account.trail, account.region)).toBe(true);
    expect(account.invocations.map(({ payload }) => payload)).toContainEqual(
      expect.objectContaining({ account: delegate }),
    );
  });

  test('is reverted by a redrive of its queue, with a profile of its account', async () => {
    const iam = new IAMClient(account.configOf(delegate, account.region));
    const RoleName = `Trailkeeper-Forward-${account.region}`;
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    await stop();
    await account.settled();
    const queue = `https://sqs.${account.region}.amazonaws.com/${delegate}/Trailkeeper-DeadLetters`;
    const profile = (name: string, account: string) =>
      `[${name}]\naws_access_key_id = ${account}\naws_secret_access_key = any\n`;
    const profiles = profile('other', '333344445555') + profile('delegate', delegate);
    const file = await tempFile('credentials', profiles);
    const redrive = (...args: readonly string[]) =>
      account.trailkeeper(['redrive', '--yes', '--queue', queue, ...args], {
        AWS_SHARED_CREDENTIALS_FILE: file,
      });

    expect(await redrive()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--dependency-profile NAME, a profile of account 222233334444/),
    });
    expect(await isLogging(account.trail, account.region)).toBe(false);
    const { code, stdout, stderr } = await redrive(
      ...['--dependency-profile', 'other', '--dependency-profile', 'delegate'],
    );

    expect(stdout, stderr).toContain('0 failed again, 0 in the queue');
    expect(code).toBe(0);
    expect(await isLogging(account.trail, account.region)).toBe(true);
  });

  test('is reverted by the sweep if the forwarder is disabled', async () => {
    await disableForwarder(delegate, account.region);
    await stop();
    await account.settled();
    expect(await isLogging(account.trail, account.region)).toBe(false);

    await account.sweep();

    expect(await isLogging(account.trail, account.region)).toBe(true);
  });
});

test('a call to Organizations, recorded only in us-east-1, is reverted from there', async () => {
  const { organizations } = account.clientsOf();
  await organizations.send(
    new DisableAWSServiceAccessCommand({ ServicePrincipal: 'cloudtrail.amazonaws.com' }),
  );
  await account.settled();

  expect(await account.swept()).toMatchObject([{ verdict: 'in-sync' }]);
});
