import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import { kinds } from '#drift/index.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
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

describe('a maintenance window', () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const windowWith = (edits: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
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
  const windowRow = async (content: MaintenanceWindow, signer?: Signer) => {
    const document = JSON.stringify(content);
    const signature = (await signer?.sign('window', document)) ?? null;
    return { pk: 'window', sk: `${content.trail}#${content.id}`, document, signature };
  };

  test('suspends nothing without a signature', async () => {
    await signed.put(await windowRow(windowWith({ from: now() })));

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('it is not signed by an approver: it has no signature'),
    );
  });

  test('suspends nothing if a key that is not pinned signed it', async () => {
    await signed.put(await windowRow(windowWith({ from: now() }), newSigner()));

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('is not in signing.keys'),
    );
  });

  test('suspends nothing on another trail, or if it is edited', async () => {
    const decoy = parseTrailArn(trail.replace('org-trail', 'decoy')).arn;
    await signed.windows().add(windowWith({ trail: decoy, from: now() }));
    const row = await account.row({ pk: 'window', sk: `${decoy}#forged` });
    const { document, signature } = row as {
      readonly document: string;
      readonly signature: object;
    };
    await signed.put({ pk: 'window', sk: `${trail}#forged`, document, signature });
    await signed.put({
      pk: 'window',
      sk: `${trail}#longer`,
      document: document.replace('decoy', 'org-trail').replace('forged', 'longer'),
      signature,
    });

    await signed.expectRestored();
    expect(await signed.tamperReports()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('differ from its row key'),
        expect.stringContaining('is invalid'),
      ]),
    );
  });

  test('is listed with one request, however many forged ends there are', async () => {
    const reason = 'x'.repeat(390_000);
    const ends = Array.from({ length: 40 }, (_, i) =>
      signed.put({ pk: 'window-end', sk: `${trail}#${i}`, reason }),
    );
    await Promise.all(ends);
    const { client, requests } = signed.countingClient();

    await windowStore(rowsIn(client, account.tableName), kinds, account.signing).list(
      new Date(),
      trail,
    );

    expect(requests()).toBe(1);
  });

  test('stays ended if the row of its end is deleted', async () => {
    const planned = windowWith({ id: 'planned', from: now() });
    await signed.windows().add(planned);
    await signed.windows().end(planned, { at: now(), by: 'alice', reason: 'done' });
    await account.swept();
    await signed.remove('window-end', `${trail}#planned`);

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringContaining('was deleted or changed'),
    );
  });

  test('is reported in few alerts if many are forged at once', async () => {
    const before = (await account.tamperings()).length;
    await signed.writeRows(60, (i) => ({
      pk: 'window',
      sk: `${trail}#forged-${i}`,
      document: '{}',
    }));
    await account.settled();

    const reported = (await account.tamperings()).slice(before);
    expect(reported.length).toBeLessThan(20);
    expect(reported.flatMap((one) => one.faults)).toContainEqual(
      expect.stringContaining('forged-59: it is not signed'),
    );
  });

  test('is ignored and reported if it is too large', async () => {
    const document = JSON.stringify({
      ...windowWith(),
      kinds: Array.from({ length: 150_000 }, () => 0),
    });
    for (let i = 0; i < 12; i += 1) {
      await signed.put({ pk: 'window', sk: `${trail}#large-${i}`, document });
    }

    await signed.expectRestored();
    expect(await signed.tamperReports()).toContainEqual(
      expect.stringMatching(/maintenance window .*large-.* too long/),
    );
  });

  test('suspends nothing after its end', async () => {
    await signed.windows().add(windowWith({ until: '2026-01-01T02:00:00Z' }));

    await signed.expectRestored();
  });
});

test('a signed version is not accepted as a maintenance window', async () => {
  const { document, signature } = await signed.versionRow(2);
  await signed.put({ pk: 'window', sk: `${trail}#forged`, document, signature });
  await signed.put({ pk: trail, sk: 'baseline#000003', document: '{}', signature });

  await signed.expectRestored();
});
