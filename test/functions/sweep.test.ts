import {
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { GetCommand, NumberValue, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, startAccount, testAccount } from '../support/account.ts';
import { weakenings } from '../support/attacks.ts';

describe('in enforce mode', () => {
  const account = testAccount();
  let asCaptured: unknown;
  let seenAsCaptured: unknown;

  beforeAll(async () => {
    asCaptured = await account.auditTrail();
    seenAsCaptured = await account.auditEverywhere();
  });
  beforeEach(() => account.swept());

  // Other attacks are in test/scenarios/threats.test.ts.
  test.each(Object.entries(weakenings))('UpdateTrail of %s is reverted', async (_, patch) => {
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));
    expect(await account.auditTrail()).not.toEqual(asCaptured);

    await account.swept();

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.auditEverywhere()).toEqual(seenAsCaptured);
  });

  test('DeleteTrail is reverted', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: 'org-trail' }));
    expect(await account.auditTrail()).toBe('TrailNotFoundException');
    expect(await account.auditEverywhere()).toEqual([[], []]);

    await account.swept();

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.auditEverywhere()).toEqual(seenAsCaptured);
  });

  test('a stopped trail with a changed bucket gets its bucket back before it logs again', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const patch = { S3BucketName: 'attacker-bucket' };
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));
    const start = account.calls.length;

    await account.swept();

    const writes = account.writesSince(start).map(({ operation }) => operation);
    expect(writes).toEqual(['UpdateTrail', 'StartLogging']);
  });

  test('a sweep of a trail in sync writes nothing', async () => {
    const start = account.calls.length;

    await account.swept();

    expect(account.calls.length).toBeGreaterThan(start);
    expect(account.writesSince(start)).toEqual([]);
  });

  test('only what drifted is written', async () => {
    const patch = { S3KeyPrefix: 'elsewhere' };
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));
    const start = account.calls.length;

    await account.swept();

    const written = account.writesSince(start).map(({ input }) => input);
    expect(written).toEqual([{ Name: account.trail, S3KeyPrefix: 'cloudtrail' }]);
  });

  test('a CloudWatch Logs role that drifted alone is restored together with its log group', async () => {
    const group = 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*';
    const role = 'arn:aws:iam::111122223333:role/attackers';
    const patch = { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role };
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));

    await account.swept();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('a trail that is named twice is reconciled once', async () => {
    const reports = await account.swept({ trails: [account.trail, account.trail] });

    expect(reports).toHaveLength(1);
  });

  test('a trail without a baseline is not changed', async () => {
    const stranger = await account.addTrail('someone-elses-trail');
    await account.outsider.send(new StopLoggingCommand({ Name: stranger }));
    const start = account.calls.length;

    const reports = await account.swept();

    expect(reports.map(({ trail }) => trail)).toEqual([account.trail]);
    expect(account.writesSince(start)).toEqual([]);
    expect(await account.auditTrail(stranger)).toMatchObject({ IsLogging: false });
  });

  test('throttled writes are retried until they succeed', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const throttling = { operation: 'StartLogging', error: 'ThrottlingException', times: 2 };
    await account.fault({ service: 'cloudtrail', ...throttling });

    await account.swept();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('an update refused because of the log group still restores the bucket', async () => {
    const patch = {
      S3BucketName: 'attacker-bucket',
      CloudWatchLogsLogGroupArn: '',
      CloudWatchLogsRoleArn: '',
    };
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));
    const denied = {
      operation: 'UpdateTrail',
      error: 'InvalidCloudWatchLogsRoleArnException',
      message: 'Access denied. Check the permissions for your role.',
    };
    await account.fault({ service: 'cloudtrail', ...denied });

    await account.sweep();

    expect(await account.auditTrail()).toMatchObject({ S3BucketName: 'org-trail-logs' });
  });

  test('a trail that cannot be read is reported as unknown and not written', async () => {
    const denied = { operation: 'GetTrail', error: 'AccessDeniedException', times: 1 };
    await account.fault({ service: 'cloudtrail', ...denied });
    const start = account.calls.length;

    const [report] = await account.swept();

    expect(report).toMatchObject({ verdict: 'unknown' });
    expect(JSON.stringify(report)).toContain('AccessDeniedException');
    expect(account.writesSince(start)).toEqual([]);
  });

  test('a refused write with a single part is not repeated', async () => {
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', S3KeyPrefix: 'x' }));
    const refused = { operation: 'UpdateTrail', error: 'InsufficientS3BucketPolicyException' };
    await account.fault({ service: 'cloudtrail', ...refused });
    const start = account.calls.length;

    await account.swept();

    expect(account.writesSince(start)).toHaveLength(1);
  });

  test('logging is started even if the settings cannot be restored', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const patch = { S3KeyPrefix: 'elsewhere' };
    await account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));
    const refused = { operation: 'UpdateTrail', error: 'InsufficientS3BucketPolicyException' };
    await account.fault({ service: 'cloudtrail', ...refused });

    const [report] = await account.swept();

    expect(await account.auditTrail()).toMatchObject({ IsLogging: true, S3KeyPrefix: 'elsewhere' });
    expect(report).toMatchObject({ verdict: 'degraded' });
    expect(JSON.stringify(report)).toContain('InsufficientS3BucketPolicyException');
  });

  test('a write that a retry can complete makes the function fail, so that Lambda retries', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const conflict = { operation: 'StartLogging', error: 'ConflictException' };
    await account.fault({ service: 'cloudtrail', ...conflict });

    const invocation = await account.sweep();

    expect(invocation).toMatchObject({ error: { errorType: 'NotRestoredError' } });
    expect(JSON.stringify(invocation)).toContain(account.trail);
  });

  test('a manual invoke in observe mode reports the drift and writes nothing', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const start = account.calls.length;

    const [report] = await account.swept({ mode: 'observe' });

    expect(report).toMatchObject({ verdict: 'drifted' });
    expect(account.writesSince(start)).toEqual([]);
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });
  });

  test('a manual invoke can name the trails', async () => {
    const reports = await account.swept({ trails: [account.trail] });

    expect(reports.map(({ trail }) => trail)).toEqual([account.trail]);
  });

  test.each([
    [{ mode: 'enforce' }, 'mode: must be "observe"'],
    [{ trails: ['org-trail'] }, 'trails.0: "org-trail" is not a trail ARN'],
    [{ trails: [] }, 'trails: must name a trail'],
    [{ trail: 'x' }, 'trail'],
    ['sweep', 'expected object'],
    [
      { trails: ['arn:aws:cloudtrail:us-east-1:111122223333:trail/unknown-trail'] },
      'trails.0: arn:aws:cloudtrail:us-east-1:111122223333:trail/unknown-trail is not protected: npx --no -- trailkeeper capture arn',
    ],
  ])(
    'the payload %j is refused with the field and the remedy, and nothing is written',
    async (payload, message) => {
      await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
      const start = account.calls.length;

      const invocation = await account.sweep(payload);

      expect(invocation).toMatchObject({
        error: { errorType: 'InvalidPayloadError', errorMessage: expect.stringContaining(message) },
      });
      expect(account.writesSince(start)).toEqual([]);
    },
  );

  describe('the heartbeat of a sweep', () => {
    /** The metrics that CloudWatch reads from a log. Source: CloudWatch user guide, "Embedded metric format". */
    const metricsOf = (log: readonly string[]) =>
      log
        .map((line) => JSON.parse(line))
        .filter((line) => '_aws' in line && 'Heartbeat' in line)
        .map(({ Heartbeat, TrailsProtected, TrailsOutOfSync }) => ({
          Heartbeat,
          TrailsProtected,
          TrailsOutOfSync,
        }));

    test('is sent after every trail was processed', async () => {
      const { log } = await account.sweep();

      expect(metricsOf(log)).toEqual([{ Heartbeat: 1, TrailsProtected: 1, TrailsOutOfSync: 0 }]);
    });

    test('is sent with the number of drifted trails before the sweep fails', async () => {
      await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
      const conflict = { operation: 'StartLogging', error: 'ConflictException' };
      await account.fault({ service: 'cloudtrail', ...conflict });

      const { log, ...invocation } = await account.sweep();

      expect(invocation).toMatchObject({ error: { errorType: 'NotRestoredError' } });
      expect(metricsOf(log)).toEqual([{ Heartbeat: 1, TrailsProtected: 1, TrailsOutOfSync: 1 }]);
    });

    test('is not sent by a sweep of named trails', async () => {
      const { log } = await account.sweep({ trails: [account.trail] });

      expect(metricsOf(log)).toEqual([]);
    });

    test('is not sent by an observing sweep if the deployed mode is enforce', async () => {
      const { log } = await account.sweep({ mode: 'observe' });

      expect(metricsOf(log)).toEqual([]);
    });

    test('is not sent if the baselines cannot be read and none are cached', async () => {
      account.recycle();
      await account.fault({
        service: 'dynamodb',
        operation: 'Query',
        error: 'AccessDeniedException',
      });

      const { log } = await account.sweep();

      expect(metricsOf(log.filter((line) => line.startsWith('{')))).toEqual([]);
    });
  });

  test('every log line about a trail is JSON with the trail and the run', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: 'org-trail' }));

    const { log } = await account.sweep();

    const lines = log.map((line) => JSON.parse(line)).filter((line) => !('_aws' in line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatchObject({ trail: account.trail, run: expect.any(String) });
    }
    const reported = lines.map(({ message }) => message);
    expect(reported).toContain('the trail has drifted');
    expect(reported).toContain('CreateTrail succeeded');
    expect(reported).toContain('StartLogging succeeded');
    expect(reported).toContain('trailkeeper restored the trail and verified it');
  });
});

