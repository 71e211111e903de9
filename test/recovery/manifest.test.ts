import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isDone, ledger, ledgerKey, newLedger, parseLedger } from '#recovery/ledger.ts';
import { logFileOf } from '#recovery/log-file.ts';
import { manifest, manifestOf, summaryOf } from '#recovery/manifest.ts';
import { recoverPermissions } from '#recovery/permissions.ts';
import { manifestKey, recoveryInput, recovery as recoverySchema } from '#recovery/recovery.ts';
import { isoOf, slotMs } from '#recovery/slots.ts';
import { recoverTask } from '#recovery/task.ts';
import { recoveryOf, recoveryPrefix } from '../support/recovery.ts';

const start = Date.parse('2026-11-22T09:05:00Z');
const interval = (slots: number) => ({ from: isoOf(start), to: isoOf(start + slots * slotMs) });
const recovery = recoveryOf({ intervals: [interval(3)] });
const place = { account: '111122223333', region: 'us-east-1' };
const file = { key: 'a.json.gz', events: 2, sha256: 'f'.repeat(64) };
const done = { ...newLedger(recovery, place), remaining: [] };
const summaryFrom = (change: object | null) =>
  summaryOf({
    ...{ ...place, key: 'the-ledger.json' },
    text: change === null ? null : JSON.stringify({ ...done, ...change }),
  });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a new ledger', () => {
  test('has everything left to do, in at most four spans of each interval', () => {
    const intervals = [
      interval(3),
      { from: isoOf(start + 9 * slotMs), to: isoOf(start + 20 * slotMs) },
    ];
    const { remaining, ...rest } = newLedger(recoveryOf({ intervals }), place);

    expect(remaining).toHaveLength(3 + 4);
    expect(rest).toEqual({
      ...{ ...place, recovered: 0, delivered: 0, files: [] },
      ...{ isEnabled: true, refused: null, notCompared: null },
    });
    expect(isDone({ remaining, ...rest })).toBe(false);
  });

  test.each([
    [{ remaining: [] }, true],
    [{ isEnabled: false }, true],
    [{ refused: 'AccessDeniedException' }, true],
    [{ notCompared: 'NoSuchBucket' }, false],
  ])('with %j is done: %s', (change, is) => {
    expect(isDone({ ...newLedger(recovery, place), ...change })).toBe(is);
  });

  test('is stored in the folder of its recovery, beside the manifest', () => {
    const folder = `${recoveryPrefix}/recoveries/${recovery.id}`;

    expect(ledgerKey(recovery, place)).toBe(`${folder}/111122223333/us-east-1.json`);
    expect(manifestKey(recovery)).toBe(`${folder}/manifest.json`);
  });
});

describe('a stored ledger', () => {
  const stored = { ...newLedger(recovery, place), files: [file], notCompared: 'NoSuchBucket' };

  test('is read as it was stored', () => {
    expect(parseLedger(JSON.stringify(stored))).toEqual(stored);
  });

  test.each<[what: string, text: string | null]>([
    ['no text', null],
    ['no JSON', '{'],
    ['a text in place of a number', JSON.stringify({ ...stored, recovered: 'many' })],
    ['a file without its hash', JSON.stringify({ ...stored, files: [{ key: 'a', events: 1 }] })],
    ['a span without its end', JSON.stringify({ ...stored, remaining: [{ from: 'a', part: 0 }] })],
    ...Object.keys(ledger.shape).map((name): [string, string] => [
      `no ${name}`,
      JSON.stringify({ ...stored, [name]: undefined }),
    ]),
  ])('is none with %s', (_what, text) => {
    expect(parseLedger(text)).toBe(null);
  });
});

describe('the summary of a ledger', () => {
  test('has its counts, its files and the hash of its text', () => {
    const found = { ...done, recovered: 5, delivered: 7, files: [file, { ...file, key: 'b' }] };

    expect(summaryFrom(found)).toEqual({
      ...{ ...place, missing: null, isEnabled: true, notCompared: null },
      log: {
        ...{ ...place, recovered: 5, delivered: 7, files: 2, ledger: 'the-ledger.json' },
        sha256: sha256(JSON.stringify(found)),
      },
    });
  });

  test.each([
    [null, 'not begun: run the same command again'],
    [{ files: 'x' }, 'not begun: run the same command again'],
    [{ refused: 'AccessDeniedException: no' }, 'AccessDeniedException: no'],
    [{ isEnabled: false, remaining: [{ ...interval(1), part: 0 }] }, null],
    [{}, null],
    [
      {
        remaining: [
          { ...interval(1), part: 0 },
          { ...interval(2), part: 1 },
        ],
      },
      'not finished, 2026-11-22T09:05:00.000Z to 2026-11-22T09:10:00.000Z, 2026-11-22T09:05:00.000Z to 2026-11-22T09:15:00.000Z is left: run the same command again',
    ],
  ])('of %j says what is missing: %s', (change, missing) => {
    expect(summaryFrom(change).missing).toBe(missing);
  });

  test('of no ledger has no log', () => {
    expect(summaryFrom(null)).toMatchObject({ log: null, isEnabled: true, notCompared: null });
  });
});

