import { describe, expect, test } from 'vitest';
import { hashOf } from '#baseline/signing/signature.ts';
import type { TrailInput } from '#evidence/trail-evidence.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import { later } from '#text/time.ts';
import { states, trail } from '../support/baseline.ts';
import {
  baseline,
  evidence,
  noRecoveries,
  protectedTrail,
  recordOf,
  version,
  window,
  withGaps,
} from '../support/evidence.ts';
import { cause, drifted, episodeOf, incident, outcomeOf, stopped } from '../support/incident.ts';

const reasons = ({ coverage }: ReturnType<typeof evidence>) =>
  coverage.unknown.ranges.map(({ from, to, reason }) => [reason, from, to]);

const closed = { closedAt: '2026-11-22T12:10:08.000Z' };

describe('coverage', () => {
  test('misses the time from the call until the trail was read back', () => {
    const { coverage } = evidence([withGaps({ ...incident, ...closed })]);

    expect(coverage.missing.ranges).toEqual([
      { from: new Date(String(cause.at)).toISOString(), to: incident.episodes[0]?.resolvedAt },
    ]);
    expect(coverage.unknown.ranges).toEqual([]);
  });

  test('is unknown before drift whose call is not known, back to the last check in sync', () => {
    const found = withGaps({
      ...{ ...incident, ...closed, cause: null, calls: [] },
      episodes: incident.episodes.map((one) => ({ ...one, trigger: null })),
    });

    expect(reasons(evidence([found]))).toEqual([
      [
        'drift was found, and when it began is not known',
        incident.lastInSyncAt,
        incident.episodes[0]?.detectedAt,
      ],
    ]);
  });

  test('misses everything since a call that is not resolved, until now', () => {
    const left = [drifted('logging', stopped)];
    const open = withGaps({
      ...{ ...incident, state: 'failed', episodes: [episodeOf(outcomeOf(left, left))] },
    });

    const { coverage, incidents } = evidence([open]);

    expect(coverage.missing.ranges).toMatchObject([{ to: window.to }]);
    expect(incidents[0]).toMatchObject({ isUnresolved: true, gaps: [{ isOpen: true }] });
  });

  test('is unknown while a kind that decides what is recorded cannot be read', () => {
    const unread = {
      kind: 'logging',
      status: 'unknown',
      reason: 'denied',
      retryable: false,
    } as const;
    const episodes = [episodeOf(outcomeOf([unread, drifted('tags')], [unread]))];

    const unknown = evidence([{ ...incident, state: 'unknown', episodes }]);

    expect(reasons(unknown)).toEqual([
      ['the trail could not be read', incident.lastInSyncAt, window.to],
    ]);
  });

  test('is known while only tags cannot be read', () => {
    const unread = { kind: 'tags', status: 'unknown', reason: 'denied', retryable: false } as const;
    const episodes = [episodeOf(outcomeOf([unread], [unread]))];

    expect(reasons(evidence([{ ...incident, state: 'unknown', episodes }]))).toEqual([]);
  });

  test('is unknown while the baseline could not be used', () => {
    const invalid = { ...incident, baselineError: 'not signed', episodes: [], calls: [] };

    expect(reasons(evidence([invalid]))).toEqual([
      ['the baseline could not be used', incident.lastInSyncAt, window.to],
    ]);
  });

  test('is unknown from a call that was undone until the trail was checked', () => {
    const reverted: Incident = {
      ...{ ...incident, ...closed, state: 'reverted', episodes: [], cause: null },
      calls: [{ call: { ...cause, eventName: 'UpdateTrail' }, effect: 'reverted' }],
    };

    expect(reasons(evidence([reverted]))).toEqual([
      [
        'UpdateTrail was undone before the trail was checked',
        new Date(String(cause.at)).toISOString(),
        incident.openedAt,
      ],
    ]);
  });

  test('is unknown from a call that was undone until the next time in sync', () => {
    const at = (second: number) => `2026-11-22T12:00:${String(second).padStart(2, '0')}.000Z`;
    const reverted = (second: number, eventName = 'UpdateTrail') => ({
      call: { ...cause, eventName, at: at(second) },
      effect: 'reverted' as const,
    });
    const [first] = incident.episodes;
    const timeless = { call: { ...cause, at: null }, effect: 'reverted' as const };
    const one = {
      ...{ ...incident, gaps: [], openedAt: at(10), updatedAt: at(50), closedAt: at(58) },
      episodes: [{ ...first, detectedAt: at(10), resolvedAt: at(20) } as Episode],
      calls: [reverted(5), reverted(20), reverted(30), reverted(55), timeless, reverted(59)],
    };
    const times = (more: Partial<Incident>) =>
      reasons(evidence([{ ...one, ...more }])).map(([, from, to]) => [from, to]);

    // The first check found drift, so it was not in sync then.
    expect(times({})).toEqual([
      [at(5), at(20)],
      [at(30), at(50)],
      [at(55), at(58)],
    ]);
    expect(times({ episodes: [] })).toContainEqual([at(5), at(10)]);
    expect(times({ episodes: [], calls: [reverted(30, 'AddTags')] })).toEqual([]);
    expect(times({ episodes: [], calls: [reverted(30, 'UpdateTrail')] })).toHaveLength(1);
  });

  test('is unknown between the episodes that a record holds, if it had more', () => {
    const again = (minutes: number) => ({
      ...(incident.episodes[0] ?? episodeOf(outcomeOf([], []))),
      detectedAt: later(incident.openedAt, { minutes }),
      resolvedAt: later(incident.openedAt, { minutes: minutes + 1 }),
    });
    const many = { ...incident, ...closed, episodes: [again(0), again(20)], episodeCount: 12 };

    const whole = { ...many, episodeCount: 2 };
    expect(reasons(evidence([whole]))).toEqual([]);
    expect(reasons(evidence([many]))).toContainEqual([
      'the incident had more episodes than its record holds',
      ...[later(incident.openedAt, { minutes: 1 }), later(incident.openedAt, { minutes: 20 })],
    ]);
  });

  test('is unknown in an incident whose record was truncated', () => {
    const one = withGaps({ ...incident, ...closed });
    const records = [
      {
        ...{ sk: 'x', entry: { at: one.updatedAt, incident: one } },
        row: { text: '', isTruncated: true },
      },
    ];

    expect(reasons(evidence([], { records }))).toEqual([
      [
        'the record of the incident was truncated, so gaps may be missing',
        ...[incident.lastInSyncAt, new Date(String(cause.at)).toISOString()],
      ],
      [
        'the record of the incident was truncated, so gaps may be missing',
        ...[incident.episodes[0]?.resolvedAt, closed.closedAt],
      ],
    ]);
  });

  test('is unknown since the last check that is stored', () => {
    const lastInSyncAt = '2026-11-22T12:30:00.000Z';

    const { coverage } = evidence([], { status: { lastInSyncAt, open: null } });

    expect(coverage).toMatchObject({
      recorded: { percent: 75 },
      unknown: { percent: 25, ranges: [{ from: lastInSyncAt, to: window.to }] },
    });
  });

  test('is unknown while no sweep finished', () => {
    const unswept = [{ from: '2026-11-22T11:30:00.000Z', to: '2026-11-22T12:00:00.000Z' }];
    const scope = { now: window.to, window, incident: null, unswept, recoveries: noRecoveries };

    expect(evidence([], { scope }).coverage).toMatchObject({
      recorded: { percent: 75 },
      unknown: { ranges: [{ ...unswept[0], reason: 'no sweep finished' }] },
    });
  });

  test('has no shares if it is not known when sweeps finished', () => {
    const unswept = { problem: 'AccessDenied' };
    const scope = { now: window.to, window, incident: null, unswept, recoveries: noRecoveries };

    expect(evidence([], { scope }).coverage.problem).toBe('AccessDenied');
  });

  test('is known until the last incident, because it was checked then', () => {
    const status = { lastInSyncAt: null, open: null };
    const last = { ...incident, ...closed };
    const since = (from: string) => [['no check of the trail is stored since', from, window.to]];

    expect(reasons(evidence([last], { status }))).toEqual(since(closed.closedAt));
    expect(reasons(evidence([{ ...incident, episodes: [] }], { status }))).toEqual(
      since(incident.updatedAt),
    );
    const open = { incident: { ...incident, updatedAt: '2026-11-22T12:45:00.000Z' } } as never;
    expect(reasons(evidence([last], { status: { ...status, open } }))).toEqual(
      since('2026-11-22T12:45:00.000Z'),
    );
  });

  test('is unknown if the trail was never checked', () => {
    const status = { lastInSyncAt: null, open: null };

    expect(evidence([], { status }).coverage).toMatchObject({ unknown: { percent: 100 } });
  });

  test('is unknown before the first baseline and after a retirement', () => {
    const capturedAt = '2026-11-22T11:30:00.000Z';
    const first = { ...version, version: { ...baseline, capturedAt } };
    const retirement = {
      ...({ schema: 1, trail: trail.arn, version: 8, previous: hashOf(version.document) } as const),
      ...{ retiredAt: '2026-11-22T12:30:00.000Z', retiredBy: 'alice', reason: 'moved' },
    };
    const retired = { ...version, number: 8, version: retirement };

    const { coverage, baseline: inForce } = evidence([], {
      history: [retired, first],
      known: { trail: trail.arn, signedBy: null, faults: [], retirement },
    });

    expect(inForce).toBeNull();
    expect(coverage.unknown.ranges).toEqual([
      { from: window.from, to: capturedAt, reason: 'the trail was not protected' },
      { from: retirement.retiredAt, to: window.to, reason: 'the trail was not protected' },
    ]);
  });

  test('is known again once a retired trail is captured again', () => {
    const retirement = {
      ...({ schema: 1, trail: trail.arn, previous: null } as const),
      ...{ retiredAt: '2026-11-22T11:30:00.000Z', retiredBy: 'alice', reason: 'moved' },
    };
    const again = { ...baseline, version: 10, capturedAt: '2026-11-22T12:30:00.000Z' };
    const history = [
      { ...version, number: 10, version: again },
      { ...version, number: 9, version: { ...retirement, version: 9 } },
      { ...version, number: 8, version: { ...retirement, version: 8 } },
      version,
    ];

    expect(reasons(evidence([], { history }))).toEqual([
      ['the trail was not protected', retirement.retiredAt, again.capturedAt],
    ]);
  });

  test('has no shares if a retired trail never had a baseline that can be read', () => {
    const retirement = {
      ...({ schema: 1, trail: trail.arn, version: 8, previous: null } as const),
      ...{ retiredAt: '2026-11-22T12:30:00.000Z', retiredBy: 'alice', reason: 'moved' },
    };
    const known = { trail: trail.arn, signedBy: null, faults: [], retirement };

    expect(evidence([], { known, history: [] }).coverage.problem).toBe('the trail has no baseline');
  });

  test('is unknown from a record that cannot be read', () => {
    const at = '2026-11-22T12:00:00.000Z';
    const records = [
      { sk: `${at}#x`, entry: { at, problem: 'the row x' }, row: { text: '', isTruncated: false } },
    ];

    const unread = evidence([], { records });

    expect(unread.unreadable).toEqual(['the row x']);
    expect(reasons(unread)).toEqual([['a record of an incident cannot be read', at, window.to]]);
  });

  test('has no shares if the baseline cannot be used, or asks for no management events', () => {
    const broken = { trail: trail.arn, signedBy: null, faults: [], error: new Error('not signed') };
    const none = {
      ...states,
      'event-selectors': {
        EventSelectors: null,
        AdvancedEventSelectors: [
          { Name: null, FieldSelectors: [{ Equals: ['Data'], Field: 'eventCategory' }] },
        ],
      },
      'insight-selectors': { InsightSelectors: [] },
      aggregation: { AggregationConfigurations: [] },
    };
    const known = { ...protectedTrail, baseline: { ...baseline, states: none } };

    expect(evidence([], { known: broken }).coverage.problem).toMatch(/cannot be used/);
    expect(evidence([], { known }).coverage.problem).toMatch(/no management events/);
  });
});

