import { describe, expect, test } from 'vitest';
import { alertOf, headline, tamperingAlertOf } from '#alert/alert.ts';
import { subjectOf, textOf } from '#alert/plain-text.ts';
import { kinds } from '#drift/index.ts';
import { gapsOfIncident } from '#gaps/gap.ts';
import type { Incident } from '#incident/incident.ts';
import type { AppliedStep, Mode } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { states, trail } from '../support/baseline.ts';
import {
  cause,
  drifted,
  driftOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
} from '../support/incident.ts';

const logs = { region: 'eu-central-1', groups: ['Sweep', 'Remediate'] };
const alertWith = (changes: Partial<Incident>) => alertOf({ ...incident, ...changes }, logs);
const factsOf = (changes: Partial<Incident>): Record<string, string> =>
  Object.fromEntries(alertWith(changes).facts.map(({ label, value }) => [label, value]));
const partOf = (changes: Partial<Incident>, heading: string) =>
  alertWith(changes).parts.find((part) => part.heading === heading)?.lines;

describe('an alert says', () => {
  test('what is weakened in plain words, the gravest first, and how bad that is', () => {
    const outcome = outcomeOf([drifted('settings', unencrypted), drifted('logging', stopped)], []);

    expect(alertWith({ outcome })).toMatchObject({
      severity: 'critical',
      impacts: [
        'critical: nothing is recorded: logging is off',
        'medium: the log is not encrypted with a key of yours',
      ],
    });
  });

  test('who did it, from where, through what, and whether with MFA', () => {
    expect(factsOf({})).toMatchObject({
      Who: 'mallory, an IAM user (account 111122223333)',
      Did: 'StopLogging',
      From: '192.0.2.7',
      Through: 'the AWS CLI, by its user agent',
      MFA: 'NO',
    });
  });

  test.each<[type: string, issuer: string | null, who: string]>([
    ['Root', null, 'mallory, the root user (account 111122223333)'],
    ['AssumedRole', 'Admin', 'mallory, a session of Admin (account 111122223333)'],
    ['SSO', 'Admin', 'mallory, an Identity Center session of Admin (account 111122223333)'],
    ['FederatedUser', null, 'mallory, a federated user (account 111122223333)'],
    ['SomethingNew', null, 'mallory, SomethingNew (account 111122223333)'],
  ])('what sort of principal it was: %s', (type, issuer, who) => {
    const principal = { ...cause.principal, type, issuer };

    expect(factsOf({ cause: { ...cause, principal } }).Who).toBe(who);
  });

  test('of an Identity Center session not that it came without MFA, which its record can not know', () => {
    const of = (type: string, mfa: boolean | null) =>
      factsOf({ cause: { ...cause, principal: { ...cause.principal, type, mfa } } }).MFA;

    expect(of('SSO', false)).toBe('not on record');
    expect(of('SSO', true)).toBe('yes');
    expect(of('IAMUser', null)).toBe('not on record');
  });

  test('what is left of what was not recorded, each thing once', () => {
    const at = incident.endedAt as string;
    const gaps = gapsOfIncident(incident, at, { trail, states }, kinds);
    const lines = partOf({ gaps: [...gaps, ...gaps] }, 'What is left of what was not recorded');

    expect(lines).toEqual([
      expect.stringMatching(/^can be rebuilt: management events, from the event history of every /),
      expect.stringMatching(/^gone for good: data events, Insights events/),
      expect.stringMatching(/^Insights were disabled: .* 36 hours/),
      expect.stringMatching(/^the chain of digest files holds/),
    ]);
    const unknown = gaps.map((gap) => ({ ...gap, remains: null }));
    expect(partOf({ gaps: unknown }, 'What is left of what was not recorded')).toEqual([
      'what was missing is not known',
    ]);
  });

  test('that nobody is known to have done it where no event told, or none of those that did', () => {
    expect(factsOf({ cause: null }).Who).toContain('no event told');
    expect(factsOf({ cause: null, also: [cause] }).Who).toMatch(/not known: none of the further/);
  });

  test('when it was done, found and read back, and how long the record has a hole', () => {
    expect(factsOf({})).toMatchObject({
      When: '2026-11-22 12:00:03 UTC, found 2 s later, read back 5 s later',
      'The record': 'a hole of about 5 s, from 12:00:03 (the call) to 12:00:07 (read back)',
    });
  });

  test('what it was, and what it must be', () => {
    const lists = driftOf('TagsList', ['one', 'both'], ['both', 'other'], unencrypted.impact);
    const outcome = outcomeOf([drifted('settings', unencrypted), drifted('tags', lists)], []);

    expect(partOf({ outcome }, 'What was different')).toEqual([
      'settings.KmsKeyId',
      '  must be   "arn:aws:kms:::key/theirs"',
      '  found     absent',
      'tags.TagsList',
      '  lacks     "one"',
      '  has extra "other"',
    ]);
  });

  test('that the trail is gone, in these words', () => {
    const gone = { ...stopped, path: '', desired: {}, actual: null };
    const outcome = outcomeOf([drifted('settings', gone)], []);

    expect(partOf({ outcome }, 'What was different')).toEqual(['the trail does not exist']);
  });

  test('what was restored, each step once, and when it was read back', () => {
    expect(partOf({}, 'What trailkeeper did')).toEqual([
      'StartLogging, for logging',
      'and read it back at 2026-11-22 12:00:07 UTC',
    ]);
  });

  test('what else was called meanwhile, and by whom', () => {
    const also = [{ ...cause, eventName: 'DeleteTrail', error: { code: 'Denied', message: null } }];

    expect(partOf({ also }, 'Further calls')).toEqual([
      'DeleteTrail at 2026-11-22 12:00:03 UTC by mallory, an IAM user (account 111122223333), which failed: Denied',
    ]);
  });

  test('where the event is in the console, and where the log is, of the time around it', () => {
    const [event, log] = alertWith({}).links.map(({ url }) => url);

    expect(event).toBe(
      'https://eu-central-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-central-1#/events/77e11d50-b866-408f-9509-c3f09de6b26e',
    );
    expect(log).toContain("start~'2026-11-22T11*3a50*3a05.310Z");
    expect(log).toContain("source~(~'Sweep~'Remediate))");
  });
});

