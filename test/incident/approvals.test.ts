import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextApprovals } from '#incident/lifecycle/record-approvals.ts';
import { recordDecision } from '#incident/lifecycle/record-decision.ts';
import { emptyStatus, type TrailStatus } from '#incident/trail-status.ts';
import {
  type Approval,
  type Decided,
  type Decision,
  isPending,
  resolveApproval,
} from '#reconcile/approval.ts';
import { changeKey } from '#reconcile/change-key.ts';
import type { Drift, Plan } from '#reconcile/plan.ts';
import {
  drift,
  enforced,
  minutes,
  painted,
  planOf,
  trailkeeper,
} from '../support/incident-fixtures.ts';
import { runs } from '../support/property-runs.ts';

const approvalRules = { minutes: 60, otherwise: 'restore' } as const;

/** A plan whose drift is treated by its approvals as of a time. */
function planAt(color: string, approvals: readonly Approval[], at: number): Plan {
  if (color === 'red') return painted('red');
  const change = drift(color, 'low');
  const treatment = resolveApproval(
    { kind: 'paint', asked: 'approve', change, impact: change.impact },
    { approvals, now: new Date(minutes(at)) },
  );
  const steps = treatment === 'restore' ? [{ action: 'Paint', input: {} }] : [];
  return planOf({ kind: 'paint', status: 'drifted', changes: [{ ...change, treatment }], steps });
}

const decisionAt = (treatment: Decided, at: number, by = 'alice'): Decision => ({
  ...{ treatment, at: minutes(at), by, via: 'cli', reason: null },
});

/** What happens to a trail, a minute or more after what came before. */
const happening = fc.record({
  after: fc.integer({ min: 1, max: 45 }),
  does: fc.oneof(
    { weight: 3, arbitrary: fc.record({ paint: fc.constantFrom('red', 'blue', 'green') }) },
    { weight: 1, arbitrary: fc.record({ decide: fc.constantFrom<Decided>('restore', 'alert') }) },
    { weight: 2, arbitrary: fc.constant({ sweep: true as const }) },
  ),
});

/** A trail with a sweep after everything that happens: what each approval led to. */
function live(happenings: readonly (typeof happening extends fc.Arbitrary<infer T> ? T : never)[]) {
  const keeper = trailkeeper();
  const repairs: { at: number; approvals: readonly Approval[]; id: string | undefined }[] = [];
  const sweeps: { at: number; color: string; approvals: readonly Approval[] }[] = [];
  let [at, color, status] = [0, 'red', emptyStatus as TrailStatus];
  for (const { after, does } of happenings) {
    at += after;
    if ('paint' in does) color = does.paint;
    const pending = status.open?.approvals.filter((one) => isPending(one, new Date(minutes(at))));
    if ('decide' in does && pending !== undefined) {
      const ids = pending.map(({ id }) => id);
      status = recordDecision(status, ids, decisionAt(does.decide, at)).status;
      keeper.set(status);
    }
    const approvals = status.open?.approvals ?? [];
    const plan = planAt(color, approvals, at);
    if (plan.findings.some((one) => 'steps' in one && one.steps.length > 0)) {
      const key = changeKey('paint', drift(color, 'low'));
      const approval = approvals.find(
        (one) => one.endedAt === null && one.changes.some((change) => change.key === key),
      );
      repairs.push({ at, approvals, id: approval?.id });
      keeper.repair(at, plan);
      color = 'red';
    } else keeper.report(at, { outcome: enforced(plan) });
    status = keeper.status();
    sweeps.push({ at, color, approvals: status.open?.approvals ?? [] });
  }
  return { repairs, sweeps };
}

