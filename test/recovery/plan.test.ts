import { expect, test } from 'vitest';
import { estimate, estimateOf, type PlanInput, planRecovery } from '#recovery/plan.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

const settings = {
  S3BucketName: 'logs',
  S3KeyPrefix: null,
  IsMultiRegionTrail: true,
  IsOrganizationTrail: true,
};
const given: PlanInput = {
  trail: parseTrailArn('arn:aws:cloudtrail:eu-central-1:111122223333:trail/org-trail'),
  states: { settings },
  ranges: [{ from: '2026-11-22T12:03:00Z', to: '2026-11-22T12:14:00Z' }],
  incidents: ['incident-1'],
  accounts: ['111122223333', '222233334444'],
  organization: 'o-a1b2c3d4e5',
  destination: { bucket: 'evidence', prefix: 'recovered' },
  allowed: { bucket: 'evidence', prefix: 'recovered' },
  now: new Date('2026-11-22T15:00:00Z'),
};
const planOf = (change: Partial<PlanInput> = {}) => planRecovery({ ...given, ...change });
const hours = (from: string, to: string) => [
  { from: `2026-11-22T${from}Z`, to: `2026-11-22T${to}Z` },
];

test('a multi-Region trail is recovered in every Region, in whole slots', () => {
  const { recovery, accounts } = planOf();

  expect(recovery.regions).toContain('us-east-1');
  expect(recovery.regions).toContain('ap-southeast-2');
  expect(recovery.intervals).toEqual([
    { from: '2026-11-22T12:00:00.000Z', to: '2026-11-22T12:15:00.000Z' },
  ]);
  expect(recovery.log).toEqual({ bucket: 'logs', prefix: null, organization: 'o-a1b2c3d4e5' });
  expect(accounts).toEqual(given.accounts);
  expect(recovery.unrecoverable).toEqual([]);
});

test('a trail of one Region is recovered in its home Region', () => {
  const { recovery } = planOf({ states: { settings: { ...settings, IsMultiRegionTrail: false } } });

  expect(recovery.regions).toEqual(['eu-central-1']);
});

test('a trail in a Region that is not known is recovered in that Region', () => {
  const arn = 'arn:aws:cloudtrail:xx-nowhere-1:111122223333:trail/org-trail';

  const { recovery } = planOf({ trail: parseTrailArn(arn) });

  expect(recovery.regions).toEqual(['xx-nowhere-1']);
  expect(recovery.incidents).toEqual(['incident-1']);
});

test('a part of the time that event history lacks is said, and the rest is recovered', () => {
  const ranges = [
    { from: '2026-08-01T00:00:00Z', to: '2026-08-01T01:00:00Z' },
    ...hours('12:00:00', '12:01:00'),
    ...hours('14:00:00', '14:55:00'),
  ];

  const { recovery } = planOf({ ranges });

  expect(recovery.intervals).toHaveLength(2);
  expect(recovery.unrecoverable).toEqual([
    expect.stringMatching(/^events before 2026-08-24T16:00:00Z: event history keeps 90 days/),
    expect.stringMatching(/^events since 2026-11-22T14:45:00Z: .* until 2026-11-22T15:15:00Z/),
  ]);
});

test('the same request has the same id, and another time range or place has another one', () => {
  const { id } = planOf().recovery;

  expect(planOf({ now: new Date('2026-11-23T15:00:00Z'), incidents: [] }).recovery.id).toBe(id);
  expect(planOf({ ranges: hours('12:03:00', '12:16:00') }).recovery.id).not.toBe(id);
  const destination = { bucket: 'evidence', prefix: 'recovered/case-7' };
  expect(planOf({ destination }).recovery.id).not.toBe(id);
});

test('names the slots that event history does not have yet, and leaves them out', () => {
  const now = new Date('2026-11-22T15:04:00Z');

  const { recovery } = planOf({ now, ranges: hours('14:00:00', '14:52:00') });

  expect(recovery.intervals).toMatchObject([{ to: '2026-11-22T14:45:00.000Z' }]);
  expect(recovery.unrecoverable).toEqual([
    'events since 2026-11-22T14:45:00Z: event history may lack some until 2026-11-22T15:10:00Z, recover them after that',
  ]);
});

