import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Recoveries, RecoveryEvidence } from '#evidence/evidence.ts';
import {
  extentText,
  groupedReasons,
  recoveryOfGap,
  renderRecovery,
  signatureText,
} from '#evidence/recoveries.ts';
import { summaryLines, summaryOf } from '#evidence/summary.ts';
import { trail } from '../support/baseline.ts';
import { evidence, noRecoveries, window, withGaps } from '../support/evidence.ts';
import { incident } from '../support/incident.ts';

const start = Date.parse('2026-11-22T12:00:00.000Z');
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
const span = (from: number, to: number) => ({ from: at(from), to: at(to) });

/** A recovery of minutes, whose manifest was signed. */
const recovery = (
  intervals: readonly (readonly [number, number])[],
  more: Partial<RecoveryEvidence> = {},
): RecoveryEvidence => ({
  trail: trail.arn,
  intervals: intervals.map(([from, to]) => span(from, to)),
  ...{
    accounts: 3,
    regions: 2,
    recovered: 90,
    files: 4,
    folder: 's3://evidence/recovered/AWSLogs/',
  },
  finishedAt: at(60),
  ...{ manifest: `s3://evidence/${intervals.join('-')}.json`, sha256: 'ab', signedBy: 'cd' },
  ...{
    signatureProblem: null,
    missing: [],
    notCompared: [],
    unrecoverable: [],
    excludedByTrail: [],
  },
  ...more,
});

const refused = [{ account: '222233334444', region: 'us-east-1', reason: 'AccessDenied' }];

const extent = (from: number, to: number, ...found: readonly RecoveryEvidence[]) =>
  recoveryOfGap(span(from, to), trail.arn, { found, unread: [] }).extent;

describe('a gap is', () => {
  test('recovered if recoveries cover it together', () => {
    expect(extent(1, 4, recovery([[0, 5]]))).toBe('all');
    expect(extent(1, 9, recovery([[0, 5]]), recovery([[5, 10]]))).toBe('all');
    expect(
      extent(
        1,
        9,
        recovery([
          [0, 5],
          [5, 10],
        ]),
      ),
    ).toBe('all');
  });

  test('recovered in part if a time, an account or a Region is left', () => {
    expect(extent(1, 9, recovery([[0, 5]]))).toBe('some');
    // The end of a recovery does not belong to it, that of a gap does.
    expect(extent(1, 5, recovery([[0, 5]]))).toBe('some');
    expect(extent(1, 4, recovery([[0, 5]], { missing: refused }))).toBe('some');
  });

  test('not recovered by recoveries of another time or trail', () => {
    expect(extent(5, 9, recovery([[0, 5]]))).toBe('none');
    expect(extent(1, 4, recovery([[0, 5]], { trail: 'another' }))).toBe('none');
  });

  test('of unknown recovery if no manifest is trusted, or one cannot be read', () => {
    const untrusted = recovery([[0, 5]], {
      signedBy: null,
      signatureProblem: 'it has no signature',
    });
    const unread = { found: [], unread: ['AccessDenied'] };

    expect(extent(1, 4, untrusted)).toBe('unknown');
    expect(recoveryOfGap(span(1, 4), trail.arn, unread).extent).toBe('unknown');
    expect(extent(1, 4, untrusted, recovery([[0, 5]]))).toBe('all');
  });

  test('recovered exactly if each of its minutes is', () => {
    const minute = fc.nat({ max: 12 });
    const found = fc.array(
      fc
        .tuple(minute, minute)
        .map(([one, two]) => [Math.min(one, two), Math.max(one, two)] as const),
    );
    fc.assert(
      fc.property(minute, fc.nat({ max: 6 }), found, (from, length, intervals) => {
        const minutes = Array.from({ length: length + 1 }, (_, i) => from + i);
        const isIn = (one: number) => intervals.some(([first, end]) => one >= first && one < end);

        const all =
          extent(from, from + length, ...intervals.map((one) => recovery([one]))) === 'all';

        expect(all).toBe(minutes.every(isIn));
      }),
    );
  });

  test('linked to the manifests that are about it, trusted or not', () => {
    const given = [
      recovery([[0, 5]]),
      recovery([[5, 10]]),
      recovery([[2, 3]], { signatureProblem: 'x' }),
    ];

    const { manifests } = recoveryOfGap(span(1, 4), trail.arn, { found: given, unread: [] });

    expect(manifests).toEqual([given[0]?.manifest, given[2]?.manifest]);
  });
});

