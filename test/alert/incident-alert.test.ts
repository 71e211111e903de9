import { describe, expect, test } from 'vitest';
import { alertOf } from '#alert/alert-of.ts';
import type { Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { recordIn } from '#incident/incident-records.ts';
import type { AppliedStep, Mode } from '#reconcile/outcome.ts';
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
import {
  alertOfIncident,
  alertWith,
  factsIn,
  factsWith,
  linesIn,
  logging,
  options,
  settings,
} from '../support/incident-alerts.ts';

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
    const [, event, log] = alertWith({}).links.map(({ url }) => url);

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

test('an alert that a trail is protected says in short that it was not', () => {
  const baselineError =
    'main is named, and it has no baseline: capture it (npx --no -- trailkeeper capture)';
  const unprotected = { baselineError, episodes: [], cause: null, calls: [] } as const;
  const impactsIn = (state: 'baseline-invalid' | 'resolved') =>
    alertWith({ ...unprotected, state }).impacts.lines;

  expect(impactsIn('baseline-invalid')).toEqual([baselineError]);
  expect(impactsIn('resolved')).toEqual(['it had no baseline']);
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
    ['unknown', 'Why'],
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
