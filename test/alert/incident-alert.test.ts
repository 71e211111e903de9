import { describe, expect, test } from 'vitest';
import { type Alert, type AlertOptions, headline } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import { subjectOf, textOf } from '#alert/plain-text.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { recordIn } from '#incident/incident-records.ts';
import type { AppliedStep, Mode, Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import {
  cause,
  drifted,
  driftOf,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
  unresolved,
} from '../support/incident.ts';

const options: AlertOptions = {
  logs: { region: 'eu-central-1', groups: ['Sweep', 'Remediate'] },
  omitActors: false,
  maxWindowHours: 4,
};
const alertOfIncident = (stored: Incident, more: Partial<AlertOptions> = {}) =>
  alertOf({ incident: stored }, { ...options, ...more });
const alertWith = (changes: Partial<Incident>) => alertOfIncident({ ...incident, ...changes });
const factsIn = ({ facts }: Alert): Record<string, string> =>
  Object.fromEntries(facts.map(({ label, value }) => [label, value]));
const factsWith = (changes: Partial<Incident>) => factsIn(alertWith(changes));
const linesIn = ({ sections }: Alert, heading: string) =>
  sections.find((section) => section.heading === heading)?.lines;

const logging = drifted('logging', stopped);
const settings = drifted('settings', unencrypted);

describe('an alert of a restored trail', () => {
  test('says that it is restored and that nothing needs repair', () => {
    const { title, callToAction, needsAction } = alertWith({});

    expect(title).toBe('main restored and verified');
    expect(callToAction).toBe('The trail needs no repair. Find out who changed it and why.');
    expect(needsAction).toBe(false);
  });

  test('says what the drift did, the worst first, and that it is over', () => {
    const episodes = [episodeOf(outcomeOf([settings, logging], []))];

    expect(alertWith({ episodes }).impacts).toEqual({
      heading: 'Impact, now over',
      lines: [
        'critical: nothing is recorded: logging is off',
        'medium: logs are not encrypted with your key',
      ],
      isCode: false,
    });
  });

  test('says who made which call, from where, with which tool and whether with MFA', () => {
    expect(factsWith({})).toMatchObject({
      Actor: 'mallory, an IAM user (account 111122223333)',
      Call: 'StopLogging',
      'Source IP': '192.0.2.7',
      Tool: 'the AWS CLI, according to the user agent',
      MFA: 'NO',
    });
  });

  test.each<[type: string, issuer: string | null, actor: string]>([
    ['Root', null, 'mallory, the root user (account 111122223333)'],
    ['AssumedRole', 'Admin', 'mallory, a session of Admin (account 111122223333)'],
    ['SSO', 'Admin', 'mallory, an Identity Center session of Admin (account 111122223333)'],
    ['FederatedUser', null, 'mallory, a federated user (account 111122223333)'],
    ['SomethingNew', null, 'mallory, SomethingNew (account 111122223333)'],
  ])('names the type of principal: %s', (type, issuer, actor) => {
    const principal = { ...cause.principal, type, issuer };

    expect(factsWith({ cause: { ...cause, principal } }).Actor).toBe(actor);
  });

  test('does not claim that an Identity Center session had no MFA', () => {
    const mfaOf = (type: string, mfa: boolean | null) =>
      factsWith({ cause: { ...cause, principal: { ...cause.principal, type, mfa } } }).MFA;

    expect(mfaOf('SSO', false)).toBe('not recorded');
    expect(mfaOf('SSO', true)).toBe('yes');
    expect(mfaOf('IAMUser', null)).toBe('not recorded');
  });

  test('says when the call was made, detected and restored', () => {
    expect(factsWith({}).Time).toBe(
      '2026-11-22 12:00:03 UTC, detected 2 s later, restored and verified after 4 s',
    );
  });

  test('shows each field with its baseline and what was found', () => {
    const lists = driftOf('TagsList', ['one', 'both'], ['both', 'other'], unencrypted.impact);
    const episodes = [episodeOf(outcomeOf([settings, drifted('tags', lists)], []))];

    expect(alertWith({ episodes }).drift.lines).toEqual([
      'settings.KmsKeyId',
      '  baseline  "arn:aws:kms:::key/theirs"',
      '  found     absent',
      'tags.TagsList',
      '  missing   "one"',
      '  extra     "other"',
    ]);
  });

  test('says that a deleted trail does not exist', () => {
    const gone = { ...stopped, path: '', desired: {}, actual: null };
    const episodes = [episodeOf(outcomeOf([drifted('settings', gone)], []))];

    expect(alertWith({ episodes }).drift.lines).toEqual(['the trail does not exist']);
  });

  test('lists the steps of the repair, and when they were verified', () => {
    expect(linesIn(alertWith({}), 'Restored by trailkeeper')).toEqual([
      'StartLogging (logging)',
      'verified at 2026-11-22 12:00:07 UTC',
    ]);
  });

  test('links to the event, and to the log around that time', () => {
    const [event, log] = alertWith({}).links.map(({ url }) => url);

    expect(event).toBe(
      'https://eu-central-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-central-1#/events/77e11d50-b866-408f-9509-c3f09de6b26e',
    );
    expect(log).toContain("start~'2026-11-22T11*3a50*3a05.310Z");
    expect(log).toContain("source~(~'Sweep~'Remediate))");
  });

  test('says that trailkeeper did not restore a trail that someone else restored', () => {
    const alert = alertWith({ state: 'resolved' });

    expect(alert.title).toBe('main is in sync again');
    expect(alert.callToAction).toContain('trailkeeper did not restore it');
  });

  test('names the call that restored the trail, its caller and tool', () => {
    const call = {
      ...cause,
      eventName: 'StartLogging',
      principal: { ...cause.principal, name: 'alice' },
      userAgent: 'aws-sdk-js/3 trailkeeper',
    };
    const calls = [...incident.calls, { call, effect: 'restored' } as const];
    const stored: Incident = { ...incident, state: 'resolved', calls, callCount: 2 };
    const alert = alertOfIncident(stored);

    expect(alert.title).toBe('main was restored by alice');
    expect(alert.callToAction).toBe(
      'The call was StartLogging, with the CLI of trailkeeper, according to the user agent. The trail needs no repair.',
    );
    expect(factsIn(alert).Actor).toContain('mallory');
    expect(alertOfIncident(stored, { omitActors: true }).title).toBe('main was restored');
  });

  test('names the version that a drift was accepted as, and by whom', () => {
    const drift = outcomeOf([drifted('logging', stopped)], []);
    const accepted = { ...drift, plan: { ...drift.plan, version: 2 } };
    const acceptedBy = 'arn:aws:iam::111122223333:user/alice';
    const episodes = [episodeOf(accepted, { resolution: 'accepted', acceptedBy })];
    const titleFor = (omitActors: boolean) =>
      alertOfIncident({ ...incident, state: 'resolved', episodes }, { omitActors }).title;

    expect(titleFor(false)).toBe('main: the drift was accepted as version 2 by alice');
    expect(titleFor(true)).toBe('main: the drift was accepted as version 2');
  });
});

test('an alert of accepted drift names what was restored before as restored', () => {
  const restored = { kind: 'logging', action: 'StartLogging', input: {}, status: 'applied' };
  const both = outcomeOf([logging, settings], [], [restored as AppliedStep]);
  const episodes = [episodeOf(both, { resolution: 'accepted' })];
  const alert = alertWith({ state: 'resolved', episodes });

  expect(alert.title).toBe(
    'main restored and verified; the drift of settings was accepted as version 7',
  );
  expect(alert.impacts.lines).toEqual(['medium: logs are not encrypted with your key']);
});

describe('accepted drift', () => {
  const accepted = episodeOf(outcomeOf([logging], []), { resolution: 'accepted' });
  const impactsOf = (state: Incident['state'], ...episodes: Incident['episodes']) =>
    alertWith({ state, episodes }).impacts.lines;
  const lost = 'critical: nothing is recorded: logging is off';
  const unprotected = 'medium: logs are not encrypted with your key';

  test('is the impact, without that of episodes that ended otherwise', () => {
    const external = episodeOf(outcomeOf([settings], []), { resolution: 'external' });

    expect(impactsOf('resolved', external, accepted)).toEqual([lost]);
    expect(impactsOf('resolved', accepted, external)).toEqual([lost, unprotected]);
  });

  test('of an earlier episode is not the impact of what is left', () => {
    const left = episodeOf(outcomeOf([settings], [settings]));

    expect(impactsOf('degraded', accepted, left)).toEqual([unprotected]);
  });

  test('is only what had drifted', () => {
    const found = [logging, { kind: 'tags', status: 'in-sync' } as const];
    const all = episodeOf(outcomeOf(found, []), { resolution: 'accepted' });

    expect(alertWith({ state: 'resolved', episodes: [all] }).impacts.lines).toEqual([lost]);
  });
});

test('an alert of drift has its effects, even if the baseline was invalid before', () => {
  expect(alertWith({ baselineError: 'version 8 is missing' }).impacts.lines).toEqual([
    'critical: nothing is recorded: logging is off',
  ]);
});

describe('the actor', () => {
  test('of a type that is not known is named by it, whatever it is', () => {
    const odd = { ...cause, principal: { ...cause.principal, type: 'constructor' } };

    expect(factsWith({ cause: odd }).Actor).toBe('mallory, constructor (account 111122223333)');
  });

  test('is unknown if a sweep found the drift', () => {
    expect(factsWith({ cause: null, calls: [], callCount: 0 }).Actor).toBe(
      'unknown: found by a sweep, no event was received',
    );
  });

  test('is unknown if no call explains the drift', () => {
    const calls = [{ call: cause, effect: 'reverted' }] as const;

    expect(factsWith({ cause: null, calls }).Actor).toBe(
      'unknown: none of the calls below explains the drift',
    );
  });

  test('is left out everywhere if the configuration asks for it', () => {
    const other = { ...cause, eventId: null, principal: { ...cause.principal, name: 'eve' } };
    const stored: Incident = {
      ...incident,
      calls: [
        { call: cause, effect: 'caused' },
        { call: other, effect: 'failed' },
      ],
      callCount: 2,
      episodes: [...incident.episodes, episodeOf(outcomeOf([logging], []), { trigger: other })],
      episodeCount: 2,
    };
    const all = JSON.stringify(alertOfIncident(stored, { omitActors: true }));

    expect(all).not.toMatch(/mallory|eve\b|192\.0\.2\.7|aws-cli/i);
    expect(all).toContain('not shown (alerts.redactPrincipals): see the event in CloudTrail');
    expect(all).toContain('StopLogging');
  });
});

describe('gaps', () => {
  const gap = (from: string, to: string, more: Partial<Gap> = {}): Gap => ({
    from: `2026-11-22T${from}Z`,
    to: `2026-11-22T${to}Z`,
    kind: 'logging',
    path: 'IsLogging',
    description: 'nothing is recorded',
    severity: 'critical',
    isCertain: true,
    isOpen: false,
    startedBy: null,
    endedBy: null,
    recoverability: null,
    ...more,
  });
  const gapWith = (changes: Partial<Incident>) => factsWith(changes).Gap;

  test.each([
    ['without fields', {}],
    ['with text for a time', { from: 'then' }],
    ['with a recoverability that is none', { recoverability: {} }],
    ['with a beginning that is none', { startedBy: {} }],
  ])('that are stored %s are left out', (_what, forged) => {
    const whole = Object.keys(forged).length === 0 ? {} : gap('12:00:03', '12:00:07');
    const row = { ...incident, gaps: [{ ...whole, ...forged }] };
    const stored = recordIn({ incident: JSON.stringify(row) });

    const { facts } = alertOf(stored as IncidentRecord, options);
    expect(facts.map(({ label }) => label)).not.toContain('Gap');
  });

  test('are one duration with its begin and end', () => {
    expect(gapWith({ gaps: [gap('12:00:03', '12:00:07')] })).toBe(
      '4 s, from 2026-11-22 12:00:03 UTC to 2026-11-22 12:00:07 UTC',
    );
  });

  test('that overlap are counted once', () => {
    const gaps = [gap('12:00:03', '12:00:07'), gap('12:00:05', '12:00:13', { path: 'other' })];

    expect(gapWith({ gaps })).toMatch(/^10 s, from/);
  });

  test('of several episodes are summed up', () => {
    const gaps = [gap('12:10:00', '12:10:06'), gap('12:00:03', '12:00:07')];

    expect(gapWith({ gaps })).toBe(
      '10 s in 2 intervals, from 2026-11-22 12:00:03 UTC to 2026-11-22 12:10:06 UTC',
    );
  });

  test('of drift that a sweep found are a minimum', () => {
    expect(gapWith({ cause: null, gaps: [gap('12:00:03', '12:00:07')] })).toMatch(/^at least 4 s,/);
  });

  test('of an interruption whose begin is unknown are a maximum', () => {
    const interruption = {
      how: 'stopped',
      from: '2026-11-22T12:00:03Z',
      isFromKnown: false,
      to: '2026-11-22T12:00:07Z',
    } as const;
    const gaps = [gap('12:00:03', '12:00:07')];

    expect(gapWith({ cause: null, interruptions: [interruption], gaps })).toMatch(/^up to 4 s,/);
  });

  test('that last have no end', () => {
    const open = gap('12:00:03', '12:00:07', { isOpen: true });

    expect(gapWith({ gaps: [open] })).toBe('since 2026-11-22 12:00:03 UTC, not over yet');
  });

  test('that overlap one that lasts are not over', () => {
    const open = gap('12:00:03', '12:00:07', { isOpen: true });
    const within = gap('12:00:04', '12:00:05');
    const before = gap('12:00:00', '12:00:04');

    expect(gapWith({ gaps: [open, within] })).toMatch(/^since 2026-11-22 12:00:03 UTC/);
    expect(gapWith({ gaps: [before, open] })).toMatch(/^since 2026-11-22 12:00:00 UTC/);
  });

  test('that are within another, or follow it at once, are one', () => {
    const gaps = [gap('12:00:03', '12:00:09'), gap('12:00:04', '12:00:05')];
    const next = gap('12:00:09', '12:00:12');

    expect(gapWith({ gaps })).toMatch(/^6 s, from/);
    expect(gapWith({ gaps: [...gaps, next] })).toMatch(/^9 s, from/);
  });

  test('of an interruption are as long as it was, if its begin is known', () => {
    const times = { from: '2026-11-22T12:00:03Z', to: '2026-11-22T12:00:07Z' };
    const interruptions = [{ how: 'stopped', isFromKnown: true, ...times } as const];

    expect(gapWith({ cause: null, interruptions, gaps: [gap('12:00:03', '12:00:07')] })).toMatch(
      /^4 s, from/,
    );
  });

  test('whose chain of digest files breaks first say when', () => {
    const open = (breaksAt: string, status = 'whole', isOpen = true) => {
      const digests = { status, breaksAt };
      const recoverability = { recoverable: null, elsewhere: null, lost: [], digests };
      return gap('12:00:03', '12:00:07', { isOpen, recoverability } as Partial<Gap>);
    };
    const gaps = [
      open('2026-11-22T14:00:00Z'),
      open('2026-11-22T13:30:00Z'),
      open('2026-11-22T13:00:00Z', 'broken'),
      open('2026-11-22T12:30:00Z', 'whole', false),
      { ...open(''), recoverability: null },
    ];

    expect(alertWith({ gaps }).impacts.lines.slice(1)).toEqual([
      'the chain of digest files will break at 2026-11-22 13:30:00 UTC unless the trail is restored by then',
    ]);
  });

  test('that last say when the chain of digest files breaks', () => {
    const recoverability = {
      recoverable: null,
      elsewhere: null,
      lost: [],
      digests: { status: 'whole', breaksAt: '2026-11-22T13:00:03.000Z' },
    } as const;
    const impactsWith = (isOpen: boolean) => {
      const gaps = [gap('12:00:03', '12:00:07', { isOpen, recoverability })];
      return alertWith({ gaps }).impacts.lines.join('\n');
    };

    expect(impactsWith(true)).toContain(
      'the chain of digest files will break at 2026-11-22 13:00:03 UTC unless the trail is restored by then',
    );
    expect(impactsWith(false)).not.toContain('digest');
  });

  test('say what can be recovered, each line once', () => {
    const gaps = [gap('12:00:03', '12:00:07'), gap('12:10:00', '12:10:06')];

    expect(linesIn(alertWith({ gaps }), 'Events that were not recorded')).toEqual([
      'it is not known which events are missing',
    ]);
  });
});

test('a gap whose events are recoverable until another time than those of the others is named', () => {
  const gap = (path: string, from: string): Gap => ({
    ...{ from, to: '2026-11-22T12:10:00Z', kind: 'settings', path },
    ...{ description: 'nothing is recorded', severity: 'critical' },
    ...{ isCertain: true, isOpen: false, startedBy: null, endedBy: null },
    recoverability: {
      recoverable: { events: 'management', accounts: '1', regions: 'every Region', until: from },
      ...{ elsewhere: 'in the bucket theirs', lost: [], digests: null },
    },
  });
  const gaps = [
    gap('S3BucketName', '2026-11-22T12:00:03Z'),
    gap('KmsKeyId', '2026-11-22T12:04:00Z'),
  ];

  expect(linesIn(alertWith({ gaps }), 'Events that were not recorded')).toEqual([
    expect.stringMatching(/^settings.S3BucketName: recoverable: .* until 2026-11-22T12:00:03Z$/),
    'elsewhere: in the bucket theirs',
    expect.stringMatching(/^settings.KmsKeyId: recoverable: .* until 2026-11-22T12:04:00Z$/),
  ]);
});

describe('what is left', () => {
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
    state: Incident['state'],
    finding: Finding,
    applied: readonly AppliedStep[] = [],
    mode: Mode = 'enforce',
  ) =>
    alertOfIncident(unresolved(state, { ...outcomeOf([finding], [finding], applied), mode })).todo;

  test('is shown without what was restored', () => {
    const outcome = outcomeOf([logging, settings], [settings], [failed]);
    const alert = alertOfIncident(unresolved('degraded', outcome));

    expect(alert.impacts).toMatchObject({
      heading: 'Impact',
      lines: ['medium: logs are not encrypted with your key'],
    });
    expect(alert.drift.lines[0]).toBe('settings.KmsKeyId');
  });

  test('comes with the remedy first, then the reason', () => {
    expect(todo('degraded', settings, [failed])).toMatchObject({
      heading: 'What to do',
      lines: ['Enable the key (UpdateTrail failed: KmsKeyNotFoundException: no such key)'],
    });
    expect(todo('degraded', settings, [{ ...failed, remedy: null }]).lines).toEqual([
      'UpdateTrail failed: KmsKeyNotFoundException: no such key',
    ]);
  });

  test.each<[reason: string, finding: object, line: RegExp]>([
    [
      'a maintenance window',
      {
        suppressed: {
          by: 'maintenance-window',
          window: 'migration',
          until: '2026-11-22T18:00:00Z',
          requestedBy: 'alice',
        },
      },
      /KmsKeyId: suspended until 2026-11-22 18:00:00 UTC by maintenance window migration, requested by alice$/,
    ],
    ['backoff', { suppressed: { by: 'backoff' } }, /: the next sweep restores it$/],
    [
      'the policy',
      { changes: [{ ...unencrypted, treatment: 'alert' }] },
      /: the policy of the baseline reports it without restoring it$/,
    ],
    ['that no API restores it', {}, /: only a person can restore it$/],
  ])('comes with its reason: %s', (_reason, finding, line) => {
    expect(todo('suspended', { ...settings, ...finding } as Finding)).toMatchObject({
      heading: 'Not restored',
      lines: [expect.stringMatching(line)],
    });
  });

  test('names the calls that restore it in observe mode', () => {
    const finding = { ...logging, steps: [{ action: 'StartLogging', input: {} }] } as Finding;

    expect(todo('drifted', finding, [], 'observe').lines).toEqual([
      'logging: IsLogging: StartLogging restores it',
    ]);
  });

  test('names what cannot be read and why', () => {
    const reason = 'AccessDeniedException: no';

    expect(
      todo('unknown', { kind: 'logging', status: 'unknown', reason, retryable: false }).lines,
    ).toEqual(['logging cannot be read: AccessDeniedException: no']);
  });

  test.each<[state: Incident['state'], heading: string]>([
    ['failed', 'What to do'],
    ['degraded', 'What to do'],
    ['unknown', 'What to do'],
    ['drifted', 'Not restored'],
    ['suspended', 'Not restored'],
    ['backing-off', 'Not restored'],
  ])('of %s is under "%s"', (state, heading) => {
    expect(todo(state, settings).heading).toBe(heading);
  });

  test('is not said while it is being restored', () => {
    expect(todo('detected', settings).lines).toEqual([]);
  });

  test('is only a matter of policy if the policy leaves each change', () => {
    const changes = [{ ...unencrypted, treatment: 'alert' }, stopped];

    expect(todo('degraded', { ...settings, changes } as Finding).lines).toEqual([
      'settings: KmsKeyId, IsLogging: only a person can restore it',
    ]);
  });

  test('names each call once in observe mode only', () => {
    const steps = ['PutEventSelectors', 'AddTags', 'AddTags'].map((action) => ({
      action,
      input: {},
    }));
    const finding = { ...logging, steps } as Finding;

    expect(todo('drifted', finding, [], 'observe').lines).toEqual([
      'logging: IsLogging: PutEventSelectors, AddTags restores it',
    ]);
    expect(todo('degraded', finding).lines).toEqual([
      'logging: IsLogging: only a person can restore it',
    ]);
  });

  test('has a step that succeeded, or was not tried, not among the failures', () => {
    const done = { kind: 'settings', action: 'AddTags', input: {}, status: 'applied' } as const;

    expect(todo('degraded', settings, [done, failed]).lines).toHaveLength(1);
    expect(todo('degraded', settings, [done]).lines).toEqual([
      'settings: KmsKeyId: only a person can restore it',
    ]);
  });

  test('does not name who requested a maintenance window if the configuration asks for it', () => {
    const until = '2026-11-22T18:00:00Z';
    const suppressed = { by: 'maintenance-window', window: 'w', until, requestedBy: 'alice' };
    const finding = { ...settings, suppressed } as Finding;
    const stored = unresolved('suspended', outcomeOf([finding], [finding]));

    expect(alertOfIncident(stored, { omitActors: true }).todo.lines).toEqual([
      'settings: KmsKeyId: suspended until 2026-11-22 18:00:00 UTC by maintenance window w',
    ]);
  });

  test('is nothing once the trail is restored', () => {
    expect(alertWith({}).todo.lines).toEqual([]);
  });
});

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

