import {
  CloudTrailClient,
  GetTrailStatusCommand,
  ListTrailsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

const account = testAccount();
/** Sends each call once, so that errors are not retried. */
let cloudtrail: CloudTrailClient;

beforeAll(async () => {
  cloudtrail = new CloudTrailClient(config());
});
afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

describe('a fault', () => {
  test.each([
    ['InternalFailure', 500],
    ['InternalServerError', 500],
    ['InternalServiceError', 500],
    ['KMSInternalException', 500],
    ['ServiceException', 500],
    ['ServiceUnavailable', 503],
    ['ServiceUnavailableException', 503],
    ['ThrottlingException', 400],
    ['CloudWatchLogsDeliveryUnavailableException', 400],
  ])('%s returns status %i', async (error, httpStatusCode) => {
    await account.fault({ service: 'cloudtrail', operation: 'ListTrails', error });

    await expect(cloudtrail.send(new ListTrailsCommand())).rejects.toMatchObject({
      name: error,
      $metadata: { httpStatusCode },
    });
  });

  test('for any service applies to the next caller', async () => {
    await account.fault({ service: '*', operation: '*', error: 'ServiceUnavailable', times: 2 });
    const sts = new STSClient(config());

    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow();
    await expect(cloudtrail.send(new ListTrailsCommand())).rejects.toThrow();
    await cloudtrail.send(new ListTrailsCommand());
  });
});

describe('latency', () => {
  const ofLists = { service: 'cloudtrail', operation: 'ListTrails' };
  const list = () => cloudtrail.send(new ListTrailsCommand());

  test('delays the matching calls until it is ended', async () => {
    await post('latency', { ms: 300, ...ofLists });
    expect(await took(list)).toBeGreaterThanOrEqual(299);

    await post('latency', { ms: 600_000, ...ofLists });
    await status();
    await post('latency', { ms: 0 });
    await list();
  });

  test('applies to every call by default', async () => {
    await post('latency', { ms: 300 });

    expect(await took(status)).toBeGreaterThanOrEqual(299);
  });
});

describe('throttling', () => {
  test('refuses writes of all kinds beyond the shared quota', async () => {
    await post('throttling', { writesPerSecond: 1 });

    await cloudtrail.send(new StopLoggingCommand({ Name: account.trail }));
    await expect(
      cloudtrail.send(new StartLoggingCommand({ Name: account.trail })),
    ).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await status();
  });

  test('ends on request', async () => {
    await post('throttling', { writesPerSecond: 1, readsPerSecond: 1 });
    await post('throttling', { writesPerSecond: null });

    for (const _ of [1, 2, 3]) await status();
    for (const _ of [1, 2, 3]) await stop();
  });

  test('does not stop a client that retries', async () => {
    await post('throttling', { writesPerSecond: 2 });
    const patient = new CloudTrailClient({ ...config(), maxAttempts: 8 });
    const update = (S3KeyPrefix: string) =>
      patient.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix }));

    await Promise.all(['a', 'b', 'c', 'd'].map(update));
  });
});

describe('an overridden trail status', () => {
  test('is returned until the override is ended', async () => {
    const fields = { LatestDeliveryTime: '2026-01-01T00:00:00Z', LatestDeliveryError: 'none such' };
    await post('trail-status', { trail: account.trail, fields });
    const staged = await status();
    await post('trail-status', { trail: account.trail, fields: null });

    expect(staged).toMatchObject({
      IsLogging: true,
      LatestDeliveryTime: new Date('2026-01-01T00:00:00Z'),
      LatestDeliveryError: 'none such',
    });
    const { LatestDeliveryTime, LatestDeliveryError } = await status();
    expect(LatestDeliveryTime?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(LatestDeliveryError).toBeUndefined();
  });

  test.each([
    { trail: 'org-trail', fields: {} },
    { trail: 'arn:aws:cloudtrail:x', fields: { LatestDelivery: '2026-01-01T00:00:00Z' } },
    { trail: 'arn:aws:cloudtrail:x', fields: { LatestDeliveryTime: 'yesterday' } },
  ])('is refused if a field is invalid: %o', async (override) => {
    expect((await post('trail-status', override)).status).toBe(400);
  });
});

describe('a reset', () => {
  test('restores the trail, its destinations and the table', async () => {
    const before = { trail: await account.auditTrail(), rows: await rows() };
    const owner = new S3Client({ ...config('222233334444') });
    await owner.send(new DeleteBucketCommand({ Bucket: 'org-trail-logs' }));
    await stop();
    const Item = { pk: 'incident#in-force', sk: 'nonsense' };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await account.table.send(new PutCommand({ TableName: account.tableName, Item: await first() }));

    await post('reset', {});

    expect({ trail: await account.auditTrail(), rows: await rows() }).toEqual(before);
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'cloudtrail' }),
    );
  });

  test('removes all faults, latency, quotas and overrides', async () => {
    await account.fault({ service: '*', operation: '*', error: 'InternalFailure', times: 99 });
    await post('latency', { ms: 30_000 });
    await post('throttling', { writesPerSecond: 1 });
    await post('trail-status', { trail: account.trail, fields: { IsLogging: false } });

    await post('reset', {});

    await stop();
    await account.outsider.send(new StartLoggingCommand({ Name: account.trail }));
    expect(await account.auditTrail()).toMatchObject({ IsLogging: true });
  });

  test('clears calls, invocations and queues', async () => {
    await account.sweep();
    await account.sqs.send(
      new SendMessageCommand({
        QueueUrl: account.outputs.DeadLetterQueueUrl,
        MessageBody: 'dead',
      }),
    );

    await post('reset', {});

    expect([account.calls, account.invocations]).toEqual([[], []]);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('keeps trailkeeper working', async () => {
    const captured = await account.auditTrail();
    await post('reset', {});
    await stop();
    await account.settled();

    expect(await account.auditTrail()).toEqual(captured);
  });
});

function config(accessKeyId = 'mallory') {
  return { ...account.configOf(accessKeyId), maxAttempts: 1 };
}

function post(path: string, body: object): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify(body) };
  return fetch(`${account.endpoint}/_sandbox/${path}`, init);
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function status() {
  return account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }));
}

function stop() {
  return account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
}

async function rows(): Promise<unknown> {
  const { Items = [] } = await account.table.send(
    new ScanCommand({ TableName: account.tableName }),
  );
  return Items.toSorted((a, b) => (`${a.pk}${a.sk}` < `${b.pk}${b.sk}` ? -1 : 1));
}

/** Corrupts and returns the first row. */
async function first(): Promise<Record<string, unknown>> {
  const [row] = (await rows()) as Record<string, unknown>[];
  return { ...row, spoilt: true };
}
