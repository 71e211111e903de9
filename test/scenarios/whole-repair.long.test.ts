import {
  CreateTrailCommand,
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { weakenings } from '../support/attacks.ts';

// A trail is restored as far as its destinations allow. The rest is reported with its remedy.

const account = testAccount();
let asCaptured: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  asCaptured = (await account.auditTrail()) as typeof asCaptured;
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
});

/** The ways to break a destination, the settings that cannot be restored then, and AWS's error message. */
const dependencyAttacks: Record<
  string,
  {
    readonly call: () => Promise<unknown>;
    readonly lost: readonly string[];
    readonly error: string;
  }
> = {
  'a disabled key': {
    call: () => as(KMSClient).send(new DisableKeyCommand({ KeyId: keyId })),
    lost: ['KmsKeyId'],
    error: 'KmsException',
  },
  'a key pending deletion': {
    call: () => as(KMSClient).send(new ScheduleKeyDeletionCommand({ KeyId: keyId })),
    lost: ['KmsKeyId'],
    error: 'KmsKeyNotFoundException',
  },
  'a deleted topic': {
    call: () => as(SNSClient).send(new DeleteTopicCommand({ TopicArn: topic })),
    lost: ['SnsTopicARN', 'SnsTopicName'],
    error: 'InsufficientSnsTopicPolicyException',
  },
  'a deleted log group': {
    call: () =>
      as(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: 'org-trail' })),
    lost: ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
    error: 'InvalidCloudWatchLogsLogGroupArnException',
  },
};
const keyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
const topic = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';

describe.each(Object.entries(dependencyAttacks))('%s', (_, { call, lost, error }) => {
  const rest = () =>
    Object.fromEntries(Object.entries(asCaptured).filter(([name]) => !lost.includes(name)));

  test('does not prevent restoring the rest of a changed trail', async () => {
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, ...weakenings['everything at once'] }),
    );
    await call();

    const [report] = await account.swept();

    expect(await account.auditTrail()).toEqual(rest());
    expect(report).toMatchObject({ verdict: 'degraded' });
  });

  test('does not prevent recreating a deleted trail, which logs without it', async () => {
    await call();
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    const [report] = await account.swept();

    expect(await account.auditTrail()).toEqual(rest());
    expect(report).toMatchObject({ verdict: 'degraded' });
    const [incident] = await account.incidents();
    const failed =
      incident?.episodes.at(-1)?.outcome.applied.filter((step) => step.status === 'failed') ?? [];
    expect(failed.at(-1)).toMatchObject({ error, remedy: expect.stringMatching(/\w+ .+/) });
  });
});

test("another account's key is removed even if our own is unusable", async () => {
  await account.outsider.send(
    new UpdateTrailCommand({ Name: account.trail, ...weakenings['the KMS key'] }),
  );
  await as(KMSClient).send(new DisableKeyCommand({ KeyId: keyId }));

  const [report] = await account.swept();

  const { KmsKeyId: _, ...rest } = asCaptured;
  expect(await account.auditTrail()).toEqual(rest);
  expect(report).toMatchObject({ verdict: 'degraded' });
  const start = account.calls.length;
  await account.swept();
  expect(account.writesSince(start)).toHaveLength(1);
});

describe('a bucket without its policy', () => {
  const breakPolicy = () =>
    as(S3Client, '222233334444').send(new DeleteBucketPolicyCommand({ Bucket: 'org-trail-logs' }));

  test('prevents restoring only the bucket, which is reported with the remedy', async () => {
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, ...weakenings['everything at once'] }),
    );
    await breakPolicy();

    const [report] = await account.swept();

    const asIs = { S3BucketName: 'attacker-bucket' };
    const { S3KeyPrefix: _, ...rest } = asCaptured;
    expect(await account.auditTrail()).toEqual({ ...rest, ...asIs });
    expect(report).toMatchObject({ verdict: 'failed' });
    expect(JSON.stringify(report)).toContain('restore the bucket policy');
  });

  test('is reported for a trail in sync, and nothing is written', async () => {
    await breakPolicy();
    const start = account.calls.length;

    const [report] = await account.swept();

    expect(account.writesSince(start)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'drifted' });
    expect(JSON.stringify(report)).toMatch(
      /log files do not arrive in the bucket: AccessDenied, the policy of the bucket/,
    );
  });
});

