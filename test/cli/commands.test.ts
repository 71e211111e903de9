import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { publicPem } from '#sandbox/kms-signing.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Account, type Run, startAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';

let account: Account;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount();
  asCaptured = await account.auditTrail();
});
afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});
afterAll(() => account.stop());

const run = (...args: string[]): Promise<Run> => account.trailkeeper(args);

/** Runs a command that is to end well, and reads what it prints as JSON. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  return { code, stderr, value: JSON.parse(stdout) };
}

/** The baseline in force. */
async function inForce(trail: string): Promise<unknown> {
  const found = await account.baselines().find(parseTrailArn(trail).arn);
  return found !== null && 'baseline' in found ? found.baseline : null;
}

/** The baseline that `show --json` prints. */
const shown = async () => (await json('show')).value.baseline;

const stop = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
const update = (patch: object) =>
  account.outsider.send(new UpdateTrailCommand({ Name: account.trail, ...patch }));
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
  test('of a trail that is gone says so once', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    const { code, stdout } = await run('plan');

    expect(code).toBe(2);
    expect(stdout.match(/the trail does not exist$/gm)).toHaveLength(1);
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

describe('the history of a baseline', () => {
  test('lists its versions, shows how two of them differ, and goes back to one', async () => {
    await tag('team');
    await run('capture', '--reason', 'a tag', '--yes');

    const history = await run('history');
    expect(history.stdout).toMatch(/^2 in force .* a tag +tags\.TagsList$/m);
    expect(history.stdout).toMatch(/^1 .* first capture$/m);

    const difference = await run('diff', '1', '2');
    expect(difference.code).toBe(0);
    expect(difference.stdout).toMatch(/version 1 to 2:\n {2}tags\.TagsList\n {4}\+ .*"team"/);

    const back = await run('rollback', '1', '--reason', 'tagged by mistake', '--yes');
    expect(back.code).toBe(0);
    expect(back.stdout).toContain('the next sweep restores');
    expect(back.stdout).toContain('captured org-trail (us-east-1), version 3');
    await account.swept();
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('is JSON if asked', async () => {
    const { code, value } = await json('history');

    expect(code).toBe(0);
    expect(value).toMatchObject({
      trail: account.trail,
      versions: [{ version: 1, isCurrent: true, stored: { reason: 'first capture' } }],
    });
    expect((await json('diff', '1', '1')).value).toMatchObject({ from: 1, to: 1, changes: [] });
    expect((await json('rollback', '1', '--reason', 'x')).value).toMatchObject({
      status: 'unchanged',
    });
  });

  test('says which versions there are where another one is asked for', async () => {
    const { code, stderr } = await run('rollback', '7', '--reason', 'x', '--yes');

    expect(code).toBe(1);
    expect(stderr).toBe('error: org-trail (us-east-1) has no version 7: it has 1\n');
  });

  test('is compared with the live trail, with exit code 2 where that differs', async () => {
    await update({ S3KeyPrefix: 'moved' });

    const { code, stdout } = await run('diff', '1', 'live');

    expect(code).toBe(2);
    expect(stdout).toContain('settings.S3KeyPrefix is "moved", was "cloudtrail"');
  });
});

test('show reports every field of a baseline, and what it leaves open', async () => {
  const trail = await otherTrail('weak-trail');
  await run('capture', trail, '--yes');

  const { code, stdout } = await run('show', 'weak-trail');

  expect(code).toBe(0);
  expect(stdout).toMatch(/settings\.IsMultiRegionTrail +false/);
  expect(stdout).toContain('advice events of other Regions are not recorded');
  expect(stdout).toContain('advice log files can be changed unnoticed');
  expect(stdout).toContain('encrypt it with a KMS key');
  const { value } = await json('show', 'weak-trail');
  expect(value).toMatchObject({ baseline: { trail, version: 1 }, windows: [] });
  expect(value.hardeningAdvice).toHaveLength(3);
});

describe('a baseline file', () => {
  const tooManySelectors = {
    EventSelectors: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [`${name}.amazonaws.com`],
    })),
    AdvancedEventSelectors: null,
  };

  test('that was printed by show --json and changed becomes the next version, with a reason', async () => {
    const exported = await shown();
    expect(Object.keys(exported).toSorted()).toEqual(
      [
        ...['schema', 'trail', 'version', 'previous', 'capturedAt', 'capturedBy', 'reason'],
        ...['states', 'policy'],
      ].toSorted(),
    );
    exported.states.settings.KmsKeyId = 'alias/org-trail';
    exported.states.tags.TagsList = [];
    const changed = await file(exported);

    const refused = await run('import', changed, '--yes');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('tags.TagsList\n    - {"Key":"owner", "Value":"security"}');
    const taken = await run('import', changed, '--reason', 'no tags', '--yes');

    expect(taken.code).toBe(0);
    const value = await shown();
    expect(value).toMatchObject({
      version: 2,
      reason: 'no tags',
      states: { tags: { TagsList: [] } },
    });
    expect(value.states.settings.KmsKeyId).toMatch(/^arn:aws:kms:us-east-1:111122223333:key\//);
    expect((await run('restore', '--yes')).code).toBe(0);
    expect(await account.auditTrail()).toMatchObject({ Tags: [] });
  });

  test('may name the log group without :*, and protects the trail', async () => {
    const exported = await shown();
    const { settings } = exported.states;
    settings.CloudWatchLogsLogGroupArn = settings.CloudWatchLogsLogGroupArn.replace(/:\*$/, '');

    const imported = await run('import', await file(exported), '--reason', 'from IaC', '--yes');
    await account.swept();
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3BucketName: 'attacker-bucket' }),
    );
    await account.swept();
    await account.swept();

    expect(imported.code).toBe(0);
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect((await run('plan')).code).toBe(0);
  });

  test('may leave out what the live trail reports of its bucket', async () => {
    const exported = await shown();
    const { bucket } = exported.states;
    exported.states.bucket = { Owner: bucket.Owner };

    const imported = await run('import', await file(exported), '--reason', 'by hand', '--yes');

    expect(imported.code).toBe(0);
    expect((await shown()).states.bucket).toEqual(bucket);
  });

  test('answers what it came to as JSON, be it stored or not', async () => {
    const exported = await shown();
    exported.states.tags.TagsList = [];
    const changed = await file(exported);

    const refused = await json('import', changed, '--yes');
    const taken = await json('import', changed, '--reason', 'no tags', '--yes');

    expect(refused).toMatchObject({ code: 2, value: { status: 'differs' } });
    expect(taken).toMatchObject({
      code: 0,
      value: { status: 'captured', baseline: { version: 2, states: { tags: { TagsList: [] } } } },
    });
    expect(await inForce(account.trail)).toMatchObject({ version: 2 });
  });

  test('brings back a trail that is gone, and reports so before', async () => {
    const exported = await file((await json('show')).value);
    await run('retire', '--reason', 'moving', '--yes');
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    const { code, stdout } = await run('import', exported, '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('does not exist: in enforce mode the next sweep creates it');
    await account.swept();
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test.each([
    [{ schema: 2 }, 'schema: must be 1'],
    [{ trail: 'org-trail' }, 'trail: "org-trail" is not a trail ARN'],
    [{ color: 'blue' }, 'color'],
    [{ states: { moonlight: {} } }, 'states: has fields that'],
    [
      { policy: { tags: 'skip' } },
      'policy.tags: must be "restore", "approve", "approve-coverage-loss", "alert" or "ignore"',
    ],
    [{ states: { tags: {} } }, 'states.tags.TagsList: is missing'],
    [
      { states: { 'event-selectors': tooManySelectors } },
      'EventSelectors: must hold at most 5 selectors',
    ],
  ])('with %j is refused, naming the field', async (patch, message) => {
    const exported = await shown();

    const { code, stdout, stderr } = await run(
      'import',
      await file({ ...exported, ...patch }),
      '--yes',
    );

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
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
    const events = new EventBridgeClient({
      endpoint: account.endpoint,
      region: account.region,
      credentials: { accessKeyId: 'mallory', secretAccessKey: 'any' },
    });
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

describe('import --from-terraform', () => {
  const moduleOf = (values: object) => ({
    values: {
      root_module: {
        child_modules: [
          {
            resources: [
              {
                address: 'module.audit.aws_cloudtrail.main',
                mode: 'managed',
                type: 'aws_cloudtrail',
                values,
              },
            ],
          },
        ],
      },
    },
  });
  /** The trail of the sandbox, as Terraform describes it. */
  const orgTrail = {
    arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail',
    name: 'org-trail',
    s3_bucket_name: 'org-trail-logs',
    s3_key_prefix: 'cloudtrail',
    sns_topic_name: 'org-trail-delivered',
    is_multi_region_trail: true,
    is_organization_trail: true,
    include_global_service_events: true,
    enable_log_file_validation: true,
    enable_logging: true,
    cloud_watch_logs_group_arn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*',
    cloud_watch_logs_role_arn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs',
    kms_key_id: 'alias/org-trail',
    event_selector: [
      {
        read_write_type: 'All',
        include_management_events: true,
        exclude_management_event_sources: [],
        data_resource: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3'] }],
      },
    ],
    advanced_event_selector: [],
    insight_selector: [
      { insight_type: 'ApiCallRateInsight' },
      { insight_type: 'ApiErrorRateInsight' },
    ],
    tags: null,
    tags_all: { owner: 'security' },
  };
  const imported = async (values: object, ...args: readonly string[]) => {
    const file = join(await mkdtemp(join(tmpdir(), 'trailkeeper-')), 'terraform.json');
    onTestFinished(() => rm(file));
    await writeFile(file, JSON.stringify(moduleOf(values)));
    return json('import', '--from-terraform', file, '--yes', ...args);
  };

  test('of the state that created the trail changes nothing', async () => {
    const { code, value } = await imported(orgTrail);

    expect(value.changes).toEqual([]);
    expect(code).toBe(0);
  });

  test('makes what Terraform declares the baseline, and keeps the kinds that it does not know', async () => {
    const { code, value } = await imported(
      { ...orgTrail, tags_all: { owner: 'audit' } },
      '--reason',
      'from Terraform',
    );

    expect(code).toBe(0);
    expect(value.baseline.states).toMatchObject({
      tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] },
      aggregation: { AggregationConfigurations: [{ EventCategory: 'Data' }] },
    });
  });
});

test('import of a file that lacks something names each member', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'trailkeeper-')), 'baseline.json');
  onTestFinished(() => rm(file));
  await writeFile(file, '{"schema":1}');

  const { code, stderr } = await run('import', file);

  expect(code).toBe(1);
  expect(stderr).toContain('trail: is missing; states: is missing');
});

