import { expect, test } from 'vitest';
import { renderBackfill } from '#backfill/render-report.ts';
import { trail } from '../support/baseline.ts';

test('a trail without changes is reported in its current state too', () => {
  const now = {
    found: [],
    left: [],
    applied: [],
    incident: null,
    problem: null,
    verdict: 'in-sync' as const,
  };
  const past = { calls: [], gaps: [], unknown: [], unexplained: [], hasUnread: false };
  const report = {
    from: '2026-11-22T10:00:00Z',
    to: '2026-11-22T12:00:00Z',
    mode: 'observe' as const,
    mayGrow: false,
    trails: [{ trail: trail.arn, version: 1, ...past, now }],
  };

  const unread = { ...report, trails: report.trails.map((one) => ({ ...one, hasUnread: true })) };
  expect(renderBackfill(unread)).toContain(
    'whether anything is missing from the record is not known',
  );
  expect(renderBackfill(report)).toEqual([
    'What was done to one trail from 2026-11-22T10:00:00Z to 2026-11-22T12:00:00Z',
    '',
    `${trail.arn}, version 1 of its baseline`,
    'no calls',
    'nothing is missing from the record, as far as is known',
    'now: in-sync',
  ]);
});
