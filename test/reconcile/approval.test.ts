import { describe, expect, test } from 'vitest';
import type { Policy, Treatment } from '#baseline/policy.ts';
import { type Approval, isPending } from '#reconcile/approval.ts';
import { changeKey } from '#reconcile/change-key.ts';
import { findingOf } from '#reconcile/plan.ts';
import { trail } from '../support/baseline.ts';

/** A wall has a color, and loses events if it is black; its two lamps are written together. */
const wall = {
  name: 'wall',
  coupledFields: [['left', 'right']],
  impact: (_change: unknown, _desired: object, actual: object) => ({
    description: 'it is painted',
    severity: 'low' as const,
    losesCoverage: Reflect.get(actual, 'color') === 'black',
  }),
  repair: (input: object) => [{ action: 'Paint', input }],
};
const desired = { color: 'red', left: 'on', right: 'on' };

const changeOf = (path: string, actual: string) => ({
  path,
  desired: Reflect.get(desired, path),
  actual,
});
const approval = (path: string, actual: string, more: Partial<Approval> = {}): Approval => ({
  id: 'one',
  changes: [{ key: changeKey('wall', changeOf(path, actual)), kind: 'wall', path }],
  requestedAt: '2026-11-22T10:00:00.000Z',
  until: '2026-11-22T11:00:00.000Z',
  otherwise: 'restore',
  decision: null,
  endedAt: null,
  ...more,
});
const decided = (treatment: 'restore' | 'alert') => ({
  decision: { treatment, at: '2026-11-22T10:30:00.000Z', by: 'alice', via: null, reason: null },
});

function found(
  actual: object,
  approvals: readonly Approval[] = [],
  policy: Policy = { wall: 'approve' },
  now = '2026-11-22T10:59:59.999Z',
) {
  const finding = findingOf(
    wall,
    { states: { wall: desired }, policy },
    { status: 'observed', state: { ...desired, ...actual } },
    trail,
    { approvals, now: new Date(now) },
  );
  if (finding.status !== 'drifted') throw new Error(finding.status);
  return { treatments: finding.changes.map(({ treatment }) => treatment), steps: finding.steps };
}

const waits = { treatments: ['approve'], steps: [] };
const isRestored = { treatments: ['restore'], steps: [{ action: 'Paint', input: desired }] };

describe('drift whose policy is approve', () => {
  test('waits, and has no steps', () => {
    expect(found({ color: 'blue' })).toEqual(waits);
    expect(found({ color: 'blue' }, [approval('color', 'blue')])).toEqual(waits);
  });

  test('is restored once someone approves it', () => {
    expect(found({ color: 'blue' }, [approval('color', 'blue', decided('restore'))])).toEqual(
      isRestored,
    );
  });

  test('is only reported once someone rejects its restore', () => {
    expect(found({ color: 'blue' }, [approval('color', 'blue', decided('alert'))])).toEqual({
      treatments: ['alert'],
      steps: [],
    });
  });

  test.each([
    ['restore', isRestored],
    ['alert', { treatments: ['alert'], steps: [] }],
  ] as const)('is treated at the deadline as the configuration says: %s', (otherwise, result) => {
    const one = [approval('color', 'blue', { otherwise })];

    expect(found({ color: 'blue' }, one, { wall: 'approve' }, one[0]?.until)).toEqual(result);
  });

  test('is treated as another change whose deadline is over, unless that was decided', () => {
    const [other, policy] = [approval('color', 'green'), { wall: 'approve' as const }];
    const rejected = { ...other, ...decided('alert') };

    expect(found({ color: 'blue' }, [other], policy, other.until)).toEqual(isRestored);
    expect(found({ color: 'blue' }, [other], policy)).toEqual(waits);
    expect(found({ color: 'blue' }, [rejected], policy, other.until)).toEqual(waits);
  });

  test('is restored if it is one of several changes that were approved', () => {
    const both = approval('color', 'blue', decided('restore'));
    const [change] = approval('left', 'off').changes;
    const changes = [...both.changes, ...(change ? [change] : [])];

    expect(found({ color: 'blue' }, [{ ...both, changes }])).toEqual(isRestored);
  });

  test('waits if only another change was decided, or the decision is used up', () => {
    const other = approval('color', 'green', decided('alert'));
    const usedUp = approval('color', 'blue', {
      ...decided('restore'),
      endedAt: '2026-11-22T10:31:00.000Z',
    });

    expect(found({ color: 'blue' }, [other, usedUp])).toEqual(waits);
  });

  test('is restored at once if it loses events', () => {
    expect(found({ color: 'black' })).toEqual(isRestored);
  });

  test('waits although it loses events if the policy says so', () => {
    const policy: Policy = { wall: { color: 'approve-coverage-loss' } };

    expect(found({ color: 'black' }, [], policy)).toEqual(waits);
  });

  test('is restored with the field that is written with it, and only then', () => {
    const lamps = { left: 'off', right: 'off' };

    expect(found(lamps).steps).toEqual([]);
    expect(found(lamps, [approval('left', 'off', decided('restore'))])).toEqual({
      treatments: ['restore', 'restore'],
      steps: [{ action: 'Paint', input: desired }],
    });
  });

  test('stays as it is while another field is restored', () => {
    const result = found({ color: 'blue', left: 'off', right: 'off' }, [
      approval('color', 'blue', decided('restore')),
    ]);

    expect(result.steps).toEqual([
      { action: 'Paint', input: { ...desired, left: 'off', right: 'off' } },
    ]);
  });

  test('asks a person until it is decided, its deadline is over, or it is gone', () => {
    const open = approval('color', 'blue');
    const [before, after] = ['2026-11-22T10:59:59.999Z', open.until].map((at) => new Date(at));

    expect(isPending(open, before as Date)).toBe(true);
    expect(isPending(open, after as Date)).toBe(false);
    expect(isPending({ ...open, ...decided('alert') }, before as Date)).toBe(false);
    expect(isPending({ ...open, endedAt: open.requestedAt }, before as Date)).toBe(false);
  });

  test('of a trail that is gone does not wait', () => {
    const policy: Policy = { wall: 'approve' satisfies Treatment };
    const gone = { status: 'observed', state: null } as const;

    expect(findingOf(wall, { states: { wall: desired }, policy }, gone, trail)).toMatchObject({
      changes: [{ treatment: 'restore' }],
      steps: [{ action: 'Paint' }],
    });
  });
});
