import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from '#drift/impact.ts';
import type { IncidentEvidence } from '#evidence/evidence.ts';
import {
  countIncidents,
  coverageLine,
  endingOf,
  headlineOf,
  summaryLines,
  summaryOf,
} from '#evidence/summary.ts';
import type { Incident } from '#incident/incident.ts';
import { evidence, noRecoveries, window, withGaps } from '../support/evidence.ts';
import {
  cause,
  drifted,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
} from '../support/incident.ts';

const closed = withGaps({ ...incident, closedAt: '2026-11-22T12:10:08.000Z' });
const open: Incident = { ...incident, state: 'failed' };

const trailWith = (...incidents: readonly Incident[]) => ({ trails: [evidence(incidents)] });

/** The evidence of one incident. */
function evidenceOf(more: Partial<Incident>): IncidentEvidence {
  const [one, ...others] = evidence([{ ...incident, ...more }]).incidents;
  if (one === undefined || others.length > 0) throw new Error('not one incident');
  return one;
}

test('incidents are counted by severity, the highest first, and each once', () => {
  const all = fc.array(
    fc.record({ severity: fc.constantFrom(...severities), isUnresolved: fc.boolean() }),
  );
  fc.assert(
    fc.property(all, (given) => {
      const incidents = given.map((one) => ({ ...evidenceOf({}), ...one }));

      const { incidents: count, unresolved, bySeverity } = countIncidents(incidents);

      expect(count).toBe(given.length);
      expect(unresolved).toBe(given.filter((one) => one.isUnresolved).length);
      const listed = bySeverity.flatMap((one) => Array(one.count).fill(one.severity));
      expect(listed).toEqual(
        severities.flatMap((severity) =>
          given.map((one) => one.severity).filter((one) => one === severity),
        ),
      );
      expect(bySeverity.every((one) => one.count > 0)).toBe(true);
    }),
  );
});

describe('the summary', () => {
  test.each([
    [[], 'No incidents.'],
    [[closed], 'One incident, resolved.'],
    [[open], 'One incident, NOT resolved.'],
    [[closed, closed], '2 incidents, all resolved.'],
    [[open, open], '2 incidents, NOT resolved.'],
    [[closed, open, closed], '3 incidents, 1 NOT resolved.'],
  ])('says how many incidents there are and are left: %#', (incidents, line) => {
    expect(summaryLines(trailWith(...incidents))[0]).toBe(line);
  });

  test('says that no management events are known to be missing', () => {
    const lines = summaryLines(trailWith());

    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe('No management events are known to be missing.');
  });

  test('says how long events are missing, until when event history has them, and what is lost', () => {
    const lines = summaryLines({ trails: [evidence([closed]), evidence([closed])] });

    expect(lines.slice(1)).toEqual([
      '9 s of management events are missing; event history keeps the first of them until 2027-02-20 12:00:03 UTC.',
      'Lost: data events, Insights events, aggregated events.',
    ]);
  });

  test('begins with a capital letter if less than a second is missing', () => {
    const trail = evidence([]);
    const missing = { ...trail.coverage.missing, milliseconds: 400 };
    const lines = summaryLines({
      trails: [{ ...trail, coverage: { ...trail.coverage, missing } }],
    });

    expect(lines[1]).toMatch(/^Under 1 s of management events are missing/);
  });

  test('adds up the times of all trails, and has the earliest end of event history', () => {
    const before = withGaps({
      ...{ ...closed, id: 'earlier', openedAt: '2026-11-22T11:30:05.000Z' },
      lastInSyncAt: null,
      cause: null,
      calls: [],
      episodes: closed.episodes.map((one) => ({
        ...{ ...one, trigger: null },
        ...{ detectedAt: '2026-11-22T11:30:05.000Z', resolvedAt: '2026-11-22T11:30:07.000Z' },
      })),
    });
    const trails = [evidence([closed]), evidence([before])];

    const { missing, recoverableUntil } = summaryOf({ trails });

    expect(missing).toBe(4_902 + 2_000);
    expect(recoverableUntil).toBe('2027-02-20T11:30:05.000Z');
  });

  test('does not say until when event history has them if nothing is recoverable', () => {
    const [trail] = trailWith(closed).trails;
    const incidents = (trail?.incidents ?? []).map((one) => ({
      ...one,
      gaps: one.gaps.map((gap) => ({ ...gap, recoverability: null })),
    }));

    const trails = trail === undefined ? [] : [{ ...trail, incidents }];

    expect(summaryOf({ trails })).toMatchObject({ recoverableUntil: null, lost: [] });
    expect(summaryLines({ trails }).slice(1)).toEqual(['4 s of management events are missing.']);
  });
});

