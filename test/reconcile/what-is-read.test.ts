import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { DriftKind } from '#drift/kind.ts';
import { apply } from '#reconcile/apply.ts';
import { verdict } from '#reconcile/outcome.ts';
import { type Expected, type Reconcile, reconcile } from '#reconcile/reconcile.ts';
import { baseline, trail } from '../support/baseline.ts';

// What a run reads, and when. CloudTrail throttles reads per account, and a repair must not wait for what cannot change it. The kinds
// here are the least that shows it: `settings` and `tags` are restored, `deliveries` and `bucket` are only reported.

test('a run that finds no drift reads everything once, writes nothing and does not wait', async () => {
  const account = accountOf({});

  const outcome = await account.restore();

  expect(verdict(outcome)).toBe('in-sync');
  expect(account.calls.toSorted()).toEqual(['bucket', 'deliveries', 'settings', 'tags']);
});

test('a run that only observes reads what it would restore once', async () => {
  const account = accountOf({ settings: bad });

  const outcome = await account.restore({ mode: 'observe' });

  expect(verdict(outcome)).toBe('drifted');
  expect(account.calls.toSorted()).toEqual(['bucket', 'deliveries', 'settings', 'tags']);
});

test('the first write waits for no kind that is only reported', async () => {
  const account = accountOf({ settings: bad });
  const isWritten = () => account.calls.includes('restore settings');

  const outcome = await account.restore({
    async observe({ name }) {
      for (let turns = 0; isReported(name) && !isWritten() && turns < 100; turns += 1) {
        await setImmediate();
      }
      return account.observe(name, false);
    },
  });

  expect(verdict(outcome)).toBe('restored');
  expect(account.calls.slice(0, 3)).toEqual(['settings', 'tags', 'restore settings']);
});

describe('after a write', () => {
  test('what was written is read again, and what was in sync is not', async () => {
    const account = accountOf({ settings: bad });

    await account.restore();

    expect(account.afterWrite()).toEqual(['settings']);
  });

  test('drift that is only reported is read from AWS once again', async () => {
    const account = accountOf({ settings: bad, deliveries: bad });

    await account.restore();

    expect(account.afterWrite()).toEqual(['settings', 'deliveries from AWS']);
  });

  test('everything that is restored is read again if more has drifted, and that is restored', async () => {
    const account = accountOf({ settings: bad });
    account.onWrite({ settings: { One: 'good', Two: 'bad' }, tags: bad });

    const outcome = await account.restore();

    expect(verdict(outcome)).toBe('restored');
    expect(account.afterWrite()).toEqual([
      ...['settings', 'settings', 'tags'],
      ...['restore settings', 'restore tags', 'settings', 'tags'],
    ]);
  });

  test('reads that lag are repeated later and later, and everything is read once they agree', async () => {
    const account = accountOf({ settings: bad }, { lagMs: 3500 });

    const outcome = await account.restore();

    expect(verdict(outcome)).toBe('restored');
    expect(account.afterWrite()).toEqual([
      ...['settings', '500 ms', 'settings', '1000 ms', 'settings', '2000 ms', 'settings'],
      ...['settings', 'tags'],
    ]);
  });

  test('of another run, its result is read after a pause', async () => {
    const account = accountOf({ settings: bad });
    account.later(400, { settings: good });
    const elsewhere = { result: 'elsewhere', steps: [], failed: [] } as const;

    const outcome = await account.restore({
      repair: async () => ({
        steps: [],
        attempts: new Map([
          ['settings', { ...elsewhere, paths: new Set(['One']), refusedFor: new Set() }],
        ]),
      }),
    });

    expect(verdict(outcome)).toBe('in-sync');
    expect(account.calls.slice(4, 6)).toEqual(['500 ms', 'settings']);
  });

  test('drift that came while reads lagged is restored by the same run', async () => {
    const account = accountOf({ settings: bad }, { lagMs: 500 });
    account.later(500, { tags: bad });

    const outcome = await account.restore();

    expect(verdict(outcome)).toBe('restored');
    expect(account.calls).toContain('restore tags');
  });

  test('what is only reported is read again with everything if it could not be read before', async () => {
    const account = accountOf({ settings: bad, deliveries: null }, { lagMs: 500 });

    await account.restore();

    expect(account.afterWrite()).toEqual([
      ...['settings', 'deliveries', '500 ms', 'settings'],
      ...['settings', 'tags', 'deliveries'],
    ]);
  });
});

test('a repair knows whether the first reads showed its drift', async () => {
  const account = accountOf({ settings: bad });
  account.onWrite({ settings: { One: 'good', Two: 'bad' } });
  const wereLater: boolean[] = [];

  await account.restore({
    repair(due, _found, isLater) {
      wereLater.push(isLater);
      return apply(due, account.options);
    },
  });

  expect(wereLater).toEqual([false, true]);
});

