import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Impact } from '#drift/impact.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import {
  renderChange,
  renderFinding,
  renderImpacts,
  renderPlan,
  renderRevision,
  renderValue,
} from '#reconcile/render-plan.ts';
import type { Change } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { settings, trail } from '../support/baseline.ts';

// Unicode's own classes: control characters, the marks that change the writing direction, the
// separators that begin a line; and what is not seen at all.
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const attacks = [
  '\u0000',
  '\n',
  '\r',
  '\t',
  '\u001b[2J',
  '\u007f',
  '\u0085',
  '\u009b2J',
  '\u061c',
  '\u200b',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202e',
  '\u2060',
  '\u2066',
  '\u2069',
  '\ufeff',
  '\u00ad',
  '\u{e0041}',
];
const hostile = fc.string({
  unit: fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: 'binary', maxLength: 3 })),
});

const driftOf = (change: Change, impact: Partial<Impact> = {}): Drift => ({
  ...change,
  impact: { description: 'it is worse', severity: 'medium', losesCoverage: false, ...impact },
  treatment: 'restore',
});

describe('text from an attacker', () => {
  test.each(attacks)('is escaped: %j', (attack) => {
    expect(escapeControlChars(`a${attack}b`)).not.toMatch(harmful);
    expect(renderValue(`a${attack}b`)).not.toMatch(harmful);
  });

  test('is never printed raw, as text or value', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(escapeControlChars(text)).not.toMatch(harmful);
        expect(renderValue(text)).not.toMatch(harmful);
        expect(renderValue([{ [text]: text }])).not.toMatch(harmful);
      }),
    );
  });

  test('is never printed raw in a change or a finding, each of them one line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const change = driftOf({ path: 'S3KeyPrefix', desired: null, actual: text });
        const findings: Finding[] = [
          { kind: 'settings', status: 'drifted', changes: [change], steps: [] },
          { kind: 'settings', status: 'unknown', reason: text, retryable: false },
        ];

        expect(renderChange('settings', change)).not.toMatch(harmful);
        for (const finding of findings) {
          const lines = renderFinding(finding);
          expect(lines).toHaveLength(1);
          expect(lines.join('')).not.toMatch(harmful);
        }
      }),
    );
  });

  test('is complete: the value can be read back from its line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(JSON.parse(renderValue(text))).toBe(text);
      }),
    );
  });

  test('cannot pretend to be the rest of the line', () => {
    const change = { path: 'S3KeyPrefix', desired: 'org', actual: '", must be "evil' };

    expect(renderChange('settings', change)).toBe(
      'settings.S3KeyPrefix is "\\", must be \\"evil", must be "org"',
    );
  });

  test.each(['Zürich', '日本', '🔑', 'naïve café', 'a b', 'שלום'])(
    'stays readable if it is harmless: %s',
    (text) => {
      expect(escapeControlChars(text)).toBe(text);
      expect(renderValue(text)).toBe(`"${text}"`);
    },
  );

  test.each([
    ['\u001b[2Jgone', '\\u001b[2Jgone'],
    ['one\ntwo', 'one\\u000atwo'],
    ['gpj.\u202eexe', 'gpj.\\u202eexe'],
    ['a\u2028b', 'a\\u2028b'],
  ])('shows what was escaped: %j', (text, shown) => {
    expect(escapeControlChars(text)).toBe(shown);
  });
});

describe('a change reads', () => {
  test.each([
    ['S3KeyPrefix', null, 'evil', 'settings.S3KeyPrefix is "evil", must be absent'],
    ['S3KeyPrefix', 'org', null, 'settings.S3KeyPrefix is absent, must be "org"'],
    ['S3BucketName', 'ours', 'theirs', 'settings.S3BucketName is "theirs", must be "ours"'],
    ['IsMultiRegionTrail', true, false, 'settings.IsMultiRegionTrail is false, must be true'],
    ['Names', ['a'], [], 'settings.Names lacks "a"'],
    ['Names', [], ['b', 'c'], 'settings.Names must not have "b", "c"'],
    ['Names', ['a', 'b'], ['b', 'c'], 'settings.Names lacks "a" and must not have "c"'],
    ['Names', null, ['b'], 'settings.Names is ["b"], must be absent'],
    ['Names', ['b'], null, 'settings.Names is absent, must be ["b"]'],
    ['a.b', 1, { c: null }, 'settings.a.b is {"c":null}, must be 1'],
  ])('of %s from %j to %j', (path, desired, actual, line) => {
    expect(renderChange('settings', { path, desired, actual })).toBe(line);
  });

  test('of a deleted trail', () => {
    expect(renderChange('settings', { path: '', desired: settings, actual: null })).toBe(
      'the trail does not exist',
    );
  });

  test('of a whole state', () => {
    expect(renderChange('tags', { path: '', desired: null, actual: ['a'] })).toBe(
      'tags is ["a"], must be absent',
    );
  });
});