describe('keys', () => {
  test('prints the key that signs, as a line for cdk.json that is the public key of KMS', async () => {
    const { code, stdout } = await run('keys');

    expect(code).toBe(0);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toBe(publicPem(ownKeyArn));
  });

  test('of a file needs no deployment and no network', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const file = join(await mkdtemp(join(tmpdir(), 'trailkeeper-')), 'approver.pem');
    onTestFinished(() => rm(file));
    await writeFile(file, privateKey);

    const { code, stdout, stderr } = await account.trailkeeper(['keys', '--signing-key', file], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: '',
    });

    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toBe(publicKey);
  });

  test('of a file that holds no key exits with 1 and says what it takes', async () => {
    const { code, stdout, stderr } = await run('keys', '--signing-key', 'README.md');

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe('error: README.md must be a private key in PEM, without a passphrase\n');
  });
});

describe('which trail is meant', () => {
  async function twoOfOneName(): Promise<string> {
    const there = account.clientOf('mallory', 'eu-central-1');
    const { TrailARN = '' } = await there.send(
      new CreateTrailCommand({ Name: 'local-trail', S3BucketName: 'org-trail-logs' }),
    );
    await there.send(new StartLoggingCommand({ Name: TrailARN }));
    for (const trail of [TrailARN, await otherTrail('local-trail')]) {
      expect((await run('capture', trail, '--yes')).stderr).toBe('');
    }
    return TrailARN;
  }

  test('has to be said where there are several, and by ARN where they share a name', async () => {
    const trail = await twoOfOneName();

    expect(await run('show')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: several trails are protected, name one: arn:.*, arn:.*, arn:/,
      ),
    });
    expect(await run('show', 'local-trail')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('several trails have the name local-trail, so give the ARN'),
    });
    expect((await run('show', trail)).code).toBe(0);
    expect((await json('plan')).value.trails).toHaveLength(3);
  });
});