describe('after an event', () => {
  test('nothing is read again if its change shows at once', async () => {
    const account = accountOf({ deliveries: bad });

    await account.restore({ expected: changeOf(['deliveries'], 5000) });

    expect(account.calls.filter((call) => call.endsWith(' ms'))).toEqual([]);
  });

  test('only what it can have changed is read until its change shows, and then everything', async () => {
    const account = accountOf({});
    account.later(1000, { settings: bad, tags: bad });

    const outcome = await account.restore({ expected: changeOf(['settings'], 5000) });

    expect(verdict(outcome)).toBe('restored');
    expect(account.calls.slice(4)).toEqual([
      ...['500 ms', 'settings', '1000 ms', 'settings', 'settings', 'tags'],
      ...['restore settings', 'restore tags', 'settings', 'tags'],
    ]);
  });

  test('that changed nothing, it is read until its change would show', async () => {
    const account = accountOf({});

    const outcome = await account.restore({ expected: changeOf(['settings', 'tags'], 1500) });

    expect(verdict(outcome)).toBe('in-sync');
    expect(account.calls.slice(4)).toEqual([
      ...['500 ms', 'settings', 'tags', '1000 ms', 'settings', 'tags'],
    ]);
  });

  test('what is only reported is read again if it can have changed that', async () => {
    const account = accountOf({});
    account.later(500, { deliveries: bad });

    const outcome = await account.restore({ expected: changeOf(['deliveries'], 1500) });

    expect(verdict(outcome)).toBe('drifted');
  });

  test('a kind that the run does not check is not waited for', async () => {
    const account = accountOf({});

    await account.restore({ expected: changeOf(['insights'], 5000) });

    expect(account.calls).toHaveLength(4);
  });

  test('drift that ended by itself stays in the report, beside what is read again', async () => {
    const account = accountOf({ settings: bad, deliveries: bad });
    account.later(500, { settings: good });

    const { plan, verified } = await account.restore({
      mode: 'observe',
      expected: changeOf(['settings'], 500, false),
    });

    const drifted = ({ findings }: typeof plan) =>
      findings.filter(({ status }) => status === 'drifted').map(({ kind }) => kind);
    expect(drifted(plan)).toEqual(['settings', 'deliveries']);
    expect(drifted(verified)).toEqual(['deliveries']);
  });
});

const good = { One: 'good', Two: 'good' };
const bad = { One: 'bad', Two: 'good' };
type State = typeof good;
/** The states by kind; null for what cannot be read. */
type States = Readonly<Record<string, State | null>>;

const isReported = (name: string): boolean => name === 'deliveries' || name === 'bucket';

/** A change that is expected in these kinds until a time, and whether any drift of them is that change. */
const changeOf = (kinds: readonly string[], until: number, isShown = true): Expected => ({
  kinds: new Set(kinds),
  until,
  isIn: async ({ findings }) =>
    isShown && findings.some(({ kind, status }) => kinds.includes(kind) && status === 'drifted'),
});

/** A trail in these states, else as captured. `calls` are the reads, the writes and the waits. Reads miss a write for `lagMs`. */
function accountOf(states: States, { lagMs = 0 } = {}) {
  const names = ['settings', 'tags', 'deliveries', 'bucket'];
  const captured = Object.fromEntries(names.map((name) => [name, good]));
  let live: States = { ...captured, ...states };
  let time = 0;
  let changes: { readonly at: number; readonly states: States }[] = [];
  let onWrite: States = {};
  const calls: string[] = [];
  const later = (ms: number, changed: States) => {
    changes.push({ at: time + ms, states: changed });
    pass(0);
  };
  const pass = (ms: number) => {
    time += ms;
    for (const { at, states } of changes) if (at <= time) live = { ...live, ...states };
    changes = changes.filter(({ at }) => at > time);
  };
  const kinds = names.map(
    (name): DriftKind => ({
      name,
      ...(name === 'bucket' && { isOutsideTrail: true, defaultTreatment: 'alert' }),
      state: z.strictObject({ One: z.string(), Two: z.string() }),
      triggers: [],
      permissions: {
        observe: [],
        repair: name === 'deliveries' ? [] : [{ actions: ['any:Write'], resources: () => [] }],
      },
      observe: async () => live[name] ?? null,
      impact: () => ({ description: 'bad', severity: 'high', losesCoverage: false }),
      repair: (desired) =>
        name === 'deliveries' ? [] : [{ action: 'Restore', input: { ...desired } }],
      async apply() {
        calls.push(`restore ${name}`);
        later(lagMs, { [name]: good, ...onWrite });
        onWrite = {};
      },
      historyModel: { applyCall: () => null },
    }),
  );
  const observe = async (name: string, isDoubted: boolean) => {
    calls.push(isDoubted ? `${name} from AWS` : name);
    const state = live[name];
    return state
      ? ({ status: 'observed', state } as const)
      : ({ status: 'unknown', reason: 'throttled', retryable: true } as const);
  };
  const options = { kinds, aws: {} as Aws };
  return {
    calls,
    later,
    observe,
    options,
    /** Changes these states with the next write. */
    onWrite(changed: States) {
      onWrite = changed;
    },
    /** The calls after the first write. */
    afterWrite: () => calls.slice(calls.findIndex((call) => call.startsWith('restore')) + 1),
    restore: (more: Partial<Reconcile> = {}) =>
      reconcile(
        { ...baseline, trail: trail.arn, states: captured, policy: {} },
        {
          ...options,
          mode: 'enforce',
          now: () => new Date(time),
          async sleep(ms) {
            calls.push(`${ms} ms`);
            pass(ms);
          },
          readLagMs: 12_000,
          observe: ({ name }, isDoubted) => observe(name, isDoubted),
          ...more,
        },
      ),
  };
}
