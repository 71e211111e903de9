import { describe, expect, test } from 'vitest';
import { headline } from '#alert/alert.ts';
import { subjectOf, textOf } from '#alert/plain-text.ts';
import type { Incident } from '#incident/incident.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import {
  cause,
  drifted,
  driftOf,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unresolved,
} from '../support/incident.ts';
import {
  alertOfIncident,
  alertWith,
  factsIn,
  factsWith,
  linesIn,
  logging,
  settings,
} from '../support/incident-alerts.ts';

describe('the first line', () => {
  const observed = { ...outcomeOf([logging], [logging]), mode: 'observe' } as const;
  const enforced = outcomeOf([logging], [logging]);
  const titleOf = (stored: Incident) => alertOfIncident(stored).title;

  test('is followed by a retry only if trailkeeper can still restore something', () => {
    const accepting = `npx --no -- trailkeeper capture ${incident.trail} --reason "accepts incident ${incident.id}"`;
    const restoring = `npx --no -- trailkeeper restore ${incident.trail}`;
    const step = { action: 'StartLogging', input: {} };
    const failed = { ...step, kind: 'logging', status: 'failed', error: 'AccessDenied' } as const;
    const refused = { ...failed, message: 'no', remedy: null, retryable: false };
    const commandOf = (left: Finding, applied: Outcome['applied'] = []) =>
      alertOfIncident(unresolved('degraded', outcomeOf([left], [left], applied))).commands.map(
        ({ value }) => value,
      );

    expect(commandOf(logging)).toEqual([accepting]);
    expect(commandOf(logging, [refused])).toEqual([restoring]);
    expect(commandOf({ ...logging, steps: [step] } as Finding)).toEqual([restoring]);
  });

  test('names observe mode as the reason', () => {
    const alert = alertOfIncident(unresolved('drifted', observed));

    expect(alert.title).toBe('main has drifted; remediation is off (observe mode)');
    expect(alert.commands).toEqual([
      { label: 'Restore it', value: `npx --no -- trailkeeper restore ${incident.trail}` },
      {
        label: 'If the change is wanted, accept it',
        value: `npx --no -- trailkeeper capture ${incident.trail} --reason "accepts incident ${incident.id}"`,
      },
    ]);
  });

  test('comes with commands that a shell takes as they are, whatever the id is', () => {
    const hostile = { ...unresolved('drifted', observed), id: '"; rm -rf $(HOME) `x` #' };

    for (const { value } of alertOfIncident(hostile).commands) {
      expect(value).toMatch(/^npx --no -- trailkeeper [\w:/. -]+("[\w. -]+")?$/);
    }
  });

  test('promises a restore after a maintenance window in enforce mode only', () => {
    const ctaOf = (outcome: typeof enforced) =>
      alertOfIncident(unresolved('suspended', outcome)).callToAction;

    expect(ctaOf(enforced)).toBe('The first sweep after the window restores it.');
    expect(ctaOf(observed)).toContain('does not restore it');
  });

  test.each<[lost: string, found: Finding, first: string]>([
    ['are lost', logging, 'Events are being lost. '],
    ['are not lost', settings, ''],
  ])('comes with what to do, and with urgency only if events %s', (_lost, found, first) => {
    const ctaOf = (mode: Outcome['mode']) =>
      alertOfIncident(unresolved('drifted', { ...outcomeOf([found], [found]), mode })).callToAction;

    expect(ctaOf('enforce')).toBe(`${first}Undo the change by hand, or accept it.`);
    expect(ctaOf('observe')).toBe(`${first}Restore the trail, or accept the change.`);
  });

  test.each<[state: 'degraded' | 'failed', left: Finding, said: RegExp]>([
    ['degraded', settings, /^The log bucket was created again, .* are gone: .* Undo by hand/],
    [
      'failed',
      logging,
      /^Events are being lost\. .* The log bucket was created again, .* are gone:/,
    ],
  ])('of a bucket that is new says so in state %s, too', (state, left, said) => {
    const step = { kind: 'bucket', action: 'CreateBucket', input: {}, status: 'applied' } as const;
    const alert = alertOfIncident(unresolved(state, outcomeOf([left], [left], [step])));

    expect(alert.callToAction).toMatch(said);
  });

  test.each([
    ['CreateBucket', 'applied', /the log files that it held are gone/],
    ['CreateBucket', 'failed', /^The trail needs no repair/],
    ['PutBucketReplication', 'applied', /may lack their second copy: .* S3 Batch Replication/],
    ['DeleteBucketReplication', 'applied', /may have been copied to another bucket/],
  ] as const)('of a bucket does not hide what is lost after %s: %s', (action, status, said) => {
    const failure = { error: 'AccessDenied', message: 'no', remedy: null, retryable: false };
    const step = { kind: 'bucket', action, input: {}, ...failure, status } as const;
    const inSync: Finding = { kind: 'bucket', status: 'in-sync' };
    const episodes = [
      episodeOf(outcomeOf([settings], [inSync], [step]), { resolution: 'restored' }),
    ];

    expect(alertWith({ state: 'restored', episodes }).callToAction).toMatch(said);
  });

  test('says that repairs keep being reverted', () => {
    const { title, needsAction } = alertWith({ flapping: true });

    expect(title).toBe('main: repairs keep being reverted');
    expect(needsAction).toBe(true);
  });

  test('says when repairs are no longer reverted', () => {
    const { title, needsAction } = alertWith({ flapping: true, closedAt: '2026-11-22T12:10:08Z' });

    expect(title).toBe('main: repairs are no longer reverted');
    expect(needsAction).toBe(false);
  });

  test('says that repairs fail rather than that they are reverted', () => {
    expect(titleOf(unresolved('failed', enforced, { flapping: true }))).toBe(
      'main is NOT restored',
    );
  });

  test('names drift that comes back without a repair', () => {
    const episodes = [episodeOf(enforced, { resolution: 'external' })];

    expect(titleOf({ ...incident, state: 'resolved', episodes, flapping: true })).toBe(
      'main: drift keeps coming back',
    );
  });

  test('of a reminder says so', () => {
    const alert = alertOfIncident(unresolved('suspended', enforced, { reminders: 3 }));

    expect(alert.title).toMatch(/^Reminder: main has drifted/);
    expect(alert.needsAction).toBe(true);
    expect(factsIn(alert).Reminder).toBe('3');
  });

  test('of a notification includes severity and impact', () => {
    expect(headline(alertOfIncident(unresolved('failed', enforced)))).toBe(
      'CRITICAL: main is NOT restored: nothing is recorded: logging is off',
    );
    expect(headline(alertWith({}))).toBe(
      'CRITICAL: main restored and verified (before: nothing is recorded: logging is off)',
    );
  });

  test('of an invalid baseline includes the reason', () => {
    const alert = alertWith({
      state: 'baseline-invalid',
      episodes: [],
      cause: null,
      baselineError: 'version 8 is missing',
    });

    expect(headline(alert)).toMatch(/: version 8 is missing$/);
  });

  test('of a trail without a baseline says to capture it, as someone may have deleted that', () => {
    const alert = alertWith({
      ...{ state: 'baseline-invalid', episodes: [], cause: null },
      baselineError: `${incident.trail}: it has no baseline`,
    });

    expect(alert.title).toBe('main is NOT protected: it has no baseline');
    expect(alert.needsAction).toBe(true);
    expect(alert.callToAction).toContain('someone deleted its baseline');
    expect(alert.commands).toEqual([
      { label: 'Capture it', value: `npx --no -- trailkeeper capture ${incident.trail}` },
    ]);
  });
});

