import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AddTagsCommand,
  GetTrailStatusCommand,
  RemoveTagsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DisableKeyCommand, ScheduleKeyDeletionCommand, SignCommand } from '@aws-sdk/client-kms';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Baseline } from '#baseline/baseline.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { parsePublicKey } from '#baseline/signature.ts';
import { pemSigner } from '#baseline/signer.ts';
import { kinds } from '#drift/index.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { publicPem } from '#sandbox/kms-signing.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { type Account, ownAccount, startAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';

// Each attack that docs/threat-model.md claims to withstand, by an administrator of the management account: who may write to the
// state table as to everything else, through plain SDK clients. Two versions are signed; the second one is in force.

type Row = Record<string, unknown> & { readonly document: string };

let account: Account;
let trail: TrailArn;
let asSigned: unknown;

beforeAll(async () => {
  account = await startAccount();
  trail = parseTrailArn(account.trail).arn;
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
  await tag('audit');
  await sign({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] } } });
  await account.swept();
  asSigned = await account.look();
  account.deliver({ dropStreams: false });
});
afterAll(() => account.stop());

describe('a version of a baseline', () => {
  test('that was edited is not enforced, and what was signed is', async () => {
    const { document, ...row } = await versionRow(2);
    await put({ ...row, document: document.replace('org-trail-logs', 'attacker-bucket') });

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringMatching(/version 2 of org-trail.*was changed/),
    );
  });

  test('that nobody has signed is not enforced, whatever says that it is current', async () => {
    const { document, ...row } = await versionRow(2);
    const weak = { ...JSON.parse(document), version: 3, armed: true };
    weak.states.settings.S3BucketName = 'attacker-bucket';
    await put({ ...row, sk: 'baseline#000003', document: JSON.stringify(weak), signatures: [] });
    await put({ pk: 'current', sk: trail, version: 3 });

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringContaining('version 3 is not signed by anybody who may approve'),
    );
  });

  test('that is signed by a key that is not pinned is not enforced', async () => {
    const { document, ...row } = await versionRow(2);
    const weak = document
      .replace('org-trail-logs', 'attacker-bucket')
      .replace('"version":2', '"version":3');
    const signatures = [await malloryKey().sign('version', weak)];
    await put({ ...row, sk: 'baseline#000003', document: weak, signatures });

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringContaining('is not a pinned one'));
  });

  test('that was signed for another trail is not enforced on this one', async () => {
    const decoy = parseTrailArn(await account.addTrail('decoy')).arn;
    await sign({ trail: decoy, states: { settings: { S3BucketName: 'attacker-bucket' } } });
    const { document, signatures } = await versionRow(1, decoy);
    await put({ pk: trail, sk: 'baseline#000003', document, signatures });
    await put({ pk: 'current', sk: trail, version: 3 });

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringContaining('is another trail'));
  });

  test('that is older is not enforced again when it is made current', async () => {
    await put({ pk: 'current', sk: trail, version: 1 });

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringContaining('was moved back from version 2 to version 1'),
    );
  });

  test('that is older does not come back under a higher number', async () => {
    const { document, signatures } = await versionRow(1);
    await put({ pk: trail, sk: 'baseline#000003', document, signatures });

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringContaining('version: must be 3'));
  });

  test.each(['baseline#1', 'baseline#0000001', 'baseline#00001', 'baseline#1e0'])(
    'that is older does not come back under the key %s, nor keep a newer one from coming into force',
    async (sk) => {
      const { document, signatures } = await versionRow(1);
      await put({ pk: trail, sk, document, signatures });

      await expectGuarded();
      await account.restartFunctions();
      await expectGuarded();
      expect(await faults()).toContainEqual(expect.stringContaining('is no version'));
      await sign({ states: { settings: { S3KeyPrefix: 'siem' } } });
      await account.swept();
      expect(await account.look()).toMatchObject({ S3KeyPrefix: 'siem' });
    },
  );

  test('stays in force when it is deleted, by its copy', async () => {
    await remove(trail, 'baseline#000002');
    await put({ pk: 'current', sk: trail, version: 1 });
    await account.restartFunctions();

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringMatching(/version 2 of org-trail.*signed by [0-9a-f]{16}, was deleted/),
    );
  });

  test('stays in force when it and its copy are deleted, for as long as a function remembers it', async () => {
    await remove(trail, 'baseline#000002');
    await put({ ...(await versionRow(1)), pk: 'incident#seen', sk: trail });
    await put({ pk: 'current', sk: trail, version: 1 });

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringMatching(/copy of the version of org-trail.*from version 2 to version 1/),
    );
  });

  test('has a copy again when somebody has taken the signatures off it, and that is told', async () => {
    const copy = await account.row({ pk: 'incident#seen', sk: trail });
    await put({ ...copy, signatures: [] });
    await account.swept();

    expect(await account.row({ pk: 'incident#seen', sk: trail })).toEqual(copy);
    expect(await faults()).toContainEqual(
      expect.stringMatching(/copy of the version of org-trail.*what nobody has signed/),
    );
  });

  test('comes into force although somebody has put a hundred rows above it, and large ones', async () => {
    await junk(105, (i) => ({ pk: trail, sk: `baseline#9${String(i).padStart(5, '0')}` }));
    await put({ pk: trail, sk: 'baseline#999999', document: 'x'.repeat(390_000) });
    await sign({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'the new owner' }] } } });

    await tag('mallory');
    await account.swept();

    expect(await account.look()).toMatchObject({
      Tags: [{ Key: 'owner', Value: 'the new owner' }],
    });
  });

  test('is found although somebody has named hundreds of trails, where the configuration names it', async () => {
    await junk(250, (i) => ({ pk: 'current', sk: `arn:aws:cloudtrail:a-${i}`, version: 1 }));

    const listed = await baselineStore(account.table, account.tableName, kinds, {
      ...account.signing,
      trails: [trail],
    }).list();

    expect(listed.length).toBeLessThan(250);
    expect(listed).toContainEqual(
      expect.objectContaining({ trail, baseline: expect.objectContaining({ version: 2 }) }),
    );
  });

  test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'is enforced while the table can not be read, for as long as a function remembers it: %s',
    async (error) => {
      await account.fault({ service: 'dynamodb', operation: 'Query', error, times: 999 });
      onTestFinished(async () => void (await account.clearFaults()));
      await account.outsider.send(new StopLoggingCommand({ Name: trail }));
      const { log } = await account.sweep();

      expect(await account.look()).toEqual(asSigned);
      expect(log.join()).toContain('the state table can not be read');
    },
  );

  test('is found in as many requests, however much somebody wrote under the names of other trails', async () => {
    const others = [1, 2, 3].map((i) => `arn:aws:cloudtrail:us-east-1:111122223333:trail/a-${i}`);
    const write = (document: string) =>
      Promise.all(
        others.flatMap((pk) =>
          [1, 2, 3, 4, 5, 6].map((i) => put({ pk, sk: `baseline#00000${i}`, document })),
        ),
      );
    for (const sk of others) await put({ pk: 'current', sk, version: 1 });
    const { client, requests } = counting();
    const found = async () => {
      const before = requests();
      const store = baselineStore(client, account.tableName, kinds, account.signing);
      expect(await store.list()).toContainEqual(
        expect.objectContaining({ trail, baseline: expect.objectContaining({ version: 2 }) }),
      );
      return requests() - before;
    };

    await write('{}');
    const ofSmall = await found();
    await write('x'.repeat(390_000));

    expect(await found()).toBe(ofSmall);
  });

  test('is guarded although nothing says that the trail is', async () => {
    await remove('current', trail);
    await account.restartFunctions();

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringMatching(/"current".*was deleted/));
  });
});

