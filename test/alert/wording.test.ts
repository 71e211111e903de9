import { describe, expect, test } from 'vitest';
import { wordOf } from '#alert/commands.ts';
import { incidentWording } from '#alert/wording.ts';
import type { Incident } from '#incident/incident.ts';
import type { Finding } from '#reconcile/plan.ts';
import {
  cause,
  drifted,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unresolved,
} from '../support/incident.ts';

const logging = drifted('logging', stopped);
const enforced = outcomeOf([logging], [logging]);
const observed = { ...enforced, mode: 'observe' } as const;
const step = { action: 'StartLogging', input: {} };
const steps = [step];
const repairable = { ...logging, steps } as Finding;
const stepsLeft = outcomeOf([repairable], [repairable]);
const wordingOf = (stored: Incident) => incidentWording(stored, { omitActors: false });

/** What an alert says first: what happened, what to do, whether at once, and with which commands. */
const saidOf = (stored: Incident) => {
  const { title, callToAction, needsAction = false, commands = [] } = wordingOf(stored);
  return [
    title,
    callToAction,
    needsAction,
    commands.map(({ label, value }) => `${label}: ${value}`),
  ];
};

/** What each state says, whether people have to act, and the commands that it gives them. Whole alerts have their own test. */
const states: readonly (readonly [
  state: Incident['state'],
  outcome: typeof enforced,
  says: RegExp,
  needsAction: boolean,
  commands: readonly string[],
])[] = [
  ['detected', enforced, /restoring it now/, false, []],
  ['restored', enforced, /verified\. .*needs no repair/, false, []],
  ['failed', enforced, /NOT restored\. Events are being lost/, true, ['restore']],
  ['degraded', enforced, /partly restored\. No events.* by hand/, true, ['capture']],
  ['degraded', stepsLeft, /partly restored\. No events.* retries/, true, ['restore']],
  ['drifted', enforced, /does not restore this drift\. .* by hand/, true, ['capture']],
  ['drifted', observed, /observe mode/, true, ['restore', 'capture']],
  ['unknown', enforced, /cannot be checked\. .* unnoticed/, true, ['plan']],
  ['suspended', enforced, /maintenance window.*\. .*sweep after the window restores/, false, []],
  ['suspended', observed, /maintenance window.*\. In observe mode/, false, []],
  ['backing-off', enforced, /next sweep restores it\. .*No events are being lost/, false, []],
  ['baseline-invalid', enforced, /NOT protected.*\. Nothing is restored/, true, ['history']],
  ['attempted', enforced, /A call to change main failed\. .*did not change/, false, []],
  ['reverted', enforced, /changed back.*\. .*events in between may be missing/, false, []],
];

test.each(states)('%s: says what happened and what to do', (state, outcome, says, acts, names) => {
  const stored = unresolved(state, outcome);
  const { title, callToAction, needsAction = false, commands = [] } = wordingOf(stored);

  expect(title).toContain('main');
  expect(`${title}. ${callToAction}`).toMatch(says);
  expect(needsAction).toBe(acts);
  expect(commands.map(({ value }) => value)).toEqual(
    names.map((name) => {
      const reason = name === 'capture' ? ` --reason "accepts incident ${incident.id}"` : '';
      return `npx --no -- trailkeeper ${name} ${incident.trail}${reason}`;
    }),
  );
  expect(commands.map(({ label }) => label)).not.toContain('');
});

test('no two states say the same', () => {
  const said = states.map(([state, outcome]) => wordingOf(unresolved(state, outcome)));

  expect(new Set(said.map(({ title, callToAction }) => title + callToAction)).size).toBe(
    said.length,
  );
});

describe('a retry is advised', () => {
  const unknown: Finding = {
    kind: 'tags',
    status: 'unknown',
    reason: 'Throttling',
    retryable: true,
  };
  const inSync: Finding = { kind: 'tags', status: 'in-sync' };
  const failed = {
    ...{ kind: 'logging', ...step, status: 'failed', error: 'E', message: 'm' },
    ...{ remedy: null, retryable: false },
  } as const;
  const done = { kind: 'logging', ...step, status: 'applied' } as const;
  const isAdvised = (left: readonly Finding[], applied: readonly object[]) =>
    wordingOf(unresolved('degraded', outcomeOf([logging], left, applied as never))).commands?.[0]
      ?.label === 'Then restore it at once';

  test('if a step failed, a kind could not be read, or steps are left', () => {
    expect(isAdvised([logging, inSync], [done, failed])).toBe(true);
    expect(isAdvised([logging, unknown], [done])).toBe(true);
    expect(isAdvised([logging, repairable], [done])).toBe(true);
  });

  test('unless only people can restore the rest', () => {
    expect(isAdvised([logging, inSync], [done])).toBe(false);
  });
});

