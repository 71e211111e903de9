import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { DriftKind } from '#drift/kind.ts';
import { verdict } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { baseline, trail } from '../support/baseline.ts';

// Drift that trailkeeper cannot restore itself, such as failing deliveries, can be a consequence of what another run restores.

test('drift that another run ended meanwhile is not reported', async () => {
  const outcome = await reconcileWith([{ error: 'AccessDenied' }, { error: null }]);

  expect(verdict(outcome)).toBe('in-sync');
  expect(outcome.plan).toEqual(outcome.verified);
});

test('drift that is still there when it is read again is reported as it is then', async () => {
  const outcome = await reconcileWith([{ error: 'AccessDenied' }, { error: 'NoSuchBucket' }]);

  expect(verdict(outcome)).toBe('drifted');
  const [finding] = outcome.plan.findings;
  expect(finding?.status === 'drifted' && finding.changes[0]?.actual).toBe('NoSuchBucket');
});

/** Reconciles a trail with a kind that is only reported, and that is read as given, one reading after the other. */
function reconcileWith(readings: { readonly error: string | null }[]) {
  const inSync = { error: null };
  const kind: DriftKind = {
    name: 'deliveries',
    state: z.strictObject({ error: z.nullable(z.string()) }),
    triggers: [],
    permissions: { observe: [], repair: [] },
    observe: async () => readings.shift() ?? inSync,
    impact: () => ({ description: 'no deliveries', severity: 'high', losesCoverage: false }),
    repair: () => [],
    async apply() {},
    historyModel: { applyCall: () => null },
  };
  return reconcile(
    { ...baseline, trail: trail.arn, states: { deliveries: inSync }, policy: {} },
    {
      kinds: [kind],
      aws: {} as Aws,
      mode: 'enforce',
      now: () => new Date(0),
      sleep: async () => {},
      readLagMs: 0,
    },
  );
}
