import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterNotification,
  type NotifiedState,
  nextNotification,
  notifiedState,
} from '#alert/notification-policy.ts';
import { compareSeverity, type Severity, severities } from '#drift/impact.ts';
import { type Incident, type IncidentCall, incidentSk } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { type IncidentState, transitions } from '#incident/lifecycle/states.ts';
import type { Approval } from '#reconcile/approval.ts';
import { later } from '#text/time.ts';
import { cause, episodeOf, incident, outcomeOf, unresolved } from '../support/incident.ts';
import {
  call,
  enforced,
  paced,
  painted,
  repaintFailed,
  trailkeeper,
} from '../support/incident-fixtures.ts';
import { runs } from '../support/property-runs.ts';

const open = unresolved('failed', outcomeOf([], []), { severity: 'medium' });
const stateOf = (stored: Incident) => notifiedState({ incident: stored });

const minutesLater = (minutes: number): string => later(open.updatedAt, { minutes });

/** What follows for people who know an incident, once it has changed. */
const notificationFor = (changes: Partial<Incident>, before: Partial<Incident> = {}) =>
  nextNotification(
    afterNotification(null, stateOf({ ...open, ...before }), 'notify'),
    stateOf({ ...open, ...before, updatedAt: minutesLater(2), ...changes }),
  );

const acknowledgement: Incident['actions'][number] = {
  ...{ type: 'acknowledged', by: 'alice', via: 'slack', reason: null },
  at: minutesLater(2),
};

const approvalAt = (requestedAt: string, endedAt: string | null = null): Approval => ({
  ...{ id: requestedAt, changes: [], requestedAt, until: later(requestedAt, { minutes: 60 }) },
  ...{ otherwise: 'restore', decision: null, endedAt },
});

/** Approvals whose drift was gone before a decision. */
const endedApprovals = (count: number): readonly Approval[] =>
  Array.from({ length: count }, (_, i) =>
    approvalAt(minutesLater(i - count - 1), minutesLater(i - count)),
  );

const notice = { id: 'w', trail: open.trail, window: {} as never, startedAt: 'a', endedAt: null };
const tampering = { id: 't', at: 'a', cause, faults: [] };

describe('what people know of', () => {
  const quiet = {
    ...{ severity: 'medium', isClosed: false, isFlapping: false, isCauseKnown: true },
    ...{ reminders: 0, episodes: 1, problems: 0, calls: 0, principals: 0 },
  };

  const at = (time: string) => ({ updatedAt: time, notifiedAt: time });

  test('a window is whether it ended', () => {
    expect(notifiedState({ notice })).toEqual({
      ...{ ...quiet, state: 'window-started', states: ['window-started'], ...at('a') },
    });
    expect(notifiedState({ notice: { ...notice, endedAt: 'b' } })).toEqual({
      ...{ ...quiet, state: 'window-ended', states: ['window-ended'], ...at('b') },
    });
  });

  test('a change of trailkeeper is whether the call succeeded', () => {
    const denied = { ...cause, error: { code: 'AccessDenied', message: null } };
    const known = { ...quiet, severity: 'critical' };

    expect(notifiedState({ tampering })).toEqual({
      ...{ ...known, state: 'tampered', states: ['tampered'], ...at('a') },
    });
    expect(notifiedState({ tampering: { ...tampering, cause: denied, updatedAt: 'b' } })).toEqual({
      ...{ ...known, state: 'attempted', states: ['attempted'], ...at('b') },
    });
  });

  test('an incident is whether it is closed', () => {
    expect(stateOf(open).isClosed).toBe(false);
    expect(stateOf({ ...open, closedAt: '2026-11-22T12:10:00Z' }).isClosed).toBe(true);
  });

  test('a trail that is no longer protected is that', () => {
    const retired = { by: 'alice', reason: 'moved' };

    expect(stateOf({ ...open, retired }).state).toBe('retired');
  });

  test('an edited message is what they were notified of, and its time', () => {
    const known = stateOf({ ...open, severity: 'low' });
    const now = stateOf({ ...open, state: 'restored', updatedAt: '2026-11-22T12:01:00.000Z' });

    expect(afterNotification(known, now, 'update')).toEqual({ ...known, updatedAt: now.updatedAt });
    expect(afterNotification(known, now, 'notify')).toEqual({
      ...{ ...now, states: ['failed', 'restored'] },
    });
  });

  test('calls counts those without an effect, and principals each caller once', () => {
    const effects = ['caused', 'failed', 'reverted', 'related', 'restored'] as const;
    const calls = effects.map((effect) => ({ call: cause, effect }));

    expect(stateOf({ ...open, calls })).toMatchObject({ calls: 2, principals: 1 });
  });
});