describe('what is left', () => {
  const left = [drifted('settings', unencrypted)];
  const failed: AppliedStep = {
    kind: 'settings',
    action: 'UpdateTrail',
    input: {},
    status: 'failed',
    error: 'KmsKeyNotFoundException',
    message: 'no such key',
    remedy: 'enable the key',
    retryable: false,
  };
  const todo = (
    finding: Finding,
    applied: readonly AppliedStep[] = [],
    mode = 'enforce' as const,
  ) =>
    alertWith({
      status: 'degraded',
      endedAt: null,
      outcome: { ...outcomeOf([finding], [finding], applied), mode },
    }).todo.lines;

  test('is told alone where something else was restored', () => {
    const outcome = outcomeOf([drifted('logging', stopped), ...left], left, [failed]);
    const alert = alertWith({ status: 'degraded', endedAt: null, outcome });

    expect(alert.impacts).toEqual(['medium: the log is not encrypted with a key of yours']);
    expect(alert.parts.find(({ heading }) => heading === 'What differs')?.lines[0]).toBe(
      'settings.KmsKeyId',
    );
  });

  test('comes with the remedy first, then why it failed', () => {
    expect(todo(drifted('settings', unencrypted), [failed])).toEqual([
      'Enable the key (UpdateTrail failed: KmsKeyNotFoundException: no such key)',
    ]);
    expect(todo(drifted('settings', unencrypted), [{ ...failed, remedy: null }])).toEqual([
      'UpdateTrail failed: KmsKeyNotFoundException: no such key',
    ]);
  });

  test.each<[why: string, finding: object, line: RegExp]>([
    [
      'a Hold, until when, and who asked for it',
      {
        withheld: {
          by: 'hold',
          hold: 'migration',
          until: '2026-11-22T18:00:00Z',
          askedBy: 'alice',
        },
      },
      /KmsKeyId: held until 2026-11-22 18:00:00 UTC by the Hold migration, which alice asked for$/,
    ],
    ['the pace of a war', { withheld: { by: 'pace' } }, /waits for the next sweep$/],
    ['the gate', { withheld: { by: 'gate' } }, /stood there before trailkeeper first enforced/],
    [
      'the policy',
      { changes: [{ ...unencrypted, treatment: 'alert' }] },
      /told only, as the policy of the baseline says$/,
    ],
    ['nothing that a program may do', {}, /only a person may undo it$/],
  ])('is told with what keeps it so: %s', (_why, finding, line) => {
    expect(todo({ ...drifted('settings', unencrypted), ...finding } as Finding)).toEqual([
      expect.stringMatching(line),
    ]);
  });

  test('in mode observe is told with the calls that would restore it', () => {
    const finding = {
      ...drifted('logging', stopped),
      steps: [{ action: 'StartLogging', input: {} }],
    };

    expect(todo(finding as Finding, [], 'observe' as never)).toEqual([
      'logging: IsLogging: only observed; StartLogging would restore it',
    ]);
  });

  test('that could not be read is told with the reason', () => {
    const reason = 'AccessDeniedException: no';
    const unread: Finding = { kind: 'logging', status: 'unknown', reason, retryable: false };

    expect(todo(unread)).toEqual(['logging can not be read: AccessDeniedException: no']);
  });

  test('of what was restored is nothing', () => {
    expect(alertWith({}).todo.lines).toEqual([]);
  });
});