test('names the slots that event history has dropped, and leaves them out', () => {
  const now = new Date('2027-02-20T10:57:00Z');

  const { recovery } = planOf({ now, ranges: hours('11:00:00', '13:00:00') });

  expect(recovery.intervals).toMatchObject([{ from: '2026-11-22T12:00:00.000Z' }]);
  expect(recovery.unrecoverable).toEqual([
    'events before 2026-11-22T12:00:00Z: event history keeps 90 days',
  ]);
});

test('names nothing if event history has exactly the slots of the time', () => {
  const whole = [
    { from: '2026-08-24T16:00:00Z', to: '2026-08-24T16:01:00Z' },
    ...hours('14:00:00', '14:44:59'),
  ];

  expect(planOf({ ranges: whole }).recovery.unrecoverable).toEqual([]);
});

test('names the kinds of events that event history never has', () => {
  const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const selectors = {
    AdvancedEventSelectors: [
      { FieldSelectors: [field('eventCategory', 'Management')] },
      {
        FieldSelectors: [
          field('eventCategory', 'Data'),
          field('resources.type', 'AWS::S3::Object'),
        ],
      },
    ],
  };

  const { recovery } = planOf({ states: { settings, 'event-selectors': selectors } });

  expect(recovery.unrecoverable).toEqual(['data events: event history has management events only']);
  const insights = {
    InsightSelectors: [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] }],
  };
  const both = { settings, 'event-selectors': selectors, 'insight-selectors': insights };
  expect(planOf({ states: both }).recovery.unrecoverable).toEqual([
    'data, Insights events: event history has management events only',
  ]);
});

test.each([
  ['is too recent', hours('14:50:00', '14:59:00'), 'recover these after 2026-11-22T15:15:00Z'],
  [
    'is too old',
    [{ from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' }],
    'event history has dropped the events: it goes back to 2026-08-24T16:00:00Z',
  ],
  [
    'is too old and too recent',
    [
      { from: '2026-08-01T00:00:00Z', to: '2026-08-24T15:00:00Z' },
      ...hours('14:50:00', '14:52:00'),
    ],
    'recover these after 2026-11-22T15:10:00Z',
  ],
  ['is none', [], 'no management events were lost: there is nothing to recover'],
])('refuses a time that %s', (_what, ranges, message) => {
  expect(() => planOf({ ranges })).toThrow(message);
});

test('refuses a place that the deployment does not allow', () => {
  const destination = { bucket: 'evidence', prefix: 'elsewhere' };

  expect(() => planOf({ destination })).toThrow('is not in s3://evidence/recovered');
});

test('an estimate counts the calls, which keep to the quota of each account and Region', () => {
  const plan = planOf({ states: { settings: { ...settings, IsMultiRegionTrail: false } } });

  // A slot is read apart from others, by at most four at the same time.
  expect(estimateOf(plan)).toMatchObject({ calls: 3 * 2, seconds: 2 });
  // A page has 50 events, and two pages a second are the quota.
  expect(estimateOf(plan).secondsPer10000).toBeGreaterThanOrEqual(100);
  expect(estimateOf(plan).secondsPer10000).toBeLessThan(110);
  const { recovery } = plan;
  const twice = { ...plan, recovery: { ...recovery, regions: ['us-east-1', 'eu-central-1'] } };
  expect(estimateOf(twice).calls).toBe(3 * 2 * 2);
  const accounts = Array.from({ length: 400 }, (_, i) => String(i).padStart(12, '1'));
  expect(estimateOf({ ...plan, accounts })).toMatchObject({ calls: 3 * 400, seconds: 16 });
});

test('the schema of an estimate has all of it', () => {
  const estimated = estimateOf(planOf());

  expect(estimate.parse(estimated)).toEqual(estimated);
  expect(estimate.shape.calls.description).toContain('LookupEvents');
  expect(estimate.shape.secondsPer10000.description).toContain('10,000 events');
});

test('names the events that the files have although the trail excludes them', () => {
  const selector = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] };
  const selectorsWithout = (...sources: readonly string[]) => ({
    EventSelectors: [{ ...selector, ExcludeManagementEventSources: sources }],
    AdvancedEventSelectors: null,
  });
  const excluded = (...sources: readonly string[]) =>
    planOf({ states: { settings, 'event-selectors': selectorsWithout(...sources) } }).recovery
      .excludedByTrail;

  expect(excluded('kms.amazonaws.com')).toEqual([
    'management events where eventSource is kms.amazonaws.com',
  ]);
  expect(excluded()).toEqual([]);
});
