import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DisableKeyCommand, ScheduleKeyDeletionCommand, SignCommand } from '@aws-sdk/client-kms';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { kinds } from '#drift/index.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';
import { type SignedTrail, signedTrail } from '../support/signed-trail.ts';
import { newSigner } from '../support/signers.ts';

// Each attack on the state table in docs/threat-model.md, by an administrator of the management account who can write
// to the table with plain SDK clients. Two versions are signed; the second is in force.

const account = testAccount();

let trail: TrailArn;

let signed: SignedTrail;

beforeAll(async () => {
  trail = parseTrailArn(account.trail).arn;
  signed = signedTrail(account);
});

beforeEach(() => signed.start());

const now = () => new Date().toISOString();

describe('a version', () => {
  test('is not enforced if it was edited: the signed one is', async () => {
    const { document, ...row } = await signed.versionRow(2);
    await signed.put({ ...row, document: document.replace('org-trail-logs', 'attacker-bucket') });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(/version 2 of org-trail.*was changed/),
    );
  });

  test('is not enforced if it has no signature', async () => {
    const { document, ...row } = await signed.versionRow(2);
    const weak = { ...JSON.parse(document), version: 3 };
    weak.states.settings.S3BucketName = 'attacker-bucket';
    await signed.put({
      ...row,
      sk: 'baseline#000003',
      document: JSON.stringify(weak),
      signature: null,
    });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('version 3 is not signed by an approver: it has no signature'),
    );
  });

  test('is not enforced if a key that is not pinned signed it', async () => {
    const { document, ...row } = await signed.versionRow(2);
    const weak = document
      .replace('org-trail-logs', 'attacker-bucket')
      .replace('"version":2', '"version":3');
    const signature = await newSigner().sign('version', weak);
    await signed.put({ ...row, sk: 'baseline#000003', document: weak, signature });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('is not in signing.keys'),
    );
  });

  test('is not enforced on another trail than the signed one', async () => {
    const decoy = parseTrailArn(await account.addTrail('decoy')).arn;
    await signed.addVersion({
      trail: decoy,
      states: { settings: { S3BucketName: 'attacker-bucket' } },
    });
    const { document, signature } = await signed.versionRow(1, decoy);
    await signed.put({ pk: trail, sk: 'baseline#000003', document, signature });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining(`trail: is ${decoy}`),
    );
  });

  test('is not enforced again under a higher number', async () => {
    const { document, signature } = await signed.versionRow(1);
    await signed.put({ pk: trail, sk: 'baseline#000003', document, signature });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('version: must be 3'),
    );
  });

  test.each(['baseline#1', 'baseline#0000001', 'baseline#00001', 'baseline#1e0'])(
    'is not enforced again under the key %s, which blocks no newer version',
    async (sk) => {
      const { document, signature } = await signed.versionRow(1);
      await signed.put({ pk: trail, sk, document, signature });

      await signed.expectRestored();
      account.recycle();
      await signed.expectRestored();
      expect(await signed.tamperReports()).toContainEqual(
        expect.stringContaining('is not a version'),
      );
      await signed.addVersion({ states: { settings: { S3KeyPrefix: 'siem' } } });
      await account.swept();
      expect(await account.auditTrail()).toMatchObject({ S3KeyPrefix: 'siem' });
    },
  );

  test('stays in force by its copy if it is deleted', async () => {
    await signed.remove(trail, 'baseline#000002');
    await account.restartFunctions();

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(/version 2 of org-trail.*signed by [0-9a-f]{16}, was deleted/),
    );
  });

  test('stays in force in a function’s cache if its copy is also replaced', async () => {
    await signed.remove(trail, 'baseline#000002');
    await signed.put({ ...(await signed.versionRow(1)), pk: 'incident#in-force', sk: trail });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(
        /copy of the version in force of org-trail.*from version 2 to version 1/,
      ),
    );
  });

  test('has its copy restored and reported if the signature of the copy is removed', async () => {
    const copy = await account.row({ pk: 'incident#in-force', sk: trail });
    await signed.put({ ...copy, signature: null });
    await account.swept();

    expect(await account.row({ pk: 'incident#in-force', sk: trail })).toEqual(copy);
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(/copy of the version in force of org-trail.*no approver signed/),
    );
  });

  test('comes into force despite a hundred unsigned rows and a large one', async () => {
    await signed.writeRows(105, (i) => ({
      pk: trail,
      sk: `baseline#9${String(i).padStart(5, '0')}`,
    }));
    await signed.put({ pk: trail, sk: 'baseline#999999', document: 'x'.repeat(390_000) });
    await signed.addVersion({
      states: { tags: { TagsList: [{ Key: 'owner', Value: 'the new owner' }] } },
    });

    await signed.tag('mallory');
    await account.swept();

    expect(await account.auditTrail()).toMatchObject({
      Tags: [{ Key: 'owner', Value: 'the new owner' }],
    });
  });

  test('is found among hundreds of forged trails if the configuration names its trail', async () => {
    await signed.writeRows(250, (i) => ({
      pk: 'incident#in-force',
      sk: `arn:aws:cloudtrail:a-${i}`,
    }));

    const listed = await baselineStore(rowsIn(account.table, account.tableName), kinds, {
      ...account.signing,
      trails: [trail],
    }).list();

    expect(listed.length).toBeLessThan(250);
    expect(listed).toContainEqual(
      expect.objectContaining({ trail, baseline: expect.objectContaining({ version: 2 }) }),
    );
  });

  test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'is enforced from a function’s cache if the table cannot be read: %s',
    async (error) => {
      await account.fault({ service: 'dynamodb', operation: 'Query', error, times: 999 });
      onTestFinished(async () => void (await account.clearFaults()));
      await account.outsider.send(new StopLoggingCommand({ Name: trail }));
      const { log } = await account.sweep();

      expect(await account.auditTrail()).toEqual(signed.asSigned());
      expect(log.join()).toContain('cannot read the state table');
    },
  );

  test('is found with the same number of requests, however large forged rows are', async () => {
    const others = [1, 2, 3].map((i) => `arn:aws:cloudtrail:us-east-1:111122223333:trail/a-${i}`);
    const write = (document: string) =>
      Promise.all(
        others.flatMap((pk) =>
          [1, 2, 3, 4, 5, 6].map((i) => signed.put({ pk, sk: `baseline#00000${i}`, document })),
        ),
      );
    for (const sk of others) await signed.put({ pk: 'incident#in-force', sk });
    const { client, requests } = signed.countingClient();
    const found = async () => {
      const before = requests();
      const store = baselineStore(rowsIn(client, account.tableName), kinds, account.signing);
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

  test('is listed again if its list row is deleted', async () => {
    await signed.remove('incident#in-force', trail);

    await signed.expectRestored();
    expect(await account.row({ pk: 'incident#in-force', sk: trail })).toMatchObject({
      document: (await signed.versionRow(2)).document,
    });
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(/copy of the version in force of org-trail.*was deleted/),
    );
  });
});