describe('what is not certain', () => {
  const uncertain = withGaps({ ...incident, ...closed });
  const [whole] = uncertain.gaps;

  test.each([{ recoverability: null }, { isCertain: false }])(
    'is unknown for the time of the gap: %o',
    (more) => {
      const gaps = uncertain.gaps.map((gap) => ({ ...gap, ...more }));

      expect(reasons(evidence([{ ...uncertain, gaps }]))).toEqual([
        [
          'it is not certain which events are missing',
          new Date(String(whole?.from)).toISOString(),
          whole?.to,
        ],
      ]);
    },
  );

  test('does not matter if management events are not concerned', () => {
    const gaps = uncertain.gaps.map((gap) => ({
      ...{ ...gap, isCertain: false },
      recoverability: gap.recoverability && { ...gap.recoverability, recoverable: null },
    }));

    expect(reasons(evidence([{ ...uncertain, gaps }]))).toEqual([]);
  });

  test.each([
    ['no management events are missing', { recoverability: { recoverable: null } }],
    ['a call began it', { startedBy: { eventId: null, eventName: 'X', at: '', by: 'mallory' } }],
  ])('is nothing before a gap if %s', (_reason, more) => {
    const gaps = uncertain.gaps.map((gap) => ({ ...gap, startedBy: null, ...more }) as Gap);

    expect(reasons(evidence([{ ...uncertain, gaps }]))).toEqual([]);
  });

  test('is nothing before an interruption, whose beginning is known as well as it can be', () => {
    const gaps = uncertain.gaps.map((gap) => ({ ...gap, startedBy: null }));
    const { from = '', to = '' } = whole ?? {};
    const interruption = { how: 'stopped', isFromKnown: true, from, to } as const;
    const begins = [
      'drift was found, and when it began is not known',
      incident.lastInSyncAt,
      new Date(from).toISOString(),
    ];
    const reasonsWith = (interruptions: Incident['interruptions']) =>
      reasons(evidence([{ ...uncertain, gaps, interruptions }]));

    expect(reasonsWith([interruption])).toEqual([]);
    const elsewhere = [
      { ...interruption, from: window.from },
      { ...interruption, to: window.to },
    ];
    expect(reasonsWith(elsewhere)).toEqual([begins]);
  });

  test('begins with the last check in sync before it: of the incident, or of an episode', () => {
    const [first] = incident.episodes;
    const second = { ...first, trigger: null, detectedAt: '2026-11-22T12:09:00.000Z' };
    const episodes = [first, { ...second, resolvedAt: '2026-11-22T12:09:02.000Z' }];
    const again = withGaps({ ...incident, ...closed, episodes } as Incident);
    const gaps = again.gaps.map((gap, i) =>
      i === 0 ? gap : { ...gap, startedBy: null, from: second.detectedAt },
    );
    const unknownSince = (more: Partial<Incident>) =>
      reasons(evidence([{ ...again, gaps, ...more }])).map(([, from]) => from);

    expect(unknownSince({})).toEqual([first?.resolvedAt]);
    expect(unknownSince({ lastInSyncAt: '2026-11-22T12:05:00.000Z' })).toEqual([
      '2026-11-22T12:05:00.000Z',
    ]);
    expect(unknownSince({ lastInSyncAt: second.detectedAt })).toEqual([]);
    expect(unknownSince({ lastInSyncAt: null, episodes: [] })).toEqual([
      window.from,
      first?.resolvedAt,
    ]);
  });
});