describe('calls without drift', () => {
  const denied = { ...cause, error: { code: 'AccessDenied', message: 'no' } };
  const attempted: Incident = {
    ...incident,
    state: 'attempted',
    cause: null,
    episodes: [],
    episodeCount: 0,
    calls: [{ call: denied, effect: 'failed' }],
  };

  test('that failed are counted and named', () => {
    const alert = alertOfIncident({ ...attempted, callCount: 3 });

    expect(alert.title).toBe('3 calls to change main failed');
    expect(factsIn(alert)).toMatchObject({
      Actor: 'mallory, an IAM user (account 111122223333)',
      Call: 'StopLogging, failed: AccessDenied',
    });
    expect(alert.impacts.lines).toEqual([]);
    expect(alert.todo.lines).toEqual([]);
  });

  test('that were changed back are an interruption if logging stopped', () => {
    const interruption = {
      how: 'stopped',
      from: '2026-11-22T11:00:00.000Z',
      isFromKnown: true,
      to: '2026-11-22T11:00:40.000Z',
    } as const;
    const reverted: Incident = { ...attempted, state: 'reverted', interruptions: [interruption] };

    expect(alertOfIncident(reverted).title).toBe('main did not log for 40 s; it logs again');
    const uncertain = { ...interruption, isFromKnown: false };
    expect(alertOfIncident({ ...reverted, interruptions: [uncertain] }).title).toBe(
      'main did not log for up to 40 s; it logs again',
    );
    expect(alertOfIncident({ ...reverted, interruptions: [] }).title).toBe(
      'main was changed and changed back before it was checked',
    );
  });
});