describe('in observe mode', () => {
  const account = testAccount({ mode: 'observe' });

  test('drift is reported and nothing is written', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
    const patch = { S3BucketName: 'attacker-bucket' };
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, ...patch }));
    const start = account.calls.length;

    const { log } = await account.sweep();

    expect(account.writesSince(start)).toEqual([]);
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false, ...patch });
    expect(log.join('\n')).toContain(
      String.raw`settings.S3BucketName is \"attacker-bucket\", must be \"org-trail-logs\"`,
    );
    expect(log.join('\n')).toContain('logging.IsLogging is false, must be true');
  });

  test('an event is reported with its actor and causes no write', async () => {
    await account.reset();
    account.deliver({ drop: false });
    const start = account.calls.length;
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'elsewhere' }),
    );
    await account.settled();
    account.deliver({ drop: true });

    expect(account.writesSince(start)).toEqual([]);
    expect(await account.auditTrail()).toMatchObject({ S3KeyPrefix: 'elsewhere' });
    expect(await account.incidents()).toMatchObject([
      { state: 'drifted', cause: { principal: { name: 'mallory' } } },
    ]);
  });

  test('a deleted trail is reported and not recreated', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
    const start = account.calls.length;

    const { log } = await account.sweep();

    expect(account.writesSince(start)).toEqual([]);
    expect(await account.auditTrail()).toBe('TrailNotFoundException');
    expect(log.join('\n')).toContain('the trail does not exist: nothing is recorded');
  });
});

