import { expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { approval } from '#reconcile/approval.ts';
import { outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import * as outcomes from '../support/outcomes.ts';

// What is stored of a reconciliation, and what `--json` prints: nothing is missing, and nothing else is accepted.

const at = '2026-11-22T10:00:00.000Z';
const window = { window: 'move', until: at, requestedBy: 'alice' };
const { inSync, unknown, drifted, drift, done, refused } = outcomes;
const findings: readonly Finding[] = [
  inSync,
  { kind: 'roof', status: 'unmanaged' },
  unknown,
  drifted,
  { ...drifted, suppressed: { by: 'maintenance-window', ...window } },
  { ...drifted, suppressed: { by: 'backoff' } },
  { ...drifted, suppressed: { by: 'refusal' } },
  {
    ...drifted,
    changes: (['approve', 'alert'] as const).map((treatment) => ({ ...drift, treatment })),
  },
];
const decision = { treatment: 'alert', at, by: 'alice', via: 'cli', reason: null };
const waiting = {
  ...{ id: 'one', requestedAt: at, until: at, otherwise: 'restore', endedAt: null },
  changes: [{ key: 'a', kind: 'paint', path: 'color' }],
};
const stored: readonly (readonly [string, ZodType, object])[] = [
  ['an outcome', outcome, outcomes.outcome(findings, [done, refused])],
  ['an outcome of observe mode', outcome, outcomes.outcome(findings)],
  ['an approval', approval, { ...waiting, decision: null }],
  ['an approval in the terminal', approval, { ...waiting, decision }],
  ['an approval in Slack', approval, { ...waiting, decision: { ...decision, via: 'slack' } }],
];

/** The value with an unknown member in each object, and each state or treatment replaced by an unknown one. */
function* spoiled(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value, unheard: true };
  for (const [name, member] of Object.entries(value)) {
    if (/^(mode|status|treatment|by|via|otherwise|severity)$/.test(name))
      yield { ...value, [name]: 7 };
    if (name === 'input') continue;
    for (const other of spoiled(member)) {
      yield Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other };
    }
  }
}

test.each(stored)('%s is read as it was written', (_what, schema, value) => {
  expect(schema.parse(value)).toEqual(value);
});

test.each(stored)('%s with anything else is refused', (_what, schema, value) => {
  for (const other of spoiled(value)) expect(schema.safeParse(other).success).toBe(false);
});