test('a trail that was retired and is guarded again is not retired by the old retirement', async () => {
  const guarded = await account.baselines().find(trail);
  await account
    .baselines()
    .retire(
      { schema: 1, trail, retiredAt: now(), retiredBy: 'alice', reason: 'a pause' },
      guarded as NonNullable<typeof guarded>,
    );
  await sign({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] } } });
  await account.swept();
  await remove(trail, 'baseline#000004');
  await put({ pk: 'current', sk: trail, version: 3 });

  await expectGuarded();
});

describe('a trail that the configuration names', () => {
  test('and of which every row is deleted is an alarm, and no trail that nobody knows', async () => {
    const own = await ownAccount({ deployment: named() });
    for (const { pk, sk } of await rowsOf(own)) {
      await own.table.send(new DeleteCommand({ TableName: own.tableName, Key: { pk, sk } }));
    }

    const { log, ...invocation } = await own.sweep();
    await own.settled();

    expect(invocation).toMatchObject({ result: { trails: [{ trail, verdict: 'broken' }] } });
    expect(metric(log, 'TrailsGuarded')).toBe(0);
    expect(metric(log, 'TrailsOutOfSync')).toBe(1);
    expect(JSON.stringify(await own.slack())).toMatch(/NOT guarded/);
  });
});

