import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Evidence, evidence } from '#evidence/evidence.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { sampleDays, sampleIncidents } from '#sandbox/preview/sample-incidents.ts';

const hour = { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:00:00.000Z' };
const lack = { account: '111122223333', region: 'us-east-1', reason: 'AccessDenied' };

/** A report in which nothing is empty. */
function filled(): Evidence {
  const sample = sampleEvidence(sampleIncidents, sampleDays);
  const [trail] = sample.trails;
  const [incident] = trail?.incidents ?? [];
  const cause = incident?.cause ?? null;
  const record = incident?.record;
  if (trail === undefined || record === undefined || cause === null) throw new Error('no cause');
  if (trail.baseline === null || 'problem' in trail.baseline) throw new Error('no baseline');
  const { faults: _, ...version } = trail.baseline;
  const share = { milliseconds: 3_600_000, percent: 4.2 };
  const ended = { at: hour.to, by: 'alice', reason: 'done' };
  return {
    ...sample,
    incident: record.sk,
    trails: [
      {
        ...{ ...trail, versions: [version] },
        coverage: {
          ...{ problem: null, recorded: share },
          missing: { ...share, ranges: [hour] },
          unknown: { ...share, ranges: [{ ...hour, reason: 'no check' }] },
        },
        windows: [
          ...trail.windows.map((one) => ({ ...one, ended })),
          { key: 'window#1', problem: 'it cannot be read' },
        ],
        unreadable: ['row 1'],
      },
      { ...trail, baseline: { problem: 'it cannot be verified' } },
    ],
    tampering: [
      {
        ...{ id: 'one', at: hour.from, severity: 'critical', title: 'a rule was removed' },
        ...{ cause, details: ['DeleteRule'], record },
      },
    ],
    recoveries: {
      found: sample.recoveries.found.map((one) => ({
        ...{ ...one, missing: [lack], notCompared: [lack] },
      })),
      unread: ['a manifest'],
    },
  };
}

/** The objects of a value at any depth, with their paths, but not those in canonical states. */
function objectsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (['desired', 'actual'].includes(path.at(-1) ?? '')) return [];
  return [
    ...(Array.isArray(value) ? [] : [path]),
    ...Object.entries(value).flatMap(([key, one]) => objectsIn(one, [...path, key])),
  ];
}

type Fields = Record<string, unknown>;

const at = (value: unknown, path: readonly string[]): Fields =>
  path.reduce((one, key) => one[key] as Fields, value as Fields);

/** Whether the report is still valid once its fields at a path, with * for any item, are replaced. */
function isValidWith(path: string, fields: Fields): boolean {
  const report = structuredClone(filled());
  const pattern = new RegExp(`^${path.replaceAll('*', '\\d+')}$`);
  const found = objectsIn(report).filter((one) => pattern.test(one.join('.')));
  if (found.length === 0) throw new Error(`the report has no ${path}`);
  for (const one of found) Object.assign(at(report, one), fields);
  return evidence.safeParse(report).success;
}

describe('the schema of a report', () => {
  test('describes a whole report, and keeps all of it', () => {
    expect(evidence.parse(filled())).toEqual(filled());
  });

  test('names every field: one that it does not know is refused at any depth', () => {
    const places = new Set(
      objectsIn(filled()).map((path) => path.join('.').replaceAll(/\d+/g, '*')),
    );
    for (const path of places) {
      expect([path, isValidWith(path, { surprise: true })]).toEqual([path, false]);
    }
  });

  const window = 'trails.*.windows.0';
  const episode = 'trails.*.incidents.*.episodes.*';

  test.each<[string, string, readonly unknown[], readonly unknown[]]>([
    ['trails.*.versions.*', 'type', ['baseline', 'retirement'], ['', 'draft']],
    ['trails.*.versions.*', 'version', [0, 7], [-1, 0.5]],
    ['trails.*.coverage.recorded', 'percent', [0, 99.99, 100], [-0.01, 100.01]],
    [`${episode}`, 'resolution', ['restored', 'accepted', 'external', null], ['', 'lost']],
    [`${episode}`, 'detectedAt', [hour.from], ['yesterday']],
    [`${episode}.repairs.*`, 'status', ['applied', 'failed'], ['', 'skipped']],
    [`${episode}.changes.*`, 'lane', ['logging', 'other'], ['', 'trail']],
    ['trails.*.incidents.*.gaps.*', 'recovery', [null], [{}, 'all']],
    [window, 'ended', [null], [{}]],
    ['recoveries.found.*', 'signedBy', [null, 'key'], [1]],
  ])('%s.%s is one of the known values', (path, field, valid, invalid) => {
    const accepted = (value: unknown) => isValidWith(path, { [field]: value });

    expect(valid.map(accepted)).toEqual(valid.map(() => true));
    expect(invalid.map(accepted)).toEqual(invalid.map(() => false));
  });

  test.each(['all', 'some', 'none', 'unknown'])(
    'a gap may be recovered to the extent %s',
    (extent) => {
      const recovery = { extent, manifests: ['s3://bucket/manifest.json'] };

      expect(isValidWith('trails.*.incidents.*.gaps.*', { recovery })).toBe(true);
    },
  );

  test('describes fields in sentences', () => {
    const published = JSON.stringify(z.toJSONSchema(evidence), null, 1);
    const descriptions = [...published.matchAll(/^ *"description": (".*"),?$/gm)];

    expect(descriptions.length).toBeGreaterThan(10);
    for (const [, sentence] of descriptions) expect(JSON.parse(sentence ?? '')).toMatch(/^\S.*\.$/);
  });
});