describe('a remediation loop', () => {
  const restored = incident.episodes;
  const external = [episodeOf(enforced, { resolution: 'external' })];
  const advice =
    'Find the pipeline or attacker that changes the trail, and stop it. Changes that lose events are restored at once; other changes wait for the next sweep.';
  const quiet =
    'The trail is in sync and has been quiet for ten minutes. Find out who changed it and why.';

  test.each<[title: string, changes: Partial<Incident>]>([
    ['repairs keep being reverted', { episodes: [...external, ...restored] }],
    ['repairs keep being reverted', { state: 'backing-off', episodes: external }],
    ['drift keeps coming back', { state: 'resolved', episodes: external }],
  ])('is named: %s', (title, changes) => {
    expect(saidOf({ ...incident, flapping: true, ...changes })).toEqual([
      `main: ${title}`,
      advice,
      true,
      [],
    ]);
  });

  test.each<[title: string, changes: Partial<Incident>]>([
    ['repairs are no longer reverted', { episodes: [...external, ...restored] }],
    ['drift no longer comes back', { episodes: external }],
  ])('that ended is named: %s', (title, changes) => {
    const stored = { ...incident, flapping: true, closedAt: '2026-11-22T12:30:00Z', ...changes };

    expect(saidOf(stored)).toEqual([`main: ${title}`, quiet, false, []]);
  });

  test.each(['failed', 'unknown', 'baseline-invalid'] as const)(
    'does not hide that it is %s',
    (state) => {
      expect(wordingOf(unresolved(state, enforced, { flapping: true }))).toEqual(
        wordingOf(unresolved(state, enforced)),
      );
    },
  );
});

test('a reminder is only of an open incident', () => {
  const stored = unresolved('suspended', enforced, { reminders: 1 });

  expect(saidOf(stored)).toEqual([
    'Reminder: main has drifted; a maintenance window suspends its restore',
    'The first sweep after the window restores it.',
    true,
    [],
  ]);
  expect(wordingOf({ ...stored, closedAt: '2026-11-22T12:30:00Z' }).title).not.toContain(
    'Reminder',
  );
  expect(wordingOf({ ...incident, reminders: 1 }).title).not.toContain('Reminder');
});

test('a trail that was retired is no longer protected, whatever the state', () => {
  const retired = { by: 'arn:aws:iam::111122223333:role/Admin/alice', reason: 'moved to the lake' };
  const stored: Incident = { ...unresolved('failed', enforced), retired };

  expect(saidOf(stored)).toEqual([
    'main is no longer protected',
    'The trail was retired by alice: moved to the lake. Its drift was not restored.',
    false,
    [],
  ]);
  expect(incidentWording(stored, { omitActors: true }).callToAction).toBe(
    'The trail was retired: moved to the lake. Its drift was not restored.',
  );
});

describe('accepted drift', () => {
  const kinds = ['settings', 'tags'].map((kind) => drifted(kind, stopped));
  const episode = episodeOf(outcomeOf(kinds, kinds), { resolution: 'accepted' });
  const accepted: Incident = { ...incident, state: 'resolved', episodes: [episode] };

  test('names the version', () => {
    expect(saidOf(accepted)).toEqual([
      'main: the drift was accepted as version 7',
      'The trail is in sync with that version of its baseline.',
      false,
      [],
    ]);
  });

  test('names the kinds if something was restored before', () => {
    expect(saidOf({ ...accepted, episodes: [...incident.episodes, episode] })).toEqual([
      'main restored and verified; the drift of settings and tags was accepted as version 7',
      'The trail is in sync with that version of its baseline. Find out who made the changes that were restored, and why.',
      false,
      [],
    ]);
  });
});

test('accepted drift that trailkeeper had restored completely names no kind', () => {
  const applied = [{ kind: 'logging', ...step, status: 'applied' }] as const;
  const episode = episodeOf(outcomeOf([logging], [], applied), { resolution: 'accepted' });

  expect(wordingOf({ ...incident, state: 'resolved', episodes: [episode] }).title).toBe(
    'main restored and verified; the drift was accepted as version 7',
  );
});

test('the last episode says whether remediation is on, and whether a retry helps', () => {
  const first = (outcome: typeof enforced) => [episodeOf(outcome), episodeOf(enforced)];
  const wordsOf = (state: Incident['state'], outcome: typeof enforced) =>
    wordingOf({ ...incident, state, episodes: first(outcome) });

  expect(wordsOf('drifted', observed)).toEqual(wordsOf('drifted', enforced));
  expect(wordsOf('degraded', stepsLeft)).toEqual(wordsOf('degraded', enforced));
});

test('an incident without episodes has words for each state', () => {
  const empty = { ...incident, episodes: [], episodeCount: 0 };

  expect(wordingOf({ ...empty, state: 'drifted' }).callToAction).toMatch(/^Undo the change/);
  expect(wordingOf({ ...empty, state: 'resolved' }).title).toBe('main is in sync again');
});

test('a restore with an unknown tool is named by its call', () => {
  const call = { ...cause, eventName: 'StartLogging', userAgent: null };
  const stored: Incident = {
    ...incident,
    state: 'resolved',
    calls: [{ call, effect: 'restored' }],
  };

  expect(wordingOf(stored).callToAction).toBe(
    'The call was StartLogging. The trail needs no repair.',
  );
});

test('logging that was interrupted several times was off for the sum, at most if one beginning is unknown', () => {
  const interruption = (minute: string, isFromKnown: boolean) => ({
    ...({ how: 'stopped', isFromKnown } as const),
    ...{ from: `2026-11-22T11:${minute}:00Z`, to: `2026-11-22T11:${minute}:40Z` },
  });
  const interruptions = [interruption('01', true), interruption('05', false)];

  expect(wordingOf({ ...incident, state: 'reverted', interruptions }).title).toBe(
    'main did not log for up to 1 min 20 s; it logs again',
  );
});

test('an id in a command has only word characters, and at most 64', () => {
  expect(wordOf(`a b;${'x'.repeat(100)}`)).toBe(`a.b.${'x'.repeat(60)}`);
});