describe('an attempt, or a change that was undone before we looked,', () => {
  test.each(['attempted', 'touched'] as const)(
    'says nothing of what it would have cost: %s',
    (status) => {
      const alert = alertWith({ status });

      expect(alert.impacts).toEqual([]);
      expect(alert.facts.map(({ label }) => label)).not.toContain('The record');
      expect(alert.todo.lines).toEqual([]);
    },
  );

  test('says of a failed call that it failed, and why', () => {
    const error = { code: 'AccessDenied', message: 'no' };

    expect(factsOf({ status: 'attempted', cause: { ...cause, error } }).Did).toBe(
      'StopLogging, which failed: AccessDenied',
    );
  });

  test('of logging that was off for a while says from when to when', () => {
    const flip = {
      how: 'stopped',
      from: '2026-11-22T11:00:00.000Z',
      isFromKnown: true,
      to: '2026-11-22T11:00:40.000Z',
    } as const;

    const alert = alertWith({ status: 'touched', outcome: null, flip });
    expect(alert.title).toContain('did not record for a while');
    expect(JSON.stringify(alert.facts)).toMatch(
      /from 2026-11-22T11:00:00.000Z to 2026-11-22T11:00:40/,
    );
  });
});

const hold = {
  schema: 1,
  id: 'migration',
  trail: incident.trail as never,
  kinds: ['tags'],
  from: '2026-11-22T12:00:00Z',
  until: '2026-11-22T14:00:00Z',
  by: 'arn:aws:iam::111122223333:user/alice',
  reason: 'new tags',
} as const;

test('a Hold is told with who asked for it, why, for which kinds and until when', () => {
  expect(
    factsOf({ status: 'hold-began', hold, cause: null, outcome: null, endedAt: null }),
  ).toMatchObject({
    Kinds: 'tags',
    'Asked for by': 'arn:aws:iam::111122223333:user/alice',
    Because: 'new tags',
    Ends: '2026-11-22 14:00:00 UTC',
  });
});

test('a Hold that is over is told with when it ended, and whether that was early', () => {
  const over = (endedAt: string) =>
    ({ status: 'hold-ended', hold, cause: null, outcome: null, endedAt }) as const;

  expect(factsOf(over('2026-11-22T14:03:00.000Z'))).toMatchObject({
    Ended: '2026-11-22 14:00:00 UTC',
  });
  expect(alertWith(over('2026-11-22T14:03:00.000Z')).title).toBe('The Hold on main has ended');
  expect(factsOf(over('2026-11-22T12:30:00.000Z'))).toMatchObject({
    Ended: 'early, by 2026-11-22 12:30:00 UTC; it was to last until 2026-11-22 14:00:00 UTC',
  });
  expect(alertWith(over('2026-11-22T12:30:00.000Z')).title).toBe(
    'The Hold on main was ended early',
  );
});

test('what a Hold leaves as it is is said to be restored later only where trailkeeper enforces', () => {
  const withheld = { by: 'hold', hold: 'a', until: '2026-11-22T14:00:00Z', askedBy: 'alice' };
  const finding = { ...drifted('settings', unencrypted), withheld } as Finding;
  const leadOf = (mode: Mode) =>
    alertWith({
      status: 'held',
      endedAt: null,
      outcome: { ...outcomeOf([finding], [finding]), mode },
    }).callToAction;

  expect(leadOf('enforce')).toContain('restores it');
  expect(leadOf('observe')).toContain('only observes');
  expect(leadOf('observe')).not.toContain('restore');
});