describe('later entries', () => {
  const second = episodeOf(outcomeOf([settings], []), {
    detectedAt: '2026-11-22T12:04:00Z',
    resolvedAt: '2026-11-22T12:04:03Z',
    resolution: 'external',
    trigger: null,
  });

  test('are listed with the result of each episode', () => {
    const alert = alertWith({ episodes: [...incident.episodes, second], episodeCount: 2 });

    expect(linesIn(alert, 'Episodes')).toEqual([
      '2026-11-22 12:00:05 UTC, restored after 2 s: StopLogging by mallory',
      '2026-11-22 12:04:00 UTC, in sync again after 3 s',
    ]);
    expect(alert.drift.lines.filter((line) => !line.startsWith(' '))).toEqual([
      'logging.IsLogging',
      'settings.KmsKeyId',
    ]);
  });

  test('leave the first call as the cause, and say that it is of an earlier episode', () => {
    const left = episodeOf(outcomeOf([settings], [settings]), {
      detectedAt: '2026-11-22T12:04:00Z',
    });
    const episodes = [...incident.episodes, left];

    expect(factsWith({ state: 'degraded', episodes, episodeCount: 2 }).Call).toBe(
      'StopLogging, in an earlier episode',
    );
    expect(factsWith({ episodes: [...incident.episodes, second] }).Call).toBe('StopLogging');
    const stateOf = (at: string | null) =>
      factsWith({ state: 'degraded', episodes, cause: { ...cause, at } }).Call;
    expect(stateOf('2026-11-22T12:00:07.902Z')).toBe('StopLogging');
    expect(stateOf('2026-11-22T12:03:58Z')).toBe('StopLogging');
    expect(stateOf(null)).toBe('StopLogging');
    expect(factsWith({ state: 'degraded', episodes: [left] }).Call).toBe('StopLogging');
  });

  test('list further calls by time, whenever their events arrived', () => {
    const calls = ['12:00:03', '12:00:09', '12:00:05'].map((time, i) => ({
      call: { ...cause, eventId: `event-${i}`, at: `2026-11-22T${time}Z` },
      effect: 'related' as const,
    }));

    expect(linesIn(alertWith({ calls, callCount: 3 }), 'Further calls')).toEqual([
      expect.stringContaining('12:00:03'),
      expect.stringContaining('12:00:05'),
      expect.stringContaining('12:00:09'),
    ]);
  });

  test('say how many are not listed', () => {
    const alert = alertWith({ episodes: [...incident.episodes, second], episodeCount: 30 });

    expect(linesIn(alert, 'Episodes')?.[1]).toBe('… 28 more …');
    expect(factsIn(alert).Episodes).toBe('30');
  });

  test('list further calls, and what became of them', () => {
    const failed = { code: 'Denied', message: null };
    const calls = [
      { call: cause, effect: 'caused' },
      {
        call: { ...cause, eventId: null, eventName: 'DeleteTrail', error: failed },
        effect: 'failed',
      },
      { call: { ...cause, eventId: null, eventName: 'AddTags' }, effect: 'reverted' },
    ] as const;

    expect(linesIn(alertWith({ calls, callCount: 3 }), 'Further calls')).toEqual([
      'DeleteTrail at 2026-11-22 12:00:03 UTC by mallory, an IAM user (account 111122223333): failed: Denied',
      'AddTags at 2026-11-22 12:00:03 UTC by mallory, an IAM user (account 111122223333): reverted before the trail was checked',
    ]);
  });
});

describe('in plain text', () => {
  test('an alert has everything that it says, and its links', () => {
    const text = textOf(alertWith({}));

    for (const said of ['StopLogging', 'mallory', 'StartLogging (logging)', '192.0.2.7']) {
      expect(text).toContain(said);
    }
    expect(text).toMatch(/https:\/\/eu-central-1\.console\.aws\.amazon\.com\/cloudtrailv2/);
  });

  test('an alert has about the length that is asked for', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ ...stopped, path: `Field${i}` }));
    const episodes = [episodeOf(outcomeOf([drifted('settings', ...many)], []))];
    const text = textOf(alertWith({ episodes }), 3000);

    expect(text.length).toBeLessThan(4000);
    expect(text).toMatch(/… and \d+ more lines/);
  });

  test('a subject is one line of at most 99 ASCII characters', () => {
    const description = `${'ü'.repeat(90)}\n`;
    const drift = driftOf('x', 1, 2, { ...stopped.impact, description });
    const episodes = [episodeOf(outcomeOf([drifted('settings', drift)], []))];

    expect(subjectOf(alertWith({ episodes }))).toMatch(/^[\x20-\x7e]{20,96}\.{3}$/);
  });
});
