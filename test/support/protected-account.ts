import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import type { Policy } from '#baseline/policy.ts';
import { kinds } from '#drift/index.ts';
import { expectedAfter } from '#incident/expected-write.ts';
import { apply } from '#reconcile/apply.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Reconcile, reconcile } from '#reconcile/reconcile.ts';
import { audit } from '#sandbox/audit.ts';
import { consistent } from '#sandbox/consistency.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type AnyCall, make } from './calls.ts';
import { capturedBaseline } from './captured-baseline.ts';
import { inProcess } from './in-process.ts';

type RestoreOptions = {
  readonly mode?: Outcome['mode'];
  readonly meanwhile?: (perform: ReturnType<typeof inProcess>['perform']) => unknown;
  /** The call whose event triggers the run, and its time; null for a sweep. */
  readonly event?: { readonly name: string; readonly at: number } | null;
};

/** A call, and the delay in milliseconds after which it is made. */
export type Scheduled = { readonly call: AnyCall; readonly afterMs: number };

/** An account with a captured trail. The clock advances only while a run sleeps. */
export async function protectedAccount(
  configured: readonly AnyCall[],
  policy: Policy = {},
  turn?: (accessKeyId: string) => Promise<void>,
) {
  let time = Date.parse('2026-11-22T10:00:00Z');
  let scheduled: readonly { readonly call: AnyCall; readonly at: number }[] = [];
  const now = () => new Date(time);
  const { calls, disruptions, clientsOf, perform } = inProcess(now, turn);
  const [owner, mallory, auditor, aws] = ['owner', 'mallory', 'auditor', 'trailkeeper'].map(
    clientsOf,
  );
  if (!(owner && mallory && auditor && aws)) throw new Error('no clients');
  const { TrailARN = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  for (const call of configured) await make(call, owner, TrailARN);

  const trail = parseTrailArn(TrailARN);
  const baseline = { ...(await capturedBaseline(aws, trail, now())), policy };
  time += 60_000;
  const start = calls.length;
  const ours = () =>
    calls.slice(start).filter(({ principal }) => principal.endsWith('/trailkeeper'));
  const isRead = (operation: string) => /^(Get|List|Head|Describe)/.test(operation);

  return {
    disruptions,
    now,
    sleep,
    /** The state of the trail, regardless of read lag. */
    async trailState() {
      const { consistency } = disruptions;
      disruptions.consistency = consistent;
      const found = await audit(auditor, TrailARN);
      disruptions.consistency = consistency;
      return found;
    },
    /** The calls by trailkeeper that change something. */
    writes: () => ours().filter(({ operation }) => !isRead(operation)),
    /** The calls by trailkeeper that read from CloudTrail. */
    reads: () =>
      ours().filter(({ service, operation }) => service === 'cloudtrail' && isRead(operation)),
    async suffer(done: readonly AnyCall[]) {
      for (const call of done) await make(call, mallory, TrailARN);
    },
    /** Schedules calls at their times. */
    schedule(later: readonly Scheduled[]) {
      scheduled = later
        .map(({ call, afterMs }) => ({ call, at: time + afterMs }))
        .toSorted((one, other) => one.at - other.at);
    },
    /** All calls of all callers, in order. */
    calls: () => calls.slice(start),
    apply: (due: Plan) => apply(due, { kinds, aws }),
    /** One reconcile in enforce mode with the given dependencies. */
    reconcile: (more: Partial<Reconcile>) =>
      reconcile(baseline, { ...{ kinds, readLagMs, now, aws, mode: 'enforce', sleep }, ...more }),
    /** One reconcile. `meanwhile` runs once, between the observation and the first write. */
    restore({ mode = 'enforce', meanwhile, event = null }: RestoreOptions = {}) {
      let isOver = false;
      const options = { kinds, readLagMs, now };
      const at = event && new Date(event.at).toISOString().replace(/\.\d+/, '');
      return reconcile(baseline, {
        ...{ ...options, aws, mode, sleep },
        expected:
          event &&
          expectedAfter({ eventName: event.name, at, error: null }, options, Promise.resolve(null)),
        async repair(due) {
          if (!isOver) await meanwhile?.(perform);
          isOver = true;
          return apply(due, { kinds, aws });
        },
      });
    },
  };

  async function sleep(ms: number): Promise<void> {
    const end = time + ms;
    for (const { call, at } of scheduled.filter((one) => one.at <= end)) {
      time = at;
      await make(call, mallory as NonNullable<typeof mallory>, TrailARN);
    }
    scheduled = scheduled.filter((one) => one.at > end);
    time = end;
  }
}
