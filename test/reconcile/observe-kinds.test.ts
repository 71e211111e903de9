import { expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import type { Policy } from '#baseline/policy.ts';
import type { DriftKind } from '#drift/kind.ts';
import { logging } from '#drift/logging.ts';
import type { Observation } from '#drift/observe.ts';
import { tags } from '#drift/tags.ts';
import type { Approval } from '#reconcile/approval.ts';
import { type ObservedRun, observeKinds, planIn } from '#reconcile/observe-kinds.ts';
import { baseline, now, states } from '../support/baseline.ts';

const observed = (state: object | null): Observation => ({ status: 'observed', state });
const off = { IsLogging: false, StopLoggingTime: '2026-11-22T11:00:00Z' };

const later = '2026-11-22T12:00:01Z';
const approval: Approval = {
  id: 'one',
  changes: [],
  requestedAt: '2026-11-22T10:00:00Z',
  until: '2026-11-22T11:00:00Z',
  otherwise: 'restore',
  decision: null,
  endedAt: null,
};

const run = (more: Partial<ObservedRun> = {}): ObservedRun => ({
  baseline,
  kinds: [logging, tags],
  aws: {} as Aws,
  now: () => now,
  observe: async ({ name }) => observed(name === 'tags' ? states.tags : off),
  ...more,
});

test('each kind is compared with the baseline, as of the beginning of the read', async () => {
  const readings = await observeKinds(run(), [logging, tags]);

  expect(readings.get('tags')).toEqual({
    finding: { kind: 'tags', status: 'in-sync' },
    at: now.getTime(),
    since: null,
  });
  expect(readings.get('logging')).toMatchObject({
    finding: { status: 'drifted' },
    since: Date.parse(off.StopLoggingTime),
  });
  expect(planIn(run(), readings)).toMatchObject({
    trail: baseline.trail,
    version: baseline.version,
    findings: [{ kind: 'logging' }, { kind: 'tags' }],
  });
});

test('a kind that is not in the baseline is not read, and not protected', async () => {
  const { tags: _, ...others } = states;
  const read: string[] = [];
  const older = run({
    baseline: { ...baseline, states: others },
    observe: async ({ name }) => {
      read.push(name);
      return observed(off);
    },
  });

  const readings = await observeKinds(older, [logging, tags]);

  expect(readings.get('tags')).toMatchObject({ finding: { kind: 'tags', status: 'unmanaged' } });
  expect(read).toEqual(['logging']);
});

test('a kind that cannot judge what it observed is unknown, and the others are compared', async () => {
  const broken: DriftKind = {
    ...(tags as DriftKind),
    impact() {
      throw new Error('no');
    },
  };
  const untagged = async ({ name }: DriftKind) =>
    observed(name === 'tags' ? { TagsList: [] } : off);

  const readings = await observeKinds(run({ observe: untagged }), [logging, broken]);

  expect(readings.get('tags')).toMatchObject({
    finding: { kind: 'tags', status: 'unknown', retryable: false },
    at: now.getTime(),
    since: null,
  });
  expect(readings.get('logging')).toMatchObject({ finding: { status: 'drifted' } });
});

const denied: Observation = { status: 'unknown', reason: 'denied', retryable: false };
test.each<[string, Observation, object]>([
  ['that could not be read', denied, denied],
  ['of a trail that does not exist', observed(null), { status: 'drifted' }],
])('a state %s has no time', async (_, observation, finding) => {
  const readings = await observeKinds(run({ observe: async () => observation }), [logging]);

  expect(readings.get('logging')).toMatchObject({ finding, since: null });
});

test('only doubted kinds are read from AWS again', async () => {
  const doubts: [string, boolean][] = [];
  const observe: ObservedRun['observe'] = async ({ name }, isDoubted) => {
    doubts.push([name, isDoubted]);
    return observed(off);
  };

  await observeKinds(run({ observe }), [logging, tags], new Set(['logging']));
  await observeKinds(run({ observe }), [logging]);

  expect(doubts).toEqual([
    ['logging', true],
    ['tags', false],
    ['logging', false],
  ]);
});

test('what is suppressed is left out of the findings, by kind', async () => {
  const suppressed = run({
    suppress: async (plan) => ({
      ...plan,
      findings: plan.findings
        .map((one) => (one.kind === 'logging' ? { ...one, steps: [] } : one))
        .toReversed(),
    }),
  });

  const readings = await observeKinds(suppressed, [logging, tags]);

  expect(readings.get('logging')?.finding).toMatchObject({ kind: 'logging', steps: [] });
  expect(readings.get('tags')?.finding).toEqual({ kind: 'tags', status: 'in-sync' });
});

test.each<[string, readonly Approval[] | null, string]>([
  ['waits without an approval', null, 'approve'],
  ['waits until the deadline of its approval', [{ ...approval, until: later }], 'approve'],
  ['is restored after it', [approval], 'restore'],
])('drift that needs an approval %s', async (_what, approvals, treatment) => {
  const policy: Policy = { tags: 'approve' };
  const untagged = run({
    baseline: { ...baseline, policy },
    observe: async () => observed({ TagsList: [] }),
    ...(approvals && { approvals: async () => approvals }),
  });

  const readings = await observeKinds(untagged, [tags]);

  expect(readings.get('tags')?.finding).toMatchObject({ changes: [{ treatment }] });
});