test('the repair of an incident that is not restored yet was not verified', () => {
  const applied = [
    { kind: 'logging', action: 'StartLogging', input: {}, status: 'applied' },
  ] as const;
  const stored = unresolved('degraded', outcomeOf([logging, settings], [settings], applied));

  expect(linesIn(alertOfIncident(stored), 'Restored by trailkeeper')).toEqual([
    'StartLogging (logging)',
  ]);
});

test('an episode that ended without a step has no repair', () => {
  const episodes = [
    episodeOf(outcomeOf([logging], []), {
      ...incident.episodes[0],
      outcome: outcomeOf([logging], []),
    }),
  ];

  expect(alertWith({ episodes }).sections).toEqual([]);
});

test('a field that was added as a whole is drift of its kind', () => {
  const added = { ...stopped, path: '', desired: null, actual: { a: 1 } };

  expect(
    alertWith({ episodes: [episodeOf(outcomeOf([drifted('tags', added)], []))] }).drift.lines[0],
  ).toBe('tags');
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

test('an incident that was truncated to fit into its row is still an alert', () => {
  const many = Array.from({ length: 3000 }, (_, i) =>
    driftOf(`Field${i}`, 'x'.repeat(200), 'y'.repeat(200), stopped.impact),
  );
  const whole = {
    ...incident,
    episodes: [episodeOf(outcomeOf([drifted('settings', ...many)], []))],
  };
  const stored = recordIn({ incident: JSON.stringify(truncateForStorage(whole)) });

  const alert = alertOf(stored as IncidentRecord, options);
  expect(alert.drift.lines[0]).toBe('settings.Field0');
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

    expect(subjectOf(alertWith({ episodes }))).toMatch(/^[\x20-\x7e]{20,99}$/);
  });
});