describe('the evidence of an incident', () => {
  const closed = withGaps({ ...incident, closedAt: '2026-11-22T12:10:08.000Z' });
  const trails = (recoveries: Recoveries) => [
    evidence([closed], {
      scope: { now: window.to, window, incident: null, unswept: [], recoveries },
    }),
  ];

  test('says of each gap how much was recovered', () => {
    const gapsOf = (recoveries: Recoveries) =>
      trails(recoveries).flatMap(({ incidents }) => incidents.flatMap(({ gaps }) => gaps));

    expect(gapsOf(noRecoveries).map((gap) => gap.recovery?.extent)).toEqual(['none']);
    const whole = { found: [recovery([[0, 15]])], unread: [] };
    expect(gapsOf(whole).map((gap) => gap.recovery?.extent)).toEqual(['all']);
  });

  test('no longer has a deadline once every gap is recovered', () => {
    const left = { trails: trails(noRecoveries) };
    const done = { trails: trails({ found: [recovery([[0, 15]])], unread: [] }) };

    expect(summaryOf(left)).toMatchObject({ recoverable: 1, recovered: 0 });
    expect(summaryOf(left).recoverableUntil).not.toBeNull();
    expect(summaryOf(done)).toMatchObject({ recoverable: 1, recovered: 1, recoverableUntil: null });
    expect(summaryLines(done)).toContain('Recovered from event history: 1 of 1 gaps.');
  });
});

test('each extent of a recovery has its own words', () => {
  const words = Object.values(extentText);

  expect(new Set(words).size).toBe(4);
  for (const one of words) expect(one).toMatch(/recovered/);
});

test('the signature of a manifest names the first 16 characters of its key', () => {
  const signed = recovery([], { signedBy: '0123456789abcdef0123' });

  expect(signatureText(signed)).toBe('signed by key 0123456789abcdef');
});

test('reasons are grouped, with the accounts and Regions that each holds for', () => {
  const place = (region: string) => ({ account: '222233334444', region, reason: 'AccessDenied' });

  expect(
    groupedReasons([
      place('us-east-1'),
      { ...place('us-east-1'), reason: 'x' },
      place('eu-west-1'),
    ]),
  ).toEqual(['us-east-1, eu-west-1 of 222233334444: AccessDenied', 'us-east-1 of 222233334444: x']);
  const many = Array.from({ length: 7 }, (_, i) => place(`region-${i}`));
  expect(groupedReasons(many)).toEqual([
    'region-0, region-1, region-2, region-3 and 3 more of 222233334444: AccessDenied',
  ]);
});

test('a recovery says where its files are, who signed its manifest, and what is not there', () => {
  const text = renderRecovery(
    recovery([[0, 5]], {
      ...{ missing: refused, notCompared: [{ ...refused[0], reason: 'KMS' }] as typeof refused },
      ...{
        signatureProblem: 'it has no signature',
        unrecoverable: ['data events'],
        excludedByTrail: ['read events'],
      },
    }),
  ).join('\n');

  expect(text).toContain('log files: 4, below s3://evidence/recovered/AWSLogs/');
  expect(text).toContain('manifest s3://evidence/0,5.json, not trusted: it has no signature');
  expect(text).toContain('missing: us-east-1 of 222233334444: AccessDenied');
  expect(text).toContain('not compared with the log of the trail: us-east-1 of 222233334444: KMS');
  expect(text).toContain('not recoverable: data events');
  expect(text).toContain('recovered, although the trail excludes them: read events');
});