test('a version is signed anew, as it is, by a key that takes the place of another', async () => {
  const own = await ownAccount({ deployment: named() });
  const file = await secondKeyFile();
  const rollback = (...more: string[]) =>
    own.trailkeeper(['rollback', '1', '--reason', 'a new key', '--yes', ...more]);

  expect((await rollback()).stdout).toContain('unchanged');
  expect((await rollback('--signing-key', file)).stdout).toContain('version 2');

  const [before, after] = await Promise.all(
    ['baseline#000001', 'baseline#000002'].map((sk) => own.row({ pk: own.trail, sk })),
  );
  const { states } = JSON.parse(String(before?.document));
  expect(JSON.parse(String(after?.document))).toMatchObject({ states, armed: true });
  expect(after?.signatures).toMatchObject([{ algorithm: 'ED25519' }]);
});

test('where two have to sign, what one has signed is not in force, and the same one can not sign again', async () => {
  const { signing, ...deployment } = named();
  const own = await ownAccount({
    deployment: { ...deployment, signing: { ...signing, required: 2 } },
  });
  const isLogging = async () =>
    (await own.outsider.send(new GetTrailStatusCommand({ Name: own.trail }))).IsLogging;
  await own.outsider.send(new StopLoggingCommand({ Name: own.trail }));

  await own.sweep();
  expect(await isLogging()).toBe(false);
  const again = await own.trailkeeper(['sign', own.trail, '--yes']);
  expect(again.stderr).toContain('has signed it already');
  const other = ['--signing-key', await secondKeyFile()];
  expect(await own.trailkeeper(['sign', own.trail, '--yes', ...other])).toMatchObject({
    code: 0,
    stderr: '',
  });
  await own.sweep();

  expect(await isLogging()).toBe(true);
});

test('where two have to sign, two commands let go of every trail', async () => {
  const { signing } = named();
  const own = await ownAccount({ deployment: { signing: { ...signing, required: 2 } } });
  const other = ['--signing-key', await secondKeyFile(), '--yes'];
  await own.trailkeeper(['sign', own.trail, ...other]);
  const another = await own.addTrail('another');
  const because = ['--reason', 'trailkeeper goes', '--yes'];
  const captured = await own.trailkeeper(['capture', another, ...because]);
  expect(captured.code, captured.stderr).toBe(0);
  await own.trailkeeper(['sign', another, ...other]);

  await own.trailkeeper(['retire', '--all', ...because]);
  expect(await own.swept()).toHaveLength(2);
  const { code, stdout } = await own.trailkeeper(['sign', '--all', ...other]);

  expect(code).toBe(0);
  for (const name of ['org-trail', 'another']) {
    expect(stdout).toMatch(new RegExp(`^${name} \\(us-east-1\\), version 2, `, 'm'));
  }
  expect(await own.swept()).toEqual([]);
});