describe('a finding reads', () => {
  test('as nothing if it is in sync', () => {
    expect(renderFinding({ kind: 'settings', status: 'in-sync' })).toStrictEqual([]);
  });

  test('as not protected if the baseline does not have the kind', () => {
    expect(renderFinding({ kind: 'settings', status: 'unmanaged' })).toStrictEqual([
      'settings is not in the baseline, so it is not protected: capture the trail again',
    ]);
  });

  test('with its reason if the trail cannot be read', () => {
    const finding: Finding = {
      kind: 'logging',
      status: 'unknown',
      reason: 'AccessDenied: no',
      retryable: false,
    };

    expect(renderFinding(finding)).toStrictEqual(['logging could not be read: AccessDenied: no']);
  });

  test('as one line for each change, in order', () => {
    const finding: Finding = {
      kind: 'settings',
      status: 'drifted',
      changes: [
        driftOf({ path: 'S3BucketName', desired: 'ours', actual: 'theirs' }),
        driftOf({ path: 'KmsKeyId', desired: null, actual: 'k' }),
      ],
      steps: [],
    };

    expect(renderFinding(finding)).toStrictEqual([
      'settings.S3BucketName is "theirs", must be "ours"',
      'settings.KmsKeyId is "k", must be absent',
    ]);
  });
});

describe('the impact of a plan', () => {
  const change = { path: 'a', desired: 1, actual: 2 };
  const planOf = (...impacts: Partial<Impact>[]) => ({
    trail: trail.arn,
    version: 1,
    findings: [
      { kind: 'logging', status: 'in-sync' } as const,
      ...impacts.map((impact) => ({
        kind: 'settings',
        status: 'drifted' as const,
        changes: [driftOf(change, impact)],
        steps: [],
      })),
    ],
  });

  test('is listed in description, worst first', () => {
    const plan = planOf(
      { description: 'labels are off', severity: 'low' },
      { description: 'events are lost', severity: 'high' },
      { description: 'nothing is recorded', severity: 'critical' },
      { description: 'no one is notified', severity: 'medium' },
    );

    expect(renderImpacts(plan)).toStrictEqual([
      'critical: nothing is recorded',
      'high: events are lost',
      'medium: no one is notified',
      'low: labels are off',
    ]);
  });

  test('is listed once if several changes have the same', () => {
    const description = 'nothing is recorded';

    expect(renderImpacts(planOf({ description }, { description }))).toHaveLength(1);
  });

  test('is escaped', () => {
    expect(renderImpacts(planOf({ description: 'the bucket \u202egpj' })).join('')).not.toMatch(
      harmful,
    );
  });

  test('is empty if nothing drifted', () => {
    expect(renderImpacts(planOf())).toStrictEqual([]);
  });
});

test('a value that is too long is truncated with an ellipsis', () => {
  const line = renderValue('a'.repeat(100_000));

  expect(line.length).toBeLessThan(2000);
  expect(line).toMatch(/a…$/);
});

test.each<[string, Change['desired'], Change['actual'], string]>([
  ['settings.S3KeyPrefix', null, 'x', 'settings.S3KeyPrefix is "x", was absent'],
  ['bucket.Versioning', null, 'Enabled', 'bucket.Versioning is "Enabled", was not captured'],
  ['bucket', { Versioning: 'Off' }, null, 'bucket is not captured, was {"Versioning":"Off"}'],
  ['settings.Bucket\n', null, 7, 'settings.Bucket\\u000a is 7, was absent'],
])('a change of %j between two versions of a baseline says both', (path, desired, actual, line) => {
  expect(renderRevision({ path, desired, actual })).toBe(line);
});

test('a plan reads as its findings, each line once', () => {
  const gone = driftOf({ path: '', desired: settings, actual: null });
  const findings: Finding[] = ['settings', 'logging'].map((kind) => ({
    kind,
    status: 'drifted',
    changes: [gone],
    steps: [],
  }));
  const unread: Finding = { kind: 'tags', status: 'unknown', reason: 'no', retryable: false };

  expect(renderPlan({ findings: [...findings, unread] })).toStrictEqual([
    'the trail does not exist',
    'tags could not be read: no',
  ]);
});
