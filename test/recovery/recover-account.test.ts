import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logBucket } from '#log-files/log-bucket.ts';
import { recoveryBucket } from '#recovery/bucket.ts';
import { finish } from '#recovery/finish.ts';
import { ledger } from '#recovery/ledger.ts';
import { type Manifest, manifest } from '#recovery/manifest.ts';
import { recoverAccount } from '#recovery/recover-account.ts';
import type { Recovery } from '#recovery/recovery.ts';
import { isoOf, slotMs } from '#recovery/slots.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import { inProcess } from '../support/in-process.ts';
import {
  deliveredFile,
  eventAt,
  type ReadFile,
  readLogFile,
  recoveryOf,
  recoveryPrefix,
} from '../support/recovery.ts';

const bucket = 'org-trail-logs';
const accounts = ['111122223333', '222233334444', '333344445555'];
const regions = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];
const places = accounts.flatMap((account) => regions.map((region) => ({ account, region })));
const start = Math.floor(Date.now() / slotMs) * slotMs - 86_400_000;
const interval = { from: isoOf(start), to: isoOf(start + 3 * slotMs) };

/** When events were, in seconds of the gap, and whether the trail delivered them. */
type Event = { readonly second: number; readonly place: number; readonly isDelivered: boolean };

describe('the events of a gap', () => {
  test('are recovered, none lost or doubled, wherever the function is killed', async () => {
    await fc.assert(
      fc.asyncProperty(given, fc.array(fc.integer({ min: 1, max: 90 })), async (events, kills) => {
        const world = worldOf(events);

        for (const calls of [...kills, Number.POSITIVE_INFINITY]) await world.runUntil(calls);

        const written = world.files();
        expect(idsIn(written)).toEqual(
          world
            .lost()
            .map(({ eventID }) => eventID)
            .toSorted(),
        );
        expect(world.manifest()).toMatchObject({ recovered: world.lost().length, missing: [] });
        for (const { key, sha256, records } of written) {
          expect(world.listed()).toContainEqual({ key, sha256, events: records.length });
          const [one] = records;
          expect(key).toContain(`/${one?.recipientAccountId}/CloudTrail/${one?.awsRegion}/`);
        }
        expect(world.listed()).toHaveLength(written.length);
      }),
    );
  });

  test('are the same bytes after another run, and after a recovery of a part of the gap', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (events) => {
        const world = worldOf(events);
        await world.runUntil(Number.POSITIVE_INFINITY);
        const before = world.bytes();

        await world.runUntil(Number.POSITIVE_INFINITY);
        const part = { from: isoOf(start + slotMs), to: isoOf(start + 2 * slotMs) };
        await world.runUntil(Number.POSITIVE_INFINITY, recoveryOf({ intervals: [part] }));

        expect(world.bytes()).toEqual(before);
      }),
    );
  });
});

test('of two invocations on one account, the one that falls behind ends', async () => {
  const place = 0;
  const seconds = Array.from({ length: 40 }, (_, i) => i * 20);
  const world = worldOf(seconds.map((second) => ({ second, place, isDelivered: false })));

  const settled = await Promise.allSettled([world.recoverFirst(), world.recoverFirst()]);

  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
  expect(new Set(failures)).toEqual(new Set(['PreconditionFailed']));
  await world.runUntil(Number.POSITIVE_INFINITY);
  expect(world.manifest()).toMatchObject({ recovered: 40, missing: [] });
  expect(world.listed()).toHaveLength(world.files().length);
});

test('a ledger that someone damaged is written again', async () => {
  const world = worldOf([{ second: 0, place: 0, isDelivered: false }]);
  await world.runUntil(Number.POSITIVE_INFINITY);
  const [manifest, files] = [world.manifest(), world.bytes()];

  world.damageLedgers();
  await world.runUntil(Number.POSITIVE_INFINITY);

  expect(world.manifest()).toEqual(manifest);
  expect(world.bytes()).toEqual(files);
});

test('a Region that the account has not enabled has nothing that is missing', async () => {
  const world = worldOf([{ second: 0, place: 1, isDelivered: false }]);
  world.refuse({ error: 'UnrecognizedClientException', times: 3 });

  await world.runUntil(Number.POSITIVE_INFINITY);

  expect(world.manifest().notEnabled).toHaveLength(1);
  expect(world.manifest()).toMatchObject({ recovered: 1, missing: [] });
});

