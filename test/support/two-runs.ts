import { setImmediate } from 'node:timers/promises';
import { kinds } from '#drift/index.ts';
import { couldHaveCaused, kindsAffectedBy } from '#incident/attribution.ts';
import { expectedAfter } from '#incident/expected-write.ts';
import { dedupeKeys } from '#incident/finding-key.ts';
import { follow, type Look } from '#incident/follow.ts';
import type { Incident } from '#incident/incident.ts';
import { isClaimed, nothingOpen } from '#incident/incident-state.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { parseApiCall } from '#trail/api-call.ts';
import type { AnyCall } from './calls.ts';
import { guardedAccount } from './guarded-account.ts';

type Account = Awaited<ReturnType<typeof guardedAccount>>;

/**
 * A guarded account whose runs take turns at each API call. The clock moves only while every run sleeps. `choose` picks the run that
 * goes on, of so many.
 */
export async function interleaved(
  configured: readonly AnyCall[],
  choose: (count: number) => number,
) {
  let isStarted = false;
  const waiting: (() => void)[] = [];
  const asleep: { readonly until: number; readonly wake: () => void }[] = [];
  const account: Account = await guardedAccount(configured, {}, async (caller) => {
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

/** Runs that share what is known of a trail's incidents, as the state table keeps it. */
export function runsOn({
  account,
  sleep,
}: Pick<Awaited<ReturnType<typeof interleaved>>, 'account' | 'sleep'>) {
  let open = nothingOpen;
  let runs = 0;
  const rows = new Map<string, Incident>();
  const told = new Set<string>();
  return { run, incidents: () => [...rows.values()], told };

  /** One run, so many milliseconds from now, of the event of a call or of a sweep. */
  async function run(
    afterMs: number,
    event: { readonly name: string; readonly at: number } | null,
  ) {
    await sleep(afterMs);
    runs += 1;
    const startedAt = account.now().toISOString();
    const at = event && new Date(event.at).toISOString().replace(/\.\d+/, '');
    const id = `run-${runs}`;
    const incident = `${new Date(at ?? startedAt).toISOString()}#${id}`;
    const cause =
      event &&
      parseApiCall(
        { eventID: id, eventTime: at, userIdentity: { type: 'Root' } },
        { eventName: event.name, awsRegion: 'us-east-1' },
      );
    const nothing = { outcome: null, problem: null, flip: null, requests: [], holds: null };
    const look = {
      ...nothing,
      at: startedAt,
      startedAt,
      trail: 'org-trail',
      id,
      incident,
      cause,
      isNoOp: false,
    };
    // The state table is read beside the first observation.
    let known = open;
    const isKnown = (fingerprint: string): boolean => Object.hasOwn(known.symptoms, fingerprint);
    const options = { kinds, readLagMs, now: account.now };
    const outcome = await account.reconcile({
      sleep,
      expected:
        event && expectedAfter({ eventName: event.name, at, error: null }, options, isKnown),
      async claimed(plan, isLater) {
        if (isLater) known = open;
        const by = { incident, at: account.now().toISOString(), since: at };
        const problems = Map.groupBy(dedupeKeys(null, plan, String), ({ kind }) => kind);
        const isOthers = ({ fingerprint }: { readonly fingerprint: string }) =>
          isClaimed(known.symptoms[fingerprint], by);
        return new Set([...problems].flatMap(([kind, all]) => (all.every(isOthers) ? [kind] : [])));
      },
      onPlan(plan, isToWrite) {
        const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
        if (isToWrite) note({ ...look, outcome: found, phase: 'found' });
      },
    });
    note({ ...look, at: account.now().toISOString(), outcome, phase: 'done' });
  }

  function note(look: Look): void {
    const followed = follow(open, look, rules);
    for (const { incident, edit } of followed.edits)
      rows.set(incident, edit(rows.get(incident) ?? null));
    for (const { incident } of followed.open.outbox) told.add(incident);
    open = { ...followed.open, outbox: [] };
  }
}

const rules = {
  ...{ remindEvery: 6, digestAfter: 1000, hash: String, gapsOf: () => [] },
  mayHaveMade: couldHaveCaused(kinds),
  kindsOf: kindsAffectedBy(kinds),
};