test('--profile takes the credentials and the Region of that profile, whatever the environment has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const keys = 'aws_access_key_id = bob\naws_secret_access_key = any';
  await writeFile(join(folder, 'config'), '[profile auditors]\nregion = us-east-1\n');
  await writeFile(join(folder, 'credentials'), `[auditors]\n${keys}\n`);
  const start = account.calls.length;

  const { code, stdout } = await account.trailkeeper(['list', '--json', '--profile', 'auditors'], {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_REGION: '',
  });

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ trails: [{ trail: account.trail }] });
  const principals = new Set(account.calls.slice(start).map(({ principal }) => principal));
  expect([...principals]).toEqual([expect.stringMatching(/user\/bob$/)]);
});

test('takes the Region and the table from cdk.json if the stack may not be read', async () => {
  const folder = await checkoutWith({});
  const error = 'AccessDenied';
  await account.fault({ service: 'cloudformation', operation: 'DescribeStacks', error, times: 1 });

  const { code, stdout, stderr } = await account.trailkeeper(
    ['list', '--json'],
    { AWS_REGION: '' },
    folder,
  );

  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ trails: [{ trail: account.trail }] });
});

describe('without --yes and without a terminal', () => {
  test.each([
    ['restore', []],
    ['retire', ['--reason', 'x']],
    ['capture', ['--reason', 'x']],
    ['window', ['start', '--kinds', 'tags', '--for', '1h', '--reason', 'x']],
  ])('%s says what it would do, and changes nothing', async (command, args) => {
    await tag('team');
    const [before, versions] = [await account.auditTrail(), await rows(account.trail)];

    const { code, stdout, stderr } = await run(command, ...args);

    expect(code).toBe(1);
    expect(stdout).not.toBe('');
    expect(stderr).toBe(
      'error: nothing was changed: there is no terminal to ask for confirmation: add --yes\n',
    );
    expect(await account.auditTrail()).toEqual(before);
    expect(await rows(account.trail)).toEqual(versions);
    expect(await rows('window')).toEqual([]);
  });
});