test('a baseline that can not be used is told with why', () => {
  const alert = alertWith({ status: 'broken', outcome: null, cause: null, problem: 'it is gone' });

  expect(alert.impacts).toEqual(['it is gone']);
  expect(alert.title).toContain('NOT guarded');
  expect(headline(alert)).toMatch(/: it is gone$/);
});

test('what stays broken says so each time it is told again', () => {
  const alert = alertWith({ status: 'failed', endedAt: null, reminders: 3 });

  expect(alert.title).toMatch(/^Still: /);
  expect(alert.needsAction).toBe(true);
  expect(JSON.stringify(alert.facts)).toContain('"Reminder","value":"3"');
});

test('what was done to trailkeeper itself is told with who did it, or what is not as it was deployed', () => {
  const tampering = { id: 'a1', at: '2026-11-22T12:00:00.000Z', faults: [] };
  const called = tamperingAlertOf(
    { ...tampering, cause: { ...cause, eventName: 'DisableRule' } },
    logs,
  );
  const found = tamperingAlertOf({ ...tampering, cause: null, faults: ['a rule is gone'] }, logs);

  expect(JSON.stringify(called.facts)).toMatch(/DisableRule.*192\.0\.2\.7/);
  expect(found.parts).toEqual([
    { heading: 'What is not as deployed', lines: ['a rule is gone'], isCode: true },
  ]);
  for (const { severity, needsAction } of [called, found]) {
    expect([severity, needsAction]).toEqual(['critical', true]);
  }
});

test('the alert about a call that changed trailkeeper names the part, the account and the Region', () => {
  const part = {
    names: ['Trailkeeper-Tamper-events'],
    account: '222233334444',
    region: 'us-east-1',
  };
  const at = '2026-11-22T12:00:00.000Z';
  const { facts } = tamperingAlertOf({ id: 'a1', at, faults: [], cause, part }, logs);

  expect(facts).toEqual(
    expect.arrayContaining([
      { label: 'Part', value: 'Trailkeeper-Tamper-events' },
      { label: 'Where', value: 'account 222233334444, us-east-1' },
    ]),
  );
});

test.each([
  ['what costs record', stopped],
  ['what costs none', unencrypted],
])(
  'an incident of %s that was cut to fit its row is told as far as it goes, with how much is missing',
  (_what, { impact }) => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      driftOf(`Field${i}`, 'x'.repeat(200), 'y'.repeat(200), impact),
    );
    const cut = truncateForStorage({
      ...incident,
      outcome: outcomeOf([drifted('settings', ...many)], []),
    });

    const { parts } = alertOf(cut, logs);
    expect(JSON.stringify(cut)).toContain(' more)');
    expect(parts[0]?.lines.at(-1)).toMatch(/^… and \d+ more differences$/);
  },
);

describe('in plain text', () => {
  test('an alert has all that it says, and the links written out', () => {
    const text = textOf(alertWith({}));

    for (const said of ['StopLogging', 'mallory', 'StartLogging, for logging', '192.0.2.7']) {
      expect(text).toContain(said);
    }
    expect(text).toMatch(/https:\/\/eu-central-1\.console\.aws\.amazon\.com\/cloudtrailv2/);
  });

  test('an alert is about as long as asked for, and says how much was left out', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ ...stopped, path: `Field${i}` }));
    const outcome = outcomeOf([drifted('settings', ...many)], []);
    const text = textOf(alertWith({ outcome }), 3000);

    expect(text.length).toBeLessThan(4000);
    expect(text).toMatch(/… and \d+ more lines/);
  });

  test('a subject is of a hundred ASCII characters on one line at most', () => {
    const words = `${'ü'.repeat(90)}\n`;
    const outcome = outcomeOf(
      [drifted('settings', driftOf('x', 1, 2, { ...stopped.impact, words }))],
      [],
    );

    expect(subjectOf(alertWith({ outcome }))).toMatch(/^[\x20-\x7e]{20,99}$/);
  });

  test('a headline says how bad it is, what it is and what it costs', () => {
    expect(headline(alertWith({ status: 'failed', endedAt: null }))).toBe(
      'CRITICAL: main is NOT restored: nothing is recorded: logging is off',
    );
  });
});
