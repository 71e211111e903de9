import {
  AddTagsCommand,
  DeleteTrailCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { logKeyArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { commandsOf } from '../support/commands.ts';
import { trailCalls } from '../support/trail-calls.ts';

const account = testAccount();

let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});

afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const { run, json, inForce } = commandsOf(account);

const { stop, update } = trailCalls(account);

const tag = (Key: string) =>
  account.outsider.send(
    new AddTagsCommand({ ResourceId: account.trail, TagsList: [{ Key, Value: 'x' }] }),
  );

describe('list', () => {
  test('names each protected trail with its version, since when, by whom and why', async () => {
    const { code, stdout } = await run('list');

    expect(code).toBe(0);
    const [head = '', row = '', ...others] = stdout.trim().split('\n');
    expect(head.split(/ {2,}/)).toEqual(['TRAIL', 'VERSION', 'SINCE', 'BY', 'REASON', 'STATUS']);
    expect(row).toMatch(/^org-trail \(us-east-1\) +1 +\d{4}-.+Z +\S+ +first capture +protected$/);
    expect(others).toEqual([]);
  });

  test('exits with 1 where a baseline cannot be used, and says why', async () => {
    await account.corruptBaseline(account.trail);

    const { code, stdout } = await run('list');

    expect(code).toBe(1);
    expect(stdout).toMatch(/broken.*version 1 is not signed.*npx --no -- trailkeeper capture arn:/);
  });
});

describe('plan', () => {
  test('says of drift whether its policy or only a person leaves it', async () => {
    const { kms } = account.clientsOf();
    await kms.send(new DisableKeyCommand({ KeyId: logKeyArn }));

    const { stdout } = await run('plan');

    expect(stdout).toContain('key.KeyState is "Disabled", must be "Enabled" (left alone: policy)');
    expect(stdout).toMatch(/delivery\.LatestDeliveryError .* \(only a person can restore it\)$/m);

    await kms.send(new EnableKeyCommand({ KeyId: logKeyArn }));
    await update({ EnableLogFileValidation: false });
    await kms.send(new DisableKeyCommand({ KeyId: logKeyArn }));
    expect((await run('plan')).stdout).not.toContain('only a person');
  });

  test('of a trail that is gone says so once', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    const { code, stdout } = await run('plan');

    expect(code).toBe(2);
    expect(stdout.match(/^ {2}the trail does not exist/gm)).toHaveLength(1);
  });

  test('of a trail that is in sync exits with 0', async () => {
    const { code, stdout } = await run('plan');

    expect(stdout).toBe('in sync org-trail (us-east-1), version 1\n');
    expect(code).toBe(0);
  });

  test('reports drift, what it costs and what would restore it, exits with 2, and writes nothing', async () => {
    await update({ S3BucketName: 'attacker-bucket' });
    await stop();
    const before = await account.auditTrail();

    const { code, stdout } = await run('plan', 'org-trail');

    expect(code).toBe(2);
    expect(stdout).toContain('drifted org-trail (us-east-1), version 1');
    expect(stdout).toContain(
      'settings.S3BucketName is "attacker-bucket", must be "org-trail-logs"',
    );
    expect(stdout).toContain('critical: nothing is recorded: logging is off');
    expect(stdout).toContain('to restore: UpdateTrail, StartLogging');
    expect(await account.auditTrail()).toEqual(before);
  });

  test('gives each finding as JSON', async () => {
    await stop();

    const { code, value } = await json('plan', account.trail);

    expect(code).toBe(2);
    const [{ trail, plan }] = value.trails;
    expect(trail).toBe(account.trail);
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ kind: 'logging', status: 'drifted', steps: [expect.anything()] }),
    );
  });

  test('of a trail that cannot be read exits with 1', async () => {
    const error = { operation: 'GetTrailStatus', error: 'AccessDeniedException', times: 9 };
    await account.fault({ service: 'cloudtrail', ...error });

    const { code, stdout } = await run('plan');

    expect(code).toBe(1);
    expect(stdout).toContain('unknown org-trail');
    expect(stdout).toContain('logging could not be read: AccessDeniedException');
  });
});

