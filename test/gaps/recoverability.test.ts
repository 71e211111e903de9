import { describe, expect, test } from 'vitest';
import type { ReplayInput } from '#gaps/history.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { brief } from '../support/brief-gaps.ts';
import { gapsOf, length, past, selecting } from '../support/gaps.ts';
import { at, call, start, stop, update } from '../support/recorded-calls.ts';

const ofObjects = { field: 'resources.type', equals: ['AWS::S3::Object'] };

describe('the recoverability', () => {
  const recoverability = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
    gapsOf(calls, rest).map((gap) => gap.recoverability);

  test('of stopped logging: management events of the covered accounts and Regions for 90 days', () => {
    expect(recoverability([stop(0), start(60)])).toEqual([
      {
        recoverable: {
          events: 'management',
          accounts: 'every account of the organization',
          regions: 'every Region',
          until: '2027-02-20T10:00:00.000Z',
        },
        elsewhere: null,
        lost: ['data', 'Insights', 'aggregated'],
        digests: { status: 'whole', breaksAt: '2026-11-22T11:00:00.000Z' },
      },
    ]);
  });

  test('of a single-Region, single-account trail: its own event history', () => {
    const alone = { ...settings, IsMultiRegionTrail: false, IsOrganizationTrail: false };

    expect(recoverability([stop(0)], { states: { ...states, settings: alone } })).toMatchObject([
      { recoverable: { accounts: trail.accountId, regions: trail.region } },
    ]);
  });

  test.each([
    [59 * 60 + 59, 'whole'],
    [60 * 60, 'broken'],
  ])('of digest files: after %i seconds the chain is %s', (length, status) => {
    for (const [first, last] of [
      [stop(0), start(length)],
      [
        update(0, { enableLogFileValidation: false }),
        update(length, { enableLogFileValidation: true }),
      ],
    ] as const) {
      expect(recoverability([first, last])).toMatchObject([
        { digests: { status, breaksAt: at(3600) } },
      ]);
    }
  });

  test('of digest files that the trail does not deliver: none', () => {
    const without = { ...states, settings: { ...settings, LogFileValidationEnabled: false } };

    expect(recoverability([stop(0), start(4000)], { states: without })).toMatchObject([
      { digests: null },
    ]);
  });

  test('of other Regions: their event history, without data events', () => {
    expect(
      recoverability([
        update(0, { isMultiRegionTrail: false }),
        update(60, { isMultiRegionTrail: true }),
      ]),
    ).toMatchObject([
      {
        recoverable: { regions: 'every Region but eu-central-1' },
        lost: ['data', 'Insights', 'aggregated'],
      },
    ]);
  });

  test('of member accounts: the event history of each account', () => {
    const taken = call({
      seconds: 0,
      eventName: 'DisableAWSServiceAccess',
      eventSource: 'organizations.amazonaws.com',
      parameters: { servicePrincipal: 'cloudtrail.amazonaws.com' },
    });
    const other = call({
      seconds: 5,
      eventName: 'EnableAWSServiceAccess',
      eventSource: 'organizations.amazonaws.com',
      parameters: { servicePrincipal: 'config.amazonaws.com' },
    });

    expect(brief(gapsOf([taken, other]))).toEqual([
      `organization.TrustedAccess 0 ${length} certain open`,
    ]);
    expect(recoverability([taken])).toMatchObject([
      { recoverable: { accounts: 'every member account' } },
    ]);
    const single = { ...states, settings: { ...settings, IsOrganizationTrail: false } };
    expect(recoverability([taken], { states: single })).toEqual([]);
  });

  test('of global services: the event history of the Region that records them', () => {
    expect(recoverability([update(0, { includeGlobalServiceEvents: false })])).toMatchObject([
      { recoverable: { accounts: 'every account of the organization', regions: 'us-east-1' } },
    ]);
  });

  test('of a trail whose baseline only says that it logs: its own management events', () => {
    expect(recoverability([stop(0)], { states: { logging: states.logging } })).toMatchObject([
      {
        recoverable: { accounts: trail.accountId, regions: trail.region },
        lost: [],
        digests: null,
      },
    ]);
  });

  test('of deliveries by CloudTrail that the trail does not record anyway: nothing', () => {
    const managementAlone = {
      ...states,
      settings: { ...settings, RecursiveLogging: true },
      'event-selectors': {
        EventSelectors: null,
        AdvancedEventSelectors: states['event-selectors'].AdvancedEventSelectors.slice(1),
      },
    };

    expect(
      recoverability([update(0, { recursiveLogging: false })], { states: managementAlone }),
    ).toEqual([{ recoverable: null, elsewhere: null, lost: [], digests: null }]);
  });

  test.each<[string, object, string]>([
    ['another bucket', { s3BucketName: 'theirs' }, 'bucket theirs'],
    ['another prefix', { s3KeyPrefix: 'hidden' }, 'under hidden'],
    ['no prefix', { s3KeyPrefix: '' }, 'under no prefix'],
    [
      'another key',
      { kmsKeyId: settings.KmsKeyId.replace('0a1b2c3d', 'ffffffff') },
      'key/ffffffff',
    ],
    ['no topic', { snsTopicName: '' }, 'were not sent'],
    ['no log group', { cloudWatchLogsLogGroupArn: '', cloudWatchLogsRoleArn: '' }, 'log files'],
    ['another role', { cloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/x' }, 'log files'],
  ])('of a changed destination, %s: where the log files are', (_what, patch, where) => {
    const gaps = gapsOf([update(0, patch)]);

    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.recoverability?.elsewhere).toContain(where);
    expect(gaps[0]?.recoverability?.lost).toEqual([]);
  });

  test('of harmless changes: no gap', () => {
    const harmless = [
      update(0, { kmsKeyId: '' }),
      update(5, { recursiveLogging: true }),
      call({
        seconds: 9,
        eventName: 'AddTags',
        parameters: { resourceId: trail.arn, tagsList: [{ key: 'team', value: 'x' }] },
      }),
    ];

    expect(gapsOf(harmless)).toEqual([]);
    expect(past(harmless).calls.map(({ drifts }) => drifts.length)).toEqual([1, 1, 1]);
  });

  test.each([
    ['only data events', [{ field: 'eventCategory', equals: ['Data'] }, ofObjects], ['management']],
    ['only management events', [{ field: 'eventCategory', equals: ['Management'] }], ['data']],
    [
      'neither one user nor data events',
      [
        { field: 'eventCategory', equals: ['Management'] },
        { field: 'userIdentity.arn', notEquals: ['arn:aws:iam::111122223333:user/mallory'] },
      ],
      ['management', 'data'],
    ],
  ])('of event selectors that record %s', (_what, fieldSelectors, lost) => {
    const select = call({
      seconds: 0,
      eventName: 'PutEventSelectors',
      parameters: selecting([{ fieldSelectors }]),
    });

    const [gap] = gapsOf([select]);

    expect(gap?.recoverability?.recoverable !== null).toBe(lost.includes('management'));
    expect(gap?.recoverability?.lost).toEqual(lost.filter((kind) => kind !== 'management'));
    expect(gap?.description).toMatch(/no longer recorded/);
  });

  test('of Insights and aggregated events: none', () => {
    const off = [
      call({
        seconds: 0,
        eventName: 'PutInsightSelectors',
        parameters: { trailName: trail.arn, insightSelectors: [] },
      }),
      call({
        seconds: 1,
        eventName: 'PutEventConfiguration',
        parameters: { trailName: trail.arn, aggregationConfigurations: [] },
      }),
    ];

    expect(recoverability(off)).toEqual([
      { recoverable: null, elsewhere: null, lost: ['Insights'], digests: null },
      { recoverable: null, elsewhere: null, lost: ['aggregated'], digests: null },
    ]);
  });
});