/** The notifications of a channel that sees these records in turn, and what people know at the end. */
function notificationsOf(records: readonly IncidentRecord[]) {
  let known: NotifiedState | null = null;
  const sent = records.map((record) => {
    const now = notifiedState(record);
    const notification = nextNotification(known, now);
    if (notification !== 'skip') known = afterNotification(known, now, notification);
    return notification;
  });
  return { known: known as NotifiedState | null, sent };
}

const messagesIn = (incidents: readonly Incident[]): number =>
  notificationsOf(incidents.map((one) => ({ incident: one }))).sent.filter(
    (one) => one === 'notify',
  ).length;

test('the first look at an incident is a notification', () => {
  expect(nextNotification(null, stateOf(open))).toBe('notify');
});

describe('people are notified of', () => {
  test.each<[what: string, changes: Partial<Incident>]>([
    ['a new state', { state: 'degraded' }],
    ['a restore', { state: 'restored' }],
    ['a higher severity', { severity: 'high' }],
    ['a reminder', { reminders: 1 }],
    ['a remediation loop', { flapping: true }],
    ['a second episode', { episodeCount: 2 }],
    ['a second problem', { problemCount: 2 }],
  ])('%s', (_what, changes) => {
    expect(notificationFor(changes)).toBe('notify');
  });

  test('a cause that was unknown', () => {
    expect(notificationFor({ cause }, { cause: null })).toBe('notify');
  });

  test('an acknowledgement', () => {
    expect(notificationFor({ actions: [acknowledgement] })).toBe('notify');
  });

  test('drift that waits for a decision, however many waited before', () => {
    const before = { flapping: true, approvals: endedApprovals(10) };
    const approvals = [...endedApprovals(10).slice(1), approvalAt(minutesLater(2))];

    expect(notificationFor({ approvals }, before)).toBe('notify');
  });

  test('a decision, however many were made before', () => {
    const waiting = approvalAt(minutesLater(1));
    const { at } = acknowledgement;
    const decision = { treatment: 'alert', by: 'alice', via: 'cli', at, reason: null } as const;
    const before = { approvals: [...endedApprovals(9), waiting] };

    expect(
      notificationFor({ approvals: [...endedApprovals(9), { ...waiting, decision }] }, before),
    ).toBe('notify');
  });

  test('the end of a remediation loop', () => {
    const loop: Partial<Incident> = { state: 'restored', flapping: true };

    expect(notificationFor({ closedAt: '2026-11-22T12:10:00Z' }, loop)).toBe('notify');
  });

  test('the result of a repair', () => {
    expect(notificationFor({ state: 'restored' }, { state: 'detected' })).toBe('notify');
  });

  test('a repair that fails after others succeeded', () => {
    const episodes = { episodeCount: 3 };

    expect(notificationFor({ state: 'failed' }, { ...episodes, state: 'restored' })).toBe('notify');
  });

  test('a window that starts, and of its end', () => {
    const ended = { ...notice, endedAt: 'b' };
    const { sent } = notificationsOf([
      { notice },
      { notice },
      { notice: ended },
      { notice: ended },
    ]);

    expect(sent).toEqual(['notify', 'skip', 'notify', 'skip']);
  });

  test('a change of trailkeeper itself, once', () => {
    expect(notificationsOf([{ tampering }, { tampering }]).sent).toEqual(['notify', 'skip']);
  });
});

