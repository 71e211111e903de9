import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IncidentEvidence, TrailEvidence, WindowEvidence } from '#evidence/evidence.ts';
import { lanes } from '#evidence/lanes.ts';
import { type Span, spansOf } from '#evidence/timeline.ts';
import type { Incident } from '#incident/incident.ts';
import { later } from '#text/time.ts';
import { evidence, withGaps } from '../support/evidence.ts';
import {
  cause,
  drifted,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
} from '../support/incident.ts';

const found = [drifted('logging', stopped), drifted('settings', unencrypted)];
const step = (action: string) =>
  ({ kind: 'logging', action, input: {}, status: 'applied' }) as const;
const refused = {
  ...step('UpdateTrail'),
  ...({ status: 'failed', error: 'AccessDenied', message: 'no', remedy: null } as const),
  retryable: false,
};
const { openedAt, updatedAt } = incident;
const resolved = { resolvedAt: updatedAt, resolution: 'restored' } as const;

/** An incident with drift that loses events and drift that does not, both restored. */
const restored = withGaps({
  ...incident,
  closedAt: '2026-11-22T12:10:08.000Z',
  episodes: [episodeOf(outcomeOf(found, [], [step('StartLogging')]), resolved)],
});

const spans = (one: Incident, windows: readonly WindowEvidence[] = []): readonly Span[] =>
  spansOf({ ...evidence([one]), windows });

/** The only span of an incident that looks so. */
function spanOf(one: Incident, look: Span['look']): Span | undefined {
  const [span, ...others] = spans(one).filter((each) => each.look === look);
  expect(others).toEqual([]);
  return span;
}

const planned = {
  ...{ id: 'retag', kinds: ['tags', 'settings'], by: 'alice', reason: 'new tags' },
  ...{ from: '2026-11-22T11:30:00.000Z', until: '2026-11-22T12:30:00.000Z' },
  ...{ signedBy: null, ended: null },
};

describe('the timeline', () => {
  test('has the earliest first; what began together, in the order of the lanes', () => {
    const minute = fc.integer({ min: 0, max: 3 });
    const [one] = evidence([restored]).incidents;
    fc.assert(
      fc.property(fc.array(minute), fc.array(minute), (begun, windows) => {
        const at = (minutes: number) => later('2026-11-22T11:00:00.000Z', { minutes });
        const incidents = begun.map((minutes) => moved(one, at(minutes)));
        const all = spansOf({
          ...evidence([]),
          incidents,
          windows: windows.map((minutes) => ({ ...planned, from: at(minutes) })),
        });

        const order = Object.keys(lanes);
        const keys = all.map(({ from, lane }) => `${from} ${order.indexOf(lane)}`);
        expect(keys).toEqual(keys.toSorted());
        expect(all).toHaveLength(begun.length * 3 + windows.length);
      }),
    );
  });

  test('links what belongs to an incident with it', () => {
    const all = spans(restored, [planned]);

    expect(all.map(({ look, incident: id }) => [look, id])).toEqual([
      ['window', null],
      ['missing', restored.id],
      ['drift', restored.id],
      ['action', restored.id],
    ]);
  });
});

/** The evidence of an incident of which everything began at a time. */
function moved(one: IncidentEvidence | undefined, from: string): IncidentEvidence {
  if (one === undefined) throw new Error('no incident');
  const episodes = one.episodes.map((episode) => ({ ...episode, detectedAt: from }));
  return { ...one, episodes, gaps: one.gaps.map((gap) => ({ ...gap, from })) };
}

describe('a gap', () => {
  test('is in the lane of what drifted, from the call until it was read back', () => {
    expect(spanOf(restored, 'missing')).toEqual({
      ...{ from: cause.at, to: updatedAt, lane: 'logging', look: 'missing', isOpen: false },
      ...{ title: stopped.impact.description, incident: restored.id },
      by: 'StopLogging by mallory (IAMUser) from 192.0.2.7',
    });
  });

  test('is by the call that began it, which is not always the cause of the incident', () => {
    const startedBy = { eventId: null, eventName: 'DeleteTrail', at: openedAt, by: 'carol' };
    const gaps = restored.gaps.map((gap) => ({ ...gap, startedBy }));

    expect(spanOf({ ...restored, gaps }, 'missing')?.by).toBe('DeleteTrail by carol');
  });

  test('looks uncertain if events only may be missing', () => {
    const gaps = restored.gaps.map((gap) => ({ ...gap, isCertain: false }));

    expect(spanOf({ ...restored, gaps }, 'uncertain')).toMatchObject({ lane: 'logging' });
  });

  test('is by the cause of the incident if no call began it, or else by no one', () => {
    const gaps = restored.gaps.map((gap) => ({ ...gap, startedBy: null }));

    expect(spanOf({ ...restored, gaps }, 'missing')?.by).toMatch(/^StopLogging by .*mallory/);
    expect(spanOf({ ...restored, gaps, cause: null }, 'missing')?.by).toBe('');
  });

  test('stays open until it is resolved', () => {
    const left = [drifted('logging', stopped)];
    const open = withGaps({
      ...{ ...incident, state: 'failed' },
      episodes: [episodeOf(outcomeOf(left, left))],
    });

    expect(spanOf(open, 'missing')?.isOpen).toBe(true);
  });
});