test('what a second person signs is shown whole: what it follows, what it leaves open, and what differs', async () => {
  const { signing, ...deployment } = named();
  const own = await ownAccount({
    deployment: { ...deployment, signing: { ...signing, required: 2 } },
  });
  const second = async () => {
    const key = ['--signing-key', await secondKeyFile()];
    return (await own.trailkeeper(['sign', own.trail, '--yes', ...key])).stdout;
  };
  await own.outsider.send(new StopLoggingCommand({ Name: own.trail }));
  const first = await second();
  expect(first).toContain('It is armed');
  expect(first).toContain('the next sweep restores');
  expect(first).toMatch(/logging\.IsLogging is false/);
  await own.sweep();

  const because = ['--reason', 'a pause', '--yes'];
  const retired = await own.trailkeeper(['retire', own.trail, ...because]);
  expect(retired.stdout).toContain('not in force until somebody else signs it');
  expect(retired.stdout).not.toContain('guards it again');
  expect(await second()).toContain('neither told nor undone');
  await own.outsider.send(
    new UpdateTrailCommand({ Name: own.trail, EnableLogFileValidation: false }),
  );
  await own.trailkeeper(['capture', own.trail, ...because]);

  const again = await second();
  expect(again).toContain('this guards it again');
  expect(again).toContain('LogFileValidationEnabled is false, was true');
  expect(again).toMatch(/weak log files can be changed/);
});

test('a second person signs before two are asked for, so that each version stays in force', async () => {
  const { signing, ...deployment } = named();
  const own = await ownAccount({ deployment: { ...deployment, signing } });
  const both = { keys: signing.keys, required: 2 };
  const checkout = await checkoutWith(both);
  const doctor = async () => (await own.trailkeeper(['doctor'], {}, checkout)).stdout;
  const options = ['--table', own.tableName, '--signing-key', await secondKeyFile(), '--yes'];
  expect(await doctor()).toContain('will not be guarded once this cdk.json is deployed');

  own.deliver({ dropStreams: false });
  await own.trailkeeper(['sign', own.trail, ...options], {}, checkout);
  await own.settled();

  expect((await own.tamperings()).flatMap((one) => one.faults)).toEqual([]);
  expect(await doctor()).not.toContain('will not be guarded');
  const keys = signing.keys.map(parsePublicKey);
  for (const required of [1, 2]) {
    const trust = { trust: { keys, required }, signer: null };
    const store = baselineStore(own.table, own.tableName, kinds, trust);
    expect(await store.find(trail)).toMatchObject({ baseline: { version: 1 }, faults: [] });
  }
});