describe('whatever happens to a trail', () => {
  test('nothing is restored without a decision or a deadline that is over', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        for (const { at, approvals, id } of live(happenings).repairs) {
          const isDecided = approvals.find((one) => one.id === id)?.decision?.treatment;
          const isOver = approvals.some(({ until }) => until <= minutes(at));
          expect(isDecided === 'restore' || isOver).toBe(true);
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  test('no decision is applied twice', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const ids = live(happenings).repairs.flatMap(({ id }) => id ?? []);

        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('no decision changes once it is made', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const decisions = new Map<string, Decision>();
        for (const { approvals } of live(happenings).sweeps) {
          for (const { id, decision } of approvals) {
            if (decision === null) continue;
            expect(decisions.get(id) ?? decision).toEqual(decision);
            decisions.set(id, decision);
          }
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  test('nothing waits longer than the deadline, however often the drift changes meanwhile', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        let since: number | null = null;
        for (const { at, color, approvals } of live(happenings).sweeps) {
          const waits =
            color !== 'red' && approvals.some((one) => isPending(one, new Date(minutes(at))));
          if (!waits) since = null;
          else since ??= at;
          expect(at - (since ?? at)).toBeLessThan(approvalRules.minutes);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('a decision', () => {
  const waiting = () => {
    const keeper = trailkeeper();
    keeper.report(0, { outcome: enforced(planAt('blue', [], 0)) });
    const status = keeper.status();
    return { status, ids: (status.open?.approvals ?? []).map(({ id }) => id) };
  };

  test('of two people at once is that of the first', () => {
    const { status, ids } = waiting();
    const first = recordDecision(status, ids, decisionAt('restore', 5, 'alice'));
    const second = recordDecision(first.status, ids, decisionAt('alert', 5, 'bob'));

    expect(first.decided).toMatchObject([{ decision: { by: 'alice' } }]);
    expect(second.decided).toEqual([]);
    expect(second.status).toBe(first.status);
  });

  test('is refused from the deadline on', () => {
    const { status, ids } = waiting();

    expect(recordDecision(status, ids, decisionAt('alert', 60)).decided).toEqual([]);
    expect(recordDecision(status, ids, decisionAt('alert', 59)).decided).toHaveLength(1);
  });

  test('counts only for what the person was shown', () => {
    const { status } = waiting();

    expect(recordDecision(status, ['another'], decisionAt('alert', 5)).decided).toEqual([]);
  });

  test('is published with the incident', () => {
    const { status, ids } = waiting();
    const { outbox } = recordDecision(status, ids, decisionAt('restore', 5)).status;

    expect(Object.values(outbox)).toMatchObject([
      { incident: { state: 'awaiting-approval', approvals: [{ decision: { by: 'alice' } }] } },
    ]);
  });
});

test('drift that cannot be read keeps its approval', () => {
  const asked = nextApprovals(
    [],
    planAt('blue', [], 0),
    { at: minutes(0), run: 'a' },
    approvalRules,
  );
  const unread = planOf({ kind: 'paint', status: 'unknown', reason: 'no', retryable: true });

  expect(nextApprovals(asked, unread, { at: minutes(1), run: 'b' }, approvalRules)).toEqual(asked);
});

test('the deadline is recorded as the decision of no one', () => {
  const asked = nextApprovals(
    [],
    planAt('blue', [], 0),
    { at: minutes(0), run: 'a' },
    approvalRules,
  );
  const plan = planAt('blue', asked, 60);

  expect(nextApprovals(asked, plan, { at: minutes(60), run: 'b' }, approvalRules)).toMatchObject([
    { decision: { treatment: 'restore', at: minutes(60), by: null } },
  ]);
});

describe('the approvals of a trail', () => {
  const blue = { ...drift('blue', 'low'), treatment: 'approve' } as const;
  const coat = { ...blue, path: 'coat' };
  const gloss = { ...blue, path: 'gloss', treatment: 'alert' } as const;
  const left = (...changes: readonly Drift[]) =>
    planOf({ kind: 'paint', status: 'drifted', changes, steps: [] });
  const next = (before: readonly Approval[], plan: Plan, at: number) =>
    nextApprovals(before, plan, { at: minutes(at), run: `run-${at}` }, approvalRules);
  const asked = next([], left(blue, gloss), 0);
  const [one] = asked as [Approval];
  const pathsOf = ({ changes }: Approval) => changes.map(({ path }) => path);

  test('ask once for what must wait, and for nothing else', () => {
    expect(asked.map(pathsOf)).toEqual([['color']]);
    expect(one).toMatchObject({ until: minutes(60), decision: null, endedAt: null });
    expect(next(asked, left(blue), 10)).toEqual(asked);
    expect(next([], left(gloss), 0)).toEqual([]);
  });

  test('ask for new drift until the deadline of what waits already', () => {
    const [first, second, ...others] = next(asked, left(blue, coat), 10);

    expect(first).toEqual(one);
    expect(second && pathsOf(second)).toEqual(['coat']);
    expect(second?.until).toBe(one.until);
    expect(second?.id).not.toBe(first?.id);
    expect(others).toEqual([]);
  });

  test('ask for new drift with a new deadline if nothing waits any more', () => {
    const decided = [{ ...one, decision: decisionAt('alert', 5) }];

    expect(next(decided, left(blue, coat), 10).at(-1)?.until).toBe(minutes(70));
  });

  test('end when all that they are about is gone', () => {
    const both = next([], left(blue, coat), 0);

    expect(next(both, left(coat), 1)).toEqual(both);
    expect(next(both, painted('red'), 2)).toMatchObject([{ endedAt: minutes(2), decision: null }]);
  });

  test('stay ended if the same drift comes again, which waits anew', () => {
    const ended = next(asked, painted('red'), 1);
    const [first, second] = next(ended, left(blue), 2);

    expect(first).toEqual(ended[0]);
    expect(second).toMatchObject({ until: minutes(62), endedAt: null, decision: null });
    expect(second?.changes).toEqual(one.changes);
    expect(second?.id).not.toBe(one.id);
  });

  test('are kept while they wait, and of the others the last ten', () => {
    const ended = (count: number) =>
      Array.from({ length: count }, (_, id) => ({ ...one, id: `${id}`, endedAt: minutes(id) }));
    const kept = (count: number) =>
      next([one, ...ended(count)], left(blue), 30).map(({ id }) => id);

    expect(kept(3)).toEqual([one.id, '0', '1', '2']);
    expect(kept(12)).toEqual([
      one.id,
      ...ended(12)
        .slice(2)
        .map(({ id }) => id),
    ]);
  });

  test('are recorded by a run that verified what it left, not in observe mode', () => {
    const keeper = trailkeeper();
    keeper.observe(0, left(blue));
    keeper.report(1, { phase: 'detected', outcome: enforced(left(blue)) });
    expect(keeper.status().open?.approvals).toEqual([]);

    keeper.report(2, { outcome: enforced(left(blue)) });

    expect(keeper.status().open?.approvals).toHaveLength(1);
    expect(keeper.status().open?.incident.approvals).toEqual(keeper.status().open?.approvals);
  });

  test('are decided one by one', () => {
    const keeper = trailkeeper();
    keeper.report(0, { outcome: enforced(left(blue)) });
    keeper.report(1, { outcome: enforced(left(blue, coat)) });
    const [first, second] = keeper.status().open?.approvals ?? [];
    const decided = recordDecision(keeper.status(), [first?.id ?? ''], decisionAt('alert', 2));

    expect(decided.decided.map(({ id }) => id)).toEqual([first?.id]);
    expect(decided.status.open?.approvals.map(({ decision }) => decision?.by)).toEqual([
      'alice',
      undefined,
    ]);
    expect(
      recordDecision(decided.status, [second?.id ?? ''], decisionAt('alert', 3)).decided,
    ).toHaveLength(1);
  });

  test('are none if no incident is open', () => {
    const decision = decisionAt('alert', 1);

    expect(recordDecision(emptyStatus, [one.id], decision)).toEqual({
      status: emptyStatus,
      decided: [],
    });
  });
});
