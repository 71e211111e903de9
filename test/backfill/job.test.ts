import { Logger } from '@aws-lambda-powertools/logger';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BackfillDeps } from '#backfill/backfill-deps.ts';
import type { EventHistory, Lookup } from '#backfill/event-history.ts';
import { runBackfill } from '#backfill/job.ts';
import type { BackfillReport, BackfillState } from '#backfill/job-state.ts';
import { type ReportStore, StaleStateError } from '#backfill/report-store.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { kinds } from '#drift/index.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import { trail } from '../support/baseline.ts';

const window = { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:00:00.000Z' };
const triggers = [
  { eventSource: 'cloudtrail.amazonaws.com', eventNames: ['StopLogging', 'UpdateTrail'] },
  { eventSource: 'organizations.amazonaws.com', eventNames: ['DisableAWSServiceAccess'] },
];
const names = triggers.flatMap(({ eventNames }) => eventNames);

/** One invocation: the number of pages that it has time for, and the step at which it fails with a retryable error. */
type Leg = { readonly pages: number; readonly fails: 'page' | 'keep' | null };
const legs: fc.Arbitrary<Leg> = fc.record({
  pages: fc.integer({ min: 1, max: 4 }),
  fails: fc.option(fc.constantFrom('page', 'keep'), { freq: 2 }),
});

const histories = fc.record({
  counts: fc.tuple(...names.map(() => fc.nat({ max: 7 }))),
  pageSize: fc.integer({ min: 1, max: 3 }),
  plan: fc.array(legs, { maxLength: 12 }),
});

describe('for any pages, invocations and failures of event history', () => {
  test('each call is stored exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (given) => {
        const world = worldOf(given);

        await world.runToTheEnd();

        expect(world.state()).toMatchObject({ status: 'done' });
        expect(world.keptIds().toSorted()).toEqual(world.ids.toSorted());
        expect(
          world
            .report()
            ?.trails[0]?.calls.map(({ eventId }) => eventId)
            .toSorted(),
        ).toEqual(world.ids.toSorted());
      }),
    );
  });

  test('the lookup rate limit is kept', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.constantFrom(0.5, 1, 2), async (given, lookupsPerSecond) => {
        const world = worldOf({ ...given, lookupsPerSecond });

        await world.runToTheEnd();

        const gaps = world.lookupTimes
          .slice(1)
          .map((time, i) => time - (world.lookupTimes[i] ?? 0));
        for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1000 / lookupsPerSecond);
      }),
    );
  });

  test('a page is read again only after a failure', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (given) => {
        const world = worldOf(given);

        await world.runToTheEnd();

        const pages = given.counts.map((count) => Math.max(1, Math.ceil(count / given.pageSize)));
        const least = pages.reduce((sum, count) => sum + count, 0);
        expect(world.lookupTimes.length).toBe(least + world.failures());
      }),
    );
  });
});

type Given = {
  readonly counts: readonly number[];
  readonly pageSize: number;
  readonly plan: readonly Leg[];
  readonly lookupsPerSecond?: number;
};

