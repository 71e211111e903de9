import {
  CreateTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import { testAccount } from '../support/account.ts';
import { baselineInForce, rowsOf } from '../support/capture.ts';
import { jsonFile } from '../support/temp-files.ts';

const account = testAccount();

describe('a trail that the deployment cannot protect', () => {
  const elsewhere = 'arn:aws:cloudtrail:ap-southeast-2:111122223333:trail/elsewhere';

  test('in a Region that homeRegions does not name is refused, with the remedy', async () => {
    const { code, stderr } = await capture([elsewhere]);

    expect(code).toBe(1);
    expect(stderr).toContain('ap-southeast-2 is not in homeRegions: add it to cdk.json and deploy');
    expect(stderr).toContain('--force');
    expect(await rowsOf(account, elsewhere)).toEqual([]);
  });

  test('is stored with --force; list and doctor say that it is not protected', async () => {
    const exported = await account.trailkeeper(['show', 'org-trail', '--json']);
    const { baseline } = JSON.parse(exported.stdout);
    const file = await jsonFile({ ...baseline, trail: elsewhere });

    const refused = await account.trailkeeper(['import', file, '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('ap-southeast-2 is not in homeRegions');

    const stored = await account.trailkeeper(['import', file, '--yes', '--force']);
    expect(stored.code).toBe(0);
    expect(stored.stderr).toContain('ap-southeast-2 is not in homeRegions');
    const list = await account.trailkeeper(['list']);
    expect(list.stdout).toMatch(/elsewhere \(ap-southeast-2\).*not protected.*homeRegions/);
    expect(list.stdout).toMatch(/org-trail \(us-east-1\).* protected$/m);
    const doctor = await account.trailkeeper(['doctor']);
    expect(doctor.stdout).toMatch(/^wrong trails +elsewhere \(ap-southeast-2\) is not protected/m);
    const args = ['retire', elsewhere, '--reason', 'the test is over', '--yes'];
    expect((await account.trailkeeper(args)).code).toBe(0);
  });
});

const foreignKey = 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10';

const foreignTopic = 'arn:aws:sns:us-east-1:444455556666:deliveries';

describe('a first capture', () => {
  test('stores every setting of the live trail as version 1, with its author', async () => {
    const trail = await account.addTrail('first-trail');

    const { code, stdout } = await capture([trail]);

    expect(code).toBe(0);
    expect(stdout).toContain('captured first-trail (us-east-1), version 1');
    expect(stdout).toMatch(/settings\.S3BucketName +"org-trail-logs"/);
    expect(await current(trail)).toMatchObject({
      trail,
      version: 1,
      capturedBy: 'arn:aws:iam::111122223333:user/alice',
      states: {
        settings: {
          S3BucketName: 'org-trail-logs',
          S3KeyPrefix: null,
          SnsTopicARN: null,
          IncludeGlobalServiceEvents: true,
          IsMultiRegionTrail: false,
          LogFileValidationEnabled: false,
          CloudWatchLogsLogGroupArn: null,
          CloudWatchLogsRoleArn: null,
          KmsKeyId: null,
          IsOrganizationTrail: false,
          RecursiveLogging: true,
        },
        logging: { IsLogging: true },
      },
    });
  });

  test('protects the trail from the next sweep on, which removes additions', async () => {
    const trail = await account.addTrail('protected-trail');
    const asCaptured = await account.auditTrail(trail);
    await capture([trail]);
    const patch = {
      KmsKeyId: 'alias/org-trail',
      S3KeyPrefix: 'x',
      SnsTopicName: 'attackers-topic',
    };
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, ...patch }));

    await account.swept();

    expect(await account.auditTrail(trail)).toEqual(asCaptured);
  });

  test('stores the other kinds if one cannot be read, and names that one', async () => {
    const trail = await account.addTrail('unreadable-trail');
    const fault = { service: 'cloudtrail', error: 'AccessDeniedException', times: 100 };
    await account.fault({ ...fault, operation: 'GetInsightSelectors' });

    const { code, stdout, stderr } = await capture([trail, '--json']);

    await account.clearFaults();
    expect(code).toBe(0);
    expect(stderr).toContain('not read insight-selectors: AccessDeniedException');
    expect(JSON.parse(stdout)).toMatchObject({
      unread: [
        { kind: 'insight-selectors', reason: expect.stringContaining('AccessDeniedException') },
      ],
    });
    const { states } = (await current(trail)) as { readonly states: object };
    expect(Object.keys(states)).not.toContain('insight-selectors');
    expect(states).toMatchObject({
      settings: { S3BucketName: 'org-trail-logs' },
      logging: { IsLogging: true },
    });
  });

  test('stores nothing if no kind can be read', async () => {
    const trail = await account.addTrail('hidden-from-us');
    const error = 'AccessDeniedException';
    await account.fault({ service: 'cloudtrail', operation: '*', error, times: 100 });
    await account.fault({ service: 'organizations', operation: '*', error, times: 100 });

    const { code, stderr } = await capture([trail]);

    await account.clearFaults();
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot read ${trail}`);
    expect(await rowsOf(account, trail)).toEqual([]);
  });

  test('does not warn about a key in an account that it cannot read', async () => {
    const trail = await account.addTrail('foreign-key-trail');
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, KmsKeyId: foreignKey }));

    const { code, stdout } = await capture([trail]);

    expect(code).toBe(0);
    expect(stdout).not.toContain('must be absent');
    expect(stdout).not.toContain('The live trail differs');
    expect(await current(trail)).toMatchObject({ states: { key: { KeyState: null } } });
  });

  test.each([
    ['key', { KmsKeyId: foreignKey }],
    ['topic', { SnsTopicName: foreignTopic }],
  ])('with a %s in another account equals the next one', async (what, there) => {
    await account.clientsOf('444455556666').sns.send(
      new CreateTopicCommand({
        Name: 'deliveries',
        Attributes: { Policy: policyForCloudTrail('sns:Publish', foreignTopic) },
      }),
    );
    const trail = await account.addTrail(`foreign-${what}-again`);
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, ...there }));
    expect((await capture([trail])).code).toBe(0);

    const { code, stdout } = await capture([trail]);

    expect(code).toBe(0);
    expect(stdout).toContain('unchanged');
    expect(stdout).not.toMatch(/differs|must be absent/);
  });

  test('refuses a trail that does not log, with the remedy', async () => {
    const trail = await account.addTrail('stopped-trail');
    await account.outsider.send(new StopLoggingCommand({ Name: trail }));

    const { code, stderr } = await capture([trail]);

    expect(code).toBe(1);
    expect(stderr).toContain('states.logging.IsLogging: must be true: start logging');
    expect(await rowsOf(account, trail)).toEqual([]);
  });

  test('gives advice to harden the trail', async () => {
    const narrow = await account.addTrail('narrow-trail');
    const whole = await account.addTrail('whole-trail');
    const { LogFileValidationEnabled, IsMultiRegionTrail, KmsKeyId } =
      (await account.auditTrail()) as Record<string, string & boolean>;
    await account.outsider.send(
      new UpdateTrailCommand({
        Name: whole,
        EnableLogFileValidation: LogFileValidationEnabled,
        IsMultiRegionTrail,
        KmsKeyId,
      }),
    );

    const advice = async (trail: string) =>
      (await capture([trail])).stdout.split('\n').filter((line) => line.startsWith('advice '));

    expect(await advice(whole)).toEqual([]);
    expect((await advice(narrow)).toSorted()).toEqual([
      expect.stringContaining('advice anyone who can read the bucket can read the log'),
      expect.stringContaining('advice events of other Regions are not recorded'),
      expect.stringContaining('advice log files can be changed unnoticed'),
    ]);
    const { stdout } = await capture([narrow, '--json']);
    expect(JSON.parse(stdout).hardeningAdvice).toHaveLength(3);
  });

  test('prints the baseline as JSON if asked', async () => {
    const trail = await account.addTrail('json-trail');

    const { stdout } = await capture([trail, '--json', '--reason', 'first of all']);

    expect(JSON.parse(stdout)).toMatchObject({
      status: 'captured',
      baseline: await current(trail),
      changes: [],
    });
    expect(await current(trail)).toMatchObject({ reason: 'first of all' });
  });
});

describe('a capture of a protected trail', () => {
  test('changes nothing while the trail is in sync', async () => {
    const trail = await captured('same-trail');

    const { code, stdout } = await capture([trail]);

    expect(code).toBe(0);
    expect(stdout).toContain('unchanged same-trail (us-east-1), version 1');
    expect(await rowsOf(account, trail)).toHaveLength(1);
  });

  test('keeps the baseline of a drifted trail, and reports the drift with exit code 2', async () => {
    const trail = await captured('drifted-trail');
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'moved' }));

    const { code, stderr } = await capture([trail]);

    expect(code).toBe(2);
    expect(stderr).toContain('settings.S3KeyPrefix is "moved", was absent');
    expect(stderr).toContain('--reason');
    expect(await current(trail)).toMatchObject({ version: 1 });
  });

  test('makes the next version, and keeps the old one, if a reason is given', async () => {
    const trail = await captured('moved-trail');
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'moved' }));

    const { code } = await capture([trail, '--reason', 'new SIEM']);

    expect(code).toBe(0);
    expect(await current(trail)).toMatchObject({ version: 2, reason: 'new SIEM' });
    expect(await rowsOf(account, trail)).toHaveLength(2);
    await account.swept();
    expect(await account.auditTrail(trail)).toMatchObject({ S3KeyPrefix: 'moved' });
  });

  test('replaces an invalid baseline only if a reason is given', async () => {
    const trail = await captured('broken-trail');
    await account.corruptBaseline(trail);

    const refused = await capture([trail]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('version 1 is not signed by an approver');

    expect((await capture([trail, '--reason', 'row was broken'])).code).toBe(0);
    expect(await current(trail)).toMatchObject({ version: 2 });
  });

  test('is compared with its newest version if the row that lists it was deleted', async () => {
    const trail = await captured('hidden-trail');
    const Key = { pk: 'incident#in-force', sk: trail };
    await account.table.send(new DeleteCommand({ TableName: account.tableName, Key }));
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'moved' }));

    const { code, stderr } = await capture([trail]);

    expect(code).toBe(2);
    expect(stderr).toContain('settings.S3KeyPrefix is "moved", was absent');
  });

  test('lists it again if the row that lists it was deleted', async () => {
    const trail = await captured('unlisted-trail');
    const Key = { pk: 'incident#in-force', sk: trail };
    await account.table.send(new DeleteCommand({ TableName: account.tableName, Key }));

    const { stdout } = await capture([trail]);

    expect(stdout).toContain('unchanged');
    expect(await current(trail)).toMatchObject({ version: 1 });
    expect((await account.baselines().known()).map((one) => one.trail)).toContain(trail);
  });

  test('by two operators at once stores one, and reports the other', async () => {
    const trail = await account.addTrail('contested-trail');

    const both = await Promise.all([capture([trail]), capture([trail])]);

    // The later one may find the other's baseline unchanged.
    const reported = both.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('\n');
    expect(reported).toContain('captured contested-trail (us-east-1), version 1');
    expect(reported).toMatch(/unchanged|another version of this baseline/);
    expect(await current(trail)).toMatchObject({ version: 1 });
    expect(await rowsOf(account, trail)).toHaveLength(1);
  });
});

test('a trail whose delivery is broken can be captured: the baseline requires that it works', async () => {
  const trail = await account.addTrail('undelivered-trail');
  const fields = { LatestNotificationError: 'AuthorizationError' };
  await account.admin('trail-status', { trail, fields });

  const { code, stdout } = await capture([trail]);

  expect(code).toBe(0);
  expect(stdout).toMatch(/delivery\.LatestNotificationError +absent/);
  expect(stdout).toContain('The live trail differs. This is only reported:');
  expect(stdout).toContain('delivery.LatestNotificationError is "AuthorizationError"');
});

test('a missing state table is reported with what to check', async () => {
  const { code, stderr } = await capture([account.trail, '--table', 'no-such-table']);

  expect(code).toBe(1);
  expect(stderr).toContain('the state table does not exist: check --table and --region');
});

test.each([
  [
    ['no-trail'],
    'no protected trail has the name "no-trail". Protected: arn:aws:cloudtrail:us-east-1:',
  ],
  [
    ['arn:aws:cloudtrail:us-east-1:111122223333:trail/no-such-trail'],
    'arn:aws:cloudtrail:us-east-1:111122223333:trail/no-such-trail does not exist',
  ],
  [['arn:aws:cloudtrail:us-east-1:111122223333:trail/x'], 'must be 3 to 128 characters'],
])('capture %j fails with the remedy and no stack trace', async (args, message) => {
  const { code, stdout, stderr } = await capture(args);

  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});

test('a trail of another Region is captured and restored in its home Region', async () => {
  const there = account.clientOf('mallory', 'eu-central-1');
  const name = { Name: 'distant-trail', S3BucketName: 'org-trail-logs' };
  const { TrailARN = '' } = await there.send(new CreateTrailCommand(name));

  const { stderr } = await capture([TrailARN]);

  expect(stderr).toContain('IsLogging');
  expect(stderr).not.toContain('does not exist');
});

const capture = (args: readonly string[], variables?: Record<string, string>) =>
  account.trailkeeper(['capture', ...args, '--yes'], variables);

async function captured(name: string): Promise<string> {
  const trail = await account.addTrail(name);
  await capture([trail]);
  return trail;
}

const current = (trail: string) => baselineInForce(account, trail);
