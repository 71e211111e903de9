import { describe, expect, test } from 'vitest';
import { windowsIn } from '#evidence/window-evidence.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { trail } from '../support/baseline.ts';

const range = { from: '2026-11-22T11:00:00.000Z', to: '2026-11-22T13:00:00.000Z' };

const planned: MaintenanceWindow = {
  ...{ schema: 1, id: 'retag', trail: trail.arn, kinds: ['tags'], by: 'alice', reason: 'new tags' },
  ...{ from: '2026-11-22T11:30:00.000Z', until: '2026-11-22T12:30:00.000Z' },
};

/** The evidence of a window, of at most two hours. */
function evidenceOf(more: Partial<MaintenanceWindow>, ended: string | null = null) {
  const window = { ...planned, ...more };
  const end = ended === null ? null : { at: ended, by: 'bob', reason: 'done' };
  return windowsIn([{ window, signedBy: 'key-1', ended: end }], range, 2);
}

describe('the maintenance windows of a time', () => {
  test('say what was planned, by whom and until when', () => {
    const { id, kinds, from, until, by, reason } = planned;

    expect(evidenceOf({})).toEqual([
      { id, kinds, from, until, by, reason, signedBy: 'key-1', ended: null },
    ]);
  });

  test('end when someone ended them early, or else as planned, after the longest time', () => {
    const early = '2026-11-22T12:00:00.000Z';
    const late = '2026-11-22T12:45:00.000Z';

    expect(evidenceOf({}, early)).toMatchObject([{ until: early, ended: { by: 'bob' } }]);
    expect(evidenceOf({}, late)).toMatchObject([{ until: planned.until, ended: { by: 'bob' } }]);
    expect(evidenceOf({ until: '2026-11-22T20:00:00.000Z' })).toMatchObject([
      { until: '2026-11-22T13:30:00.000Z' },
    ]);
  });

  test.each([
    ['2026-11-22T10:00:00.000Z', range.from, 1],
    ['2026-11-22T10:00:00.000Z', '2026-11-22T10:59:59.999Z', 0],
    [range.to, '2026-11-22T14:00:00.000Z', 1],
    ['2026-11-22T13:00:00.001Z', '2026-11-22T14:00:00.000Z', 0],
    ['2026-11-22T10:30:00.000Z', '2026-11-22T12:00:00.000Z', 1],
  ])('include one from %s until %s: %i', (from, until, count) => {
    expect(evidenceOf({ from, until })).toHaveLength(count);
  });

  test('include each row that is no valid window, whenever it would be', () => {
    const invalid = { key: 'x', error: new Error('not signed') as never, until: null };

    expect(windowsIn([invalid], range, 2)).toEqual([{ key: 'x', problem: 'not signed' }]);
  });
});