describe('with an unusable key', () => {
  let account: Account;

  beforeEach(async () => {
    account = await startAccount();
  });

  test('an update refused because of the key is restored in parts, bucket first', async () => {
    const { kms, outsider } = account;
    const captured = await account.auditTrail();
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: 'alias/org-trail' }));
    await outsider.send(
      new UpdateTrailCommand({ Name: 'org-trail', ...weakenings['everything at once'] }),
    );

    const [report] = await account.swept();

    const { KmsKeyId: _, ...rest } = captured as { readonly KmsKeyId: string };
    expect(await account.auditTrail()).toEqual(rest);
    expect(report).toMatchObject({ verdict: 'degraded' });
    expect(JSON.stringify(report)).toContain('KmsKeyNotFoundException');
  });

  test('a deleted trail whose key is unusable is recreated without it and logs', async () => {
    const captured = await account.auditTrail();
    await account.kms.send(new ScheduleKeyDeletionCommand({ KeyId: 'alias/org-trail' }));
    await account.outsider.send(new DeleteTrailCommand({ Name: 'org-trail' }));

    const [report] = await account.swept();

    const { KmsKeyId: _, ...rest } = captured as { readonly KmsKeyId: string };
    expect(await account.auditTrail()).toEqual(rest);
    expect(report).toMatchObject({ verdict: 'degraded' });
    expect(JSON.stringify(report)).toContain('KmsKeyNotFoundException');
  });
});

describe('an invalid baseline', () => {
  let account: Account;

  beforeEach(async () => {
    account = await startAccount();
  });

  const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/second-trail';
  const capture = `npx --no -- trailkeeper capture ${trail}`;
  const broken: Record<string, [rows: object[], reported: string, remedy: string]> = {
    'has no signature': [
      [
        { pk: 'incident#in-force', sk: trail },
        { pk: trail, sk: 'baseline#000001', document: '{"schema":2}' },
      ],
      'version 1 is not signed by an approver',
      capture,
    ],
    'is missing': [
      [{ pk: 'incident#in-force', sk: trail }],
      'there is no valid version of its baseline',
      capture,
    ],
    'has a number that JavaScript cannot hold': [
      [
        {
          pk: 'incident#in-force',
          sk: trail,
          document: NumberValue.from('12345678901234567890.5'),
        },
      ],
      'there is no valid version of its baseline',
      capture,
    ],
    'is listed under a key that is not a trail': [
      [{ pk: 'incident#in-force', sk: 'nonsense' }],
      'sk: "nonsense" is not a trail ARN',
      'Delete the row',
    ],
  };

  test.each(Object.entries(broken))(
    'that %s is reported with the remedy, and other trails are restored',
    async (_, [rows, reported, remedy]) => {
      const asCaptured = await account.auditTrail();
      for (const Item of rows) {
        await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
      }
      await account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));

      const { log, ...invocation } = await account.sweep();

      expect(await account.auditTrail()).toEqual(asCaptured);
      expect(log.join('\n')).toContain(reported.replaceAll('"', String.raw`\"`));
      expect(log.join('\n')).toContain(remedy);
      expect(JSON.stringify(invocation)).toContain('"verdict":"broken"');
    },
  );

  test('a baseline stored under another trail is not enforced', async () => {
    const second = await account.addTrail('second-trail');
    const Key = { pk: account.trail, sk: 'baseline#000001' };
    const { Item } = await account.table.send(
      new GetCommand({ TableName: account.tableName, Key }),
    );
    await account.table.send(
      new PutCommand({ TableName: account.tableName, Item: { ...Item, pk: second } }),
    );
    await account.table.send(
      new PutCommand({
        TableName: account.tableName,
        Item: { pk: 'incident#in-force', sk: second },
      }),
    );
    const start = account.calls.length;

    await account.sweep();

    expect(account.writesSince(start)).toEqual([]);
  });
});
