import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import { contentOf, replyOf } from '#alert/channels/slack-blocks.ts';
import { escapeMrkdwn, notificationOf, textMessageOf } from '#alert/channels/slack-text.ts';
import { severities } from '#drift/impact.ts';
import type { CallEffect, Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { recordIn } from '#incident/incident-records.ts';
import { type IncidentState, transitions } from '#incident/lifecycle/states.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { Sample } from '#sandbox/preview/sample-parts.ts';
import { samples } from '#sandbox/preview/samples.ts';
import { blocksError } from '#sandbox/slack/blocks.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import {
  cause,
  drifted,
  driftOf,
  episodeOf,
  incident,
  outcomeOf,
  stopped,
} from '../support/incident.ts';
import { options } from '../support/incident-alerts.ts';
import { runs } from '../support/property-runs.ts';

/** Text that would act on Slack, a terminal or a browser, and any other text. */
const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here|here>',
    '<@U012AB3CD>',
    '<https://evil.example|click>',
    'https://evil.example/fix',
    '*bold* _it_ ~no~ `code` ```block```',
    '\u202egnp.exe\u2066',
    'one\ntwo\r\n\tthree\u0000\u001b[31m',
    '&lt;!channel&gt;',
    ':skull:',
    '\ud800',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 5000 }),
);

const causes: fc.Arbitrary<ApiCall> = fc
  .record({
    eventName: hostile,
    at: fc.oneof(fc.constantFrom(null, '2026-11-22T12:00:00Z'), hostile),
    region: hostile,
    eventId: fc.oneof(fc.constant(null), hostile),
    sourceIp: fc.oneof(fc.constant(null), hostile),
    userAgent: fc.oneof(fc.constant(null), hostile),
    via: fc.oneof(fc.constant(null), hostile),
    error: fc.oneof(fc.constant(null), fc.record({ code: hostile, message: hostile })),
    name: hostile,
    type: hostile,
    issuer: fc.oneof(fc.constant(null), hostile),
  })
  .map(({ name, type, issuer, ...fields }) => ({
    ...cause,
    ...fields,
    principal: { ...cause.principal, name, type, issuer },
  }));

const values = fc.oneof(fc.constant(null), fc.boolean(), hostile, fc.array(hostile));
const drifts = fc
  .record({
    path: hostile,
    desired: values,
    actual: values,
    impact: fc.record({
      description: hostile,
      severity: fc.constantFrom(...severities),
      losesCoverage: fc.boolean(),
    }),
  })
  .map(({ path, desired, actual, impact }) => driftOf(path, desired, actual, impact));

const suppressions: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom({}, { suppressed: { by: 'backoff' } }),
  fc.record({ window: hostile, requestedBy: hostile }).map((window) => ({
    suppressed: { by: 'maintenance-window', until: '2026-11-22T18:00:00Z', ...window },
  })),
);

const effects = fc.constantFrom<CallEffect>('caused', 'related', 'reverted', 'failed');
const states = Object.keys(transitions).filter((state) => state !== 'none') as IncidentState[];

const incidents: fc.Arbitrary<Incident> = fc
  .record({
    id: hostile,
    trail: fc.constantFrom(trail.arn, trail.arn.replace('main', 'x'.repeat(128))),
    state: fc.constantFrom(...states),
    cause: fc.oneof(fc.constant(null), causes),
    calls: fc.array(fc.record({ call: causes, effect: effects }), { maxLength: 20 }),
    callCount: fc.nat(5000),
    episodeCount: fc.nat(5000),
    reminders: fc.nat(3),
    flapping: fc.boolean(),
    baselineError: fc.oneof(fc.constant(null), hostile),
    closedAt: fc.constantFrom(null, '2026-11-22T12:10:07.902Z'),
    found: fc.array(drifts, { maxLength: 200 }),
    suppression: suppressions,
    error: hostile,
  })
  .map(({ found, suppression, error, ...changes }) => {
    const failed = {
      kind: 'settings',
      action: 'UpdateTrail',
      input: {},
      status: 'failed',
      error,
      message: error,
      remedy: null,
      retryable: false,
    } as const;
    const findings = [{ ...drifted('settings', ...found), ...suppression } as Finding];
    const unknown = { kind: 'tags', status: 'unknown', reason: error, retryable: true } as const;
    const outcome = outcomeOf(findings, [...findings, unknown], [failed]);
    return { ...incident, ...changes, episodes: [episodeOf(outcome, { trigger: changes.cause })] };
  });