describe('the line about coverage', () => {
  test('has each share, and the time of those that are not recorded', () => {
    const lastInSyncAt = '2026-11-22T12:30:00.000Z';

    expect(coverageLine(evidence([closed]))).toBe(
      'recorded 99.93 %, missing 0.07 % (4 s), unknown 0 %',
    );
    expect(coverageLine(evidence([], { status: { lastInSyncAt, open: null } }))).toBe(
      'recorded 75 %, missing 0 %, unknown 25 % (30 min)',
    );
  });

  test('says why nothing is known', () => {
    const scope = {
      now: window.to,
      window,
      incident: null,
      unswept: { problem: 'AccessDenied' },
      recoveries: noRecoveries,
    };

    expect(coverageLine(evidence([], { scope }))).toBe('coverage is not known: AccessDenied');
  });
});

describe('the headline of an incident', () => {
  test('is its worst drift, whichever was found first', () => {
    const findings = [drifted('settings', unencrypted), drifted('logging', stopped)];

    expect(headlineOf(evidenceOf({ episodes: [episodeOf(outcomeOf(findings, findings))] }))).toBe(
      stopped.impact.description,
    );
  });

  test('without drift, is the first call and whether it failed', () => {
    const failed = { ...cause, error: { code: 'AccessDenied', message: null } };

    expect(headlineOf(evidenceOf({ state: 'reverted', episodes: [] }))).toBe(
      'StopLogging was undone before it was checked',
    );
    const calls = [{ call: failed, effect: 'failed' as const }];
    expect(headlineOf(evidenceOf({ state: 'attempted', episodes: [], cause: null, calls }))).toBe(
      'StopLogging failed',
    );
  });

  test('is its title if logging was interrupted, or if no call is known', () => {
    const interruptions = [
      {
        ...({ how: 'stopped', isFromKnown: true } as const),
        ...{ from: '2026-11-22T12:00:03.000Z', to: '2026-11-22T12:00:43.000Z' },
      },
    ];
    for (const more of [{ interruptions }, { cause: null, calls: [] }]) {
      const one = evidenceOf({ state: 'reverted', episodes: [], ...more });

      expect(headlineOf(one)).toBe(one.title);
    }
  });
});

describe('the ending of an incident', () => {
  const resolvedAt = '2026-11-22T12:00:07.902Z';
  const ending = (more: Partial<Incident>): string => endingOf(evidenceOf(more));
  const step = (action: string) =>
    ({ kind: 'logging', action, input: {}, status: 'applied' }) as const;
  const refused = {
    ...step('UpdateTrail'),
    ...({ status: 'failed', error: 'AccessDenied', message: 'no', remedy: null } as const),
    retryable: false,
  };

  test('names the calls that restored it, each once, and none that failed', () => {
    const found = [drifted('logging', stopped)];
    const steps = [step('StartLogging'), step('StartLogging'), refused, step('AddTags')];

    expect(
      ending({
        episodes: [episodeOf(outcomeOf(found, [], steps), { resolvedAt, resolution: 'restored' })],
      }),
    ).toBe(
      'trailkeeper restored it with StartLogging, AddTags, read back at 2026-11-22 12:00:07 UTC',
    );
  });

  test.each([
    [{ resolution: 'accepted', acceptedBy: 'alice' }, 'accepted as a new version by alice'],
    [{ resolution: 'accepted', acceptedBy: null }, 'accepted as a new version by an approver'],
    [{ resolution: 'external' }, 'restored by someone else'],
    [{ resolution: null }, 'restored by someone else'],
  ] as const)('says who else resolved it: %o', (more, by) => {
    const episodes = [episodeOf(outcomeOf([], []), { resolvedAt, ...more })];

    expect(ending({ state: 'resolved', episodes })).toBe(
      `${by}, read back at 2026-11-22 12:00:07 UTC`,
    );
  });

  test.each([
    ['failed', 'not resolved'],
    ['attempted', 'nothing changed: the calls failed'],
    ['reverted', 'undone before it was checked'],
  ] as const)('of an incident in state %s without a resolved episode is %s', (state, text) => {
    expect(ending({ state, episodes: [] })).toBe(text);
    expect(ending({ state, episodes: [episodeOf(outcomeOf([], []))] })).toBe(text);
  });

  test('of a logging interruption is when logging resumed, the last time', () => {
    const interruption = (to: string) => ({
      ...({ how: 'stopped', isFromKnown: true } as const),
      ...{ from: '2026-11-22T12:00:03.000Z', to },
    });
    const interruptions = [
      interruption('2026-11-22T12:00:43.000Z'),
      interruption('2026-11-22T12:01:43.000Z'),
    ];

    expect(ending({ state: 'reverted', episodes: [], interruptions })).toBe(
      'logging resumed at 2026-11-22 12:01:43 UTC',
    );
    expect(ending({ state: 'failed', episodes: [], interruptions })).toBe('not resolved');
  });
});