describe('restore', () => {
  test('brings the trail back with the rights of anyone who runs it, and reports each call', async () => {
    await update({ S3BucketName: 'attacker-bucket' });
    await stop();

    const { code, stdout, stderr } = await run('restore', '--yes');

    expect(code).toBe(0);
    expect(stderr).toBe('applied UpdateTrail\napplied StartLogging\n');
    expect(stdout).toContain('in sync org-trail (us-east-1), version 1');
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(account.calls.findLast(({ operation }) => operation === 'StartLogging')).toMatchObject({
      principal: 'arn:aws:iam::111122223333:user/alice',
    });
  });

  test('answers what it found, did and read back as JSON', async () => {
    await stop();

    const { code, value } = await json('restore', '--yes');

    expect(code).toBe(0);
    expect(value).toMatchObject({
      verdict: 'restored',
      applied: [{ action: 'StartLogging', status: 'applied' }],
    });
  });

  test('exits with 2 while something is left, and says what failed and what to do', async () => {
    await update({ KmsKeyId: '' });
    const error = 'KmsKeyDisabledException';
    await account.fault({ service: 'cloudtrail', operation: 'UpdateTrail', error, times: 9 });

    const { code, stdout, stderr } = await run('restore', '--yes');

    expect(code).toBe(2);
    expect(stderr).toMatch(/failed UpdateTrail: .*: enable the key/);
    expect(stdout).toMatch(/drifted org-trail.*\n {2}settings\.KmsKeyId is absent/);
  });

  test('does not restore what a maintenance window suspends', async () => {
    await run('window', 'start', '--kinds', 'tags', '--for', '1h', '--reason', 'tagging', '--yes');
    await tag('team');
    await stop();

    const { code, stdout } = await run('restore', '--yes');

    expect(code).toBe(2);
    expect(stdout).toMatch(
      /tags\.TagsList .*\n.*\n +not restored until .*: maintenance window [0-9a-f]{8}.*, by /,
    );
    expect(stdout).toMatch(/maintenance until .*: tags, by user\/alice \(tagging\)/);
    expect((await run('restore', '--yes')).stdout).toMatch(
      /^Nothing was restored: maintenance window [0-9a-f]{8} suspends it\. .*window end arn:/m,
    );
    const { Tags, IsLogging } = (await account.auditTrail()) as {
      Tags: object[];
      IsLogging: boolean;
    };
    expect({ tags: Tags.length, IsLogging }).toEqual({ tags: 2, IsLogging: true });
  });
});

describe('capture with a reason', () => {
  test('makes the live state the next version, which sweeps keep', async () => {
    await tag('team');

    const { code, stdout } = await run('capture', '--reason', 'a tag for the team', '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('  tags.TagsList\n    + {"Key":"team", "Value":"x"}\n');
    expect(stdout).toContain('captured org-trail (us-east-1), version 2');
    const accepted = await account.auditTrail();
    await account.swept();
    expect(await account.auditTrail()).toEqual(accepted);
  });

  test('prints what it stored as JSON, and what that changes beside it', async () => {
    await tag('team');

    const { code, value, stderr } = await json('capture', '--reason', 'a team', '--yes');

    expect(code).toBe(0);
    expect(value).toMatchObject({
      status: 'captured',
      baseline: { version: 2, reason: 'a team' },
      changes: [{ path: 'tags.TagsList' }],
      hardeningAdvice: [],
    });
    expect(stderr).toContain('changes from version 1:\n  tags.TagsList');
    expect(await inForce(account.trail)).toMatchObject({ version: 2 });
  });
});

describe('a trail that was retired', () => {
  test('is left alone by sweeps, keeps its history, and is protected again once captured', async () => {
    const { code, stdout } = await run('retire', '--reason', 'replaced by the new one', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('retired org-trail (us-east-1), version 2');

    await stop();
    expect(await account.swept()).toEqual([]);
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });
    expect((await json('list')).value).toEqual({ trails: [] });
    expect((await run('list', '--all')).stdout).toMatch(/replaced by the new one +retired/);
    expect((await run('history', 'org-trail')).stdout).toMatch(/first capture/);
    expect((await run('plan', 'org-trail')).stderr).toContain('(replaced by the new one)');

    await account.outsider.send(new StartLoggingCommand({ Name: account.trail }));
    expect((await run('capture', account.trail, '--yes')).stdout).toContain('version 3');
    await stop();
    await account.swept();
    expect(await account.auditTrail()).toMatchObject({ IsLogging: true });
  });

  test('is stored as a version that is signed', async () => {
    const { value } = await json('retire', '--reason', 'gone', '--yes');

    const [{ retirement }] = value.trails;
    const row = await account.row({ pk: account.trail, sk: 'baseline#000002' });
    expect(row).toMatchObject({ signature: { algorithm: 'ECDSA_SHA_256' } });
    expect(JSON.parse(String(row?.document))).toEqual(retirement);
    expect(retirement).toMatchObject({
      version: 2,
      reason: 'gone',
      retiredBy: 'arn:aws:iam::111122223333:user/alice',
    });
  });
});