/** The environment of a backfill in memory. Only pauses and lookups advance the clock. */
function worldOf({ counts, pageSize, plan, lookupsPerSecond = 1 }: Given) {
  let now = Date.parse('2026-11-22T13:00:00Z');
  let nextTurn = 0;
  let stored: BackfillState | null = null;
  let report: BackfillReport | null = null;
  let failures = 0;
  const kept = new Map<string, unknown>();
  const keptIds: string[] = [];
  const lookupTimes: number[] = [];
  const queue: object[] = [];
  const waiting = [...plan];
  let leg: Leg = { pages: 1, fails: null };
  let pagesLeft = 0;

  const records = new Map(
    names.map((name, i) => [
      name,
      Array.from({ length: counts[i] ?? 0 }, (_, j) => record(name, j)),
    ]),
  );

  const history: EventHistory = {
    async page({ eventName }: Lookup, _window, token) {
      lookupTimes.push(now);
      now += 7;
      pagesLeft -= 1;
      fail('page');
      const from = Number(token ?? 0);
      const all = records.get(eventName) ?? [];
      const next = from + pageSize;
      return { records: all.slice(from, next), next: next < all.length ? String(next) : null };
    },
  };

  const reports: ReportStore = {
    state: async () => stored,
    async save(next, seen) {
      if ((stored?.version ?? 0) !== (seen?.version ?? 0)) throw new StaleStateError('lost');
      stored = { ...next, version: (seen?.version ?? 0) + 1 };
      return stored;
    },
    async keepCalls(_key, found) {
      for (const one of found) {
        const id = String(one.eventId);
        if (!kept.has(id)) keptIds.push(id);
        kept.set(id, one.record);
      }
      fail('keep');
    },
    async *calls() {
      yield* kept.values();
    },
    keepRepair: async () => {},
    repair: async () => null,
    async write(_key, _run, written) {
      report = written;
      return 1;
    },
    read: async () => report as unknown as BackfillReport,
  };

  function fail(step: NonNullable<Leg['fails']>): void {
    if (leg.fails !== step) return;
    leg = { ...leg, fails: null };
    failures += 1;
    throw Object.assign(new Error('another process writes'), { name: 'ConflictException' });
  }

  const unusable = { trail: trail.arn, version: 1, error: new Error('no baseline') };
  const baselines = { list: async () => [unusable] } as unknown as BaselineStore;

  const deps: BackfillDeps = {
    // This job does not reconcile.
    controller: {
      kinds,
      mode: 'observe',
      logger: new Logger({ logLevel: 'SILENT' }),
      now: () => new Date(now),
    } as unknown as ControllerDeps,
    triggers,
    ownRoles: ['arn:aws:iam::111122223333:role/Trailkeeper-Reconcile'],
    baselines,
    history,
    incidents: async () => ({ gaps: [], causes: [], unreadable: [] }),
    reports,
    rateLimiter: {
      async acquire(at, every) {
        const turn = Math.max(nextTurn, at.getTime());
        nextTurn = turn + every;
        return new Date(turn);
      },
    },
    lookupsPerSecond,
    async pause(milliseconds) {
      now += milliseconds;
    },
    remainingMs: () => (pagesLeft > 0 ? 500_000 : 100),
    retries: 99,
    async continueLater(payload) {
      queue.push(payload);
    },
  };

  /** Lambda retries an invocation that fails. */
  async function invoke(payload: object): Promise<void> {
    for (;;) {
      leg = waiting.shift() ?? { pages: 3, fails: null };
      pagesLeft = leg.pages;
      try {
        await runBackfill(payload, deps);
        return;
      } catch (error) {
        if (
          (error as Error).name !== 'StepError' &&
          (error as Error).name !== 'ConflictException'
        ) {
          throw error;
        }
      }
    }
  }

  return {
    ids: [...records.values()].flat().map(({ eventID }) => eventID),
    lookupTimes,
    keptIds: () => keptIds,
    state: () => stored,
    report: () => report,
    failures: () => failures,
    async runToTheEnd(): Promise<void> {
      await runBackfill(window, deps);
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await invoke(next);
      }
    },
  };
}

function record(eventName: string, i: number) {
  const isOfOrganization = eventName === 'DisableAWSServiceAccess';
  return {
    eventID: `${names.indexOf(eventName)}0000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    eventName,
    eventSource: isOfOrganization ? 'organizations.amazonaws.com' : 'cloudtrail.amazonaws.com',
    eventTime: '2026-11-22T10:30:00Z',
    awsRegion: trail.region,
    userIdentity: { type: 'IAMUser', userName: 'mallory' },
    requestParameters: isOfOrganization
      ? { servicePrincipal: 'cloudtrail.amazonaws.com' }
      : { name: trail.arn },
  };
}
