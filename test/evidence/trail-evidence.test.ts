import { describe, expect, test } from 'vitest';
import type { Baseline } from '#baseline/baseline.ts';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import { kinds } from '#drift/index.ts';
import { laneOf } from '#evidence/lanes.ts';
import { type TrailInput, trailEvidence } from '#evidence/trail-evidence.ts';
import type { Incident } from '#incident/incident.ts';
import { incidentGaps } from '#incident/incident-gaps.ts';
import { later } from '#text/time.ts';
import { states, trail } from '../support/baseline.ts';
import { cause, drifted, episodeOf, incident, outcomeOf, stopped } from '../support/incident.ts';

const window = { from: '2026-11-22T11:00:00.000Z', to: '2026-11-22T13:00:00.000Z' };

const baseline: Baseline = {
  ...{ schema: 1, trail: trail.arn, version: 7, previous: null },
  ...{ capturedAt: '2026-11-01T00:00:00.000Z', capturedBy: 'alice', reason: 'first' },
  ...{ states, policy: {} },
};
const protectedTrail: KnownTrail & { baseline: Baseline } = {
  ...{ trail: trail.arn, baseline, signedBy: null, faults: [] },
};
const document = JSON.stringify(baseline);
const version = { number: 7, version: baseline, document, signature: null, signedBy: null };

/** An incident with the gaps that the product finds in it. */
const withGaps = (one: Incident, at = one.updatedAt): Incident => ({
  ...one,
  gaps: incidentGaps(protectedTrail, kinds)(one, at),
});

function evidence(incidents: readonly Incident[], more: Partial<TrailInput> = {}) {
  return trailEvidence({
    ...{ known: protectedTrail, history: [version], windows: [], maxWindowHours: 4 },
    records: incidents.map((one) => ({
      sk: `${one.openedAt}#${one.id}`,
      entry: { at: one.updatedAt, incident: one },
      row: { text: JSON.stringify(one), isTruncated: false },
    })),
    status: { lastInSyncAt: window.to, open: null },
    scope: { now: window.to, window, incident: null, unswept: [] },
    ...more,
  });
}

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
    const episodes = [episodeOf(outcomeOf([unread], [unread]))];

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

  test('is unknown between the episodes that a record holds, if it had more', () => {
    const again = (minutes: number) => ({
      ...(incident.episodes[0] ?? episodeOf(outcomeOf([], []))),
      detectedAt: later(incident.openedAt, { minutes }),
      resolvedAt: later(incident.openedAt, { minutes: minutes + 1 }),
    });
    const many = { ...incident, ...closed, episodes: [again(0), again(20)], episodeCount: 12 };

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

    expect(evidence([], { records }).coverage.unknown.milliseconds).toBeGreaterThan(0);
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
    const scope = { now: window.to, window, incident: null, unswept };

    expect(evidence([], { scope }).coverage).toMatchObject({
      recorded: { percent: 75 },
      unknown: { ranges: [{ ...unswept[0], reason: 'no sweep finished' }] },
    });
  });

  test('has no shares if it is not known when sweeps finished', () => {
    const unswept = { problem: 'AccessDenied' };
    const scope = { now: window.to, window, incident: null, unswept };

    expect(evidence([], { scope }).coverage.problem).toBe('AccessDenied');
  });

  test('is unknown if the trail was never checked', () => {
    const status = { lastInSyncAt: null, open: null };

    expect(evidence([], { status }).coverage).toMatchObject({ unknown: { percent: 100 } });
  });

  test('is unknown before the first baseline and after a retirement', () => {
    const capturedAt = '2026-11-22T11:30:00.000Z';
    const first = { ...version, version: { ...baseline, capturedAt } };
    const retirement = {
      ...({ schema: 1, trail: trail.arn, version: 8, previous: hashOf(document) } as const),
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

describe('a row that someone else wrote', () => {
  test('is reported as unreadable, and the rest of the report goes on', () => {
    const forged = { ...incident, id: 'forged', episodes: [{ outcome: {} }] } as never;

    const { incidents, unreadable } = evidence([forged, { ...incident, ...closed }]);

    expect(incidents.map(({ id }) => id)).toEqual([incident.id]);
    expect(unreadable).toEqual([expect.stringContaining('forged')]);
  });
});

test('drift is in the lane of what it is about: what is outside the trail, of its delivery', () => {
  const outside = kinds.filter(
    ({ name, isOutsideTrail }) => isOutsideTrail && name !== 'organization',
  );

  expect(new Set(outside.map(({ name }) => laneOf(name, 'field')))).toEqual(new Set(['delivery']));
  expect(
    ['logging', 'organization', 'event-selectors', 'delivery', 'tags'].map((kind) =>
      laneOf(kind, 'field'),
    ),
  ).toEqual(['logging', 'scope', 'selectors', 'delivery', 'other']);
  expect(laneOf('settings', 'IsMultiRegionTrail')).toBe('scope');
  expect(laneOf('settings', 'S3BucketName')).toBe('delivery');
  expect(laneOf('settings', '')).toBe('logging');
});