describe('drift', () => {
  test('without a gap lasts from its detection until it was read back', () => {
    expect(spanOf(restored, 'drift')).toEqual({
      ...{ from: openedAt, to: updatedAt, lane: 'delivery', look: 'drift', isOpen: false },
      title: `settings.KmsKeyId: ${unencrypted.impact.description}`,
      by: expect.stringMatching(/^StopLogging by .*mallory/),
      incident: restored.id,
    });
  });

  test('that is not resolved lasts until the incident closed, or until its last change', () => {
    const episodes = [episodeOf(outcomeOf([drifted('settings', unencrypted)], []))];
    const open: Incident = { ...incident, state: 'degraded', episodes };
    const closedAt = '2026-11-22T12:10:08.000Z';

    expect(spanOf(open, 'drift')).toMatchObject({ to: updatedAt, isOpen: true });
    expect(spanOf({ ...open, closedAt }, 'drift')).toMatchObject({ to: closedAt, isOpen: false });
  });

  test('of the same path in another kind, or of another path, is there beside a gap', () => {
    const other = [drifted('bucket', { ...unencrypted, path: stopped.path })];
    const episodes = [episodeOf(outcomeOf([...found, ...other], []), resolved)];
    const gaps = restored.gaps;

    const titles = spans({ ...restored, episodes, gaps }).flatMap(({ look, title }) =>
      look === 'drift' ? [title] : [],
    );

    expect(titles).toEqual([
      expect.stringMatching(/^settings\.KmsKeyId: /),
      expect.stringMatching(/^bucket\.IsLogging: /),
    ]);
  });

  test('of a trail that did not exist is no drift of a field', () => {
    const gone = [drifted('settings', { ...unencrypted, path: '' })];

    expect(spanOf({ ...incident, episodes: [episodeOf(outcomeOf(gone, []))] }, 'drift')).toBe(
      undefined,
    );
  });
});

describe('what trailkeeper did', () => {
  const titleAfter = (applied: Parameters<typeof outcomeOf>[2], isResolved = true) =>
    spanOf(
      {
        ...incident,
        episodes: [episodeOf(outcomeOf(found, [], applied), isResolved ? resolved : {})],
      },
      'action',
    )?.title;

  test('lasts from the detection until it was read back', () => {
    expect(spanOf(restored, 'action')).toEqual({
      ...{ from: openedAt, to: updatedAt, lane: 'actions', look: 'action', isOpen: false },
      ...{ title: 'detected, restored with StartLogging, read back', by: 'trailkeeper' },
      incident: restored.id,
    });
  });

  test('is open, until the last change, while nothing was read back', () => {
    const open: Incident = { ...incident, episodes: [episodeOf(outcomeOf(found, found))] };

    expect(spanOf(open, 'action')).toMatchObject({ to: updatedAt, isOpen: true });
  });

  test('names each call that succeeded once, and counts those that failed', () => {
    expect(titleAfter([])).toBe('detected, read back');
    expect(titleAfter([], false)).toBe('detected');
    expect(titleAfter([refused], false)).toBe('detected, 1 call failed');
    expect(titleAfter([refused, refused], false)).toBe('detected, 2 calls failed');
    expect(titleAfter([step('StartLogging'), refused, step('AddTags'), step('StartLogging')])).toBe(
      'detected, restored with StartLogging, AddTags, 1 call failed, read back',
    );
  });
});

describe('a maintenance window', () => {
  test('is on the timeline with its kinds, its reason and who asked for it', () => {
    const trail: TrailEvidence = { ...evidence([]), windows: [planned] };

    expect(spansOf(trail)).toEqual([
      {
        ...{ from: planned.from, to: planned.until, lane: 'windows', look: 'window' },
        ...{ title: 'maintenance window for tags, settings: new tags', by: 'alice' },
        ...{ isOpen: false, incident: null },
      },
    ]);
  });

  test('that is not valid is not on the timeline', () => {
    const windows = [{ key: 'x', problem: 'not signed' }];

    expect(spansOf({ ...evidence([]), windows })).toEqual([]);
  });
});