describe('the message is only edited for', () => {
  test.each<[what: string, changes: Partial<Incident>, before: Partial<Incident>]>([
    ['one more episode of many', { episodeCount: 6 }, { episodeCount: 5 }],
    ['one more problem of many', { problemCount: 6 }, { problemCount: 5 }],
    ['a call that belongs to the drift', { callCount: 2 }, {}],
    [
      'drift that comes back',
      { state: 'detected', episodeCount: 4 },
      { state: 'restored', episodeCount: 3 },
    ],
    [
      'drift that someone else restores the next time',
      { state: 'resolved', episodeCount: 3 },
      { state: 'restored', episodeCount: 2 },
    ],
    ['the end of an incident in sync', { closedAt: '2026-11-22T12:10:00Z' }, { state: 'restored' }],
  ])('%s', (_what, changes, before) => {
    expect(notificationFor(changes, before)).toBe('update');
  });

  test('what happens within a minute of a notification', () => {
    const changes = { episodeCount: 4, problemCount: 8, callCount: 8 };

    expect(notificationFor({ ...changes, updatedAt: minutesLater(0.9) })).toBe('update');
    expect(notificationFor({ ...changes, updatedAt: minutesLater(1) })).toBe('notify');
  });

  test('a state that people know, during a remediation loop', () => {
    const steps: readonly Partial<Incident>[] = [
      { state: 'restored', flapping: true },
      { state: 'backing-off' },
      { state: 'restored' },
      { state: 'backing-off' },
    ];
    const incidents = steps.map((step, i) => ({
      ...incident,
      flapping: true,
      ...step,
      updatedAt: `2026-11-22T12:0${i}:00.000Z`,
    }));

    expect(messagesIn(incidents)).toBe(2);
  });
});

test('what happened within a minute is news when the incident closes', () => {
  const changes: readonly Partial<Incident>[] = [
    {},
    { episodeCount: 2, updatedAt: minutesLater(0.2) },
    { episodeCount: 6, updatedAt: minutesLater(0.5) },
    { episodeCount: 6, updatedAt: minutesLater(11), closedAt: minutesLater(11) },
  ];
  const records = changes.map((one) => ({
    incident: { ...open, state: 'restored' as const, ...one },
  }));

  expect(notificationsOf(records).sent).toEqual(['notify', 'update', 'update', 'notify']);
});

describe('many of', () => {
  const messagesAt = (changesOf: (count: number) => Partial<Incident>) =>
    Array.from({ length: 19 }, (_, i) => i + 2).filter(
      (count) => notificationFor(changesOf(count), changesOf(count - 1)) === 'notify',
    );
  const calls = (count: number): IncidentCall[] =>
    Array.from({ length: count }, (_, i) => ({
      call: { ...cause, principal: { ...cause.principal, arn: `arn:aws:iam::1:user/${i}` } },
      effect: 'related',
    }));

  test.each<[what: string, changesOf: (count: number) => Partial<Incident>]>([
    ['episodes', (episodeCount) => ({ episodeCount })],
    ['problems', (problemCount) => ({ problemCount })],
    ['principals', (count) => ({ cause: null, calls: calls(count) })],
    [
      'failed calls',
      (count) => ({
        calls: Array.from({ length: count }, () => ({ call: cause, effect: 'failed' })),
      }),
    ],
    [
      'failed calls without drift',
      (callCount) => ({ state: 'attempted', episodes: [], episodeCount: 0, callCount }),
    ],
  ])('%s are a notification at each doubling', (_what, changesOf) => {
    expect(messagesAt(changesOf)).toEqual([2, 4, 8, 16]);
  });
});