describe('a Hold', () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const hold = (edits: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
    schema: 1,
    id: 'forged',
    trail,
    kinds: ['settings', 'tags'],
    from: '2026-01-01T00:00:00Z',
    until,
    by: 'alice',
    reason: 'planned work',
    ...edits,
  });
  const holdRow = async (content: MaintenanceWindow, signer?: ReturnType<typeof pemSigner>) => {
    const document = JSON.stringify(content);
    const signatures = signer ? [await signer.sign('hold', document)] : [];
    return { pk: 'hold', sk: `${content.trail}#${content.id}`, document, signatures };
  };

  test('that nobody has signed keeps nothing from being restored', async () => {
    await put(await holdRow(hold({ from: now() })));

    await expectGuarded();
    expect(await faults()).toContainEqual(
      expect.stringContaining('is not signed by anybody who may approve'),
    );
  });

  test('that is signed by a key that is not pinned keeps nothing from being restored', async () => {
    await put(await holdRow(hold({ from: now() }), malloryKey()));

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringContaining('is not a pinned one'));
  });

  test('that was signed for another trail, or longer, keeps nothing from being restored', async () => {
    const decoy = parseTrailArn(trail.replace('org-trail', 'decoy')).arn;
    await holds().add(hold({ trail: decoy, from: now() }));
    const row = await account.row({ pk: 'hold', sk: `${decoy}#forged` });
    const { document, signatures } = row as Row;
    await put({ pk: 'hold', sk: `${trail}#forged`, document, signatures });
    await put({
      pk: 'hold',
      sk: `${trail}#longer`,
      document: document.replace('decoy', 'org-trail').replace('forged', 'longer'),
      signatures,
    });

    await expectGuarded();
    expect(await faults()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('are not those of its row'),
        expect.stringContaining('did not sign it'),
      ]),
    );
  });

  test('keeps nobody waiting who reads its end, however many ends somebody writes', async () => {
    const reason = 'x'.repeat(390_000);
    const ends = Array.from({ length: 40 }, (_, i) =>
      put({ pk: 'released', sk: `${trail}#${i}`, reason }),
    );
    await Promise.all(ends);
    const { client, requests } = counting();

    await windowStore(client, account.tableName, kinds, account.signing).list(new Date(), trail);

    expect(requests()).toBe(1);
  });

  test('that was released is not kept again when its end is taken back', async () => {
    const planned = hold({ id: 'planned', from: now() });
    await holds().add(planned);
    await holds().release(planned, { at: now(), by: 'alice', reason: 'done' });
    await account.swept();
    await remove('released', `${trail}#planned`);

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringContaining('was taken back, or changed'));
  });

  test('that is one of many forged ones hides nothing behind as many messages', async () => {
    const before = (await account.tamperings()).length;
    await junk(60, (i) => ({ pk: 'hold', sk: `${trail}#forged-${i}`, document: '{}' }));
    await account.settled();

    const told = (await account.tamperings()).slice(before);
    expect(told.length).toBeLessThan(20);
    expect(told.flatMap((one) => one.faults)).toContainEqual(
      expect.stringContaining('forged-59 is not kept'),
    );
  });

  test('that is large keeps nobody waiting, and is told', async () => {
    const document = JSON.stringify({ ...hold(), kinds: Array.from({ length: 150_000 }, () => 0) });
    for (let i = 0; i < 12; i += 1) {
      await put({ pk: 'hold', sk: `${trail}#large-${i}`, document, signatures: [] });
    }

    await expectGuarded();
    expect(await faults()).toContainEqual(expect.stringMatching(/Hold .*large-.* too long/));
  });

  test('that is over keeps nothing from being restored when it is put back', async () => {
    await holds().add(hold({ until: '2026-01-01T02:00:00Z' }));

    await expectGuarded();
  });
});

test('a version can not be made to count as a Hold, or a Hold as a version', async () => {
  const { document, signatures } = await versionRow(2);
  await put({ pk: 'hold', sk: `${trail}#forged`, document, signatures });
  await put({ pk: trail, sk: 'baseline#000003', document: '{}', signatures });

  await expectGuarded();
});

