import { setImmediate } from 'node:timers/promises';
import { kinds } from '#drift/index.ts';
import { couldHaveCaused, kindsAffectedBy } from '#incident/attribution.ts';
import { expectedAfter } from '#incident/expected-write.ts';
import { type Incident, incidentSk } from '#incident/incident.ts';
import { repairedElsewhere } from '#incident/leases.ts';
import { applyReport } from '#incident/lifecycle/apply-report.ts';
import type { LifecycleRules, ReconcileReport } from '#incident/lifecycle/report.ts';
import { emptyStatus } from '#incident/trail-status.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { parseApiCall } from '#trail/api-call.ts';
import type { AnyCall } from './calls.ts';
import { protectedAccount } from './protected-account.ts';

type Account = Awaited<ReturnType<typeof protectedAccount>>;

/**
 * A protected account whose runs take turns at each API call. The clock advances only while all runs sleep. `choose`
 * picks the next run.
 */
export async function interleaved(
  configured: readonly AnyCall[],
  choose: (count: number) => number,
) {
  let isStarted = false;
  const waiting: (() => void)[] = [];
  const asleep: { readonly until: number; readonly wake: () => void }[] = [];
  const account: Account = await protectedAccount(configured, {}, async (caller) => {
    if (!isStarted || caller !== 'trailkeeper') return;
    await new Promise<void>((resolve) => waiting.push(resolve));
  });
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => asleep.push({ until: account.now().getTime() + ms, wake }));
  return { account, sleep, untilDone };

  async function untilDone(runs: readonly Promise<void>[]): Promise<void> {
    let left = runs.length;
    const done = Promise.all(runs.map((run) => run.finally(() => left--)));
    isStarted = true;
    while (left > 0) {
      await setImmediate();
      const [next] = waiting.length > 0 ? waiting.splice(choose(waiting.length), 1) : [];
      if (next !== undefined) next();
      else await wakeNext();
    }
    isStarted = false;
    await done;
  }

  async function wakeNext(): Promise<void> {
    const [first] = asleep.toSorted((one, other) => one.until - other.until);
    if (first === undefined) return;
    asleep.splice(asleep.indexOf(first), 1);
    await account.sleep(Math.max(0, first.until - account.now().getTime()));
    first.wake();
  }
}

/** Runs that share a trail's status, like through the state table. */
export function runsOn({
  account,
  sleep,
}: Pick<Awaited<ReturnType<typeof interleaved>>, 'account' | 'sleep'>) {
  let status = emptyStatus;
  let runs = 0;
  const incidents = new Map<string, Incident>();
  return { run, incidents: () => [...incidents.values()] };

  /** A run, started after a delay in milliseconds, for the event of a call or a sweep. Its repair takes `repairMs`. */
  async function run(
    afterMs: number,
    event: { readonly name: string; readonly at: number } | null,
    repairMs = 0,
  ) {
    await sleep(afterMs);
    runs += 1;
    const at = event && new Date(event.at).toISOString().replace(/\.\d+/, '');
    const call =
      event &&
      parseApiCall(
        { eventID: `00000000-0000-4000-8000-00000000000${runs}`, eventTime: at },
        { eventName: event.name, awsRegion: 'us-east-1' },
      );
    const startedAt = account.now().toISOString();
    const report: Omit<ReconcileReport, 'at' | 'phase' | 'outcome'> = {
      startedAt,
      trail: 'org-trail',
      run: `run-${runs}`,
      call,
      isNoOp: false,
      baselineError: null,
      baseline: null,
      logging: { readings: [], isGone: false, capturedAt: null },
      bucketLoss: null,
      outsideInSync: null,
      requestIds: [],
      windows: null,
    };
    // The state table is read in parallel with the first observation, and again by runs that do not handle an event.
    const atStart = status;
    const lag = { now: account.now, readLagMs };
    const outcome = await account.reconcile({
      sleep,
      expected: call && expectedAfter(call, { kinds, ...lag }, Promise.resolve(atStart)),
      async repair(due, found, isLater) {
        const isUrgent = call !== null && !isLater;
        const elsewhere = repairedElsewhere(due, isUrgent ? atStart : status, report, lag);
        const ours = due.findings.filter(({ kind }) => !elsewhere.has(kind));
        if (ours.length === 0) return { steps: [], attempts: elsewhere };
        const detected = { mode: 'enforce', plan: found, applied: [], verified: found } as const;
        save({ ...report, at: account.now().toISOString(), phase: 'detected', outcome: detected });
        await sleep(repairMs);
        const { steps, attempts } = await account.apply({ ...due, findings: ours });
        return { steps, attempts: new Map([...elsewhere, ...attempts]) };
      },
    });
    save({ ...report, at: account.now().toISOString(), phase: 'verified', outcome });
  }

  function save(report: ReconcileReport): void {
    status = applyReport(status, report, rules);
    for (const entry of Object.values(status.outbox)) {
      if ('incident' in entry) incidents.set(incidentSk(entry.incident), entry.incident);
    }
  }
}

const rules: LifecycleRules = {
  ...{
    remindEvery: 6,
    flappingAfter: 1000,
    gapsOf: () => [],
    approval: { minutes: 60, otherwise: 'restore' } as const,
  },
  couldHaveCaused: couldHaveCaused(kinds),
  kindsAffectedBy: kindsAffectedBy(kinds),
};
