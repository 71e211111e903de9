import { expect, test } from 'vitest';
import { alertOf } from '#alert/alert-of.ts';
import { textOf } from '#alert/plain-text.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Incident, IncidentCall } from '#incident/incident.ts';
import type { AppliedStep } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import {
  cause,
  drifted,
  driftOf,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
} from '../support/incident.ts';

const runbook = 'https://wiki.example.com/runbook';

/** The lines of an alert without its links, which are long. */
const linesOf = (stored: Incident, omitActors = false): readonly string[] => {
  const options = {
    logs: { region: 'eu-central-1', groups: [] },
    omitActors,
    maxWindowHours: 4,
    runbook,
  };
  const alert = alertOf({ incident: stored }, options);
  return textOf({ ...alert, links: [] }).split('\n');
};

const applied = (kind: string, action: string): AppliedStep => ({
  ...{ kind, action, input: {} },
  status: 'applied',
});
const failed = (kind: string, action: string): AppliedStep => ({
  ...{ kind, action, input: {}, status: 'failed', error: 'AccessDenied', message: 'not allowed' },
  ...{ remedy: null, retryable: false },
});
const logging = drifted('logging', stopped);
const settings = drifted('settings', unencrypted);
const tags = drifted('tags', {
  ...driftOf('TagsList', ['mine'], [], { ...unencrypted.impact, description: 'tags differ' }),
  treatment: 'alert',
});

const gap: Gap = {
  ...{ from: cause.at ?? '', to: '2026-11-22T12:00:07Z', kind: 'logging', path: 'IsLogging' },
  ...{ description: 'nothing is recorded', severity: 'critical' },
  ...{ isCertain: true, isOpen: false, startedBy: null, endedBy: null, recoverability: null },
};

const byOther = (eventName: string, at: string | null): IncidentCall['call'] => ({
  ...{ ...cause, eventName, at, eventId: `${eventName}-event` },
  principal: { ...cause.principal, name: 'eve' },
});

// Parts of several alerts.
const loggingIsOff = ['  logging.IsLogging', '    baseline  true', '    found     false'];
const keyIsGone = [
  '  settings.KmsKeyId',
  '    baseline  "arn:aws:kms:::key/theirs"',
  '    found     absent',
];
const caller = [
  'Source IP  192.0.2.7',
  'Tool       the AWS CLI, according to the user agent',
  'MFA        NO',
];
const loggingWasRestored = [
  'Restored by trailkeeper:',
  '- StartLogging (logging)',
  '- verified at 2026-11-22 12:00:07 UTC',
];
const end = ['', 'Incident: 77e11d50-b866-408f-9509-c3f09de6b26e'];

test('an alert of a restored trail', () => {
  expect(linesOf({ ...incident, gaps: [gap] })).toEqual([
    'main restored and verified.',
    'The trail needs no repair. Find out who changed it and why.',
    '',
    'Impact, now over:',
    '- critical: nothing is recorded: logging is off',
    '',
    'Drift:',
    ...loggingIsOff,
    '',
    'Severity   critical',
    'Actor      mallory, an IAM user (account 111122223333)',
    'Call       StopLogging',
    ...caller,
    'Time       2026-11-22 12:00:03 UTC, detected 2 s later, restored and verified after 4 s',
    'Gap        4 s, from 2026-11-22 12:00:03 UTC to 2026-11-22 12:00:07 UTC',
    'Trail      main (account 111122223333, eu-central-1)',
    '',
    'Events that were not recorded:',
    '- it is not known which events are missing',
    '',
    ...loggingWasRestored,
    ...end,
  ]);
});

