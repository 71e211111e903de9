import { describe, expect, test } from 'vitest';
import { highestSeverity, worstFindings } from '#incident/finding-key.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import {
  effectOf,
  endedDrift,
  endedInterruption,
  isLikelyCause,
} from '#incident/lifecycle/attribute.ts';
import { openOrNew } from '#incident/lifecycle/open-incident.ts';
import { emptyStatus } from '#incident/trail-status.ts';
import type { Finding } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { trail } from '../support/baseline.ts';
import {
  call,
  enforced,
  minutes,
  painted,
  planOf,
  retagged,
  rules,
  unknown,
} from '../support/incident-fixtures.ts';

const second = 1 / 60;
const { incident: empty } = openOrNew(
  emptyStatus,
  { at: minutes(0), run: 'a', trail: trail.arn },
  rules,
);
const withInterruption = (to: string): Incident => ({
  ...empty,
  interruptions: [{ how: 'stopped', from: minutes(0), isFromKnown: true, to }],
});

describe('the cause of drift', () => {
  const inSyncAt = 10;
  const isCause = (at: number, lastInSyncAt: string | null = minutes(inSyncAt)) =>
    isLikelyCause(call('StopLogging', at), painted('blue'), { lastInSyncAt }, rules);
  /** The end of the second that an event records, and a reading that lags. */
  const lag = (readLagMs + 999) / 60_000;

  test('can be a call that a reading in sync may not show yet', () => {
    expect(isCause(inSyncAt - lag)).toBe(true);
    expect(isCause(inSyncAt - lag - second / 1000)).toBe(false);
  });

  test('can be any call if it is not known when the trail was in sync, or when the call was made', () => {
    expect(isCause(0, null)).toBe(true);
    const withoutTime = { ...call('StopLogging', 0), at: null };
    expect(isLikelyCause(withoutTime, painted('blue'), { lastInSyncAt: minutes(10) }, rules)).toBe(
      true,
    );
  });

  test('can have caused the worst of the drift', () => {
    const plan = retagged(painted('black', 'critical'));

    expect(isLikelyCause(call('AddTags', 1), plan, empty, rules)).toBe(false);
    expect(isLikelyCause(call('StopLogging', 1), plan, empty, rules)).toBe(true);
  });

  test('is found among changes of which the last are not stored', () => {
    const [finding] = painted('black', 'critical').findings as [Finding & { changes: unknown[] }];
    const cut = planOf({ ...finding, changes: [...finding.changes, '3 more'] } as never);

    expect(worstFindings(cut).findings).toHaveLength(1);
  });
});

test('the severity of nothing is low', () => {
  expect(highestSeverity([])).toBe('low');
});

describe('an interruption of logging was ended by', () => {
  const interrupted = withInterruption(minutes(5));

  test.each([
    ['StartLogging', 0, true],
    ['CreateTrail', 2, true],
    ['StartLogging', -2, true],
    ['StartLogging', 2.1, false],
    ['StartLogging', -2.1, false],
    ['AddTags', 0, false],
  ])('%s, %s seconds after its end: %s', (eventName, seconds, isEnd) => {
    expect(endedInterruption(call(eventName, 5 + seconds * second), interrupted)).toBe(isEnd);
  });

  test('no call of which the time is not known, and none without an incident', () => {
    expect(endedInterruption({ ...call('StartLogging', 5), at: null }, interrupted)).toBe(false);
    expect(endedInterruption(call('StartLogging', 5), null)).toBe(false);
    expect(endedInterruption(call('StartLogging', 5), empty)).toBe(false);
  });
});

describe('drift from minute 1 to minute 3, which trailkeeper did not restore, was ended by', () => {
  const episode: Episode = {
    detectedAt: minutes(1),
    resolvedAt: minutes(3),
    resolution: 'external',
    acceptedBy: null,
    trigger: null,
    outcome: enforced(painted('blue')),
  };
  const drifted = (patch: Partial<Episode> = {}): Incident => ({
    ...empty,
    episodes: [{ ...episode, ...patch }],
  });
  const ends = (at: number, incident = drifted(), eventName = 'StartLogging') =>
    endedDrift(call(eventName, at), incident, rules);

  test('a call in between, in the seconds that events record', () => {
    expect(ends(2)).toBe(true);
    expect(ends(1 - second)).toBe(false);
    expect(ends(1 - 0.999 * second)).toBe(true);
    expect(ends(3 + 1.001 * second)).toBe(true);
    expect(ends(3 + 1.002 * second)).toBe(false);
  });

  test('no call that failed, concerns something else or has no time', () => {
    expect(endedDrift(call('StartLogging', 2, 'bob', true), drifted(), rules)).toBe(false);
    expect(ends(2, drifted(), 'AddTags')).toBe(false);
    expect(endedDrift({ ...call('StartLogging', 2), at: null }, drifted(), rules)).toBe(false);
  });

  test('no call if trailkeeper restored it, it goes on, or there was none', () => {
    expect(ends(2, drifted({ resolution: 'restored' }))).toBe(false);
    expect(ends(2, drifted({ resolution: null, resolvedAt: null }))).toBe(false);
    expect(ends(2, empty)).toBe(false);
  });
});

describe('what a call did', () => {
  const made = call('StopLogging', 1);
  const open = (patch: Partial<Incident>): Incident => ({ ...empty, ...patch });
  const episodes = (plan: Episode['outcome']['plan']): Pick<Incident, 'episodes'> => ({
    episodes: [
      {
        detectedAt: minutes(1),
        resolvedAt: null,
        resolution: null,
        acceptedBy: null,
        trigger: null,
        outcome: enforced(plan),
      },
    ],
  });
  const interrupted = withInterruption(minutes(5));
  const other = call('StopLogging', 0, 'bob');

  test.each([
    ['it failed', call('StopLogging', 1, 'bob', true), open({}), 'failed'],
    ['nothing is open', made, null, 'reverted'],
    ['it is the cause', made, open({ cause: made }), 'caused'],
    ['it stopped what was interrupted', made, interrupted, 'caused'],
    ['another call stopped it', made, { ...interrupted, cause: other }, 'related'],
    ['it started what was interrupted', call('StartLogging', 1), interrupted, 'related'],
    ['it made what drifts', made, open(episodes(painted('blue'))), 'caused'],
    ['another call made it', made, open({ ...episodes(painted('blue')), cause: other }), 'related'],
    ['it concerns what could not be read', made, open(episodes(unknown)), 'related'],
    ['it concerns what is in sync', made, open(episodes(painted('red'))), 'reverted'],
    ['it concerns something else', call('AddTags', 1), open(episodes(painted('blue'))), 'reverted'],
    [
      'the baseline cannot be used',
      call('AddTags', 1),
      open({ state: 'baseline-invalid' }),
      'related',
    ],
  ] as const)('if %s', (_, one, incident, effect) => {
    expect(effectOf(one, false, incident, rules)).toBe(effect);
  });

  test('is never to cause drift if it set what the baseline says', () => {
    expect(effectOf(made, true, interrupted, rules)).toBe('related');
    expect(effectOf(made, true, open(episodes(painted('blue'))), rules)).toBe('related');
  });
});