test('a logging trail that has delivered nothing for hours is reported without an error', async () => {
  const hoursAgo = new Date(Date.now() - 3 * 60 * 60 * 1000).toISOString();
  const times = { LatestDeliveryTime: hoursAgo, StartLoggingTime: hoursAgo };
  await account.admin('trail-status', { trail: account.trail, fields: times });

  const [report] = await account.swept();

  expect(report).toMatchObject({ verdict: 'drifted' });
  expect(JSON.stringify(report)).toContain(`no log file has arrived since ${hoursAgo}`);
});

test.each([
  ['LatestDeliveryError', 'AccessDenied', 'log files do not arrive in the bucket'],
  ['LatestNotificationError', 'AuthorizationError', 'no notifications of new log files are sent'],
  ['LatestCloudWatchLogsDeliveryError', 'AccessDenied', 'events do not reach CloudWatch Logs'],
])(
  'a delivery that a Deny outside all compared policies stops is reported by %s, and nothing is written',
  async (field, error, sentence) => {
    await account.admin('trail-status', { trail: account.trail, fields: { [field]: error } });
    const start = account.calls.length;

    const [report] = await account.swept();

    expect(report).toMatchObject({ verdict: 'drifted' });
    expect(JSON.stringify(report)).toContain(sentence);
    expect(account.writesSince(start)).toEqual([]);
  },
);

describe('a Region without room for a trail', () => {
  const fill = async (region: string) => {
    const client = account.clientOf('mallory', region);
    const names = ['noise-1', 'noise-2', 'noise-3', 'noise-4', 'noise-5'];
    for (const Name of names) {
      await client.send(new CreateTrailCommand({ Name, S3BucketName: 'attacker-bucket' }));
    }
    return client;
  };

  test('is reported, and each sweep retries in few calls until there is room', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
    const client = await fill('us-east-1');
    const start = account.calls.length;

    const [report] = await account.swept();

    expect(report).toMatchObject({ verdict: 'failed' });
    expect(JSON.stringify(report)).toContain('a Region holds five trails');
    expect(account.writesSince(start).length).toBeLessThanOrEqual(3);
    await client.send(new DeleteTrailCommand({ Name: 'noise-3' }));
    await account.swept();
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('does not prevent restoring the trail if it is not the home Region', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
    await fill('eu-central-1');

    const [report] = await account.swept();

    // UpdateTrail for all Regions lists no error for this, so it is assumed to succeed.
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(report).toMatchObject({ verdict: 'restored' });
  });
});

describe('temporary failures are retried:', () => {
  test('one write a second, while the whole trail is restored', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
    await account.admin('throttling', { writesPerSecond: 1 });

    const [report] = await account.swept();

    await account.admin('throttling', { writesPerSecond: null });
    expect(report).toMatchObject({ verdict: 'restored' });
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('a role that is not yet visible to CloudTrail', async () => {
    account.deliver({ drop: false, paused: true });
    const noLogs = { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' };
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, ...noLogs }));
    await account.fault({
      service: 'cloudtrail',
      operation: 'UpdateTrail',
      error: 'InvalidCloudWatchLogsRoleArnException',
      message: 'Access denied. Check the trust relationships for your role.',
      times: 2,
    });

    account.deliver({ paused: false });
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('a service that hangs does not prevent other restores', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
    await account.admin('latency', { ms: 60_000, service: 'organizations' });

    const { error } = (await account.sweep()) as {
      readonly error?: { readonly errorType: string };
    };

    await account.admin('latency', { ms: 0 });
    expect(error?.errorType).toBe('NotRestoredError');
    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

/** A client of the owner of a broken destination. */
function as<Client>(Made: new (config: object) => Client, accessKeyId = account.account): Client {
  return new Made({ ...account.configOf(accessKeyId), forcePathStyle: true });
}
