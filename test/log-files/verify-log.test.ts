import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '#log-files/verify-log.ts';
import { trail } from '../support/baseline.ts';
import {
  at,
  bucketName,
  bucketOf,
  deliveredLog,
  digestKey,
  type Files,
  logKey,
  minutes,
  place,
  publicKeys,
} from '../support/delivered-log.ts';
import { runs } from '../support/property-runs.ts';

const url = (key: string): string => `s3://${bucketName}/${key}`;

const verify = (files: Files, hours: number, onFile = () => {}) =>
  verifyLog(bucketOf(files), place, {
    ...{ bucket: bucketName, trail, publicKeys, onFile, now: at(hours + 9) },
    window: { from: at(0), to: at(hours) },
  });

const fileFate = fc.constantFrom('intact', 'intact', 'deleted', 'changed');
/** What someone did to the files of each hour. */
const hours = fc.array(
  fc.record({
    digest: fc.constantFrom('intact', 'intact', 'deleted', 'changed'),
    files: fc.tuple(fileFate, fileFate),
    isAdded: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const addedMinute = 30;

test('each file that was changed, deleted or added is found, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(hours, async (fates) => {
      const files = deliveredLog(fates.length);
      for (const [hour, { digest, files: ofHour, isAdded }] of fates.entries()) {
        const keys = [digestKey(hour), ...minutes.map((minute) => logKey(hour, minute))];
        for (const [i, fate] of [digest, ...ofHour].entries()) {
          const key = keys[i] ?? '';
          if (fate === 'deleted') files.delete(key);
          const content = `${files.get(key)?.content.replace('{', '{ ')}.`.replace('}.', '}');
          if (fate === 'changed') files.set(key, { ...files.get(key), content });
        }
        if (isAdded) files.set(logKey(hour, addedMinute), { content: 'of someone' });
      }

      const found = await verify(files, fates.length);

      const valid = fates.flatMap(({ digest }, hour) => (digest === 'intact' ? [hour] : []));
      const fatesOf = (hour: number) => fates[hour]?.files ?? [];
      const named = valid.flatMap((hour) =>
        minutes.map((minute, i) => [logKey(hour, minute), fatesOf(hour)[i]] as const),
      );
      expect(found).toMatchObject({
        ...{ account: place.account, region: place.region },
        validDigests: valid.length,
        validFiles: named.filter(([, fate]) => fate === 'intact').length,
      });
      expect(found.badFiles).toEqual([
        ...fates.flatMap(({ digest }, hour) =>
          digest === 'changed'
            ? [{ file: url(digestKey(hour)), problem: 'has a signature that is not of CloudTrail' }]
            : [],
        ),
        ...named.flatMap(([key, fate]) => {
          if (fate === 'deleted') {
            return [{ file: url(key), problem: 'is missing, or is no gzip file' }];
          }
          return fate === 'changed' ? [{ file: url(key), problem: 'was changed' }] : [];
        }),
      ]);
      // A file in the hour of the last digest file may be named by the next one.
      expect(found.unnamedFiles).toEqual(
        valid
          .slice(0, -1)
          .flatMap((hour) => (fates[hour]?.isAdded ? [url(logKey(hour, addedMinute))] : [])),
      );
      expect(
        fates.map((_, hour) =>
          found.uncovered.some(({ from, to }) => from <= at(hour) && at(hour + 1) <= to),
        ),
      ).toEqual(fates.map(({ digest }) => digest !== 'intact'));
    }),
    { numRuns: runs(100) },
  );
});

describe('a log', () => {
  test('of many files is read whole', async () => {
    let read = 0;

    const found = await verify(deliveredLog(20), 20, () => {
      read += 1;
    });

    expect(found).toMatchObject({ validDigests: 20, validFiles: 40, badFiles: [] });
    expect(read).toBe(40);
  });

  test('has files in the last minute of an hour that only the next digest file names', async () => {
    const files = deliveredLog(3);
    files.set(logKey(0, 59), { content: 'late' });
    files.set(logKey(1, 0), { content: 'of someone' });

    const { unnamedFiles } = await verify(files, 3);

    expect(unnamedFiles).toEqual([url(logKey(1, 0))]);
  });

  test('is not vouched for by digest files that begin after the window', async () => {
    const found = await verify(deliveredLog(4), 3);

    expect(found).toMatchObject({ validDigests: 3, uncovered: [] });
  });

  test('that was delivered to another bucket is found', async () => {
    const files = deliveredLog(1);
    const { hashOf, ...bucket } = bucketOf(files);
    const digest = async (key: string) => {
      const object = await bucket.digest(key);
      return object && { ...object, bucket: 'elsewhere' };
    };
    const options = {
      ...{ trail, publicKeys, onFile: () => {}, now: at(9) },
      window: { from: at(0), to: at(1) },
    };

    const moved = await verifyLog({ ...bucket, digest, hashOf }, place, {
      ...{ ...options, bucket: 'elsewhere' },
    });

    expect(moved.badFiles).toEqual([
      {
        file: `s3://elsewhere/${digestKey(0)}`,
        problem: `was delivered as ${url(digestKey(0))}`,
      },
    ]);
    const named = await verifyLog(bucketOf(files), place, { ...options, bucket: 'elsewhere' });
    expect(named.badFiles).toEqual(
      minutes.map((minute) => ({
        file: url(logKey(0, minute)),
        problem: `was delivered to another bucket, ${bucketName}`,
      })),
    );
  });

  test('may lose a digest file while it is read', async () => {
    const bucket = { ...bucketOf(deliveredLog(1)), digest: async () => null };

    const found = await verifyLog(bucket, place, {
      ...{ bucket: bucketName, trail, publicKeys, onFile: () => {}, now: at(9) },
      window: { from: at(0), to: at(1) },
    });

    expect(found).toMatchObject({
      validDigests: 0,
      badFiles: [{ file: url(digestKey(0)), problem: 'was deleted while it was read' }],
    });
  });
});
