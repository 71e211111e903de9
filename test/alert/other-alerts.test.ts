import { describe, expect, test } from 'vitest';
import type { AlertOptions } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import type { WindowNotice } from '#incident/incident.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { trail } from '../support/baseline.ts';
import { cause } from '../support/incident.ts';

const options: AlertOptions = {
  logs: { region: 'eu-central-1', groups: ['Sweep'] },
  omitActors: false,
  runbook: 'https://wiki.example.com/runbook',
  maxWindowHours: 4,
};

const notice: WindowNotice = {
  id: 'migration',
  trail: trail.arn,
  window: {
    schema: 1,
    id: 'migration',
    trail: trail.arn,
    kinds: ['tags'],
    from: '2026-11-22T12:00:00Z',
    until: '2026-11-22T14:00:00Z',
    by: 'arn:aws:iam::111122223333:user/alice',
    reason: 'new tags',
  },
  startedAt: '2026-11-22T12:00:20.000Z',
  endedAt: null,
};

describe('a maintenance window', () => {
  const alertWith = (changes: Partial<WindowNotice>, more: Partial<AlertOptions> = {}) =>
    alertOf({ notice: { ...notice, ...changes } }, { ...options, ...more });

  test('is announced with its kinds, requester, reason and end', () => {
    const alert = alertWith({});

    expect(alert.title).toBe('A maintenance window on main has started');
    expect(alert.commands).toEqual([
      { label: 'End it', value: `npx --no -- trailkeeper window end ${trail.arn} --id migration` },
    ]);
    expect(alert.facts).toEqual(
      expect.arrayContaining([
        { label: 'Kinds', value: 'tags' },
        { label: 'Requested by', value: 'arn:aws:iam::111122223333:user/alice' },
        { label: 'Reason', value: 'new tags' },
        { label: 'Until', value: '2026-11-22 14:00:00 UTC' },
      ]),
    );
  });

  test('that claims a longer time ends after the longest time allowed', () => {
    const alert = alertWith({ window: { ...notice.window, until: '2099-01-01T00:00:00Z' } });

    expect(JSON.stringify(alert)).not.toContain('2099');
    expect(alert.facts).toContainEqual({ label: 'Until', value: '2026-11-22 16:00:00 UTC' });
  });

  test('that is over says whether it was ended early', () => {
    expect(alertWith({ endedAt: '2026-11-22T14:03:00Z' }).title).toBe(
      'The maintenance window on main has ended',
    );
    expect(alertWith({ endedAt: '2026-11-22T12:30:00Z' }).title).toBe(
      'The maintenance window on main was ended early',
    );
  });

  test('does not name its requester if the configuration leaves out principals', () => {
    expect(JSON.stringify(alertWith({}, { omitActors: true }))).not.toContain('alice');
  });
});

