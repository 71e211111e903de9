import { AddTagsCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { baselineInForce, rowsOf } from '../support/capture.ts';
import { jsonFile } from '../support/temp-files.ts';

const account = testAccount();

test('with states from a file shows what the next sweep will change', async () => {
  const trail = await account.addTrail('planned-trail');
  const { states } = JSON.parse((await capture([trail, '--json'])).stdout).baseline;
  states.settings.S3KeyPrefix = 'planned';

  const { stdout } = await capture([trail, '--states', await jsonFile(states), '--reason', 'plan']);

  expect(stdout).toContain('the next sweep restores');
  expect(stdout).toContain('settings.S3KeyPrefix is absent, must be "planned"');
});

test('a kind that the file does not have is captured from the live trail', async () => {
  const trail = await account.addTrail('partial-trail');
  const states = await jsonFile({ tags: { TagsList: [{ Key: 'owner', Value: 'security' }] } });

  const { stdout } = await capture([trail, '--states', states]);

  expect(stdout).toMatch(/tags\.TagsList +\[\{"Key":"owner", "Value":"security"\}\]/);
  expect(stdout).toMatch(/settings\.S3BucketName +"org-trail-logs"/);
});

describe('a policy from a file', () => {
  const policyOf = async (trail: string) =>
    JSON.parse((await capture([trail, '--json'])).stdout).baseline.policy;

  test('is stored, shown, and kept by the next versions', async () => {
    const trail = await account.addTrail('kept-policy-trail');
    const policy = { tags: 'ignore', settings: { S3KeyPrefix: 'alert' } };

    const { stdout } = await capture([trail, '--policy', await jsonFile(policy)]);

    expect(stdout).toMatch(/policy\.tags +"ignore"/);
    expect(stdout).toMatch(/policy\.settings +\{"S3KeyPrefix":"alert"\}/);
    const states = await jsonFile({ tags: { TagsList: [{ Key: 'team', Value: 'security' }] } });
    await capture([trail, '--states', states, '--reason', 'tagged']);
    expect(await policyOf(trail)).toEqual(policy);
  });

  test('keeps sweeps from restoring alert and ignore fields', async () => {
    const trail = await account.addTrail('left-alone-trail');
    const policy = { tags: 'ignore', settings: { S3KeyPrefix: 'alert' } };
    await capture([trail, '--policy', await jsonFile(policy)]);
    const asCaptured = await account.auditTrail(trail);
    const TagsList = [{ Key: 'team', Value: 'mallory' }];
    await account.outsider.send(new AddTagsCommand({ ResourceId: trail, TagsList }));
    await account.outsider.send(
      new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'x', EnableLogFileValidation: true }),
    );

    const reports = await account.swept({ trails: [trail] });

    expect(await account.auditTrail(trail)).toEqual({
      ...(asCaptured as object),
      S3KeyPrefix: 'x',
      Tags: TagsList,
    });
    expect(JSON.stringify(reports)).toContain('"treatment":"alert"');
  });

  test('replaces another one only with a reason', async () => {
    const trail = await account.addTrail('new-policy-trail');
    await capture([trail]);
    const policy = await jsonFile({ tags: 'ignore' });

    const refused = await capture([trail, '--policy', policy]);

    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('policy.tags is "ignore", was absent');
    expect(await policyOf(trail)).toEqual({});
    await capture([trail, '--policy', policy, '--reason', 'tags are not ours']);
    expect(await policyOf(trail)).toEqual({ tags: 'ignore' });
  });

  test.each([
    [
      { tags: 'skip' },
      'policy.tags: must be "restore", "approve", "approve-coverage-loss", "alert" or "ignore"',
    ],
    [{ settings: { Bucket: 'alert' } }, 'policy.settings: has fields that'],
    [{ moonlight: 'alert' }, 'policy: has fields that'],
  ])('is refused with the field: %j', async (policy, message) => {
    const trail = await account.addTrail('bad-policy-trail');

    const { code, stderr } = await capture([trail, '--policy', await jsonFile(policy)]);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await rowsOf(account, trail)).toEqual([]);
  });
});

test('states from a file cannot protect a trail that does not exist', async () => {
  const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/no-such-trail';

  const { code, stderr } = await capture([trail, '--states', await jsonFile({})]);

  expect(code).toBe(1);
  expect(stderr).toContain(`${trail} does not exist`);
});