describe('200 times the same in a row', () => {
  /** The messages in the one thread, after 200 steps of 3 seconds and an hour in sync. */
  function messagesAfter(step: (keeper: ReturnType<typeof trailkeeper>, at: number) => void) {
    const keeper = trailkeeper();
    for (let i = 0; i < 200; i += 1) step(keeper, i / 20);
    for (let at = 11; at < 71; at += 1) keeper.observe(at, painted('red'));
    expect(new Set(keeper.published.map(incidentSk)).size).toBe(1);
    return messagesIn(keeper.published);
  }

  test('stopped and restored is one thread of a few messages', () => {
    const messages = messagesAfter((keeper, at) =>
      keeper.repair(at, painted('blue', 'critical'), call('StopLogging', at)),
    );

    expect(messages).toBeLessThanOrEqual(12);
  });

  test('restored, reverted and waiting for a sweep is one thread', () => {
    const messages = messagesAfter((keeper, at) => {
      keeper.repair(at, painted('blue', 'low'), call('StopLogging', at));
      keeper.observe(at, paced, call('StopLogging', at));
    });

    expect(messages).toBeLessThanOrEqual(12);
  });

  test('a failed call is one thread', () => {
    const messages = messagesAfter((keeper, at) =>
      keeper.report(at, { call: call('StopLogging', at, 'mallory', true) }),
    );

    expect(messages).toBeLessThanOrEqual(8);
  });

  test('a repair that fails is one thread', () => {
    const messages = messagesAfter((keeper, at) =>
      keeper.report(at, {
        outcome: enforced(painted('blue'), painted('blue'), [repaintFailed]),
      }),
    );

    expect(messages).toBeLessThanOrEqual(2);
  });
});

const states = Object.keys(transitions).filter((state) => state !== 'none') as IncidentState[];

/** An incident as it goes on: counts grow, the severity never falls, a cause and a remediation loop stay. */
const histories = fc
  .array(
    fc.record({
      state: fc.constantFrom(...states),
      severity: fc.constantFrom<Severity>(...severities),
      flapping: fc.boolean(),
      isCauseKnown: fc.boolean(),
      reminders: fc.nat(1),
      episodes: fc.nat(3),
      problems: fc.nat(3),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    let last: Incident = { ...incident, severity: 'low', cause: null, calls: [], callCount: 0 };
    return steps.map((step, i): Incident => {
      last = {
        ...last,
        state: step.state,
        severity: compareSeverity(step.severity, last.severity) < 0 ? step.severity : last.severity,
        flapping: last.flapping || step.flapping,
        cause: last.cause ?? (step.isCauseKnown ? cause : null),
        reminders: last.reminders + step.reminders,
        episodeCount: last.episodeCount + step.episodes,
        episodes: [episodeOf(outcomeOf([], []))],
        problemCount: last.problemCount + step.problems,
        updatedAt: new Date(Date.parse(incident.openedAt) + i * 1000).toISOString(),
      };
      return last;
    });
  });

describe('whatever happens to an incident', () => {
  const check = (property: (history: readonly Incident[]) => void) =>
    fc.assert(fc.property(histories, property), { numRuns: runs(200) });

  test('no notification is sent twice', () => {
    check((history) => {
      const { sent } = notificationsOf(
        history.flatMap((one) => [{ incident: one }, { incident: one }]),
      );

      expect(sent.filter((_, i) => i % 2 === 1).every((one) => one === 'skip')).toBe(true);
    });
  });

  test('people know the state, the highest severity and the cause at the end', () => {
    check((history) => {
      const { known } = notificationsOf(history.map((one) => ({ incident: one })));
      const last = history.at(-1) as Incident;

      expect(known).toMatchObject({
        severity: last.severity,
        isFlapping: last.flapping,
        isCauseKnown: last.cause !== null,
        reminders: last.reminders,
        updatedAt: last.updatedAt,
      });
      if (last.state === 'detected') return;
      const equal = ['restored', 'resolved'].includes(last.state)
        ? ['restored', 'resolved']
        : [last.state];
      const isKnown = last.flapping
        ? equal.some((state) => known?.states.includes(state))
        : equal.includes(known?.state ?? '');
      expect(isKnown).toBe(true);
    });
  });

  test('a channel that misses events knows the same at the end', () => {
    check((history) => {
      const { known } = notificationsOf([{ incident: history.at(-1) as Incident }]);

      expect(known).toEqual(stateOf(history.at(-1) as Incident));
    });
  });
});