test('a Region that refuses is named with the error, and read when it no longer does', async () => {
  const world = worldOf([{ second: 0, place: 0, isDelivered: false }]);
  world.refuse({ error: 'AccessDeniedException', times: 3 });

  await world.runUntil(Number.POSITIVE_INFINITY);

  expect(world.manifest()).toMatchObject({
    recovered: 0,
    missing: [{ account: '111122223333', reason: expect.stringMatching(/^AccessDeniedException/) }],
  });
  await world.runUntil(Number.POSITIVE_INFINITY);
  expect(world.manifest()).toMatchObject({ recovered: 1, missing: [] });
});

const given = fc.array(
  fc.record({
    second: fc.integer({ min: -60, max: 3 * 300 + 60 }),
    place: fc.integer({ min: 0, max: places.length - 1 }),
    isDelivered: fc.boolean(),
  }),
  { maxLength: 80 },
);

function worldOf(events: readonly Event[]) {
  const killed = { after: Number.POSITIVE_INFINITY };
  const sandbox = inProcess(undefined, async () => {
    killed.after -= 1;
    if (killed.after < 0) throw new Error('killed');
  });
  const { world } = sandbox;
  const records = events.map(({ second, place }, i) =>
    eventAt(start + second * 1000, { ...placeOf(place), id: `event-${i}` }),
  );
  world.history.push(...records);
  for (const [i, record] of records.entries()) {
    if (!events[i]?.isDelivered) continue;
    const at = Date.parse(record.eventTime) + slotMs;
    const [key, body] = deliveredFile([record], { ...placeOf(events[i].place), at });
    world.objects.set(`${bucket}/${key}`, body);
  }
  const config = sandbox.configOf('222233334444');
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const deps = {
    config: { account: '111122223333', bucket, prefix: recoveryPrefix },
    bucket: recoveryBucket(s3, bucket),
    logBucket: (name: string) => logBucket(s3, name),
    historyOf: (account: string) => (region: string) =>
      new CloudTrailClient({ ...sandbox.configOf(account), region }),
    now: () => Date.now(),
    hasTime: () => false,
  };
  const own = (): [string, Buffer][] =>
    [...world.objects].filter(([path]) => path.startsWith(`${bucket}/${recoveryPrefix}/AWSLogs/`));
  const read = (key: string): unknown =>
    JSON.parse(String(world.objects.get(`${bucket}/${key}`) ?? 'null'));
  const recovery = recoveryOf({ intervals: [interval] });
  const readManifest = (): Manifest =>
    manifest.parse(read(`${recoveryPrefix}/recoveries/${recovery.id}/manifest.json`));

  return {
    /** Refuses the next lookups: three spans of a Region are read at the same time. */
    refuse: (fault: { readonly error: string; readonly times: number }) =>
      sandbox.disruptions.faults.push({
        ...{ service: 'cloudtrail', operation: 'LookupEvents' },
        ...fault,
      }),
    /** Works on the first account, as long as there is something to do. */
    recoverFirst: () =>
      recoverAccount({ recovery, account: accounts[0] ?? '' }, { ...deps, hasTime: () => true }),
    /** Runs each account until it is done, or until this many calls: the first that is too many fails, and all after it. */
    async runUntil(calls: number, asked: Recovery = recovery): Promise<void> {
      killed.after = calls;
      try {
        for (const account of accounts) {
          while (!(await recoverAccount({ recovery: asked, account }, deps)).done);
        }
        await finish({ recovery: asked, accounts }, deps);
      } catch (error) {
        if (!(error instanceof Error && error.message === 'killed')) throw error;
      }
    },
    damageLedgers(): void {
      for (const { ledger: key } of readManifest().logs) {
        world.objects.set(`${bucket}/${key}`, Buffer.from('{"files":['));
      }
    },
    lost: (): readonly CloudTrailRecord[] =>
      records.filter((record, i) => !events[i]?.isDelivered && isInGap(record)),
    files: (): readonly ReadFile[] =>
      own().map(([path, body]) => readLogFile(path.slice(bucket.length + 1), body)),
    bytes: () => own().map(([path, body]) => [path, body.toString('base64')]),
    manifest: readManifest,
    listed: () => readManifest().logs.flatMap(({ ledger: key }) => ledger.parse(read(key)).files),
  };
}

const placeOf = (i: number) => places[i] ?? { account: '', region: '' };

const isInGap = ({ eventTime }: CloudTrailRecord): boolean =>
  Date.parse(eventTime) >= start && Date.parse(eventTime) < start + 3 * slotMs;

const idsIn = (files: readonly ReadFile[]): readonly string[] =>
  files.flatMap(({ records }) => records.map(({ eventID }) => eventID)).toSorted();
