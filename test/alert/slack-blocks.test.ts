import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Alert, alertOf, tamperingAlertOf } from '#alert/alert.ts';
import { blocksOf, newsBlocksOf } from '#alert/channels/slack-blocks.ts';
import { escapeMrkdwn, inertTextOf, notificationOf } from '#alert/channels/slack-text.ts';
import type { Severity } from '#drift/impact.ts';
import type { Incident, IncidentStatus } from '#incident/incident.ts';
import type { Finding } from '#reconcile/plan.ts';
import { samples } from '#sandbox/preview/samples.ts';
import { problemOf } from '#sandbox/slack/blocks.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import { cause, drifted, driftOf, incident, outcomeOf, stopped } from '../support/incident.ts';
import { runs } from '../support/property-runs.ts';

const logs = { region: 'eu-central-1', groups: ['Sweep', 'Remediate'] };

/** What acts on somebody in Slack, a terminal or a browser, and whatever else. */
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
  .map(({ name, type, issuer, ...told }) => ({
    ...cause,
    ...told,
    principal: { ...cause.principal, name, type, issuer },
  }));

const values = fc.oneof(fc.constant(null), fc.boolean(), hostile, fc.array(hostile));
const drifts = fc
  .record({
    path: hostile,
    desired: values,
    actual: values,
    impact: fc.record({
      words: hostile,
      severity: fc.constantFrom<Severity>('critical', 'high', 'medium', 'low'),
      losesCoverage: fc.boolean(),
    }),
  })
  .map(({ path, desired, actual, impact }) => driftOf(path, desired, actual, impact));

const withheld: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom({}, { withheld: { by: 'pace' } }, { withheld: { by: 'gate' } }),
  fc
    .record({ hold: hostile, askedBy: hostile })
    .map((hold) => ({ withheld: { by: 'hold', until: '2026-11-22T18:00:00Z', ...hold } })),
);

const statuses = samples.flatMap((one) => ('incident' in one ? [one.incident.status] : []));

const incidents: fc.Arbitrary<Incident> = fc
  .record({
    id: hostile,
    trail: fc.constantFrom(trail.arn, trail.arn.replace('main', 'x'.repeat(128))),
    status: fc.constantFrom<IncidentStatus>(...statuses),
    cause: fc.oneof(fc.constant(null), causes),
    also: fc.array(causes, { maxLength: 20 }),
    count: fc.nat(5000),
    reminders: fc.nat(3),
    problem: hostile,
    endedAt: fc.constantFrom(null, '2026-11-22T12:00:07.902Z'),
    found: fc.array(drifts, { maxLength: 200 }),
    kept: withheld,
    error: hostile,
  })
  .map(({ found, kept, error, ...changes }) => {
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
    const findings = [{ ...drifted('settings', ...found), ...kept } as Finding];
    const unknown = { kind: 'tags', status: 'unknown', reason: error, retryable: true } as const;
    return {
      ...incident,
      ...changes,
      outcome: outcomeOf(findings, [...findings, unknown], [failed]),
    };
  });

/** All texts in what is sent, whatever they are for. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const acting = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

function check(alert: Alert): void {
  const blocks = blocksOf(alert);

  expect(problemOf(blocks)).toBeNull();
  expect(problemOf(newsBlocksOf(alert))).toBeNull();
  expect(JSON.stringify(blocks)).not.toContain('mrkdwn');
  expect(textsIn(blocks).join('').length).toBeLessThan(15_000);
  for (const text of textsIn(blocks)) expect(text.replaceAll('\n', '')).not.toMatch(acting);
  for (const { url } of linksIn(blocks)) {
    expect(url).toMatch(/^https:\/\/eu-central-1\.console\.aws\.amazon\.com\//);
  }
  const whole = inertTextOf(alert);
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

describe('whatever somebody hostile wrote', () => {
  test('the blocks of an incident keep to the limits of Slack, and act on nobody', () => {
    fc.assert(
      fc.property(incidents, (told) => check(alertOf(truncateForStorage(told), logs))),
      { numRuns: runs(60) },
    );
  });

  test('so do those of a tampering', () => {
    const tamperings = fc.record({
      id: hostile,
      at: fc.constant('2026-11-22T12:00:00Z'),
      cause: fc.oneof(fc.constant(null), causes),
      faults: fc.array(hostile, { maxLength: 300 }),
    });

    fc.assert(
      fc.property(tamperings, (told) => check(tamperingAlertOf(truncateForStorage(told), logs))),
      { numRuns: runs(60) },
    );
  });

  test('is shown, as it is, where it acts on nothing', () => {
    const name = '<!channel> *bold* `code`';
    const told = { ...incident, cause: { ...cause, principal: { ...cause.principal, name } } };

    expect(textsIn(blocksOf(alertOf(told, logs))).join('')).toContain(name);
  });
});

test.each([
  ['*bold*', '* bold*'],
  ['_it_ ~no~', '_ it_ ~ no~'],
  ['`code`', "'code'"],
  ['<!channel> & co', '&lt;!channel&gt; &amp; co'],
  ['https://evil.example/fix', 'https: //evil.example/fix'],
  ['mailto:me@evil.example', 'mailto: me@evil.example'],
  ['org_trail of my_bucket, every 5 * 2', 'org_trail of my_bucket, every 5 * 2'],
])('outside of blocks %j acts on nothing', (text, shown) => {
  expect(escapeMrkdwn(text)).toBe(shown);
});

test('what is new is told in a reply with the gravest that it costs, and what to do about it', () => {
  const failing = samples.find((one) => 'incident' in one && one.incident.status === 'failed');
  const told = failing && 'incident' in failing ? failing.incident : incident;
  const alert = alertOf(told, logs);
  const texts = textsIn(newsBlocksOf(alert)).join('\n');

  expect(texts).toContain(alert.impacts[0]);
  expect(texts).toContain('Give the bucket back');
  expect(texts).toContain('mallory');
});

test('a long diff ends in how many lines are missing', () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ ...stopped, path: `Field${i}` }));
  const outcome = outcomeOf([drifted('settings', ...many)], []);

  expect(textsIn(blocksOf(alertOf({ ...incident, outcome }, logs))).join('\n')).toMatch(
    /\n… and \d+ more lines/,
  );
});

test('every status has a sample, and each is a message that Slack takes', () => {
  for (const sample of samples) {
    check(
      'incident' in sample
        ? alertOf({ ...sample.incident, cause: null }, logs)
        : tamperingAlertOf({ ...sample.tampering, cause: null }, logs),
    );
  }
  expect(new Set(statuses).size).toBe(16);
});

test('what is to be done stands before who did it', () => {
  const failing = samples.find((one) => 'incident' in one && one.incident.status === 'failed');
  const told = failing && 'incident' in failing ? failing.incident : incident;
  const texts = textsIn(blocksOf(alertOf(told, logs)));

  const todo = texts.findIndex((text) => text.includes('Give the bucket back'));
  expect(todo).toBeGreaterThan(0);
  expect(todo).toBeLessThan(texts.findIndex((text) => text.includes('mallory')));
});