describe('the key of those who may approve', () => {
  test('does not sign for an administrator who is not one of them', async () => {
    const Message = Buffer.alloc(32);
    const signing = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const;

    await expect(
      account.kms.send(new SignCommand({ KeyId: ownKeyArn, Message, ...signing })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await tag('mallory');
    const { code, stderr } = await account.trailkeeper(
      ['accept', '--reason', 'mine now', '--yes'],
      { AWS_ACCESS_KEY_ID: 'mallory' },
    );
    expect(code).toBe(1);
    expect(stderr).toContain('signing.approvers');
    expect(await account.row({ pk: trail, sk: 'baseline#000003' })).toBeUndefined();
  });

  test('is not needed to verify: disabled, and to be deleted, it stops nothing, and that is told', async () => {
    account.deliver({ drop: false });
    await account.kms.send(new DisableKeyCommand({ KeyId: ownKeyArn }));
    await account.kms.send(new ScheduleKeyDeletionCommand({ KeyId: ownKeyArn }));
    await account.settled();
    account.deliver({ drop: true });

    await expectGuarded();
    const told = (await account.notifications()).map(({ message }) => message).join('\n');
    expect(told).toContain('DisableKey');
    expect(told).toContain('ScheduleKeyDeletion');
  });
});

describe('a forged event', () => {
  const events = () =>
    new EventBridgeClient({
      endpoint: account.endpoint,
      region: account.region,
      credentials: { accessKeyId: 'mallory', secretAccessKey: 'any' },
    });
  const send = (Source: string, DetailType: string, detail: object) =>
    events().send(
      new PutEventsCommand({
        Entries: [
          { Source, DetailType, Detail: JSON.stringify(detail), EventBusName: 'trailkeeper' },
        ],
      }),
    );

  test('of ours, which names no incident or one that is not there, is told to nobody', async () => {
    const before = (await account.slack()).length;
    const incident = { pk: `incident#${trail}`, sk: '2026-01-01T00:00:00.000Z#made-up' };
    await send('trailkeeper', 'Trail Restored', { incident });
    await send('trailkeeper', 'Guard Tampered', { text: 'call this number' });
    await account.settled();

    expect(await account.slack()).toHaveLength(before);
  });

  test('of CloudTrail is not taken, as only AWS speaks for its services', async () => {
    const before = account.invocations.length;
    const detail = { eventSource: 'cloudtrail.amazonaws.com', eventName: 'StopLogging' };
    const { Entries } = await send('aws.cloudtrail', 'AWS API Call via CloudTrail', detail);
    await send('cloudtrail', 'AWS API Call via CloudTrail', detail);
    await account.settled();

    expect(Entries).toMatchObject([{ ErrorCode: 'NotAuthorizedForSourceException' }]);
    expect(account.invocations).toHaveLength(before);
  });
});

describe('what those who may approve have signed is told with who signed it, and what changed:', () => {
  const news = async () => {
    await account.settled();
    const all = await account.tamperings();
    return all.filter((one) => one.faults.length === 0).flatMap(({ changes }) => changes);
  };

  test('a version', async () => {
    await sign({ states: { settings: { S3KeyPrefix: 'siem' } }, reason: 'moved to the SIEM' });

    const told = await news();
    expect(told).toContainEqual(
      expect.stringMatching(/^version 3 of org-trail .* was stored, signed by [0-9a-f]{16}$/),
    );
    expect(told).toContainEqual(expect.stringContaining('moved to the SIEM'));
    expect(told).toContain('settings.S3KeyPrefix is "siem", was "cloudtrail"');
    expect(JSON.stringify(await account.slack())).toContain('moved to the SIEM');
  });

  test('a Hold', async () => {
    await holds().add({
      schema: 1,
      id: 'planned',
      trail,
      kinds: ['tags'],
      from: now(),
      until: new Date(Date.now() + 3_600_000).toISOString(),
      by: 'alice',
      reason: 'retagging',
    });

    expect(await news()).toContainEqual(
      expect.stringMatching(/^a Hold on org-trail .* signed by [0-9a-f]{16}: tags, from /),
    );
  });

  test('a retirement', async () => {
    const guarded = await account.baselines().find(trail);
    await account
      .baselines()
      .retire(
        { schema: 1, trail, retiredAt: now(), retiredBy: 'alice', reason: 'moved away' },
        guarded as NonNullable<typeof guarded>,
      );

    expect(await news()).toContainEqual(expect.stringContaining('the trail is no longer guarded'));
  });
});

/** Signs and stores the next version of a trail as Alice, who may approve: the one in force with some states replaced. */
async function sign({
  states = {},
  trail: of = trail,
  ...edits
}: Partial<Baseline> & { states?: Record<string, object> }): Promise<void> {
  const store = account.baselines();
  const known = await store.find(of);
  const before = (await store.newestValid(of)) ?? (await store.newestValid(trail));
  if (before === null) throw new Error('there is no version to begin with');
  const { version: _, previous: __, ...content } = before;
  const merged = Object.fromEntries(
    Object.entries(content.states).map(([kind, state]) => [kind, { ...state, ...states[kind] }]),
  );
  await store.add({ ...content, capturedAt: now(), ...edits, trail: of, states: merged }, known);
}

/** What is signed is enforced: the trail comes back as it was signed, whatever is done to it. */
async function expectGuarded(): Promise<void> {
  await account.settled();
  await account.outsider.send(new StopLoggingCommand({ Name: trail }));
  await account.outsider.send(
    new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }),
  );
  await tag('mallory');

  await account.swept();

  expect(await account.look()).toEqual(asSigned);
}

