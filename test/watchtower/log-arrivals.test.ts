import { describe, expect, test } from 'vitest';
import type { LogBucket } from '#log-files/log-bucket.ts';
import { arrivalAlarms } from '#watchtower/arrival-alarms.ts';
import { checkArrivals, expectedOf, type TrailArrivals } from '#watchtower/log-arrivals.ts';

const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';
const states = {
  settings: {
    S3BucketName: 'logs',
    S3KeyPrefix: 'p',
    IsOrganizationTrail: true,
    LogFileValidationEnabled: true,
  },
  'event-selectors': {
    EventSelectors: [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
        ...{ DataResources: [], ExcludeManagementEventSources: [] },
      },
    ],
    AdvancedEventSelectors: null,
  },
};
const watched = { logBuckets: ['logs'], organization: 'o-a1b2c3d4e5' };
const start = Date.parse('2026-01-31T00:10:00Z');
const at = (hours: number) => new Date(start + hours * 3_600_000);

const begun = (given: object = states): TrailArrivals => {
  const expected = expectedOf({ trail, states: { ...given } }, undefined, watched, at(0));
  if (expected === null) throw new Error('nothing is expected');
  return expected;
};

const fileOf = (kind: string, account: string, region: string, time: Date): string => {
  const [day = '', clock = ''] = time.toISOString().split('T');
  const stamp = `${day.replaceAll('-', '')}T${clock.slice(0, 8).replaceAll(':', '')}Z`;
  const name =
    kind === 'CloudTrail' ? `${stamp.replace('00Z', 'Z')}_x` : `org-trail_us-east-1_${stamp}`;
  return `p/AWSLogs/o-a1b2c3d4e5/${account}/${kind}/${region}/${day.replaceAll('-', '/')}/${account}_${kind}_${region}_${name}.json.gz`;
};

/** A bucket in memory, which counts how often it is listed. */
function bucketOf(keys: string[]) {
  const listed: string[] = [];
  const bucket: Pick<LogBucket, 'keys' | 'folders'> = {
    async keys(prefix) {
      listed.push(prefix);
      return keys.filter((key) => key.startsWith(prefix));
    },
    folders: async (folder) => {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      const below = keys.filter((key) => key.startsWith(prefix));
      return [...new Set(below.map((key) => `${key.slice(prefix.length).split('/')[0]}/`))];
    },
  };
  return { bucket: bucket as LogBucket, listed };
}

describe('files are expected of a trail', () => {
  test('in the folder of its organization', () => {
    expect(begun()).toMatchObject({
      ...{ bucket: 'logs', folder: 'p/AWSLogs/o-a1b2c3d4e5/111122223333/' },
      ...{ hasLogFiles: true, hasDigests: true },
    });
  });

  test('but no log files of one that records only writes, and no digests without validation', () => {
    const [selector] = states['event-selectors'].EventSelectors;
    const writes = {
      settings: { ...states.settings, LogFileValidationEnabled: false },
      'event-selectors': {
        ...states['event-selectors'],
        EventSelectors: [{ ...selector, ReadWriteType: 'WriteOnly' }],
      },
    };

    expect(begun(writes)).toMatchObject({ hasLogFiles: false, hasDigests: false });
    expect(arrivalAlarms(trail, begun(writes), at(100))).toEqual([]);
  });

  test('and none of one that delivers elsewhere', () => {
    const elsewhere = { settings: { ...states.settings, S3BucketName: 'other' } };

    expect(expectedOf({ trail, states: elsewhere }, undefined, watched, at(0))).toBe(null);
  });
});

test('a log file of the hour before is found just after midnight', async () => {
  const { bucket } = bucketOf([fileOf('CloudTrail', '111122223333', 'us-east-1', at(-0.25))]);

  expect(await checkArrivals(trail, begun(), bucket, at(0))).toMatchObject({
    lastLogFile: '2026-01-30T23:55:00Z',
  });
});