test('an alert of drift that came back and is only partly restored', () => {
  const left: readonly Finding[] = [
    { kind: 'logging', status: 'in-sync' },
    settings,
    tags,
    { kind: 'insight-selectors', status: 'unknown', reason: 'Throttling', retryable: true },
  ];
  const steps = [failed('settings', 'UpdateTrail'), applied('logging', 'StartLogging')];
  const again = episodeOf(outcomeOf([logging, settings, tags], left, steps), {
    detectedAt: '2026-11-22T12:04:00Z',
    trigger: byOther('UpdateTrail', '2026-11-22T12:03:58Z'),
  });
  const calls: readonly IncidentCall[] = [
    { call: cause, effect: 'caused' },
    { call: { ...cause }, effect: 'related' },
    { call: byOther('UpdateTrail', '2026-11-22T12:03:58Z'), effect: 'caused' },
    { call: byOther('AddTags', null), effect: 'related' },
    { call: byOther('StartLogging', '2026-11-22T12:03:59Z'), effect: 'restored' },
    { call: byOther('DeleteTrail', '2026-11-22T12:03:57Z'), effect: 'failed' },
  ];
  const more = { episodes: [...incident.episodes, again], episodeCount: 2, calls, callCount: 8 };

  const stored: Incident = { ...incident, ...more, state: 'degraded', reminders: 1 };
  expect(linesOf(stored)).toEqual([
    'Reminder: main is only partly restored.',
    'No events are being lost. Fix the following; trailkeeper retries at every sweep.',
    '',
    'Impact:',
    '- medium: logs are not encrypted with your key',
    '- medium: tags differ',
    '',
    'What to do:',
    '- UpdateTrail failed: AccessDenied: not allowed',
    '- tags: TagsList: the policy of the baseline reports it without restoring it',
    '- insight-selectors cannot be read: Throttling',
    '',
    'Then restore it at once:',
    '  npx --no -- trailkeeper restore arn:aws:cloudtrail:eu-central-1:111122223333:trail/main',
    '',
    'Drift:',
    ...keyIsGone,
    '  tags.TagsList',
    '    missing   "mine"',
    '',
    'Severity   critical',
    'Actor      mallory, an IAM user (account 111122223333)',
    'Call       StopLogging, in an earlier episode',
    ...caller,
    'Time       2026-11-22 12:00:03 UTC, detected 2 s later, restored and verified after 4 s',
    'Episodes   2',
    'Calls      8',
    'Reminder   1',
    'Trail      main (account 111122223333, eu-central-1)',
    '',
    ...loggingWasRestored,
    '',
    'Episodes:',
    '- 2026-11-22 12:00:05 UTC, restored after 2 s: StopLogging by mallory',
    '- 2026-11-22 12:04:00 UTC, not resolved: UpdateTrail by eve',
    '',
    'Further calls:',
    '- AddTags by eve, an IAM user (account 111122223333)',
    '- … 2 more …',
    '- DeleteTrail at 2026-11-22 12:03:57 UTC by eve, an IAM user (account 111122223333): failed',
    '- UpdateTrail at 2026-11-22 12:03:58 UTC by eve, an IAM user (account 111122223333)',
    '- StartLogging at 2026-11-22 12:03:59 UTC by eve, an IAM user (account 111122223333): restored the trail',
    ...end,
  ]);

  const listed = (lines: readonly string[]) => lines.filter((line) => line.startsWith('- '));
  const who = / by \w+(, an IAM user \(account \d+\))?/;
  expect(listed(linesOf(stored, true))).toEqual(
    listed(linesOf(stored)).map((line) => line.replace(who, '')),
  );
});