describe('a manifest', () => {
  const other = { account: '222233334444', region: 'eu-central-1' };
  const summaries = [
    summaryFrom({ recovered: 2, files: [file], notCompared: 'NoSuchBucket' }),
    { ...summaryFrom({ recovered: 3, files: [file, file], isEnabled: false }), ...other },
    { ...summaryFrom(null), ...other },
  ];
  const finishedAt = '2026-11-22T12:00:00.000Z';

  test('adds up the ledgers, and names what is not there and why', () => {
    expect(manifestOf(recovery, summaries, finishedAt)).toEqual({
      ...{ version: 1, recovery, finishedAt, recovered: 5, files: 3 },
      logs: summaries.flatMap(({ log }) => log ?? []),
      missing: [{ ...other, reason: 'not begun: run the same command again' }],
      notEnabled: [other],
      notCompared: [{ ...place, reason: 'NoSuchBucket' }],
    });
  });

  test('is read as it was written, and not if a part is gone', () => {
    const written = manifestOf(recovery, summaries, finishedAt);

    expect(manifest.parse(JSON.parse(JSON.stringify(written)))).toEqual(written);
    for (const name of Object.keys(written)) {
      expect(manifest.safeParse({ ...written, [name]: undefined }).success, name).toBe(false);
    }
    for (const part of ['logs', 'missing', 'notEnabled', 'notCompared']) {
      expect(manifest.safeParse({ ...written, [part]: [{}] }).success, part).toBe(false);
    }
  });
});

describe('the input of the state machine', () => {
  test('names the accounts', () => {
    const input = { recovery, accounts: ['111122223333', '222233334444'] };

    expect(recoveryInput.parse(input)).toEqual(input);
    for (const accounts of [[], undefined]) {
      expect(recoveryInput.safeParse({ ...input, accounts }).success).toBe(false);
    }
  });

  test.each([
    { id: 'x' },
    { id: `${recovery.id}0` },
    { id: `0${recovery.id}` },
    { intervals: [] },
    { intervals: [{ from: 'yesterday', to: 'today' }] },
    { intervals: [{}] },
    { regions: [] },
    { regions: ['us-east-1', 1] },
    { log: {} },
    ...Object.keys(recovery).map((name) => ({ [name]: undefined })),
  ])('is refused with %j', (change) => {
    expect(recoverySchema.safeParse(recovery).success).toBe(true);
    expect(recoverySchema.safeParse({ ...recovery, ...change }).success).toBe(false);
  });

  test.each([
    [{ task: 'recover', recovery, account: '111122223333' }, true],
    [{ task: 'recover', recovery }, false],
    [{ task: 'finish', recovery, accounts: ['111122223333'] }, true],
    [{ task: 'finish', recovery, accounts: [] }, false],
    [{ task: 'check', accounts: [], region: 'us-east-1' }, true],
    [{ task: 'check', region: 'us-east-1' }, false],
    [{ task: 'delete', recovery, account: '111122223333' }, false],
  ])('%j is a task: %s', (task, is) => {
    expect(recoverTask.safeParse(task).success).toBe(is);
    if (is) expect(recoverTask.parse(task)).toEqual(task);
  });
});

describe('a log file', () => {
  const at = { ...place, folder: 'recovered/AWSLogs/o-1/111122223333/' };
  const events = [
    { id: 'c', at: start + 2000, record: '{"i":3}' },
    { id: 'b', at: start + 1000, record: '{"i":2}' },
    { id: 'a', at: start + 1000, record: '{"i":1}' },
  ];

  test('has the name that CloudTrail gives it, with the start of the slot', () => {
    const { key } = logFileOf(at, { slot: start, part: 0 }, events);

    expect(key).toMatch(
      /^recovered\/AWSLogs\/o-1\/111122223333\/CloudTrail\/us-east-1\/2026\/11\/22\/111122223333_CloudTrail_us-east-1_20261122T0905Z_[0-9a-f]{16}\.json\.gz$/,
    );
  });

  test('has another name for each account, Region, slot and part', () => {
    const uniqueOf = (change: object, slot = start, part = 0) =>
      logFileOf({ ...at, ...change }, { slot, part }, events).key.slice(-24);

    const names = [
      ...[uniqueOf({}), uniqueOf({ account: '222233334444' }), uniqueOf({ region: 'eu-west-1' })],
      ...[uniqueOf({}, start + slotMs), uniqueOf({}, start, 1)],
    ];
    expect(new Set(names).size).toBe(5);
  });

  test('has the records by time and id, and the hash of its content', () => {
    const one = logFileOf(at, { slot: start, part: 0 }, events);
    const content = gunzipSync(one.body).toString();

    expect(JSON.parse(content)).toEqual({ Records: [{ i: 1 }, { i: 2 }, { i: 3 }] });
    expect(one.sha256).toBe(sha256(content));
    expect(one.events).toBe(3);
    expect(logFileOf(at, { slot: start, part: 0 }, events.toReversed())).toEqual(one);
  });
});

describe('the role of the function', () => {
  const reach = {
    ...{ partition: 'aws-cn', bucket: 'evidence', prefix: 'recovered', logBuckets: ['logs'] },
    isOrganization: true,
  };
  const granted = (change: object = {}) =>
    recoverPermissions({ ...reach, ...change }).flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`)),
    );

  test('writes below the prefix only, and reads log files', () => {
    expect(granted()).toEqual([
      'cloudtrail:LookupEvents *',
      'sts:AssumeRole arn:aws-cn:iam::*:role/Trailkeeper-EventHistory',
      's3:GetObject arn:aws-cn:s3:::evidence/recovered/*',
      's3:PutObject arn:aws-cn:s3:::evidence/recovered/*',
      's3:ListBucket arn:aws-cn:s3:::evidence',
      's3:ListBucket arn:aws-cn:s3:::logs',
      's3:GetObject arn:aws-cn:s3:::logs/*AWSLogs/*',
    ]);
  });

  test('assumes no role without an organization, and lists a bucket of both once', () => {
    const own = granted({ isOrganization: false, logBuckets: ['evidence'] });

    expect(own.filter((one) => one.startsWith('sts:'))).toEqual([]);
    expect(own.filter((one) => one.startsWith('s3:ListBucket'))).toHaveLength(1);
  });
});