test('an old retirement does not retire a trail that is protected again', async () => {
  const protectedTrail = await account.baselines().find(trail);
  await account
    .baselines()
    .retire(
      { schema: 1, trail, retiredAt: now(), retiredBy: 'alice', reason: 'a pause' },
      protectedTrail as NonNullable<typeof protectedTrail>,
    );
  await signed.addVersion({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] } } });
  await account.swept();
  await signed.remove(trail, 'baseline#000004');

  await signed.expectRestored();
});

describe('the signing key', () => {
  test('does not sign for an administrator who is not an approver', async () => {
    const Message = Buffer.alloc(32);
    const signing = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const;

    await expect(
      account.kms.send(new SignCommand({ KeyId: ownKeyArn, Message, ...signing })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await signed.tag('mallory');
    const { code, stderr } = await account.trailkeeper(
      ['capture', '--reason', 'mine now', '--yes'],
      { AWS_ACCESS_KEY_ID: 'mallory' },
    );
    expect(code).toBe(1);
    expect(stderr).toContain('init --approvers');
    expect(await account.row({ pk: trail, sk: 'baseline#000003' })).toBeUndefined();
  });

  test('is not needed to verify: if it is disabled, this is reported and trails stay protected', async () => {
    account.deliver({ drop: false });
    await account.kms.send(new DisableKeyCommand({ KeyId: ownKeyArn }));
    await account.kms.send(new ScheduleKeyDeletionCommand({ KeyId: ownKeyArn }));
    await account.settled();
    account.deliver({ drop: true });

    await signed.expectRestored();
    const reported = (await account.notifications()).map(({ message }) => message).join('\n');
    expect(reported).toContain('DisableKey');
    expect(reported).toContain('ScheduleKeyDeletion');
  });
});

describe('a forged event', () => {
  const events = () => new EventBridgeClient(account.configOf());
  const send = (Source: string, DetailType: string, detail: object) =>
    events().send(
      new PutEventsCommand({
        Entries: [
          { Source, DetailType, Detail: JSON.stringify(detail), EventBusName: 'trailkeeper' },
        ],
      }),
    );

  test('of trailkeeper sends no alert if its incident does not exist', async () => {
    const before = (await account.slack()).length;
    const incident = { pk: `incident#${trail}`, sk: '2026-01-01T00:00:00.000Z#made-up' };
    await send('trailkeeper', 'Trail Restored', { incident });
    await send('trailkeeper', 'Trailkeeper Tampered', { text: 'call this number' });
    await account.settled();

    expect(await account.slack()).toHaveLength(before);
  });

  test('of CloudTrail is refused: only AWS services send events as an AWS service', async () => {
    const before = account.invocations.length;
    const detail = { eventSource: 'cloudtrail.amazonaws.com', eventName: 'StopLogging' };
    const { Entries } = await send('aws.cloudtrail', 'AWS API Call via CloudTrail', detail);
    await send('cloudtrail', 'AWS API Call via CloudTrail', detail);
    await account.settled();

    expect(Entries).toMatchObject([{ ErrorCode: 'NotAuthorizedForSourceException' }]);
    expect(account.invocations).toHaveLength(before);
  });
});

describe('a signed change is reported with its signer and its content:', () => {
  const news = async () => {
    await account.settled();
    const all = await account.tamperings();
    return all.filter((one) => one.faults.length === 0).flatMap(({ changes }) => changes);
  };

  test('a version', async () => {
    await signed.addVersion({
      states: { settings: { S3KeyPrefix: 'siem' } },
      reason: 'moved to the SIEM',
    });

    const reported = await news();
    expect(reported).toContainEqual(
      expect.stringMatching(/^version 3 of org-trail .* was stored, signed by [0-9a-f]{16}$/),
    );
    expect(reported).toContainEqual(expect.stringContaining('moved to the SIEM'));
    expect(reported).toContain('settings.S3KeyPrefix is "siem", was "cloudtrail"');
    expect(JSON.stringify(await account.slack())).toContain('moved to the SIEM');
  });

  test('a maintenance window', async () => {
    await signed.windows().add({
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
      expect.stringMatching(
        /^a maintenance window for org-trail .* signed by [0-9a-f]{16}: tags, from /,
      ),
    );
  });

  test('a retirement', async () => {
    const protectedTrail = await account.baselines().find(trail);
    await account
      .baselines()
      .retire(
        { schema: 1, trail, retiredAt: now(), retiredBy: 'alice', reason: 'moved away' },
        protectedTrail as NonNullable<typeof protectedTrail>,
      );

    expect(await news()).toContainEqual(expect.stringContaining('the trail is retired'));
  });
});