describe('states from a file', () => {
  const settings = {
    S3BucketName: 'org-trail-logs',
    S3KeyPrefix: null,
    SnsTopicARN: 'org-trail-delivered',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
    CloudWatchLogsLogGroupArn: null,
    CloudWatchLogsRoleArn: null,
    KmsKeyId: 'alias/org-trail',
    IsOrganizationTrail: false,
    RecursiveLogging: true,
  };
  const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';

  test.each([
    'alias/org-trail',
    'arn:aws:kms:us-east-1:111122223333:alias/org-trail',
    '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
    keyArn,
  ])('may name the KMS key as %s, which is stored as the ARN of the key', async (KmsKeyId) => {
    const trail = await account.addTrail(`file-${KmsKeyId.length}-trail`);
    const states = await jsonFile({
      settings: { ...settings, KmsKeyId },
      logging: { IsLogging: true },
    });

    expect(await capture([trail, '--states', states])).toMatchObject({ code: 0 });

    expect(await current(trail)).toMatchObject({
      states: {
        settings: {
          KmsKeyId: keyArn,
          SnsTopicARN: 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered',
        },
        key: { KeyState: 'Enabled' },
        topic: { Existence: 'there' },
        'log-group': { Existence: null },
      },
    });
    await account.swept();
    await account.trailkeeper(['restore', trail, '--yes']);
    const look = await account.auditTrail(trail);
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, KmsKeyId: '' }));
    const before = account.calls.length;
    await account.swept();
    await account.swept();
    expect(await account.auditTrail(trail)).toEqual(look);
    expect(account.writesSince(before).filter(({ input }) => input.Name === trail)).toHaveLength(1);
  });

  test('can give only the owner of the bucket, and the difference is shown', async () => {
    const trail = await account.addTrail('owned-trail');
    const owned = await jsonFile({ bucket: { Owner: '222233334444' } });
    const stolen = await jsonFile({ bucket: { Owner: '333344445555' } });

    const first = await capture([trail, '--states', owned]);
    const second = await capture([trail, '--states', stolen, '--reason', 'moved']);

    expect(first.stdout).toMatch(/bucket\.Owner +"222233334444"/);
    expect(first.stdout).not.toContain('the live trail differs');
    expect(second.stdout).toContain('bucket.Owner is "another account", must be "333344445555"');
    expect(await current(trail)).toMatchObject({
      states: {
        bucket: { Region: 'us-east-1', Owner: '333344445555' },
        key: { KeyState: null },
        topic: { Existence: null },
        'log-group': { Existence: null },
      },
    });
  });

  test('keep the owner of the bucket until the trail has another bucket', async () => {
    await account.reset();
    account.deliver({ drop: true });
    const trail = await account.addTrail('moved-trail');
    await capture([trail, '--states', await jsonFile({ bucket: { Owner: '222233334444' } })]);
    const bucket = { Bucket: 'org-trail-logs' };
    const { s3: archive } = account.clientsOf('222233334444');
    const { Policy } = await archive.send(new GetBucketPolicyCommand(bucket));
    await archive.send(new DeleteBucketPolicyCommand(bucket));

    const unseen = await capture([trail]);
    await archive.send(new PutBucketPolicyCommand({ ...bucket, Policy }));
    const again = await capture([trail]);
    await account.outsider.send(
      new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }),
    );
    const moved = await capture([trail, '--reason', 'moved']);

    expect(unseen).toMatchObject({ code: 0, stdout: expect.stringContaining('unchanged') });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('unchanged') });
    expect(moved.stdout).toMatch(/bucket\.Owner is not captured/);
  });

  test.each([
    [{ S3KeyPrefix: 'x'.repeat(201) }, 'states.settings.S3KeyPrefix: must be at most 200'],
    [{ SnsTopicARN: 't'.repeat(256) }, 'states.settings.SnsTopicARN: must be at most 256'],
    [{ KmsKeyId: 'my key' }, 'states.settings.KmsKeyId: must be alias/NAME'],
    [{ KmsKeyId: 'alias/nowhere' }, 'alias/nowhere'],
    [
      { CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs' },
      'states.settings.CloudWatchLogsLogGroupArn: must be set',
    ],
  ])('are refused with the field: %j', async (patch, message) => {
    const trail = await account.addTrail('refused-trail');
    const states = await jsonFile({
      settings: { ...settings, ...patch },
      logging: { IsLogging: true },
    });

    const { code, stderr } = await capture([trail, '--states', states]);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await rowsOf(account, trail)).toEqual([]);
  });
});

const capture = (args: readonly string[], variables?: Record<string, string>) =>
  account.trailkeeper(['capture', ...args, '--yes'], variables);

const current = (trail: string) => baselineInForce(account, trail);
