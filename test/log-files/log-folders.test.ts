import { describe, expect, test } from 'vitest';
import { digestFiles, logFiles, logPlaces } from '#log-files/log-folders.ts';
import { trail } from '../support/baseline.ts';
import { at, bucketOf, digestKey, logKey, place } from '../support/delivered-log.ts';

const bucketWith = (...keys: readonly string[]) =>
  bucketOf(new Map(keys.map((key) => [key, { content: '' }])));

describe('the accounts and Regions of a log', () => {
  const [one, two] = ['111122223333', '222233334444'];

  test('are those of its folders, with a folder for the organization or without', async () => {
    const bucket = bucketWith(
      `AWSLogs/o-a1b2c3d4e5/${two}/CloudTrail/us-west-2/2026/x`,
      `AWSLogs/o-a1b2c3d4e5/${one}/CloudTrail/us-east-1/2026/x`,
      `AWSLogs/${two}/CloudTrail/eu-central-1/2026/x`,
      `AWSLogs/${two}/CloudTrail-Digest/eu-central-1/2026/x`,
      `AWSLogs/${two}/CloudTrail-Digest/ap-south-1/2026/x`,
    );

    expect(await logPlaces(bucket, null)).toEqual([
      { account: one, region: 'us-east-1', folder: `AWSLogs/o-a1b2c3d4e5/${one}/` },
      { account: two, region: 'ap-south-1', folder: `AWSLogs/${two}/` },
      { account: two, region: 'eu-central-1', folder: `AWSLogs/${two}/` },
      { account: two, region: 'us-west-2', folder: `AWSLogs/o-a1b2c3d4e5/${two}/` },
    ]);
  });

  test('are below the prefix of the trail', async () => {
    const bucket = bucketWith(
      `org/AWSLogs/${one}/CloudTrail/us-east-1/2026/x`,
      `AWSLogs/${two}/CloudTrail/us-east-1/2026/x`,
    );

    expect(await logPlaces(bucket, 'org')).toEqual([
      { account: one, region: 'us-east-1', folder: `org/AWSLogs/${one}/` },
    ]);
  });

  test('are none of what else someone put there', async () => {
    const bucket = bucketWith(
      `AWSLogs/${one}/Config/us-east-1/x`,
      'AWSLogs/x111122223333/CloudTrail/us-east-1/x',
      'AWSLogs/1111222233334/CloudTrail/us-east-1/x',
      'AWSLogs/notes/111122223333/CloudTrail/us-east-1/x',
      'CloudTrail/us-east-1/x',
    );

    expect(await logPlaces(bucket, null)).toEqual([]);
  });
});

describe('the log files of a period', () => {
  const filesOf = async (keys: readonly string[], from: string, to: string) =>
    (await logFiles(bucketWith(...keys), place, { from, to })).map(({ key }) => key);

  test('are those after its beginning until its end, over midnight, in their order', async () => {
    const keys = [logKey(3, 0), logKey(1, 0), logKey(2, 0), logKey(1, 59), logKey(3, 1)];

    expect(await filesOf(keys, at(1), at(3))).toEqual([logKey(1, 59), logKey(2, 0), logKey(3, 0)]);
  });

  test('are none of another account, Region or kind, and none without a time', async () => {
    const folder = logKey(1, 5).slice(0, logKey(1, 5).lastIndexOf('/'));
    const others = [
      logKey(1, 5).replace('_us-east-1_', '_us-west-2_'),
      logKey(1, 5).replace(`/${place.account}_`, '/222233334444_'),
      logKey(1, 5).replace('.json.gz', '.json'),
      `${logKey(1, 5)}.bak`,
      `${folder}/${place.account}_CloudTrail_us-east-1_notes.json.gz`,
      digestKey(1),
    ];

    expect(await filesOf([...others, logKey(1, 6)], at(0), at(4))).toEqual([logKey(1, 6)]);
  });
});

describe('the digest files of a period', () => {
  const filesOf = async (keys: readonly string[]) =>
    (await digestFiles(bucketWith(...keys), place, trail, { from: at(1), to: at(3) })).map(
      ({ key, at: end }) => [key, end],
    );

  test('are those of the hours that it touches, with their ends', async () => {
    const ends = [0, 1, 2, 3, 4].map((hour) => digestKey(hour));

    expect(await filesOf(ends)).toEqual(
      [1, 2, 3].map((hour) => [digestKey(hour), at(hour + 1).replace('.000Z', 'Z')]),
    );
  });

  test('are none of another trail, and none of events that came late', async () => {
    const late = digestKey(1).replace('.json.gz', '_backfill.json.gz');

    expect(await filesOf([digestKey(1, 'other'), late])).toEqual([]);
  });
});