test('an alert of drift that a sweep found, part of which was accepted', () => {
  const first = episodeOf(outcomeOf([logging], [], [applied('logging', 'StartLogging')]), {
    ...{ resolvedAt: '2026-11-22T12:00:07Z', resolution: 'restored', trigger: null },
  });
  const steps = [applied('logging', 'StartLogging'), failed('settings', 'UpdateTrail')];
  const last = episodeOf(outcomeOf([logging, settings], [settings], steps), {
    ...{ detectedAt: '2026-11-22T12:04:00Z', resolvedAt: '2026-11-22T12:30:00Z' },
    ...{ resolution: 'accepted', acceptedBy: 'arn:aws:iam::111122223333:user/alice' },
    trigger: null,
  });
  const unknown = { cause: null, calls: [], callCount: 0 };

  expect(
    linesOf({
      ...{ ...incident, ...unknown, state: 'resolved', closedAt: '2026-11-22T12:40:00Z' },
      ...{ episodes: [first, last], episodeCount: 2 },
    }),
  ).toEqual([
    'main restored and verified; the drift of settings was accepted as version 7 by alice.',
    'The trail is in sync with that version of its baseline. Find out who made the changes that were restored, and why.',
    '',
    'Impact, now over:',
    '- medium: logs are not encrypted with your key',
    '',
    'Drift:',
    ...loggingIsOff,
    ...keyIsGone,
    '',
    'Severity  critical',
    'Actor     unknown: found by a sweep, no event was received',
    'Time      detected 2026-11-22 12:00:05 UTC, restored and verified after 1 s',
    'Closed    2026-11-22 12:40:00 UTC',
    'Episodes  2',
    'Trail     main (account 111122223333, eu-central-1)',
    '',
    ...loggingWasRestored,
    '',
    'Episodes:',
    '- 2026-11-22 12:00:05 UTC, restored after 1 s',
    '- 2026-11-22 12:04:00 UTC, accepted after 26 min',
    ...end,
  ]);
});

test('an alert of a baseline that cannot be used', () => {
  const unknown = { cause: null, calls: [], callCount: 0 };
  const baselineError = 'version 8 is missing';

  expect(linesOf({ ...incident, ...unknown, state: 'baseline-invalid', baselineError })).toEqual([
    'main is NOT protected: its baseline cannot be used.',
    'Nothing is restored until the baseline is fixed. It may have been damaged on purpose.',
    '',
    'Impact:',
    '- version 8 is missing',
    '',
    'See its versions and who signed them:',
    '  npx --no -- trailkeeper history arn:aws:cloudtrail:eu-central-1:111122223333:trail/main',
    '',
    'Drift:',
    ...loggingIsOff,
    '',
    'Severity  critical',
    'Time      detected 2026-11-22 12:00:05 UTC, restored and verified after 2 s',
    'Trail     main (account 111122223333, eu-central-1)',
    '',
    ...loggingWasRestored,
    ...end,
  ]);
});

test('an alert of drift in observe mode', () => {
  const steps = [{ action: 'StartLogging', input: {} }];
  const found: readonly Finding[] = [
    { ...logging, steps } as Finding,
    drifted('delivery', driftOf('', {}, null, stopped.impact), unencrypted),
  ];
  const outcome = { ...outcomeOf(found, found), mode: 'observe' } as const;

  expect(linesOf({ ...incident, state: 'drifted', episodes: [episodeOf(outcome)] })).toEqual([
    'main has drifted; remediation is off (observe mode).',
    'Events are being lost. Restore the trail, or accept the change.',
    '',
    'Impact:',
    '- critical: nothing is recorded: logging is off',
    '- medium: logs are not encrypted with your key',
    '',
    'Not restored:',
    '- logging: IsLogging: StartLogging restores it',
    '- delivery: the trail, KmsKeyId: only a person can restore it',
    '',
    'Restore it:',
    '  npx --no -- trailkeeper restore arn:aws:cloudtrail:eu-central-1:111122223333:trail/main',
    '',
    'If the change is wanted, accept it:',
    '  npx --no -- trailkeeper capture arn:aws:cloudtrail:eu-central-1:111122223333:trail/main --reason "accepts incident 77e11d50-b866-408f-9509-c3f09de6b26e"',
    '',
    'Drift:',
    '  the trail does not exist',
    ...loggingIsOff,
    '  delivery.KmsKeyId',
    '    baseline  "arn:aws:kms:::key/theirs"',
    '    found     absent',
    '',
    'Severity   critical',
    'Actor      mallory, an IAM user (account 111122223333)',
    'Call       StopLogging',
    ...caller,
    'Time       2026-11-22 12:00:03 UTC, detected 2 s later',
    'Trail      main (account 111122223333, eu-central-1)',
    ...end,
  ]);
});
