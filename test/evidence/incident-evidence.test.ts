import { describe, expect, test } from 'vitest';
import { callsWithCause } from '#evidence/call-evidence.ts';
import type { IncidentEvidence } from '#evidence/evidence.ts';
import { incidentEvidence } from '#evidence/incident-evidence.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import { states, trail } from '../support/baseline.ts';
import { noRecoveries, window } from '../support/evidence.ts';
import {
  cause,
  drifted,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
} from '../support/incident.ts';

const record = { pk: 'incident#x', sk: 'y', sha256: 'z' };
const other = { ...cause, eventId: '0d6b1c52-32f5-4a8e-9f39-6f0f6a1e77d1', eventName: 'AddTags' };

const evidenceOf = (more: Partial<Incident>): IncidentEvidence =>
  incidentEvidence({ ...incident, ...more }, record, { now: window.to, recoveries: noRecoveries });

/** The evidence of an incident with one episode. */
const episode = (one: Episode) => evidenceOf({ episodes: [one] }).episodes[0];

describe('a call', () => {
  test('has its actor in words, its tool, and its event in the console', () => {
    const [call] = evidenceOf({}).calls;

    expect(call).toMatchObject({
      principal: { name: 'mallory', description: expect.stringContaining('mallory, an IAM user') },
      tool: expect.stringContaining('according to the user agent'),
      effect: 'caused',
      link: `https://${trail.region}.console.aws.amazon.com/cloudtrailv2/home?region=${trail.region}#/events/${cause.eventId}`,
    });
  });

  test('without an id has no event in the console', () => {
    const call = { ...cause, eventId: null };

    expect(evidenceOf({ calls: [{ call, effect: 'caused' }] }).calls[0]?.link).toBeNull();
  });
});

describe('the cause', () => {
  const listed = [
    { call: other, effect: 'related' as const },
    { call: cause, effect: 'caused' as const },
  ];

  test('is none if no call is known', () => {
    expect(evidenceOf({ cause: null }).cause).toBeNull();
  });

  test('did what the list of calls says of it', () => {
    expect(evidenceOf({ cause, calls: listed }).cause).toMatchObject({
      ...{ eventId: cause.eventId, effect: 'caused' },
    });
    expect(evidenceOf({ cause: other, calls: listed }).cause?.effect).toBe('related');
  });

  test('did something that is not known if it is not in the list, or has no id', () => {
    expect(evidenceOf({ cause, calls: [{ call: other, effect: 'related' }] }).cause?.effect).toBe(
      null,
    );
    const nameless = { ...cause, eventId: null };
    const calls = [{ call: { ...other, eventId: null }, effect: 'related' as const }];
    expect(evidenceOf({ cause: nameless, calls }).cause?.effect).toBeNull();
  });

  test('is listed before the calls, once', () => {
    const names = (more: Partial<Incident>) =>
      callsWithCause(evidenceOf(more)).map(({ eventName }) => eventName);

    expect(names({ cause, calls: listed })).toEqual(['AddTags', 'StopLogging']);
    expect(names({ cause, calls: listed.slice(0, 1) })).toEqual(['StopLogging', 'AddTags']);
    expect(names({ cause: null, calls: listed })).toEqual(['AddTags', 'StopLogging']);
  });
});

describe('an episode', () => {
  const resolved = { resolvedAt: incident.updatedAt, resolution: 'accepted', acceptedBy: 'alice' };
  const unread = (reason: string, kind = 'tags') =>
    ({ kind, status: 'unknown', reason, retryable: false }) as const;
  const found = [
    { kind: 'aggregation', status: 'in-sync' } as const,
    drifted('settings', unencrypted),
    drifted('logging', stopped),
  ];

  test('has its times and how it was resolved', () => {
    const one = episodeOf(outcomeOf(found, []), resolved as Partial<Episode>);

    expect(episode(one)).toMatchObject({ ...resolved, detectedAt: one.detectedAt, version: 7 });
  });

  test('has each change with its values, its impact and its lane', () => {
    const { changes } = episode(episodeOf(outcomeOf(found, []))) ?? {};

    expect(changes).toEqual([
      {
        ...{ kind: 'settings', path: 'KmsKeyId', lane: 'delivery', ...unencrypted.impact },
        ...{ desired: unencrypted.desired, actual: null },
      },
      {
        ...{ kind: 'logging', path: 'IsLogging', lane: 'logging', ...stopped.impact },
        ...{ desired: true, actual: false },
      },
    ]);
  });

  test('says what could not be read, before or after the repair, each once', () => {
    const outcome = outcomeOf(
      [unread('denied'), ...found],
      [unread('denied'), unread('again', 'key')],
    );

    expect(episode(episodeOf(outcome))?.unread).toEqual([
      'tags could not be read: denied',
      'key could not be read: again',
    ]);
  });

  test('has what was read back and still differs, unless it is resolved', () => {
    const outcome = outcomeOf(found, [
      drifted('logging', stopped, stopped),
      unread('denied'),
      { kind: 'settings', status: 'unmanaged' },
    ]);
    const left = ['logging.IsLogging is false, must be true'];

    expect(episode(episodeOf(outcome))?.left).toEqual(left);
    expect(episode(episodeOf(outcome, resolved as Partial<Episode>))?.left).toEqual([]);
  });

  test('has each step of the repair, with the error of AWS if it failed', () => {
    const step = { kind: 'logging', action: 'StartLogging', input: {} };
    const failed = { error: 'AccessDenied', message: 'not authorized', remedy: null };
    const outcome = outcomeOf(
      found,
      [],
      [
        { ...step, status: 'applied' },
        { ...step, ...failed, status: 'failed', retryable: false },
      ],
    );

    expect(episode(episodeOf(outcome))?.repairs).toEqual([
      { kind: 'logging', action: 'StartLogging', status: 'applied', error: null },
      {
        ...{ kind: 'logging', action: 'StartLogging', status: 'failed' },
        error: 'AccessDenied: not authorized',
      },
    ]);
  });
});

test('an incident names its actors, because evidence is not an alert', () => {
  const retired = { by: 'arn:aws:iam::111122223333:user/alice', reason: 'moved' };

  expect(evidenceOf({ retired }).callToAction).toContain('alice');
});

test('a kind that the states of this baseline have is in a lane that the timeline draws', () => {
  const changes = Object.keys(states).map((kind) => drifted(kind, stopped));

  const lanes = episode(episodeOf(outcomeOf(changes, [])))?.changes.map(({ lane }) => lane);

  expect(new Set(lanes)).toEqual(new Set(['scope', 'delivery', 'logging', 'selectors', 'other']));
});
