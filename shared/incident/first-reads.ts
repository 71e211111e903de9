import { setTimeout } from 'node:timers/promises';
import type { Baseline } from '#baseline/baseline.ts';
import { type Observation, observe } from '#drift/observe.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { openWindows } from '#reconcile/maintenance-window-store.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { kindsChangedBy } from './attribution.ts';
import type { ControllerDeps } from './controller-deps.ts';
import type { TrailStatus } from './trail-status.ts';
import type { TrailStatusRow } from './trail-status-store.ts';

/** The reads of one trail that begin together, before the first write. None of them rejects. */
export type FirstReads = {
  /** The version of the baseline that says what to observe. */
  readonly version: number;
  /** When they began, in milliseconds. */
  readonly at: number;
  readonly row: TrailStatusRow;
  /** Null if it could not be read in time. */
  readonly status: Promise<TrailStatus | null>;
  /** The maintenance windows in force, if they were read in time to suspend a repair. */
  readonly suspending: Promise<readonly MaintenanceWindow[]>;
  /** The maintenance windows in force, for their notices; null if they could not be read. */
  readonly windows: Promise<readonly MaintenanceWindow[] | null>;
  /** The first observation of each kind, by name. */
  readonly observations: ReadonlyMap<string, Promise<Observation>>;
};

/** Begins to read. The first write waits no longer for these reads than for an observation. */
export function beginReads(
  baseline: Baseline,
  call: { readonly eventName: string } | null,
  deps: ControllerDeps,
  row: TrailStatusRow = deps.statuses.of(baseline.trail),
): FirstReads {
  const windows = deps.windows
    .list(deps.now(), baseline.trail)
    .then((stored) => openWindows(stored, deps.now(), deps.rules.maxWindowHours));
  return {
    version: baseline.version,
    at: deps.now().getTime(),
    row,
    status: within(row.load()),
    suspending: within(windows).then((inTime) => inTime ?? []),
    windows: within(windows, noticePatienceMs),
    observations: beginObservations(baseline, call, deps),
  };
}

/**
 * The reads for the baseline in force. A warm process begins them with the baseline that it remembers, beside the read of the
 * baselines: one round trip comes before the first write. If another version is in force, all is read again.
 */
export const readsFor = (
  baseline: Baseline,
  call: { readonly eventName: string } | null,
  deps: ControllerDeps,
  row: TrailStatusRow,
  ahead: FirstReads | undefined,
): FirstReads =>
  ahead?.version === baseline.version ? ahead : beginReads(baseline, call, deps, row);

/** What is outside the trail and was not changed by the call may not have to be read. */
function beginObservations(
  { trail: arn, states }: Baseline,
  call: { readonly eventName: string } | null,
  { kinds, awsOf, now }: ControllerDeps,
): FirstReads['observations'] {
  const trail = parseTrailArn(arn);
  const aws = awsOf(trail.region);
  const changing = kindsChangedBy(kinds, call);
  return new Map(
    kinds
      .filter(({ name }) => states[name] !== undefined)
      .filter(({ name, isOutsideTrail }) => !isOutsideTrail || changing.has(name))
      .map((kind) => [kind.name, observe(kind, aws, trail, now(), states)]),
  );
}

/** The result of a read; null if it fails or takes longer than `ms`. */
export const within = <Read>(read: Promise<Read>, ms = patienceMs): Promise<Read | null> =>
  Promise.race([read, setTimeout(ms, null, { ref: false })]).catch(() => null);

/** In milliseconds. */
const patienceMs = 2000;
/** Notices of windows can wait: an attacker may have written more rows than can be read in time. */
const noticePatienceMs = 8000;