test('every account and Region is checked in turn, and each that became silent is named for a day', async () => {
  const places = Array.from(
    { length: 45 },
    (_, i) => [String(200000000000 + i), 'eu-west-1'] as const,
  );
  const digest = (account: string, region: string, hours: number) =>
    fileOf('CloudTrail-Digest', account, region, at(hours));
  const keys = [
    digest('111122223333', 'us-east-1', -1),
    ...places.map(([account, region]) => digest(account, region, -1)),
  ];
  const { bucket, listed } = bucketOf(keys);
  let seen = begun();
  for (let checks = 0; checks < 20; checks += 1) {
    listed.length = 0;
    seen = await checkArrivals(trail, seen, bucket, at(checks / 20));
    // Two for log files, and two days for the home Region and three others.
    expect(listed.length).toBeLessThanOrEqual(2 + 2 * (1 + 3));
  }
  expect(Object.keys(seen.lastDigests)).toHaveLength(46);

  keys.push(
    digest('111122223333', 'us-east-1', 3),
    fileOf('CloudTrail', '111122223333', 'us-east-1', at(4)),
  );
  for (let checks = 0; checks < 20; checks += 1) {
    seen = await checkArrivals(trail, seen, bucket, at(4));
  }
  expect(arrivalAlarms(trail, seen, at(4))).toMatchObject([
    {
      key: `fewer digest files ${trail}`,
      title: expect.stringMatching(/ of \d{12} in eu-west-1, .* and 40 more$/),
    },
  ]);
  seen = {
    ...seen,
    lastLogFile: at(40).toISOString(),
    lastDigests: { ...seen.lastDigests, '111122223333 us-east-1': at(40).toISOString() },
  };
  expect(arrivalAlarms(trail, seen, at(40))).toEqual([]);
});

test('no check lists more of a bucket however many accounts there are, and a long turn is no silence', async () => {
  const hours = Array.from({ length: 7 }, (_, hour) => hour - 1);
  const digests = (account: string, region: string) =>
    hours.map((hour) => fileOf('CloudTrail-Digest', account, region, at(hour)));
  const keys = [
    ...digests('111122223333', 'us-east-1'),
    ...Array.from({ length: 130 }, (_, i) => String(200000000000 + i)).flatMap((account) =>
      ['eu-west-1', 'eu-west-2', 'eu-west-3'].flatMap((region) => digests(account, region)),
    ),
  ];
  const { bucket, listed } = bucketOf(keys);
  let seen = { ...begun(), hasLogFiles: false };
  for (let hour = 0; hour < 5; hour += 0.05) {
    listed.length = 0;
    seen = await checkArrivals(trail, seen, bucket, at(hour));
    expect(listed.length).toBeLessThanOrEqual(2 * (1 + 4));
    expect(arrivalAlarms(trail, seen, at(hour))).toEqual([]);
  }
  expect(Object.keys(seen.lastDigests)).toHaveLength(391);
});

test('an account whose files were all deleted is named once the accounts are listed again', async () => {
  const gone = '200000000000';
  const digest = (account: string, hours: number) =>
    fileOf('CloudTrail-Digest', account, 'us-east-1', at(hours));
  const keys = [digest('111122223333', -1), digest(gone, -1)];
  const { bucket } = bucketOf(keys);
  let seen = { ...begun(), hasLogFiles: false };
  for (const hours of [0, 0.1, 0.2]) seen = await checkArrivals(trail, seen, bucket, at(hours));
  keys.splice(0, 2, digest('111122223333', 24));
  for (const hours of [24.5, 24.6]) seen = await checkArrivals(trail, seen, bucket, at(hours));

  expect(arrivalAlarms(trail, seen, at(24.6))).toMatchObject([
    { title: expect.stringContaining(`of ${gone} in us-east-1`) },
  ]);
  expect(arrivalAlarms(trail, { ...seen, unchecked: 0 }, at(26))).toHaveLength(1);
});

test('more accounts and Regions than can be remembered are reported', () => {
  expect(
    arrivalAlarms(trail, { ...begun(), hasDigests: false, unchecked: 7 }, at(0)),
  ).toMatchObject([
    {
      key: `too many places ${trail}`,
      severity: 'medium',
      title: expect.stringContaining('7 are'),
    },
  ]);
});