describe('what goes wrong is reported with what to do about it, and no stack trace', () => {
  test.each([
    ['an unknown command', ['frob'], {}, "unknown command 'frob'"],
    ['an unknown option', ['plan', '--frob'], {}, "unknown option '--frob'"],
    ['a missing argument', ['diff', '1'], {}, "missing required argument 'to'"],
    ['a version that is none', ['rollback', 'one', '--reason', 'x'], {}, 'a whole number'],
    ['an empty reason', ['capture', '--reason', ' '], {}, 'It must not be empty'],
    ['a name that no trail has', ['show', 'moon'], {}, 'no protected trail has the name "moon"'],
    ['what is no ARN', ['show', 'arn:moon'], {}, '"arn:moon" is not a trail ARN'],
    [
      'a URL that is none',
      ['list'],
      { AWS_ENDPOINT_URL: 'nonsense' },
      'AWS_ENDPOINT_URL must be a URL',
    ],
    ['a file that is not there', ['import', 'moon.json'], {}, 'moon.json does not exist'],
    [
      'another Region',
      ['plan', '--region', 'eu-central-1'],
      {},
      'Name the main Region of trailkeeper with --region',
    ],
    ['another stack', ['plan', '--stack', 'Moon'], {}, 'Stack with id Moon does not exist'],
    ['another table', ['plan', '--table', 'moon'], {}, 'the state table does not exist'],
    ['no Region', ['plan'], { AWS_REGION: '' }, '--region or AWS_REGION'],
    ['a profile that does not exist', ['plan', '--profile', 'moon'], {}, 'the profile moon'],
    ['no network', ['plan'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'AWS cannot be reached'],
  ])('%s', async (_, args, variables, message) => {
    const { code, stdout, stderr } = await account.trailkeeper(args, variables);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a right that is missing', async () => {
    const error = 'AccessDeniedException';
    await account.fault({ service: 'dynamodb', operation: 'Query', error, times: 9 });

    const { code, stdout, stderr } = await run('list', '--json');

    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout).error).toEqual({
      name: error,
      message: expect.stringContaining('your credentials lack this permission: docs/cli.md'),
    });
  });
});

/** One more trail, logging; the reset after the test takes it away. */
async function otherTrail(Name: string): Promise<string> {
  const { TrailARN = '' } = await account.outsider.send(
    new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name }));
  return TrailARN;
}

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

async function file(content: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'baseline.json'), JSON.stringify(content));
  return join(folder, 'baseline.json');
}