describe('a maintenance window', () => {
  const start = (...more: string[]) =>
    json(
      'window',
      'start',
      '--kinds',
      'tags,settings',
      '--for',
      '2h',
      '--reason',
      'migration',
      ...more,
    );

  test('is stored with its author, reason, kinds and end, and is shown', async () => {
    const { code, value } = await start('--yes');

    expect(code).toBe(0);
    const [row] = await rows('window');
    expect(row).toMatchObject({
      sk: `${account.trail}#${value.trails[0].window.id}`,
      signature: { algorithm: 'ECDSA_SHA_256' },
    });
    const stored = JSON.parse(row?.document ?? '');
    expect(stored).toMatchObject({
      kinds: ['tags', 'settings'],
      by: 'arn:aws:iam::111122223333:user/alice',
      reason: 'migration',
    });
    expect(Date.parse(stored.until) - Date.parse(stored.from)).toBe(2 * 60 * 60 * 1000);
    expect((await run('list')).stdout).toContain(`maintenance until ${stored.until.slice(0, 19)}Z`);
    for (const command of [['plan'], ['window', 'list']]) {
      expect((await run(...command)).stdout).toMatch(
        /maintenance until .*tags, settings.*\(migration\)/,
      );
    }
    expect((await json('window', 'list')).value.windows).toMatchObject([{ window: stored }]);
  });

  test('ends early, and keeps who ended it and why', async () => {
    await start('--yes');

    const { code, stdout } = await run('window', 'end', '--reason', 'done early', '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('ended');
    expect(await rows('window-end')).toEqual([
      expect.objectContaining({
        reason: 'done early',
        by: 'arn:aws:iam::111122223333:user/alice',
      }),
    ]);
    expect((await run('list')).stdout).not.toContain('maintenance');
    expect((await json('window', 'end', '--yes')).value).toEqual({ status: 'none', ended: [] });
    expect((await run('window', 'list')).stdout).toContain('no maintenance window is open');
  });

  test.each([
    [['--kinds', 'logging', '--for', '2h'], 'logging cannot be suspended'],
    [['--kinds', 'moon', '--for', '2h'], 'moon cannot be suspended'],
    [['--kinds', 'tags', '--for', 'soon'], 'It must be a duration'],
    [['--kinds', 'tags'], 'no end given'],
    [['--kinds', 'tags', '--for', '900h'], 'at most'],
    [['--for', '2h'], 'no kinds given'],
  ])('with %j is refused', async (args, message) => {
    const { code, stderr } = await run('window', 'start', ...args, '--reason', 'x', '--yes');

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await rows('window')).toEqual([]);
  });
});

