import type { Baseline } from '#baseline/baseline.ts';
import { type Bucket, bucket } from '#drift/dependencies/bucket.ts';
import { afterLoss, type BucketLoss, isReplaceable } from '#drift/dependencies/bucket-loss.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Logging, logging } from '#drift/logging.ts';
import type { Observation } from '#drift/observe.ts';
import type { LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import type { Plan } from '#reconcile/plan.ts';
import { later } from '#text/time.ts';
import { kindsChangedBy } from './attribution.ts';
import type { ControllerDeps } from './controller-deps.ts';
import type { FirstReads } from './first-reads.ts';
import type { ReconcileReport } from './lifecycle/report.ts';
import type { TrailStatus } from './trail-status.ts';

/** Observes one trail during one run, and keeps what its report needs beside the findings. */
export class TrailObserver {
  readonly #baseline: Baseline;
  readonly #startedAt: string;
  readonly #deps: ControllerDeps;
  readonly #status: FirstReads['status'];
  /** What was read ahead and not yet given, by kind. */
  readonly #ahead: Map<string, Promise<Observation>>;
  /** Whether kinds outside the trail are taken for in sync without a read. */
  readonly #skipsOutside: Promise<boolean>;
  /** The kinds that the call can have changed, or that are doubted: they are read. */
  readonly #changing: Set<string>;
  readonly #readings: (LoggingCheckpoint | null)[] = [];
  /** The names of the kinds that were taken for in sync without a read. */
  readonly #skipped = new Set<string>();
  #isGone = false;
  #bucketLoss: BucketLoss | null = null;

  constructor(
    baseline: Baseline,
    run: Pick<ReconcileReport, 'call' | 'startedAt'>,
    reads: FirstReads,
    deps: ControllerDeps,
  ) {
    this.#baseline = baseline;
    this.#startedAt = run.startedAt;
    this.#deps = deps;
    this.#status = reads.status;
    this.#ahead = new Map(reads.observations);
    this.#changing = new Set(kindsChangedBy(deps.kinds, run.call));
    this.#skipsOutside = reads.status.then((status) =>
      wereInSyncLately(status, baseline.version, run),
    );
  }

  /** Observes a kind; from AWS itself once what was known of it is doubted. */
  async observe(
    kind: DriftKind,
    isDoubted: boolean,
    read: () => Promise<Observation>,
  ): Promise<Observation> {
    const observation = (await this.#known(kind, isDoubted)) ?? (await read());
    if (kind.name === logging.name) {
      this.#readings.push(checkpointIn(observation));
      this.#isGone = observation.status === 'observed' && observation.state === null;
    }
    if (isBucketMissing(kind, observation)) {
      const at = this.#deps.now().toISOString();
      this.#bucketLoss = { version: this.#baseline.version, at };
    }
    const known = async () => this.#bucketLoss ?? (await this.#status)?.bucketLoss ?? null;
    return withBucketLoss(kind, observation, this.#baseline, known);
  }

  /** What the run's report says of what was observed, given what was left at its end. */
  async report(
    left: Plan,
  ): Promise<Pick<ReconcileReport, 'logging' | 'bucketLoss' | 'outsideInSync'>> {
    const { capturedAt, version } = this.#baseline;
    const isOutsideInSync = this.#deps.kinds
      .filter(({ isOutsideTrail }) => isOutsideTrail)
      .every(({ name }) =>
        left.findings.every(
          ({ kind, status }) => kind !== name || status === 'in-sync' || status === 'unmanaged',
        ),
      );
    const isNew = isOutsideInSync && !(await this.#skipsOutside);
    return {
      logging: { readings: this.#readings, isGone: this.#isGone, capturedAt },
      bucketLoss: this.#bucketLoss,
      outsideInSync: isNew ? { version, at: this.#startedAt } : null,
    };
  }

  /** The names of the kinds that were read, given what was left at the end. */
  kindsRead(left: Plan): ReadonlySet<string> {
    const read = left.findings.filter(
      ({ kind, status }) => status !== 'unknown' && !this.#skipped.has(kind),
    );
    return new Set(read.map(({ kind }) => kind));
  }

  /** The observation of a kind that was read ahead, or that is assumed to be in sync. Null if the kind has to be read. */
  async #known(kind: DriftKind, isDoubted: boolean): Promise<Observation | null> {
    const ahead = this.#ahead.get(kind.name);
    this.#ahead.delete(kind.name);
    if (ahead !== undefined) return ahead;
    if (isDoubted) this.#changing.add(kind.name);
    const isOutside = kind.isOutsideTrail && !this.#changing.has(kind.name);
    const state = this.#baseline.states[kind.name];
    if (isOutside && state !== undefined && (await this.#skipsOutside)) {
      this.#skipped.add(kind.name);
      return { status: 'observed', state };
    }
    this.#skipped.delete(kind.name);
    return null;
  }
}

/**
 * Whether the kinds outside the trail (its destinations, the organization) were lately read and found in sync, so that a run need not
 * read them. It reads them anyway if something about the trail is unresolved.
 */
function wereInSyncLately(
  status: TrailStatus | null,
  version: number,
  { call, startedAt }: Pick<ReconcileReport, 'call' | 'startedAt'>,
): boolean {
  const last = status?.outsideInSync ?? null;
  if (last === null || last.version !== version) return false;
  if ((status?.open?.unresolved.length ?? 0) > 0) return false;
  const minutes = -(call === null ? rereadByASweepAfter : rereadByAnEventAfter);
  return last.at <= startedAt && last.at > later(startedAt, { minutes });
}

/** In minutes: of sweeps every minute, each fifth reads them. */
const rereadByASweepAfter = 4.5;

/** In minutes. Longer, because the read would delay the first write, and the next sweep reads them anyway. */
const rereadByAnEventAfter = 15;

/** Null if there is no trail, or it could not be read. */
export function checkpointIn(observation: Observation): LoggingCheckpoint | null {
  if (observation.status === 'unknown' || observation.state === null) return null;
  const {
    IsLogging,
    StartLoggingTime = null,
    StopLoggingTime = null,
  } = observation.state as Logging;
  return { IsLogging, StartLoggingTime, StopLoggingTime };
}

const isBucketMissing = ({ name }: DriftKind, observation: Observation): boolean =>
  name === bucket.name &&
  observation.status === 'observed' &&
  (observation.state as Bucket | null)?.Region === null;

/**
 * What was observed of a kind. A lost bucket stays reported until a person captures the trail again. S3 does not report the owner of
 * a bucket to callers whom its policy does not admit, so a bucket whose owner is unknown and that was missing may belong to someone
 * else once it exists again.
 */
export async function withBucketLoss(
  { name }: DriftKind,
  observation: Observation,
  { version, states }: Pick<Baseline, 'version' | 'states'>,
  knownLoss: () => Promise<BucketLoss | null>,
): Promise<Observation> {
  if (name !== bucket.name || !isReplaceable(states.bucket)) return observation;
  if (observation.status === 'unknown' || observation.state === null) return observation;
  return {
    ...observation,
    state: afterLoss(observation.state as Bucket, await knownLoss(), version),
  };
}