describe('a change of trailkeeper itself', () => {
  const event: TamperEvent = { id: 'a1', at: '2026-11-22T12:00:00.000Z', cause: null, faults: [] };
  const alertWith = (changes: Partial<TamperEvent>) =>
    alertOf({ tampering: { ...event, ...changes } }, options);

  test('by a call names the call, the part, the account and the Region', () => {
    const part = {
      names: ['Trailkeeper-Tamper-events'],
      account: '222233334444',
      region: 'us-east-1',
    };
    const alert = alertWith({ cause: { ...cause, eventName: 'DisableRule' }, part });

    expect(alert).toMatchObject({
      title:
        'trailkeeper itself was changed: DisableRule on Trailkeeper-Tamper-events (account 222233334444, us-east-1)',
      severity: 'critical',
      needsAction: true,
    });
    expect(alert.facts).toContainEqual({ label: 'Source IP', value: '192.0.2.7' });
  });

  test('by a stack update counts its calls, and names each with its resource and place', () => {
    const part = { names: ['Trailkeeper'], account: '222233334444', region: 'us-east-1' };
    const further = [
      {
        cause: { ...cause, eventName: 'PutRule' },
        part: { ...part, names: ['Trailkeeper-Trail-s3'] },
      },
    ];
    const started = { ...cause, eventName: 'ExecuteChangeSet' };
    const alert = alertWith({ cause: started, part, further, callCount: 12 });

    expect(alert.title).toBe('A stack update changed trailkeeper itself: 12 calls');
    expect(alert.facts).toContainEqual({ label: 'Call', value: 'ExecuteChangeSet' });
    expect(alert.sections[0]?.lines).toEqual([
      'ExecuteChangeSet on Trailkeeper (account 222233334444, us-east-1)',
      '… 10 more …',
      'PutRule on Trailkeeper-Trail-s3 (account 222233334444, us-east-1)',
    ]);
  });

  test('by a deployment that an approver announced needs no action, and names the approver', () => {
    const announcedBy = 'arn:aws:iam::111122223333:user/alice';
    const tampering = { ...event, cause, announcedBy };
    const fact = { label: 'Announced by', value: announcedBy };

    expect(alertWith(tampering)).toMatchObject({ severity: 'low', isOver: true, commands: [] });
    expect(alertWith(tampering).facts).toContainEqual(fact);
    expect(alertOf({ tampering }, { ...options, omitActors: true }).facts).not.toContainEqual(fact);
  });

  test('by a new value of a secret asks for the right one, which no deployment brings back', () => {
    const part = { names: ['Trailkeeper-Slack'], account: '111122223333', region: 'us-east-1' };
    const stored = { ...cause, eventName: 'PutSecretValue' };

    expect(alertWith({ cause: stored, part })).toMatchObject({
      title:
        'trailkeeper itself was changed: PutSecretValue on Trailkeeper-Slack (account 111122223333, us-east-1)',
      about: { kind: 'secret-changed' },
      callToAction: expect.stringMatching(/store the right one again/),
      needsAction: true,
      commands: [{ value: 'npx --no -- trailkeeper doctor' }],
    });
    const further = [{ cause: { ...cause, eventName: 'PutRule' } }];
    expect(alertWith({ cause: stored, further, callCount: 2 }).about.kind).toBe(
      'deployment-changed',
    );
  });

  test('by a call that failed says so', () => {
    const error = { code: 'AccessDenied', message: null };
    const failed = { ...cause, eventName: 'DisableRule', error };
    const further = [{ cause: { ...failed, eventName: 'PutRule' } }];

    expect(alertWith({ cause: failed })).toMatchObject({
      title: 'A call to change trailkeeper itself failed: DisableRule',
      needsAction: false,
      commands: [],
    });
    expect(alertWith({ cause: failed, further, callCount: 2 }).title).toBe(
      '2 calls to change trailkeeper itself failed',
    );
    expect(alertWith({ cause: failed }).callToAction).toMatch(/If you do not expect this call,/);
    expect(alertWith({ cause: failed, further, callCount: 2 }).callToAction).toMatch(
      /If you do not expect these calls,/,
    );
    expect(alertWith({ cause: failed, further: [{ cause }], callCount: 2 }).title).toBe(
      'A stack update changed trailkeeper itself: 2 calls',
    );
  });

  test('that the self-check found lists what differs from the deployment', () => {
    const alert = alertWith({ faults: ['a rule is missing'] });

    expect(alert.title).toBe("trailkeeper's deployment has drifted");
    expect(alert.sections).toEqual([
      { heading: 'Not as deployed', lines: ['a rule is missing'], isCode: true },
    ]);
    expect(alert).toMatchObject({ severity: 'critical', needsAction: true });
  });

  test('that retires a trail is high, and does not name the person if principals are left out', () => {
    const retired = { trail: trail.arn, by: 'arn:aws:iam::1:user/alice', reason: 'moved' };
    const tampering = { ...event, changes: ['by …'], retired };
    const titleFor = (omitActors: boolean) =>
      alertOf({ tampering }, { ...options, omitActors }).title;

    expect(alertWith(tampering)).toMatchObject({ severity: 'high', needsAction: true });
    expect(titleFor(false)).toBe('main is no longer protected (retired by alice: moved)');
    expect(titleFor(true)).toBe('main is no longer protected (retired: moved)');
  });

  test('in the state table is critical unless an approver made it', () => {
    const changes = ['settings.S3KeyPrefix is "siem"'];

    expect(alertWith({ changes: [], faults: ['version 4 is not signed'] })).toMatchObject({
      title: 'The state table has a change that no approver made: version 4 is not signed',
      callToAction: expect.stringContaining('trailkeeper ignores it'),
      severity: 'critical',
    });
    expect(alertWith({ changes, faults: ['the resource policy was changed'] })).toMatchObject({
      title:
        'The state table was changed, perhaps not by an approver: settings.S3KeyPrefix is "siem"',
      callToAction: expect.stringContaining('The change is in force'),
      severity: 'critical',
    });
    expect(alertWith({ changes })).toMatchObject({
      title: 'A change by an approver is in force: settings.S3KeyPrefix is "siem"',
      severity: 'medium',
      needsAction: false,
    });
  });
});