describe('an incident', () => {
  const ids = (one: Partial<Incident>, more: Partial<TrailInput> = {}) =>
    evidence([{ ...incident, ...one }], more).incidents.map(({ id }) => id);

  test.each([
    ['closed when the window began', { closedAt: window.from }, 1],
    ['closed before the window', { closedAt: '2026-11-22T10:59:59.999Z' }, 0],
    ['opened when the window ended', { openedAt: window.to }, 1],
    ['opened after the window', { openedAt: '2026-11-22T13:00:00.001Z' }, 0],
    ['open since before the window', { openedAt: '2026-11-20T00:00:00.000Z' }, 1],
  ])('that is %s is in the report: %#', (_when, times, count) => {
    expect(ids({ ...times, gaps: [] })).toHaveLength(count);
  });

  test('that opened after the window is in the report if its gap began in it', () => {
    const gaps = withGaps(incident).gaps.map((gap) => ({ ...gap, from: window.to }));

    expect(ids({ openedAt: '2026-11-22T13:00:05.000Z', gaps })).toEqual([incident.id]);
  });

  test('alone is in a report about it, while the shares count all', () => {
    const scope = {
      now: window.to,
      window,
      incident: 'other',
      unswept: [],
      recoveries: noRecoveries,
    };
    const all = [withGaps({ ...incident, ...closed }), { ...incident, ...closed, id: 'other' }];

    const about = evidence(all, { scope });

    expect(about.incidents.map(({ id }) => id)).toEqual(['other']);
    expect(about.coverage.missing.milliseconds).toBeGreaterThan(0);
  });

  test('is beside maintenance windows in the records, which are none', () => {
    const notice = {
      ...{ id: 'retag', trail: trail.arn, startedAt: window.from, endedAt: null },
      window: { id: 'retag', kinds: ['tags'], until: window.to },
    } as never;
    const record = { ...recordOf(incident), entry: { at: window.from, notice } };

    expect(evidence([], { records: [record, recordOf(incident)] })).toMatchObject({
      incidents: [{ id: incident.id, record: { pk: `incident#${trail.arn}` } }],
      unreadable: [],
    });
  });
});

describe('a row that someone else wrote', () => {
  test('is reported as unreadable, and the rest of the report goes on', () => {
    const forged = { ...incident, id: 'forged', episodes: [{ outcome: {} }] } as never;

    const { incidents, unreadable } = evidence([forged, { ...incident, ...closed }]);

    expect(incidents.map(({ id }) => id)).toEqual([incident.id]);
    expect(unreadable).toEqual([expect.stringContaining('forged')]);
  });
});