/** Every text of a message. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const acting = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

function check(alert: Alert): void {
  const blocks = contentOf(alert);

  expect(blocksError(blocks)).toBeNull();
  expect(blocksError(replyOf(alert))).toBeNull();
  expect(JSON.stringify(blocks)).not.toContain('mrkdwn');
  expect(textsIn(blocks).join('').length).toBeLessThan(15_000);
  for (const text of textsIn(blocks)) expect(text.replaceAll('\n', '')).not.toMatch(acting);
  for (const { url } of linksIn(blocks)) {
    expect(url).toMatch(
      /^https:\/\/(?:wiki\.example|(?:eu-central-1|us-east-1)\.console\.aws\.amazon)\.com\//,
    );
  }
  const whole = textMessageOf(alert);
  for (const { url } of alert.links) expect(whole).toContain(url);
  const withoutOurs = alert.links.reduce((text, { url }) => text.replace(url, ''), whole);
  for (const text of [notificationOf(alert), withoutOurs]) {
    expect(text).not.toMatch(/[<>`]|[*~]\S|(?<![\p{L}\p{N}])_\S|:\/\//u);
    expect(text.replaceAll('\n', '')).not.toMatch(acting);
  }
}

const linksIn = (value: unknown): { readonly url: string }[] => {
  if (typeof value !== 'object' || value === null) return [];
  return 'url' in value
    ? [value as { readonly url: string }]
    : Object.values(value).flatMap(linksIn);
};

const alertOfIncident = (stored: Incident) => alertOf({ incident: stored }, options);

describe('text of an attacker', () => {
  test('keeps an incident within the limits of Slack, and has no effect', () => {
    fc.assert(
      fc.property(incidents, (stored) => check(alertOf(asStored(stored), options))),
      { numRuns: runs(60) },
    );
  });

  test('keeps a change of trailkeeper within the limits of Slack, and has no effect', () => {
    const tamperings = fc.record({
      id: hostile,
      at: fc.constant('2026-11-22T12:00:00Z'),
      cause: fc.oneof(fc.constant(null), causes),
      faults: fc.array(hostile, { maxLength: 300 }),
    });

    fc.assert(
      fc.property(tamperings, (tampering) =>
        check(alertOf({ tampering: truncateForStorage(tampering) }, options)),
      ),
      { numRuns: runs(60) },
    );
  });

  test('is shown as it is in blocks', () => {
    const name = '<!channel> *bold* `code`';
    const stored = { ...incident, cause: { ...cause, principal: { ...cause.principal, name } } };

    expect(textsIn(contentOf(alertOfIncident(stored))).join('')).toContain(name);
  });

  test.each([
    ['*bold*', '* bold*'],
    ['_it_ ~no~', '_ it_ ~ no~'],
    ['`code`', "'code'"],
    ['<!channel> & co', '&lt;!channel&gt; &amp; co'],
    ['https://evil.example/fix', 'https: //evil.example/fix'],
    ['mailto:me@evil.example', 'mailto: me@evil.example'],
    ['org_trail of my_bucket, every 5 * 2', 'org_trail of my_bucket, every 5 * 2'],
  ])('is escaped outside of blocks: %j', (text, shown) => {
    expect(escapeMrkdwn(text)).toBe(shown);
  });
});

/** An incident as it is read from its row. */
const asStored = (stored: Incident): IncidentRecord =>
  recordIn({ incident: JSON.stringify(truncateForStorage(stored)) }) as IncidentRecord;

const sampleOf = (label: string): IncidentRecord => {
  const { record } = samples.find((sample) => sample.label === label) as Sample;
  return record;
};

test('a reply has the worst impact, what to do, and the actor', () => {
  const alert = alertOf(sampleOf('failed'), options);
  const texts = textsIn(replyOf(alert)).join('\n');

  expect(texts).toContain(alert.impacts.lines[0]);
  expect(texts).toContain('Give the bucket back');
  expect(texts).toContain('mallory');
});

test('a long list ends in how many lines are missing', () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ ...stopped, path: `Field${i}` }));
  const episodes = [episodeOf(outcomeOf([drifted('settings', ...many)], []))];

  expect(textsIn(contentOf(alertOfIncident({ ...incident, episodes }))).join('\n')).toMatch(
    /\n… and \d+ more lines/,
  );
});

test('every state has a sample, and Slack accepts each', () => {
  for (const { record } of samples) check(alertOf(record, { ...options, omitActors: true }));

  const shown = samples.flatMap(({ record }) =>
    'incident' in record ? record.incident.state : [],
  );
  expect(new Set(shown)).toEqual(new Set(states));
});

test('the end of a title, which says what happened, is shown however long the name is', () => {
  const longest = alertOf(sampleOf('as long as it gets'), options);

  expect(textsIn(contentOf(longest)).join('\n')).toMatch(
    /^🔴 Reminder: organization-.* is NOT restored$/m,
  );
});

test('what to do comes before who did it', () => {
  const texts = textsIn(contentOf(alertOf(sampleOf('failed'), options)));

  const todo = texts.findIndex((text) => text.includes('Give the bucket back'));
  expect(todo).toBeGreaterThan(0);
  expect(todo).toBeLessThan(texts.findIndex((text) => text.includes('mallory')));
});

test('the bar has the color of the severity, and is green once the trail is restored', () => {
  const colorOf = (label: string, severity: Incident['severity']) => {
    const { incident: stored } = sampleOf(label) as { incident: Incident };
    return contentOf(alertOfIncident({ ...stored, severity })).attachments[0]?.color;
  };
  const open = severities.map((severity) => colorOf('failed', severity));

  expect(new Set(open).size).toBe(severities.length);
  expect(open).not.toContain(colorOf('restored', 'critical'));
  expect(colorOf('restored', 'critical')).toBe(colorOf('restored', 'low'));
});

test('each command is a separate code block, above the attachment', () => {
  const alert = alertOf(sampleOf('drifted'), options);
  const { blocks } = contentOf(alert);

  expect(alert.commands.length).toBeGreaterThan(1);
  for (const { value } of alert.commands) {
    const code = { type: 'rich_text_preformatted', elements: [{ type: 'text', text: value }] };
    expect(blocks).toContainEqual(
      expect.objectContaining({ elements: expect.arrayContaining([code]) }),
    );
  }
});

test('what differs from the baseline comes before who changed it', () => {
  const [first] = samples as [Sample];
  const text = JSON.stringify(contentOf(alertOf(first.record, options)));

  expect(text.indexOf('logging.IsLogging')).toBeGreaterThan(-1);
  expect(text.indexOf('logging.IsLogging')).toBeLessThan(text.indexOf('198.51.100.23'));
});