describe('redrive', () => {
  const QueueUrl = () => account.outputs.DeadLetterQueueUrl;
  const letter = (name: string, requestPayload: unknown) => {
    const functionArn = `arn:aws:lambda:us-east-1:111122223333:function:${name}:$LATEST`;
    const MessageBody = JSON.stringify({ requestContext: { functionArn }, requestPayload });
    return account.sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody }));
  };

  test('puts what was abandoned through its function, and answers with what became of it as JSON', async () => {
    const { MessageId } = await letter('Trailkeeper-Sweep', {});
    await stop();

    const { code, value, stderr } = await json('redrive', '--yes');

    expect({ code, value }).toEqual({
      code: 0,
      value: { queue: QueueUrl(), redriven: [MessageId], failed: [], left: 0 },
    });
    expect(stderr).toContain('1 in the queue. Each is sent to its function again.');
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('ends what was a payload that no one can use', async () => {
    await letter('Trailkeeper-Backfill', { from: 'noon' });

    expect(await json('redrive', '--yes')).toMatchObject({ code: 0, value: { left: 0 } });

    await account.settled();
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('leaves in the queue what fails again, and exits with 1', async () => {
    const { MessageId } = await account.sqs.send(
      new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody: '{}' }),
    );

    const { code, value, stderr } = await json('redrive', '--yes');

    expect({ code, value }).toMatchObject({
      code: 1,
      value: { redriven: [], failed: [{ id: MessageId }], left: 1 },
    });
    expect(stderr).toContain('the message names no function');
    await account.emptyDeadLetters();
  });
});

describe('incidents', () => {
  test('lists one line per incident, and shows one by its id', async () => {
    account.deliver({ drop: false });
    await stop();
    await account.settled();
    account.deliver({ drop: true });

    const { code, stdout } = await run('incidents');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^[0-9a-f]{8} +\d\d-\d\d \d\d:\d\d +critical +restored +org-trail +StopLogging by mallory$/m,
    );

    const { value } = await json('incidents', '--last', '1');
    const [{ incident }] = value.incidents;
    expect(incident).toEqual((await account.incidents())[0]);
    const { stdout: details } = await run('incidents', incident.id.slice(0, 8));
    expect(details).toMatch(/^org-trail restored and verified\.$/m);
    expect(details).toMatch(/^Actor +mallory, an IAM user/m);
    expect(details).toMatch(/^- StartLogging \(logging\)$/m);
  });

  test('lists by last activity: a fresh attack in an open incident comes first', async () => {
    account.deliver({ drop: false, dropStreams: false });
    await stop();
    await account.settled();
    await run('capture', account.trail, '--reason', 'in between', '--yes');
    await account.settled();
    const since = new Date().toISOString();
    await stop();
    await account.settled();

    const { value } = await json('incidents', '--since', since, '--last', '1');
    expect(value.incidents).toMatchObject([{ incident: { episodeCount: 2 } }]);
    expect(value.incidents[0].at >= since).toBe(true);
  });

  test('lists a change by an approver as stored', async () => {
    account.deliver({ dropStreams: false });
    await run(
      ...[
        'window',
        'start',
        'org-trail',
        '--kinds',
        'tags',
        '--for',
        '5m',
        '--reason',
        'retag',
        '--yes',
      ],
    );
    await account.settled();

    const { stdout } = await run('incidents', 'trailkeeper');
    expect(stdout).toMatch(/^\S+ +\S+ \S+ +medium +stored +trailkeeper /m);
    const { value } = await json('incidents', 'trailkeeper');
    const { stdout: details } = await run('incidents', value.incidents[0].tampering.id);
    expect(details).toMatch(/a maintenance window for org-trail/);
    expect(details).toMatch(/by .*user\/alice: retag/);
  });

  test('lists what the self-check found in the last hour', async () => {
    const events = new EventBridgeClient(account.configOf());
    await events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.selfCheck();

    const { stdout } = await run('incidents', '--since', '1h');
    expect(stdout).toMatch(/critical +tampered +trailkeeper .*rule/i);
  });

  test('is empty if there are none, or none in the time', async () => {
    expect(await json('incidents')).toMatchObject({ code: 0, value: { incidents: [] } });
    expect((await run('incidents', '--since', '2h')).stdout).toBe('no incidents\n');
    expect((await run('incidents', 'x')).stderr).toBe(
      'error: no trail and no incident is named x\n',
    );
  });
});

async function rows(pk: string): Promise<Record<string, string>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  );
  return Items;
}