async function tag(owner: string): Promise<void> {
  const change = { ResourceId: trail, TagsList: [{ Key: 'owner', Value: owner }] };
  await account.outsider.send(new RemoveTagsCommand(change));
  await account.outsider.send(new AddTagsCommand(change));
}

/** All that was told as tampering with the table, by the stream and by two sweeps. */
async function faults(): Promise<readonly string[]> {
  await account.swept();
  await account.settled();
  return (await account.tamperings()).flatMap((one) => one.faults);
}

async function versionRow(number: number, of: string = trail): Promise<Row> {
  const row = await account.row({ pk: of, sk: `baseline#${String(number).padStart(6, '0')}` });
  if (row === undefined) throw new Error(`there is no version ${number} of ${of}`);
  return row as Row;
}

const put = (Item: Record<string, unknown>) =>
  account.table.send(new PutCommand({ TableName: account.tableName, Item }));

/** A client of the table that counts its requests. */
function counting() {
  let requests = 0;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: account.endpoint,
      region: account.region,
      credentials: { accessKeyId: 'alice', secretAccessKey: 'any' },
    }),
  );
  client.middlewareStack.add((next) => (args) => {
    requests += 1;
    return next(args);
  });
  return { client, requests: () => requests };
}

/** Rows that Mallory writes at once. */
async function junk(count: number, rowOf: (i: number) => object): Promise<void> {
  const Items = Array.from({ length: count }, (_, i) => ({
    PutRequest: { Item: { ...rowOf(i) } },
  }));
  for (let i = 0; i < count; i += 25) {
    const RequestItems = { [account.tableName]: Items.slice(i, i + 25) };
    await account.table.send(new BatchWriteCommand({ RequestItems }));
  }
}

const remove = (pk: string, sk: string) =>
  account.table.send(new DeleteCommand({ TableName: account.tableName, Key: { pk, sk } }));

async function rowsOf({ table, tableName }: Account) {
  const { Items = [] } = await table.send(new ScanCommand({ TableName: tableName }));
  return Items as { readonly pk: string; readonly sk: string }[];
}

const holds = () => windowStore(account.table, account.tableName, kinds, account.signing);

/** A second key that may approve, always the same. */
const secondKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${'07'.repeat(32)}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});

async function secondKeyFile(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'trailkeeper-key-')), 'key.pem');
  await writeFile(file, secondKey.export({ format: 'pem', type: 'pkcs8' }));
  return file;
}

/** A deployment that names the trail, and two keys. */
const named = () => ({
  trails: [trail],
  signing: {
    keys: [
      publicPem(ownKeyArn),
      createPublicKey(secondKey).export({ format: 'pem', type: 'spki' }).toString(),
    ],
    approvers: [
      `arn:aws:iam::${account.account}:user/alice`,
      `arn:aws:iam::${account.account}:user/admin`,
    ],
  },
});

const malloryKey = () =>
  pemSigner(
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  );

const now = () => new Date().toISOString();

/** What a function wrote to its log for a metric. */
function metric(log: readonly string[], name: string): unknown {
  const lines = log.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line));
  return lines.find((line) => name in line)?.[name];
}
